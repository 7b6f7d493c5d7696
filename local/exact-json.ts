import { parse } from 'lossless-json';

/** Parses JSON as JSON.parse does, but keeps each number as a `LosslessNumber`, because JSON.parse would round some of them. */
export const parseExact = (text: string): unknown =>
  parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
