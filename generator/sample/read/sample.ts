/** Reads a sample: a file of JSON lines, JSON or CSV, which may be gzipped; a folder of such files; or the standard input. */
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { FileError, fileError } from '../../../src/files/errors.ts';
import { bytesOfFile, peek, plainBytes } from '../../../src/posts/bytes.ts';
import { LINE_FEED } from '../../../src/posts/lines.ts';
import { isJson } from '../forms.ts';
import type { Damage, SampleRecord } from '../value.ts';
import { recordsOfCsv } from './csv.ts';
import { recordsOfLines, recordsOfValues } from './json.ts';

const STDIN = '-';

/** The file name extensions of samples. */
export const FORMAT = /\.(jsonl|ndjson|json|csv|tsv)(\.gz)?$/i;

/** Number of bytes at the beginning of a file that decide about its format if its name does not. */
const HEAD_BYTES = 65_536;

/** Yields every record of a sample in order, and a damage for each part that is not a record. @throws FileError if a file can't be read at all */
export async function* readSample(
  from: string,
  stdin: Readable = process.stdin,
): AsyncGenerator<SampleRecord | Damage> {
  if (from === STDIN) yield* readFile(plainBytes(stdin, 'The standard input'), 'The standard input');
  else {
    const files = filesOf(from, ({ name }) => FORMAT.test(name));
    if (files.length === 0)
      throw new FileError(
        from,
        {},
        { problem: 'contains no .jsonl, .json or .csv file', fix: 'name another folder or a file' },
      );
    for (const file of files) yield* readFile(plainBytes(bytesOfFile(file), file), file);
  }
}

/** Returns the file itself, or the paths of the folder's entries that fit, in order of their names. @throws FileError */
export function filesOf(from: string, fits: (entry: fs.Dirent) => boolean): string[] {
  try {
    if (!fs.statSync(from).isDirectory()) return [from];
    return fs
      .readdirSync(from, { withFileTypes: true })
      .filter(fits)
      .map(({ name }) => path.join(from, name))
      .sort();
  } catch (error) {
    throw fileError(from, error);
  }
}

async function* readFile(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<SampleRecord | Damage> {
  const { head: start, all } = await peek(bytes, HEAD_BYTES);
  const head = start.toString();
  const format = formatOf(file, head);
  if (format === 'lines') yield* recordsOfLines(all, file);
  else if (format === 'values') yield* recordsOfValues(decoded(all, file), file);
  else yield* recordsOfCsv(decoded(all, file), file, head);
}

/** Returns the format that the file's name shows. If it shows none, or only JSON, the beginning of the file decides. */
function formatOf(file: string, head: string): 'lines' | 'values' | 'csv' {
  const named = FORMAT.exec(file)?.[1]?.toLowerCase();
  if (named === 'csv' || named === 'tsv') return 'csv';
  if (named === 'jsonl' || named === 'ndjson') return 'lines';
  const [first = '', ...more] = head.trim().split('\n');
  if (first.startsWith('{')) return isJson(first) ? 'lines' : 'values';
  if (first.startsWith('[')) return isJson(first) && more.length > 0 ? 'lines' : 'values';
  return named === 'json' ? 'lines' : 'csv';
}

async function* decoded(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  const strictly = (part?: Buffer) => {
    try {
      return decoder.decode(part, { stream: part !== undefined });
    } catch {
      const problem = { problem: "isn't UTF-8", fix: 'save the file as UTF-8' };
      throw new FileError(`${file}, line ${line}`, {}, problem);
    }
  };
  for await (const chunk of bytes) {
    let text = '';
    // Decoded line by line, so that an error names its line.
    for (let start = 0, end = 0; start < chunk.length; start = end) {
      end = chunk.indexOf(LINE_FEED, start) + 1 || chunk.length;
      text += strictly(chunk.subarray(start, end));
      if (chunk[end - 1] === LINE_FEED) line++;
    }
    yield text;
  }
  yield strictly();
}
