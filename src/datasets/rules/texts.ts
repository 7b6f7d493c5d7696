/** Rules for text: as it is, of a form, one of a few; and a rule of one's own. */
import { AppError } from '../../errors.ts';
import type { Rule, SqlType } from '../dataset.ts';
import { literal, withoutBlanks } from '../sql.ts';
import { timeText, wholeText } from './canonical.ts';

export const text: Rule = {
  description: 'text, kept as it is',
  type: 'STRING',
  sql: (text) => text,
  canFail: false,
  example: (n) => `text ${n}`,
};

/**
 * Returns a rule for one of a few texts, upper and lower case told apart.
 * @throws AppError where a value could never come: fields are trimmed and never empty
 */
export function oneOf(...values: readonly string[]): Rule {
  const wrong = values.find((value) => value === '' || value !== withoutBlanks(value));
  if (wrong !== undefined || values.length === 0)
    throw new AppError(
      'DATASET',
      `oneOf() expects values without blanks at their ends, at least one, got ${wrong === undefined ? 'none' : JSON.stringify(wrong)}.`,
    );
  return {
    description: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    type: 'STRING',
    sql: (text) => `CASE WHEN ${text} IN (${values.map(literal).join(', ')}) THEN ${text} END`,
    canFail: true,
    example: (n) => values[n % values.length],
  };
}

/** A rule that keeps the text where it matches a pattern: a regular expression of Java's without quotes and `$`. */
const matching = (
  description: string,
  pattern: string,
  most: number,
  example: (n: number) => string,
): Rule => ({
  description,
  type: 'STRING',
  sql: (text) => `CASE WHEN length(${text}) <= ${most} AND ${text} RLIKE r'${pattern}' THEN ${text} END`,
  canFail: true,
  example,
});

const LABEL = '[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?';

/**
 * What an `<input type=email>` takes (https://html.spec.whatwg.org/#valid-e-mail-address), with a dot in its domain and as long as
 * RFC 5321 allows.
 */
export const email = matching(
  'an e-mail address such as ada@example.org',
  String.raw`^[A-Za-z0-9.!#\x24%&\x27*+/=?^_\x60{|}~-]+@${LABEL}(\.${LABEL}){1,126}\z`,
  254,
  (n) => `person${n}@example.org`,
);

/** An address of the web; as long as browsers take it. */
export const url = matching(
  'an address such as https://example.org/path',
  String.raw`^[hH][tT][tT][pP][sS]?://([^\s/?#@]*@)?([^\s/?#@:\[\]<>"\\]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([/?#][^\s\p{Z}\p{Cc}<>"]*)?\z`,
  2_097_152,
  (n) => `https://example.org/${n}`,
);

/** As a reader of RFC 8259 has it. */
const STRICT =
  "map('columnNameOfCorruptRecord', '_broken', 'allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')";

/** A nested object or array, also one that was written as text. */
export const json: Rule = {
  description: 'a JSON object or array, kept as its text',
  type: 'STRING',
  // A mark that the text does not hold stands behind it: found there, the text is one value with nothing behind it.
  sql: (text) =>
    [
      String.raw`CASE WHEN ${text} RLIKE r'^[\[{]'`,
      String.raw`  AND get_json_object(concat('[', ${text}, ',"', md5(${text}), '"]'), '\$[1]') = md5(${text})`,
      `  AND from_json(concat('{"value":', ${text}, '}'), 'value STRING, _broken STRING',`,
      `    ${STRICT})._broken IS NULL`,
      `  THEN ${text} END`,
    ].join('\n'),
  canFail: true,
  example: (n) => ({ n }),
};

/** A rule of one's own is not read here: its type says which forms a value may have. */
function canonicalOf(type: SqlType): Pick<Rule, 'canonical'> {
  if (type === 'INT' || type === 'BIGINT') return { canonical: wholeText };
  return type === 'TIMESTAMP' ? { canonical: timeText } : {};
}

/**
 * Returns a rule of one's own: `custom("CASE WHEN {text} RLIKE r'^[A-Z]{3}\\z' THEN {text} END", 'STRING', 'a currency such as EUR')`.
 * `{text}` stands for the field's trimmed text, in one SQL expression that is NULL where the text is not valid.
 * `examples` are valid values, for emulated records.
 * @throws AppError where the expression doesn't read the text
 */
export function custom(
  sql: string,
  type: SqlType,
  description: string,
  examples: readonly unknown[] = [],
): Rule {
  if (!sql.includes('{text}'))
    throw new AppError('DATASET', `custom() expects SQL that reads the field as {text}, got ${sql}.`);
  return {
    description,
    type,
    sql: (text) => sql.replaceAll('{text}', () => text),
    canFail: true,
    ...canonicalOf(type),
    ...(examples.length > 0 && { example: (n) => examples[n % examples.length] }),
  };
}
