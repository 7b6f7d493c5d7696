/**
 * The cleaning rules, each one SQL expression and the sentence a reader sees. Texts come trimmed and never empty. A rule takes
 * the forms that its description names and no other, whatever Spark's CAST would make of them.
 */
export {
  bigNumber,
  decimal,
  degrees,
  double,
  flag,
  postNumber,
  wholeNumber,
} from './rules/numbers.ts';
export { custom, email, json, oneOf, text, url } from './rules/texts.ts';
export { day, epochMilliseconds, epochSeconds, instant, moment } from './rules/times.ts';
