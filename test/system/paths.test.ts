/** The local workspace starts for a user without a name and a home folder. Folders with any name: demo.test.ts. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { MAIN } from '../fixtures/command.ts';

let own: string;
beforeAll(async () => {
  own = mkdtempSync(path.join(os.tmpdir(), 'of user 12345 '));
  await install(readSettings());
});
afterAll(() => rmSync(own, { recursive: true, force: true }));

const notListed = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups'];
/**
 * Lets the user read all files, because checkout, cache and Python can be in root's home folder. The user can write
 * only its own files. Node checks with access(2) whether a file exists, and access(2) respects the capability only with
 * the securebit.
 */
const readsAll = [
  ...['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'],
  ...['--securebits', '+no_setuid_fixup'],
];
const mayTry = spawnSync('setpriv', [...notListed.slice(1), ...readsAll, 'true']).status === 0;

// Only root can become another user, and macOS has no setpriv.
test.skipIf(!mayTry)(
  'the workspace starts for a user that has neither a name nor a home folder',
  async () => {
    chownSync(own, 12345, 12345);
    const { cache } = readSettings();
    const words = [...MAIN, 'local', '--port', '0'];
    const [command = '', ...args] = [...notListed, ...readsAll, process.execPath, ...words];
    const child = spawn(command, args, {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, TMPDIR: own, PIPELINE_CACHE: cache },
        ...{ PIPELINE_LOCAL: path.join(own, 'local.json'), PIPELINE_STATE: path.join(own, 'state') },
      },
    });
    let printed = '';
    for (const output of [child.stdout, child.stderr])
      output.on('data', (data: Buffer) => {
        const wasReady = printed.includes('ready:');
        printed += data;
        // Sends only one signal, because a second signal would end the workspace immediately.
        if (!wasReady && printed.includes('ready:')) child.kill('SIGTERM');
      });
    const [code] = await once(child, 'close');
    expect(printed).toContain('ready:');
    expect(code, printed).toBe(0);
    expect(readdirSync(path.join(own, 'state', 'files', 'Users'))).toEqual(['12345@localhost']);
    expect(readdirSync(path.join(own, 'state', 'spark')).filter((name) => name.includes('?'))).toEqual([]);
  },
);
