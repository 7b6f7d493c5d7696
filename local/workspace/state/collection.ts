/**
 * Documents of one type. They are read from memory, and each is stored in a file. After a kill, the file contains
 * either the old or the new document.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { readJson } from '../../../src/files/read.ts';
import { isDraft, writeWhole } from '../../../src/files/write.ts';

const ENDING = '.json';

export class Collection<Document> {
  readonly #folder: string;
  readonly #documents = new Map<string, Document>();

  /** Reads all documents in `folder`. @throws AppError if a file does not match `shape` */
  constructor(folder: string, shape: z.ZodType<Document>) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      // An incomplete file from a workspace that was killed.
      if (isDraft(name)) fs.rmSync(file);
      else if (name.endsWith(ENDING)) this.#documents.set(idOf(name), readJson(file, shape, USE));
    }
  }

  get(id: string | number): Document | undefined {
    return this.#documents.get(String(id));
  }

  values(): Document[] {
    return [...this.#documents.values()];
  }

  /** Stores the document's current state. @throws FileError if it can't be written. Then the old document is kept. */
  put(id: string | number, document: Document): void {
    writeWhole(this.#file(id), JSON.stringify(document));
    this.hold(id, document);
  }

  /** Keeps the document only in memory, until this process ends. */
  hold(id: string | number, document: Document): void {
    this.#documents.set(String(id), document);
  }

  delete(id: string | number): void {
    fs.rmSync(this.#file(id), { force: true });
    this.#documents.delete(String(id));
  }

  #file(id: string | number): string {
    return path.join(this.#folder, `${encodeURIComponent(String(id))}${ENDING}`);
  }
}

const USE = {
  is: 'The state file',
  code: 'STATE_BROKEN',
  remedy: 'move it away, or choose another folder',
};

/** Returns the id in a file's name; a name that this class has not written is returned unchanged. */
function idOf(name: string): string {
  const id = name.slice(0, -ENDING.length);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
