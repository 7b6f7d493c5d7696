/**
 * The variables `$input` and `$util` of API Gateway's mapping templates, as its "mapping template and access logging
 * variable reference" documents them. What AWS does not document, such as the value of a missing path, follows reports
 * of AWS's users.
 */
import { isLosslessNumber, stringify } from 'lossless-json';
import { parseExact } from '../../exact-json.ts';

export interface Parameters {
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
}

/** A step of a JSONPath: `.name`, `[0]` or `['any name']`; no filters, slices or wildcards. */
const STEP = /\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/y;

export class Input {
  readonly body: string;
  readonly #parameters: Parameters;
  readonly #plain: unknown;
  readonly #exact: unknown;

  /** @throws SyntaxError if the body is not JSON */
  constructor(body: string, parameters: Parameters) {
    this.body = body;
    this.#parameters = parameters;
    const text = body === '' ? '{}' : body;
    this.#plain = JSON.parse(text);
    this.#exact = parseExact(text);
  }

  /** Returns the value at a JSONPath, for use in the template; an empty string if there is none. */
  path(expression: string): unknown {
    return at(this.#plain, expression);
  }

  /** Returns the value at a JSONPath as JSON. */
  json(expression: string): string {
    return String(stringify(at(this.#exact, expression)));
  }

  /** Returns the first parameter of this name in the path, the query or the headers; an empty string if there is none. */
  params(name: string): string {
    const { path, querystring, header } = this.#parameters;
    return path[name] ?? querystring[name] ?? header[name] ?? '';
  }
}

const ESCAPED: Readonly<Record<string, string>> = {
  ...{ '"': '\\"', "'": "\\'", '\\': '\\\\', '/': '\\/' },
  ...{ '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r' },
};
const hexOf = (one: string): string => one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');

const functions = {
  base64Encode: (text: string): string => Buffer.from(text).toString('base64'),
  /** Encodes as an HTML form does: a space becomes `+`. */
  urlEncode: (text: string): string => new URLSearchParams({ '': text }).toString().slice(1),
  /** Escapes as commons-lang does. Its escape `\'` is invalid in JSON; all other escapes mean the same text in JSON. */
  escapeJavaScript: (text: string): string =>
    text.replace(/["'\\/]|[^ -\u007f]/g, (one) => ESCAPED[one] ?? `\\u${hexOf(one)}`),
};

/** The functions that the templates use. Velocity would render a call of any other function as text, without an error. */
export const util = new Proxy(functions, {
  get(_, name) {
    if (Object.hasOwn(functions, name)) return functions[name as keyof typeof functions];
    throw new Error(`The local gateway does not support $util.${String(name)}.`);
  },
});

/** Returns the value at a JSONPath; an empty string if there is none. */
function at(value: unknown, expression: string): unknown {
  if (!expression.startsWith('$'))
    throw new Error(`Expected a JSONPath beginning with $, found ${expression}.`);
  let here = value;
  for (STEP.lastIndex = 1; STEP.lastIndex < expression.length; ) {
    const [, name, index, quoted] = STEP.exec(expression) ?? [];
    const step = name ?? index ?? quoted;
    if (step === undefined) throw new Error(`The local gateway does not support the JSONPath ${expression}.`);
    here = isNested(here) ? here[step] : undefined;
  }
  return here === undefined ? '' : here;
}

const isNested = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !isLosslessNumber(value);
