/** Splits SQL into statements, because a warehouse accepts only one statement at a time, without the semicolon. */

/**
 * Matches the semicolon that ends a statement, and the tokens in which a semicolon does not end it: strings, raw
 * strings, names in backticks, comments.
 */
const TOKEN =
  /--[^\n]*|(?<!\w)r(?:'[^']*'|"[^"]*")|'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$)|`[^`]*(?:`|$)|\/\*|;/gis;

const BRACKET = /\/\*|\*\//g;

/** Returns the statements in order; skips comments without a statement. A script (`BEGIN … END`) is one statement. */
export function statements(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  /** The position at which the statement's code begins, after comments. */
  let code: number | undefined;
  const noteCode = (from: number, to: number) => {
    const at = text.slice(from, to).search(/\S/);
    if (at >= 0) code ??= from + at;
  };
  const end = (to: number) => {
    if (code !== undefined) found.push(text.slice(start, to).trim());
    code = undefined;
    start = to + 1;
  };
  let at = 0;
  for (const { from, to } of tokens(text)) {
    noteCode(at, from);
    at = to;
    if (text[from] === ';') {
      if (code !== undefined && /^begin\b/i.test(text.slice(code)))
        return [...found, text.slice(start).trim()];
      end(from);
    } else if (!isComment(text.slice(from, to))) code ??= from;
  }
  noteCode(at, text.length);
  end(text.length);
  return found;
}

/** Returns SQL with a space in place of each comment, and with all strings empty. */
export function withoutTexts(sql: string): string {
  let code = '';
  let at = 0;
  for (const { from, to } of tokens(sql)) {
    const token = sql.slice(from, to);
    code += sql.slice(at, from);
    if (isComment(token)) code += ' ';
    else code += /^[;`]/.test(token) ? token : "''";
    at = to;
  }
  return code + sql.slice(at);
}

function* tokens(text: string): Generator<{ readonly from: number; readonly to: number }> {
  for (let at = 0; ; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) return;
    at = TOKEN.lastIndex;
    if (token[0] === '/*') at = commentEnd(text, at);
    yield { from: token.index, to: at };
  }
}

const isComment = (token: string): boolean => /^(--|\/\*)/.test(token);

/** Returns the end of a bracketed comment that began before `from`. In Spark, bracketed comments can be nested. */
function commentEnd(text: string, from: number): number {
  let depth = 1;
  BRACKET.lastIndex = from;
  for (let bracket = BRACKET.exec(text); bracket; bracket = BRACKET.exec(text)) {
    depth += bracket[0] === '/*' ? 1 : -1;
    if (depth === 0) return BRACKET.lastIndex;
  }
  return text.length;
}
