/** Quotes text and names for Spark SQL, whatever characters they contain. */
import { quoted } from '../names.ts';

/**
 * The blanks that are removed at both ends of a value: space, tab, line breaks and U+00A0. SQL and Python strings read
 * these escapes.
 */
export const BLANKS = String.raw` \t\r\n\u00A0`;

const BLANK_ENDS = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, 'g');

/** Returns a text without the blanks at its ends, as `trimmed` does in SQL. */
export const withoutBlanks = (text: string): string => text.replaceAll(BLANK_ENDS, '');

export const trimmed = (text: string): string => `trim(BOTH '${BLANKS}' FROM ${text})`;

/**
 * Characters to escape in string literals. After a `$`, notebooks and Spark would substitute a variable. The other characters
 * can't be in a cell.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a notebook's line can't contain these characters
const UNSAFE = /[$\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Returns a Spark string literal on one line. */
export const literal = (text: string): string =>
  `'${text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`)}'`;

/** Words that are keywords of Spark SQL in some mode (`SELECT * FROM sql_keywords()`). */
const KEYWORDS = new Set(
  `all and anti any as asc at authorization between both by case cast check collate column constraint create cross
  cube current current_date current_time current_timestamp current_user default delete desc distinct drop else end escape
  except exists false fetch filter for foreign from full function grant group grouping having in inner insert intersect
  interval into is join lateral leading left like limit local minus natural no not null of offset on only or order out outer
  overlaps percentile_cont percentile_disc primary qualify range references rollup right row rows select semi session_user
  set setminus some sql start table tablesample then time to trailing true truncate union unique unknown update user using
  values when where window with within`.split(/\s+/),
);

/**
 * Returns a name for SQL: in backticks if it is a keyword, or if it contains characters other than letters, digits
 * and _.
 */
export const identifier = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name.toLowerCase()) ? name : quoted(name);
