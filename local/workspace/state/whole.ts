/** Files that are old or new, never half: written beside their place and moved into it. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes `content` to `file` at one moment. `beside` is a folder on the same file system, the file's own where it is left
 * out. `exclusive`: false, and nothing written, where the file is there already.
 */
export function writeWhole(
  file: string,
  content: string | Uint8Array,
  options: { beside?: string; mode?: number; exclusive?: boolean } = {},
): boolean {
  const { beside = path.dirname(file), mode = 0o600, exclusive = false } = options;
  const written = path.join(beside, `.${randomUUID()}.new`);
  fs.writeFileSync(written, content, { mode });
  if (!exclusive) {
    fs.renameSync(written, file);
    return true;
  }
  try {
    fs.linkSync(written, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(written);
  }
}
