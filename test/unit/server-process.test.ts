/** The start of a server in a separate process: it resolves when the server listens, and fails immediately if the process ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../local/server-process.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'server-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function serverOf(source: string) {
  const file = path.join(folder, 'server.mjs');
  writeFileSync(file, source);
  return startServer({ name: 'The server', program: pathToFileURL(file), args: [] });
}

test('the start resolves when the server listens', async () => {
  const server = await serverOf(
    "import http from 'node:http';\nhttp.createServer((_, answer) => answer.end('here')).listen(Number(process.argv[2]), '127.0.0.1');",
  );
  expect(await (await fetch(server.endpoint)).text()).toBe('here');
  await server.stop();
});

test.each(['process.exit(0);', "process.kill(process.pid, 'SIGKILL');"])(
  'a server that ends by %s before it listens is reported immediately',
  async (source) => {
    await expect(serverOf(source)).rejects.toThrow(/^The server did not become ready on 127\.0\.0\.1:\d+;/);
  },
);
