/** `npm run streams` as a person runs it, against the emulator. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EMULATOR_CREDENTIALS, type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator?.stop();
});

/** What the command prints, and its exit code at the end; nobody sits at its terminal. */
async function streams(...words: string[]): Promise<string> {
  const child = spawn(process.execPath, ['src/start.mjs', 'cli/main.ts', 'streams', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...EMULATOR_CREDENTIALS,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_ENDPOINT_URL_KINESIS: emulator.endpoint,
      PIPELINE_ID: 'mine',
    },
  });
  const code = new Promise((resolve) => child.once('exit', resolve));
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return `${out}${error}exit code ${await code}`;
}

const NAMES = ['streaming-mine-geo', 'streaming-mine-pin', 'streaming-mine-user'];
const lines = (say: (name: string) => string) => NAMES.map((name) => `${say(name)}\n`).join('');

test('made when they are missing, described, removed when a person says so', async () => {
  expect(await streams()).toMatch(
    /streaming-mine-pin .* missing [\s\S]*"npm run streams create" creates them\.\nexit code 1/,
  );
  expect(await streams('create')).toBe(`${lines((name) => `created ${name}`)}exit code 0`);
  expect(await streams('create')).toBe(`${lines((name) => `${name} already exists`)}exit code 0`);
  const described = await streams('describe');
  for (const name of NAMES)
    expect(described).toMatch(
      new RegExp(`│ ${name} +│ ACTIVE +│ .* │ +4 │ +24 h │ \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d │`),
    );
  expect(described).toContain('exit code 0');
  expect(await streams('delete')).toMatch(/^error: .*"npm run streams delete -- --yes".*\nexit code 1$/);
  expect(await streams('delete', '--yes')).toBe(`${lines((name) => `deleted ${name}`)}exit code 0`);
  expect(await streams('delete', '--yes')).toBe(`${lines((name) => `${name} does not exist`)}exit code 0`);
});

test('words that can’t be used', async () => {
  expect(await streams('empty')).toMatch(
    /^error: The action must be create, describe or delete, not empty\./,
  );
});

test('the emulator outlives a client that goes away in the middle of a request', async () => {
  const { hostname, port } = new URL(emulator.endpoint);
  const client = net.connect(Number(port), hostname);
  await once(client, 'connect');
  client.write('POST / HTTP/1.1\r\nHost: kinesis\r\nContent-Length: 1000\r\n\r\nhalf of it');
  client.resetAndDestroy();
  await once(client, 'close');
  expect(await streams()).toMatch(/streaming-mine-pin .* missing/);
});
