/** Generates people: a few of them post often, most post once; each lives in one country and joined before their first post. */
import { faker } from '@faker-js/faker/locale/en';
import { between, pick, type Random, randomOf, skewedRank } from '../../posts/random.ts';

export interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly age: number;
  /** Milliseconds since 1970. */
  readonly joined: number;
  readonly country: string;
}

/** Distinguishes this stream of random numbers from others with the same seed. */
const PEOPLE = 1;

/**
 * Parameters of `skewedRank`: with them, 11,154 posts have about 5,300 people, and the most active makes about 240, as in
 * the original data.
 */
const BUSIEST = 10;
const CROWD = 0.19;

const FIRST_JOINED = Date.UTC(2015, 9, 21);
const LAST_JOINED = Date.UTC(2017, 9, 20);
const YOUNGEST = 20;
const OLDEST = 60;

/** Country names of the original records that faker's list lacks: long forms, and a name with an apostrophe. */
const LONG_COUNTRIES = [
  "Cote d'Ivoire",
  'Antarctica (the territory South of 60 deg S)',
  'British Indian Ocean Territory (Chagos Archipelago)',
  'Saint Vincent and the Grenadines',
];

const { person, location } = faker.rawDefinitions;
const firstNames = [...(person?.first_name?.female ?? []), ...(person?.first_name?.male ?? [])];
const lastNames = person?.last_name?.generic ?? [];
const countries = [...new Set([...LONG_COUNTRIES, ...(location?.country ?? [])])];

/** Returns the poster of a post: often one of a few active people, sometimes a new one. */
export const drawPerson = (seed: number, random: Random): Person =>
  personOf(seed, skewedRank(random, BUSIEST, CROWD));

function personOf(seed: number, rank: number): Person {
  const random = randomOf(seed, PEOPLE, rank);
  return {
    firstName: pick(random, firstNames),
    lastName: pick(random, lastNames),
    age: between(random, YOUNGEST, OLDEST),
    joined: between(random, FIRST_JOINED, LAST_JOINED),
    // Squared, so that some countries post ten times as much as others.
    country: countries[Math.floor(random() ** 2 * countries.length)] as string,
  };
}
