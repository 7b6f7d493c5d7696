/**
 * Splits a JSON text into values, so that a file of any size is read one value at a time. Only brackets and quotes are
 * interpreted.
 */
import { FileError } from '../../../src/files/errors.ts';

/** The text of a value, and the line that it begins on. */
interface Part {
  readonly text: string;
  readonly at: number;
}

/** Yields the objects of a text, which can be in one array or follow each other. @throws FileError if an object is incomplete */
export async function* splitValues(source: AsyncIterable<string>, file: string): AsyncGenerator<Part> {
  let line = 1;
  let array: 'none' | 'open' | 'closed' | undefined;
  let value: { text: string; at: number; depth: number; quoted: boolean; escaped: boolean } | undefined;
  const broken = (problem: string) =>
    new FileError(`${file}, line ${line}`, {}, { problem, fix: 'correct the file or name another' });
  for await (const chunk of source) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const char = chunk[at] as string;
      if (char === '\n') line++;
      if (value) {
        if (value.escaped) value.escaped = false;
        else if (value.quoted) {
          if (char === '\\') value.escaped = true;
          else if (char === '"') value.quoted = false;
        } else if (char === '"') value.quoted = true;
        else if (char === '{' || char === '[') value.depth++;
        else if ((char === '}' || char === ']') && --value.depth === 0) {
          yield { text: value.text + chunk.slice(start, at + 1), at: value.at };
          value = undefined;
        }
        continue;
      }
      if (/[\s,]/.test(char)) continue;
      if (char === '{' && array !== 'closed') {
        array ??= 'none';
        value = { text: '', at: line, depth: 1, quoted: false, escaped: false };
        start = at;
      } else if (char === '[' && array === undefined) array = 'open';
      else if (char === ']' && array === 'open') array = 'closed';
      else throw broken(`contains ${JSON.stringify(char)}, expected an object`);
    }
    if (value) value.text += chunk.slice(start);
  }
  if (value) throw broken(`ends inside the object that begins in line ${value.at}`);
  if (array === 'open') throw broken('ends inside the array');
}
