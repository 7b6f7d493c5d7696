/** Rules for text: any text, text of a certain form, one of several values, and custom rules. */
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
 * Returns a rule for one of several texts, case-sensitive.
 * @throws AppError if a value is empty or has blanks at its ends: fields are trimmed and never empty, so it could not occur
 */
export function oneOf(...values: readonly string[]): Rule {
  const wrong = values.find((value) => value === '' || value !== withoutBlanks(value));
  if (wrong !== undefined || values.length === 0)
    throw new AppError(
      'DATASET',
      `oneOf() expects at least one value, without leading or trailing blanks, got ${wrong === undefined ? 'none' : JSON.stringify(wrong)}.`,
    );
  return {
    description: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    type: 'STRING',
    sql: (text) => `CASE WHEN ${text} IN (${values.map(literal).join(', ')}) THEN ${text} END`,
    canFail: true,
    example: (n) => values[n % values.length],
  };
}

/** Returns a rule that keeps the text if it matches a pattern: a Java regular expression without quotes or `$`. */
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
 * An e-mail address that an `<input type=email>` accepts (https://html.spec.whatwg.org/#valid-e-mail-address), with a dot in its domain,
 * and not longer than RFC 5321 allows.
 */
export const email = matching(
  'an e-mail address such as ada@example.org',
  String.raw`^[A-Za-z0-9.!#\x24%&\x27*+/=?^_\x60{|}~-]+@${LABEL}(\.${LABEL}){1,126}\z`,
  254,
  (n) => `person${n}@example.org`,
);

/** A web address, not longer than browsers accept. */
export const url = matching(
  'an address such as https://example.org/path',
  String.raw`^[hH][tT][tT][pP][sS]?://([^\s/?#@]*@)?([^\s/?#@:\[\]<>"\\]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([/?#][^\s\p{Z}\p{Cc}<>"]*)?\z`,
  2_097_152,
  (n) => `https://example.org/${n}`,
);

/** Options that make Spark parse JSON strictly, as RFC 8259 specifies. */
const STRICT =
  "map('columnNameOfCorruptRecord', '_broken', 'allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')";

/** A nested object or array; the record may also contain it as a string. */
export const json: Rule = {
  description: 'a JSON object or array',
  type: 'STRING',
  // Makes an array of the text and a mark that is not in the text. If the mark is the second element, the text is exactly one JSON value.
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

/**
 * Returns `canonical` for a custom rule. It depends only on the rule's type, because the texts that the SQL accepts are
 * unknown here.
 */
function canonicalOf(type: SqlType): Pick<Rule, 'canonical'> {
  if (type === 'INT' || type === 'BIGINT') return { canonical: wholeText };
  return type === 'TIMESTAMP' ? { canonical: timeText } : {};
}

/**
 * Returns a custom rule: `custom("CASE WHEN {text} RLIKE r'^[A-Z]{3}\\z' THEN {text} END", 'STRING', 'a currency such as EUR')`.
 * `sql` is one expression that is NULL if the text is invalid; `{text}` in it is replaced with the field's trimmed text.
 * `examples` are valid values, for emulated records.
 * @throws AppError if the expression doesn't contain `{text}`
 */
export function custom(
  sql: string,
  type: SqlType,
  description: string,
  examples: readonly unknown[] = [],
): Rule {
  if (!sql.includes('{text}'))
    throw new AppError(
      'DATASET',
      `custom() expects SQL that contains {text}, the text of the field, got ${sql}.`,
    );
  return {
    description,
    type,
    sql: (text) => sql.replaceAll('{text}', () => text),
    canFail: true,
    ...canonicalOf(type),
    ...(examples.length > 0 && { example: (n) => examples[n % examples.length] }),
  };
}
