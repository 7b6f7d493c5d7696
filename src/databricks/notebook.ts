import path from 'node:path';

/** The first line of a notebook, by the extension of its file. */
export const NOTEBOOK_HEADERS = {
  '.py': '# Databricks notebook source',
  '.sql': '-- Databricks notebook source',
} as const;

/** Longer than any header. */
export const HEADER_BYTES = 64;

/** Returns the first line that makes a file a notebook; undefined if the file's extension rules a notebook out. */
export const notebookHeader = (file: string): string | undefined =>
  (NOTEBOOK_HEADERS as Readonly<Record<string, string>>)[path.extname(file)];

/** Returns whether a workspace imports a file as a notebook; the first `HEADER_BYTES` of its content are enough. */
export function isNotebook(file: string, content: Uint8Array): boolean {
  const start = Buffer.from(content.subarray(0, HEADER_BYTES)).toString();
  const [first = ''] = start.replace(/^\uFEFF/, '').split(/\r?\n/, 1);
  return first.trimEnd() === notebookHeader(file);
}
