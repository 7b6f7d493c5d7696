/** The start of a server in a separate process: it resolves when the server listens, and fails immediately if the process ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { freePort } from '../../local/kafka/ports.ts';
import { startServer } from '../../local/server-process.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'server-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function serverOf(source: string) {
  const file = path.join(folder, 'server.mjs');
  writeFileSync(file, source);
  return startServer({ name: 'The server', program: pathToFileURL(file), args: [] });
}

const LISTENING = `
  import http from 'node:http';
  const server = http.createServer((_, answer) => answer.end(process.argv[2]));
  server.once('listening', () => process.send(server.address().port));
  server.listen(Number(process.argv[2]), '127.0.0.1');`;

test('the start resolves when the server listens', async () => {
  const server = await serverOf(LISTENING);
  // The server chooses the port itself: a port that the caller chose could be taken before the server listens.
  expect(await (await fetch(server.endpoint)).text()).toBe('0');
  await server.stop();
});

test('a server that is killed is reported; a server that is stopped is not', async () => {
  const killed = await serverOf(LISTENING);
  process.kill(killed.pid, 'SIGKILL');
  await expect(killed.failed).rejects.toThrow('The server has ended: see its output');
  await killed.stop();
  const stopped = await serverOf(LISTENING);
  await stopped.stop();
  expect(await Promise.race([stopped.failed, setImmediate('still pending')])).toBe('still pending');
});

test('a port that only root may use is reported', async () => {
  const refused = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  const listen = vi.spyOn(net.Server.prototype, 'listen').mockImplementation(function (this: net.Server) {
    this.emit('error', refused);
    return this;
  });
  await expect(freePort(80)).rejects.toThrow(
    "Can't listen on 127.0.0.1:80: ports below 1024 need root; choose another port.",
  );
  listen.mockRestore();
});

test.each(['process.exit(0);', "process.kill(process.pid, 'SIGKILL');"])(
  'a server that ends by %s before it listens is reported immediately',
  async (source) => {
    await expect(serverOf(source)).rejects.toThrow('The server did not become ready; see its output.');
  },
);
