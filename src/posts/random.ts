/** Seeded random numbers: a stream depends only on its seeds, so that posts can be generated separately and in any order. */

/** Returns the next number of a stream, 0 <= x < 1. */
export type Random = () => number;

const bits = new DataView(new ArrayBuffer(8));

/** Returns an sfc32 generator (128 bits, passes PractRand), seeded with a hash of the seeds (any numbers, also above 2^32). */
export function randomOf(...seeds: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  for (const seed of seeds) {
    bits.setFloat64(0, seed);
    a = scramble(a ^ bits.getUint32(0));
    b = scramble(b ^ bits.getUint32(4) ^ a);
    a = scramble(a + b);
  }
  let c = a ^ b;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first outputs still depend visibly on the seeds. Twelve are discarded, as the generator's authors do.
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** The finalizer of MurmurHash3: every bit of the input changes half the bits of the output. */
function scramble(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Returns a whole number from `least` to `most`, both included. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

export const chance = (random: Random, probability: number): boolean => random() < probability;

/**
 * Returns a rank of 0 or more; low ranks are frequent (Lomax distribution). The greater `spread`, the less often rank 0 occurs.
 * The smaller `tail`, the more different ranks occur.
 */
export const skewedRank = (random: Random, spread: number, tail: number): number =>
  Math.floor(spread * ((1 - random()) ** (-1 / tail) - 1));
