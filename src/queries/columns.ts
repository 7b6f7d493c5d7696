/** Reads the columns of a query's result from its SELECT, because charts and dashboards need the columns before a table exists. */

/**
 * Returns the names of the result's columns, in order; none if the name of an item can't be read, as of `*`, `count(*)` or `a + b total`.
 * The SQL must have no comments.
 */
export function columnsOf(sql: string): string[] {
  const list = sql.slice(startOfSelect(sql)).replace(/^SELECT\s+(DISTINCT\s+)?/i, '');
  const names = splitList(list).map((item) => nameOf(item));
  return names.every((name) => name !== undefined) ? (names as string[]) : [];
}

const NAME = '(?:`(?:[^`]|``)+`|(?!\\d+\\b)[\\p{L}\\p{N}_]+)';

/** Matches an item that is a column, or that ends with a name after AS, after a column or after a closing parenthesis. */
const NAMED = new RegExp(
  `(?:^(?:${NAME}\\.)*|\\bAS\\s+|^(?!NOT\\s)(?:${NAME}\\.)*${NAME}\\s+|\\)\\s*(?!END$))(${NAME})$`,
  'iu',
);

/** Returns the name that an item of a SELECT's list gives its column, or undefined. */
const nameOf = (item: string): string | undefined =>
  NAMED.exec(item)?.[1]?.replace(/^`(.+)`$/s, (_, quoted: string) => quoted.replaceAll('``', '`'));

/** Returns the position of the first SELECT that is not in parentheses. With UNION, it names the columns. */
function startOfSelect(sql: string): number {
  let depth = 0;
  for (const { 0: found, index } of sql.matchAll(/`[^`]*`|[()]|\bSELECT\b/gi)) {
    if (found === '(') depth += 1;
    else if (found === ')') depth -= 1;
    else if (depth === 0 && !found.startsWith('`')) return index;
  }
  return 0;
}

/** Returns the items up to FROM or UNION, split at commas outside parentheses. */
function splitList(text: string): string[] {
  const items: string[] = [''];
  let depth = 0;
  for (const part of text.split(/(`[^`]*`|[(),]|\b(?:FROM|UNION)\b)/i)) {
    if (depth === 0 && /^(FROM|UNION)$/i.test(part)) break;
    if (depth === 0 && part === ',') items.push('');
    else items[items.length - 1] += part;
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
  }
  return items.map((item) => item.trim());
}
