/** Notebooks as files: a file is a notebook if it has a language's extension and first line. */
import fs from 'node:fs';
import { HEADER_BYTES, isNotebook, NOTEBOOK_HEADERS } from '../../../src/databricks/notebook.ts';

export const LANGUAGES = ['PYTHON', 'SQL'] as const;
export type Language = (typeof LANGUAGES)[number];

export const EXTENSION = { PYTHON: '.py', SQL: '.sql' } as const;

/** Returns the language of a notebook, from its extension and first line; undefined if the file is not a notebook. */
export const languageOf = (name: string, content: Uint8Array): Language | undefined =>
  LANGUAGES.find((language) => name.endsWith(EXTENSION[language]) && isNotebook(name, content));

/** Returns the language of a notebook's file on disk; undefined if it is not a notebook. */
export function languageOfFile(file: string): Language | undefined {
  const opened = fs.openSync(file, 'r');
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    return languageOf(file, start.subarray(0, fs.readSync(opened, start)));
  } finally {
    fs.closeSync(opened);
  }
}

/** Returns a notebook's source. Adds the first line that marks a notebook, if the imported source lacks it. */
export function withHeader(content: Uint8Array, language: Language): Uint8Array {
  const text = Buffer.from(content).toString();
  const header = NOTEBOOK_HEADERS[EXTENSION[language]];
  return text.startsWith(header) ? content : Buffer.from(`${header}\n${text}`);
}
