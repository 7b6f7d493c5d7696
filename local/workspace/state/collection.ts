/** Documents of one kind: in memory for reading, and each a file, so that a kill at any moment leaves the old one or the new one. */
import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { AppError } from '../../../src/errors.ts';
import { writeWhole } from './whole.ts';

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
      // A file that a kill left before it was whole.
      if (!name.endsWith(ENDING)) fs.rmSync(file);
      else this.#documents.set(decodeURIComponent(name.slice(0, -ENDING.length)), read(file, shape));
    }
  }

  get(id: string | number): Document | undefined {
    return this.#documents.get(String(id));
  }

  values(): Document[] {
    return [...this.#documents.values()];
  }

  /** Keeps the document as it is now. */
  put(id: string | number, document: Document): void {
    writeWhole(this.#file(id), JSON.stringify(document));
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

function read<Document>(file: string, shape: z.ZodType<Document>): Document {
  try {
    return shape.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch {
    throw new AppError(
      'STATE_BROKEN',
      `The state file ${file} can't be read: move it away, or choose another folder with --state.`,
    );
  }
}
