/** Files that are added to a project, if writing the rendered files fails. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { addFiles } from '../../cli/generate/add-files.ts';

vi.mock('../../cli/generate/render-changes.ts', () => ({
  renderedChanges: async () =>
    new Map([
      ['index.ts', 'rendered'],
      ['folder', 'a file that can not be written, because it is a folder'],
    ]),
}));

test('a file that is added and then rendered has its first content again', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'add-files-'));
  try {
    fs.mkdirSync(path.join(root, 'folder'));
    fs.writeFileSync(path.join(root, 'index.ts'), 'old');
    await expect(addFiles(root, new Map([['index.ts', 'new']]))).rejects.toThrow('folder');
    expect(fs.readFileSync(path.join(root, 'index.ts'), 'utf8')).toBe('old');
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});
