/** Notebooks as files: a file is a notebook if it has a language's extension and first line. */
import fs from 'node:fs';

export const LANGUAGES = ['PYTHON', 'SQL'] as const;
export type Language = (typeof LANGUAGES)[number];

export const EXTENSION: Record<Language, string> = { PYTHON: '.py', SQL: '.sql' };
const HEADER: Record<Language, string> = {
  PYTHON: '# Databricks notebook source',
  SQL: '-- Databricks notebook source',
};

/** Longer than any header. */
const HEADER_BYTES = 64;

/** Returns the language of a notebook, from its extension and first line; undefined if the file is not a notebook. */
export function languageOf(name: string, content: Uint8Array): Language | undefined {
  const start = Buffer.from(content.subarray(0, HEADER_BYTES))
    .toString()
    .replace(/^\uFEFF/, '');
  return LANGUAGES.find(
    (language) =>
      name.endsWith(EXTENSION[language]) && start.split(/\r?\n/)[0]?.trimEnd() === HEADER[language],
  );
}

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
  return text.startsWith(HEADER[language]) ? content : Buffer.from(`${HEADER[language]}\n${text}`);
}
