/** Reads records from CSV with a header. The separator is a comma, semicolon, tab or bar, whichever the header uses. */

import { pipeline, Readable } from 'node:stream';
import { type CsvError, type InfoRecord, parse } from 'csv-parse';
import { FileError } from '../../../src/files/errors.ts';
import { type Damage, type SampleRecord, writtenValue } from '../value.ts';

const DELIMITERS = [',', ';', '\t', '|'];

/** Maximum length of a row. A longer row means that a quote was not closed. */
const MAX_ROW_CHARACTERS = 10_000_000;

/** A number or a day, which can't be the name of a column. */
export const NUMBER_OR_DAY = /^-?\d+([.,:/-]\d+)*$/;

/**
 * Yields the record of each row, or a damage if the row has more or fewer columns than the header. `head` is the beginning of
 * the text.
 * @throws FileError
 */
export async function* recordsOfCsv(
  text: AsyncIterable<string>,
  file: string,
  head: string,
): AsyncGenerator<SampleRecord | Damage> {
  // Number of lines that the parser has read completely. The parser is ahead of the loop below.
  let whole = 0;
  const parser = parse({
    delimiter: delimiterOf(head),
    relax_column_count: true,
    // Many programs write `5" pipe` without quotes around it.
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
    onRecord: (record: string[], { lines }: InfoRecord) => {
      whole = lines;
      return { record, lines } satisfies Row;
    },
  } as object);
  let header: readonly string[] | undefined;
  let line = 1;
  // Without a callback, an error of the source would not end the loop.
  const rows: AsyncIterable<Row> = pipeline(Readable.from(text), parser, () => {});
  try {
    for await (const { record, lines } of rows) {
      const place = `${file}, line ${line}`;
      line = lines + 1;
      if (!header && isSeparatorLine(record)) continue;
      if (!header) header = headerOf(record, file);
      else if (record.length !== header.length)
        yield {
          place,
          problem: `a row of length ${record.length} under a header of length ${header.length}`,
        };
      else yield { place, values: valuesOf(header, record) };
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    throw new FileError(
      `${file}, line ${whole + 1}`,
      {},
      {
        problem: `is not CSV (${PROBLEMS[error.code] ?? error.message})`,
        fix: 'correct the file or name another',
        cause: error,
      },
    );
  }
}

interface Row {
  readonly record: readonly string[];
  /** The number of the file's lines up to the end of the row. */
  readonly lines: number;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: 'a quote is opened and not closed within the maximum length of a row',
  CSV_INVALID_CLOSING_QUOTE: 'there is text between a closing quote and the next separator',
};

const isCsvError = (error: unknown): error is CsvError =>
  error instanceof Error && 'code' in error && /CSV|QUOTE/.test(String(error.code));

/** Returns the most frequent separator of the first line, outside quotes. */
function delimiterOf(head: string): string {
  const line = head.replaceAll(/"[^"]*"/g, '').split('\n', 1)[0] ?? '';
  const count = (delimiter: string) => line.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Returns whether a row is the line `sep=;` that Excel writes before the header, split at the separator. */
const isSeparatorLine = ([name, rest, ...more]: readonly string[]): boolean =>
  name?.toLowerCase() === 'sep=' && rest === '' && more.length === 0;

/** Returns the names in the header. @throws FileError if the first row is not a valid header */
function headerOf(row: readonly string[], file: string): string[] {
  const names = row.map((name) => name.trim());
  const wrong = (problem: string, fix: string) => new FileError(`${file}, line 1`, {}, { problem, fix });
  if (names.every((name) => NUMBER_OR_DAY.test(name)))
    throw wrong('is not a header', 'put the column names in the first line');
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at);
  if (twice !== undefined) throw wrong(`names two columns ${JSON.stringify(twice)}`, 'rename one of them');
  return names;
}

/** Returns the values by name. Of a column without a name, such as an index that a program added, only values are returned. */
const valuesOf = (header: readonly string[], row: readonly string[]) =>
  new Map(
    header.flatMap((name, at) => {
      const value = writtenValue('cell', row[at] ?? '');
      return name === '' && !value ? [] : [[name, value] as const];
    }),
  );
