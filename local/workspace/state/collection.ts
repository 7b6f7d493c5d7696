/** Documents of one kind: in memory for reading, and each a file, so that a kill at any moment leaves the old one or the new one. */
import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { readJson } from '../../../src/files/read.ts';
import { isDraft, writeWhole } from '../../../src/files/write.ts';

const ENDING = '.json';

export class Collection<Document> {
  readonly #folder: string;
  readonly #documents = new Map<string, Document>();

  /** Reads what `folder` holds. @throws AppError for a file that is not such a document */
  constructor(folder: string, shape: z.ZodType<Document>) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      // What a kill left before it was whole.
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

  /** Keeps the document as it is now. @throws FileError, and then nothing is kept */
  put(id: string | number, document: Document): void {
    writeWhole(this.#file(id), JSON.stringify(document));
    this.hold(id, document);
  }

  /** Holds the document in memory only, until this process ends. */
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
  remedy: 'move it away, or choose another folder with --state',
};

/** A name that no document was written under stands for itself. */
function idOf(name: string): string {
  const id = name.slice(0, -ENDING.length);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
