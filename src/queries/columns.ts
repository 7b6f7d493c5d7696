/** Reads the columns of a query's result from its last SELECT, because charts and dashboards need the columns before a table exists. */

/** Returns the names of the result's columns, in order; none if the last SELECT doesn't name them (`SELECT *`). The SQL must have no comments. */
export function columnsOf(sql: string): string[] {
  const last = sql.slice(startOfLastSelect(sql)).replace(/^SELECT\s+(DISTINCT\s+)?/i, '');
  const names = splitList(last).map((item) => nameOf(item));
  return names.every((name) => name !== undefined) ? (names as string[]) : [];
}

/** Returns the name of an item of a SELECT's list, if its last part is a name. */
function nameOf(item: string): string | undefined {
  const [, quoted, plain] = /(?:^|[\s.])(?:`([^`]+)`|(\w+))$/.exec(item) ?? [];
  return quoted ?? plain;
}

/** Returns the position of the last SELECT that is not in parentheses. */
function startOfLastSelect(sql: string): number {
  let depth = 0;
  let start = 0;
  for (const { 0: found, index } of sql.matchAll(/`[^`]*`|[()]|\bSELECT\b/gi)) {
    if (found === '(') depth += 1;
    else if (found === ')') depth -= 1;
    else if (depth === 0 && !found.startsWith('`')) start = index;
  }
  return start;
}

/** Returns the items up to FROM, split at commas outside parentheses. */
function splitList(text: string): string[] {
  const items: string[] = [''];
  let depth = 0;
  for (const part of text.split(/(`[^`]*`|[(),]|\bFROM\b)/i)) {
    if (depth === 0 && /^FROM$/i.test(part)) break;
    if (depth === 0 && part === ',') items.push('');
    else items[items.length - 1] += part;
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
  }
  return items.map((item) => item.trim());
}
