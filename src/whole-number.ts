/** Whole numbers within bounds, both included. The error of the schemas completes the sentence "… must be". */
import { z } from 'zod';

export const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.number(error).int(error).min(least, error).max(most, error);
};

/** Parses the number from text. */
export const wholeOfText = (least: number, most: number) => z.preprocess(Number, whole(least, most));
