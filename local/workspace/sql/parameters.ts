/**
 * Statements with parameters. Spark's Thrift server does not support parameters, so they are passed as literals in
 * `EXECUTE IMMEDIATE … USING`. Each value is validated and quoted here, and is never part of the statement's text.
 */
import { literal } from '../../../src/datasets/sql.ts';
import { AppError } from '../../../src/errors.ts';
import type { SparkParameter } from './wire.ts';

const NAME = /^[A-Za-z_]\w*$/;
const INTEGER = /^[-+]?\d+$/;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The values of FLOAT and DOUBLE for which Spark has no literal. */
const SPECIAL = /^[-+]?(nan|inf(inity)?)$/i;
const PLAIN = /^([-+]?)0*(\d*)\.?(\d*)$/;

/** The suffix of Spark's literals for each integer type. */
const INTEGERS: Readonly<Record<string, string>> = {
  TINYINT: 'Y',
  SMALLINT: 'S',
  INT: '',
  INTEGER: '',
  BIGINT: 'L',
};
const FRACTIONS: Readonly<Record<string, string>> = { FLOAT: 'F', DOUBLE: 'D', DECIMAL: 'BD' };
const DATED = new Set(['DATE', 'TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ']);
const INTERVAL = /^INTERVAL (MONTH|DAY)$/;

/**
 * Returns a statement that contains `statement` and the values of its parameters.
 * @throws AppError if a value does not match its declared type, or can't be a parameter
 */
export function withParameters(statement: string, parameters: readonly SparkParameter[]): string {
  if (parameters.length === 0) return statement;
  const values = parameters.map((parameter, index) => {
    const { name } = parameter;
    const value = literalOf(parameter, name ? `:${name}` : `parameter ${index + 1}`);
    if (!name) return value;
    if (!NAME.test(name))
      throw wrong(`Expected a parameter's name of letters, digits and _, found ${JSON.stringify(name)}.`);
    return `${value} AS ${name}`;
  });
  return `EXECUTE IMMEDIATE ${literal(statement)} USING ${values.join(', ')}`;
}

function literalOf({ type = 'STRING', value }: SparkParameter, what: string): string {
  const text = value?.stringValue;
  if (text === undefined || text === null) return 'NULL';
  const kind = type.toUpperCase();
  const [base = ''] = kind.split('(');
  const integer = INTEGERS[base];
  if (integer !== undefined) return checked(INTEGER, text, kind, what) + integer;
  const fraction = FRACTIONS[base];
  if (fraction !== undefined && SPECIAL.test(text)) throw notHere(what, `${text} of the type ${kind}`);
  if (base === 'FLOAT') return float(text, kind, what) + fraction;
  if (base === 'DECIMAL') return decimal(text, kind, what) + fraction;
  if (fraction !== undefined) return checked(NUMBER, text, kind, what) + fraction;
  if (DATED.has(base)) return `${base} ${literal(text)}`;
  if (base === 'BOOLEAN') return checked(/^(true|false)$/i, text, kind, what).toUpperCase();
  if (base === 'STRING' || base === 'VARCHAR' || base === 'CHAR') return literal(text);
  const interval = INTERVAL.exec(kind)?.[1];
  if (interval) return `INTERVAL ${literal(text)} ${interval}`;
  if (kind === 'VOID') return 'NULL';
  throw notHere(what, `a value of the type ${type}`);
}

/** Returns the FLOAT with as many digits as a DOUBLE. With fewer digits, Spark can't parse the largest FLOAT. */
function float(text: string, kind: string, what: string): string {
  const number = Math.fround(Number(checked(NUMBER, text, kind, what)));
  return Number.isFinite(number) ? String(number) : checked(/^$/, text, kind, what);
}

const SIZED = /^DECIMAL\((\d+)(?:, ?(\d+))?\)$/;

/** Returns the value with as many digits after the point as its type has, as a warehouse does. */
function decimal(text: string, kind: string, what: string): string {
  const number = checked(NUMBER, text, kind, what);
  const [, precision, scale = '0'] = SIZED.exec(kind) ?? [];
  const [, sign, whole = '', fraction = ''] = PLAIN.exec(number) ?? [];
  if (precision === undefined || sign === undefined) return number;
  if (whole.length > Number(precision) - Number(scale) || fraction.length > Number(scale))
    throw wrong(`${what} is ${JSON.stringify(text)}, which is not a valid ${kind}.`);
  const digits = fraction.padEnd(Number(scale), '0');
  return sign + (whole || '0') + (digits && `.${digits}`);
}

function checked(form: RegExp, text: string, kind: string, what: string): string {
  if (form.test(text)) return text;
  throw wrong(`${what} is ${JSON.stringify(text)}, which is not a valid ${kind}.`);
}

const notHere = (what: string, value: string) =>
  wrong(`${what} is ${value}, which can't be a parameter here: send it as a STRING and CAST it.`);

const wrong = (message: string) => new AppError('SQL_PARAMETER', message);
