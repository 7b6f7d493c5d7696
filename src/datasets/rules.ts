/**
 * The cleaning rules: each is one SQL expression with a description. Texts are trimmed and never empty. A rule accepts only the
 * forms that its description names, even if Spark's CAST would accept other forms.
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
