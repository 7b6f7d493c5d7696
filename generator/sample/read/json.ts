/**
 * Reads records from JSON: one per line, several that follow each other, or one array. Numbers keep their written form.
 */
import { LosslessNumber, parse, stringify } from 'lossless-json';
import { type Line, lines } from '../../../src/posts/lines.ts';
import { type Damage, type SampleRecord, type Value, writtenValue } from '../value.ts';
import { splitValues } from './split.ts';

/** Yields the record of each line, or a damage. */
export async function* recordsOfLines(
  bytes: AsyncIterable<Buffer>,
  file: string,
): AsyncGenerator<SampleRecord | Damage> {
  for await (const line of lines(bytes)) yield* recordOfLine(line, file);
}

function* recordOfLine({ bytes, at }: Line, file: string): Generator<SampleRecord | Damage> {
  const place = `${file}, line ${at}`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    yield { place, problem: 'not UTF-8' };
    return;
  }
  if (text.trim() !== '') yield recordOf(text, place);
}

/**
 * Yields the record of each value. If the text is an array, these are the array's values.
 * @throws FileError if a value is incomplete
 */
export async function* recordsOfValues(
  text: AsyncIterable<string>,
  file: string,
): AsyncGenerator<SampleRecord | Damage> {
  for await (const { text: value, at } of splitValues(text, file))
    yield recordOf(value, `${file}, line ${at}`);
}

/** Returns the record of a text: an object, or an array with one object. */
function recordOf(text: string, place: string): SampleRecord | Damage {
  let value: unknown;
  try {
    value = parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    const why = error instanceof RangeError ? 'nested too deeply' : (error as Error).message;
    return { place, problem: `not JSON (${why})` };
  }
  const record = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (
    typeof record !== 'object' ||
    record === null ||
    Array.isArray(record) ||
    record instanceof LosslessNumber
  )
    return { place, problem: 'JSON, but not an object' };
  return { place, values: new Map(Object.entries(record).map(([name, value]) => [name, fieldOf(value)])) };
}

function fieldOf(value: unknown): Value | undefined {
  if (value === null) return undefined;
  if (typeof value === 'string') return writtenValue('text', value);
  if (typeof value === 'boolean') return { kind: 'flag', text: String(value) };
  if (value instanceof LosslessNumber) return { kind: 'number', text: value.value };
  return { kind: 'json', text: stringify(value) ?? 'null' };
}
