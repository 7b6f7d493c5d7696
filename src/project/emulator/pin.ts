/** Generates pins in the formats of the original pins, with the same shares of missing values. */
import { between, chance, pick, type Random, randomOf, skewedRank } from '../../posts/random.ts';
import {
  adjectives,
  categories,
  emoji,
  foreignTitles,
  posterForms,
  sentences,
  tags,
  titles,
  vocabulary,
} from './vocabulary.ts';

/** Distinguishes this stream of random numbers from others with the same seed. */
const POSTERS = 2;

/** The share of original pins in which a field is missing, and the text that replaces it. */
const missing = {
  user: { share: 0.012, text: 'User Info Error' },
  title: { share: 0.013, text: 'No Title Data Available' },
  description: { share: 0.016, texts: ['No description available', 'Untitled'] },
  tags: { share: 0.022, text: 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e' },
  image: { share: 0.022, text: 'Image src error.' },
};
const STORY = 'multi-video(story page format)';
const STORY_WITHOUT_TEXT = 'No description available Story format';

/** Pinterest truncates a description to this length and appends an ellipsis and a no-break space. */
const CUT_AT = 170;
const TAGS = 8;

/** Formats of follower counts (thousands, plain numbers, millions), with their shares among the original pins. */
const followerShapes = [
  { upTo: 0.757, suffix: 'k', most: 999 },
  { upTo: 0.92, suffix: '', most: 999 },
  { upTo: 1, suffix: 'M', most: 15 },
];

/** Parameters of `skewedRank` for posters: with them, no name appears in more than 0.2 % of the pins. */
const BUSIEST = 200;
const CROWD = 0.4;

interface Poster {
  readonly name: string;
  readonly suffix: string;
  readonly followers: number;
}

/** Returns a pin's fields in the order in which they are sent; `identity` generates the fields that later versions keep. */
export function pinOf(
  seed: number,
  number: number,
  identity: Random,
  random: Random,
): Record<string, unknown> {
  const category = pick(identity, categories);
  const uniqueId = uuid(identity);
  const subject = pick(random, vocabulary[category] ?? []);
  const poster = posterOf(seed, skewedRank(random, BUSIEST, CROWD));
  const unknownUser = chance(random, missing.user.share);
  const kind = random();
  const form = kind < 0.9 ? 'image' : kind < 0.97 ? STORY : 'video';
  const hasImage = !chance(random, missing.image.share);
  return {
    index: number,
    unique_id: uniqueId,
    title: chance(random, missing.title.share) ? missing.title.text : titleOf(random, subject),
    description: descriptionOf(random, subject, form),
    poster_name: unknownUser ? missing.user.text : poster.name,
    follower_count: unknownUser ? missing.user.text : followersOf(random, poster),
    tag_list: chance(random, missing.tags.share) ? missing.tags.text : tagsOf(random, category),
    is_image_or_video: form,
    image_src: hasImage ? imageOf(random, form) : missing.image.text,
    downloaded: hasImage ? 1 : 0,
    save_location: `Local save in /data/${category}`,
    category,
  };
}

const about = (form: string, subject: string) => form.replaceAll('*', subject);

function titleOf(random: Random, subject: string): string {
  const form = chance(random, 0.07) ? pick(random, foreignTitles) : pick(random, titles);
  return about(form, `${pick(random, adjectives)} ${subject}`);
}

function descriptionOf(random: Random, subject: string, form: string): string {
  if (form === STORY) return STORY_WITHOUT_TEXT;
  if (chance(random, missing.description.share)) return pick(random, missing.description.texts);
  const start = between(random, 0, sentences.length - 1);
  const long = chance(random, 0.36);
  const text = Array.from({ length: long ? 4 : between(random, 1, 3) }, (_, i) =>
    about(sentences[(start + i) % sentences.length] as string, subject),
  ).join(' ');
  if (long) return `${text.slice(0, CUT_AT)}… \u00a0`;
  return chance(random, 0.12) ? `${text} ${pick(random, emoji)}` : text;
}

function tagsOf(random: Random, category: string): string {
  const subjects = vocabulary[category] ?? [];
  return Array.from({ length: TAGS }, () => `${pick(random, subjects)} ${pick(random, tags)}`).join(',');
}

function posterOf(seed: number, rank: number): Poster {
  const random = randomOf(seed, POSTERS, rank);
  const words = vocabulary[pick(random, categories)] ?? [];
  const name = about(pick(random, posterForms), pick(random, words));
  // The rank makes most names unique.
  const full = rank % 4 === 0 ? name : `${name} ${rank % 10_000}`;
  const u = random();
  const shape = followerShapes.find(({ upTo }) => u < upTo) ?? followerShapes[0];
  return {
    name: chance(random, 0.04) ? ` ${full}` : chance(random, 0.04) ? `${full} ` : full,
    suffix: shape?.suffix ?? '',
    // Evenly distributed over orders of magnitude.
    followers: Math.exp(random() * Math.log(shape?.most ?? 1)),
  };
}

/** Returns a poster's follower count, which differs from post to post, because posts were collected on different days. */
const followersOf = (random: Random, { followers, suffix }: Poster): string =>
  `${Math.max(1, Math.round(followers * (0.8 + 0.4 * random())))}${suffix}`;

const hex = (random: Random, digits: number): string =>
  Math.floor(random() * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');

const uuid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 8)}${hex(random, 4)}`;

function imageOf(random: Random, form: string): string {
  const folder = form === 'video' ? 'videos/thumbnails/originals' : 'originals';
  const name = `${hex(random, 8)}${hex(random, 8)}${hex(random, 8)}${hex(random, 8)}`;
  return `https://images.test/${folder}/${name.slice(0, 2)}/${name.slice(2, 4)}/${name.slice(4, 6)}/${name}.jpg`;
}
