/** The emulator's vocabulary: the subjects of each category, and the sentences about them. */

export const vocabulary: Readonly<Record<string, readonly string[]>> = {
  art: [
    'Watercolor Landscape',
    'Ink Portrait',
    'Oil Pastel Study',
    'Clay Sculpture',
    'Abstract Canvas',
    'Line Drawing',
  ],
  beauty: [
    'Evening Makeup',
    'Braided Hairstyle',
    'Skin Care Routine',
    'Nail Design',
    'Natural Brows',
    'Face Mask',
  ],
  christmas: [
    'Advent Wreath',
    'Porch Garland',
    'Gift Wrapping',
    'Tree Ornament',
    'Gingerbread House',
    'Winter Window',
  ],
  'diy-and-crafts': [
    'Paper Lantern',
    'Macramé Hanger',
    'Felt Animal',
    'Painted Jar',
    'Wooden Planter',
    'Origami Garland',
  ],
  education: [
    'Phonics Game',
    'Science Experiment',
    'Reading Corner',
    'Fractions Worksheet',
    'Classroom Calendar',
    'Memory Card',
  ],
  'event-planning': [
    'Garden Wedding',
    'Birthday Brunch',
    'Table Seating',
    'Balloon Arch',
    'Invitation Card',
    'Picnic Party',
  ],
  finance: [
    'Monthly Budget',
    'Emergency Fund',
    'Side Income',
    'Savings Challenge',
    'Debt Plan',
    'Index Fund',
  ],
  'home-decor': [
    'Small Living Room',
    'Linen Curtain',
    'Reading Nook',
    'Café Kitchen',
    'Gallery Wall',
    'Entryway Shelf',
  ],
  'mens-fashion': [
    'Linen Suit',
    'Denim Jacket',
    'Chelsea Boots',
    'Summer Outfit',
    'Wool Coat',
    'Street Style',
  ],
  quotes: [
    'Morning Motivation',
    'Friendship Words',
    'Calm Thoughts',
    'Courage Lines',
    'Self Love Notes',
    'Travel Sayings',
  ],
  tattoos: [
    'Fine Line Flower',
    'Forearm Compass',
    'Mountain Outline',
    'Tiny Moon',
    'Mandala Sleeve',
    'Wave Ankle',
  ],
  travel: ['Lisbon Weekend', 'Andes Trek', 'Island Hopping', 'Night Train', 'Old Town Walk', 'Desert Camp'],
  vehicles: [
    'Vintage Motorcycle',
    'Camper Van',
    'Electric Roadster',
    'Rally Car',
    'Cargo Bike',
    'Restored Pickup',
  ],
};

export const categories: readonly string[] = Object.keys(vocabulary);

export const adjectives = [
  'Simple',
  'Elegant',
  'Cozy',
  'Bold',
  'Timeless',
  'Colorful',
  'Minimal',
  'Playful',
  'Rustic',
  'Modern',
];

/** `*` is the subject. */
export const titles = [
  '* Ideas You Can Finish in a Day',
  '27 * Tips for Beginners',
  'How to Plan a *',
  'The Best * of the Year',
  '* Inspiration',
];

export const foreignTitles = [
  '* — идеи на выходные',
  '* – Schöne Ideen für zu Hause',
  '*：簡単なアイデア',
  '¡* fácil y bonito!',
];

export const sentences = [
  'A step by step guide to every * that our readers asked for.',
  'We tried each * on this list ourselves and kept only what works.',
  'Save this * for later and tell us how yours turned out.',
  'No special tools needed: one quiet afternoon is enough for this *.',
  'From colours to materials, everything about the * in one place.',
  'Find the * that fits your budget, your space and your taste.',
];

export const emoji = ['✨', '🌿', '❤️', '🎄', '📌', '🌍', '🧵', '☀️'];

export const tags = [
  'Ideas',
  'Inspiration',
  'Aesthetic',
  'Tutorial',
  'For Beginners',
  'On A Budget',
  'Designs',
  'Tips And Tricks',
];

export const posterForms = [
  'The * Journal',
  '* & Co',
  'Studio *',
  '* with Anna',
  'House of *',
  '* Daily',
  'My *',
  '* Lovers | Blog',
  'Мир *',
];
