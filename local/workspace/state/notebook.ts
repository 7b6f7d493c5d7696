/** Notebooks as files: a language's extension and its first line make one. */
import fs from 'node:fs';

export const LANGUAGES = ['PYTHON', 'SQL'] as const;
export type Language = (typeof LANGUAGES)[number];

export const EXTENSION: Record<Language, string> = { PYTHON: '.py', SQL: '.sql' };
const HEADER: Record<Language, string> = {
  PYTHON: '# Databricks notebook source',
  SQL: '-- Databricks notebook source',
};

/** More than either header is long. */
const HEADER_BYTES = 64;

/** The language of a notebook: its extension and its first line say so. */
export function languageOf(name: string, content: Uint8Array): Language | undefined {
  const start = Buffer.from(content.subarray(0, HEADER_BYTES))
    .toString()
    .replace(/^\uFEFF/, '');
  return LANGUAGES.find(
    (language) =>
      name.endsWith(EXTENSION[language]) && start.split(/\r?\n/)[0]?.trimEnd() === HEADER[language],
  );
}

/** The same of a file on disk. */
export function languageOfFile(file: string): Language | undefined {
  const opened = fs.openSync(file, 'r');
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    return languageOf(file, start.subarray(0, fs.readSync(opened, start)));
  } finally {
    fs.closeSync(opened);
  }
}

/** A notebook's source may come without the first line that makes it one. */
export function withHeader(content: Uint8Array, language: Language): Uint8Array {
  const text = Buffer.from(content).toString();
  return text.startsWith(HEADER[language]) ? content : Buffer.from(`${HEADER[language]}\n${text}`);
}
