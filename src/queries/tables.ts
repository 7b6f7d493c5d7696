/** Finds the tables that a query reads, because the tasks of a job are ordered by them. */

/** A name, perhaps with its schema, or a sign. */
const TOKEN = /(?:`[^`]*`|[\p{L}\p{N}_]+)(?:\.(?:`[^`]*`|[\p{L}\p{N}_]+))*|[(),]/gu;

/** The words that end the list of tables after FROM. */
const CLAUSE =
  /^(select|where|group|having|order|sort|cluster|distribute|limit|qualify|window|union|except|minus|intersect)$/i;

/** A name that the query itself defines: `recent AS (`, perhaps with its columns. */
const DEFINITION = /`?([\p{L}\p{N}_]+)`?\s*(?:\([^()]*\)\s*)?\bAS\s*\(/giu;

/**
 * Returns the names of the tables in lower case, with their schemas if the query names them. Names that the query itself
 * defines are not tables. The SQL must have no comments and no strings.
 */
export function tablesOf(sql: string): string[] {
  const own = [...sql.matchAll(DEFINITION)].map(({ 0: text, 1: name = '', index }) => {
    const from = index + text.length;
    return { name: name.toLowerCase(), from, to: closing(sql, from) };
  });
  // Within its own definition, a name is a table's: WITH orders AS (SELECT … FROM orders).
  const isOwn = (name: string, at: number) =>
    own.some((one) => one.name === name) &&
    !own.some((one) => one.name === name && at > one.from && at < one.to);
  const tables = [...namesAfterFrom(sql)].filter(({ name, at }) => !isOwn(name, at));
  return [...new Set(tables.map(({ name }) => name))];
}

/** Yields the names after FROM and JOIN, and after the commas between FROM and the next clause. */
function* namesAfterFrom(sql: string): Generator<{ readonly name: string; readonly at: number }> {
  /** For each open parenthesis, whether tables are listed in it. */
  const lists = [false];
  let isNext = false;
  for (const { 0: token, index: at } of sql.matchAll(TOKEN)) {
    if (token === '(') lists.push(isNext);
    else if (token === ')') lists.pop();
    else if (token === ',') isNext = lists.at(-1) ?? false;
    else if (/^(from|join)$/i.test(token)) {
      isNext = true;
      lists.splice(-1, 1, true);
    } else if (CLAUSE.test(token)) {
      isNext = false;
      lists.splice(-1, 1, false);
    } else if (isNext) {
      yield { name: token.replaceAll('`', '').toLowerCase(), at };
      isNext = false;
    }
  }
}

/** Returns the position of the parenthesis that closes the one before `from`. */
function closing(sql: string, from: number): number {
  let depth = 1;
  for (const { 0: sign, index } of sql.slice(from).matchAll(/`[^`]*`|[()]/g)) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth === 0) return from + index;
  }
  return sql.length;
}
