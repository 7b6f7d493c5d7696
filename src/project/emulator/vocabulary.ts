/** The emulator's vocabulary: the subjects of each category, and the sentences about them. */

const list = (text: string): readonly string[] => text.split(', ');

export const vocabulary: Readonly<Record<string, readonly string[]>> = {
  art: list(
    'Watercolor Landscape, Ink Portrait, Oil Pastel Study, Clay Sculpture, Abstract Canvas, Line Drawing',
  ),
  beauty: list('Evening Makeup, Braided Hairstyle, Skin Care Routine, Nail Design, Natural Brows, Face Mask'),
  christmas: list(
    'Advent Wreath, Porch Garland, Gift Wrapping, Tree Ornament, Gingerbread House, Winter Window',
  ),
  'diy-and-crafts': list(
    'Paper Lantern, Macramé Hanger, Felt Animal, Painted Jar, Wooden Planter, Origami Garland',
  ),
  education: list(
    'Phonics Game, Science Experiment, Reading Corner, Fractions Worksheet, Classroom Calendar, Memory Card',
  ),
  'event-planning': list(
    'Garden Wedding, Birthday Brunch, Table Seating, Balloon Arch, Invitation Card, Picnic Party',
  ),
  finance: list('Monthly Budget, Emergency Fund, Side Income, Savings Challenge, Debt Plan, Index Fund'),
  'home-decor': list(
    'Small Living Room, Linen Curtain, Reading Nook, Café Kitchen, Gallery Wall, Entryway Shelf',
  ),
  'mens-fashion': list('Linen Suit, Denim Jacket, Chelsea Boots, Summer Outfit, Wool Coat, Street Style'),
  quotes: list(
    'Morning Motivation, Friendship Words, Calm Thoughts, Courage Lines, Self Love Notes, Travel Sayings',
  ),
  tattoos: list('Fine Line Flower, Forearm Compass, Mountain Outline, Tiny Moon, Mandala Sleeve, Wave Ankle'),
  travel: list('Lisbon Weekend, Andes Trek, Island Hopping, Night Train, Old Town Walk, Desert Camp'),
  vehicles: list('Vintage Motorcycle, Camper Van, Electric Roadster, Rally Car, Cargo Bike, Restored Pickup'),
};

export const categories: readonly string[] = Object.keys(vocabulary);

export const adjectives = list(
  'Simple, Elegant, Cozy, Bold, Timeless, Colorful, Minimal, Playful, Rustic, Modern',
);

/** `*` is the subject. */
export const titles = list(
  '* Ideas You Can Finish in a Day, 27 * Tips for Beginners, How to Plan a *, The Best * of the Year, * Inspiration',
);

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

export const tags = list(
  'Ideas, Inspiration, Aesthetic, Tutorial, For Beginners, On A Budget, Designs, Tips And Tricks',
);

export const posterForms = list(
  'The * Journal, * & Co, Studio *, * with Anna, House of *, * Daily, My *, * Lovers | Blog, Мир *',
);
