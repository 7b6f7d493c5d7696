import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EMULATOR_CREDENTIALS, type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { resultOf, startCommand } from '../fixtures/command.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator?.stop();
});

/** Runs the command without a terminal and resolves with its output and its exit code. */
async function streams(...words: string[]): Promise<string> {
  const child = startCommand(['streams', ...words], {
    env: {
      ...process.env,
      ...EMULATOR_CREDENTIALS,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_ENDPOINT_URL_KINESIS: emulator.endpoint,
      PIPELINE_ID: 'mine',
    },
  });
  const { stdout, stderr, code } = await resultOf(child);
  return `${stdout}${stderr}exit code ${code}`;
}

const NAMES = ['streaming-mine-geo', 'streaming-mine-pin', 'streaming-mine-user'];
const lines = (say: (name: string) => string) => NAMES.map((name) => `${say(name)}\n`).join('');

test('creates missing streams, describes them, and deletes them only with --yes', async () => {
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

test('an unknown action is an error that lists the actions', async () => {
  expect(await streams('empty')).toMatch(
    /^error: The action must be create, describe or delete, not empty\./,
  );
});

test('the emulator keeps running if a client disconnects during a request', async () => {
  const { hostname, port } = new URL(emulator.endpoint);
  const client = net.connect(Number(port), hostname);
  await once(client, 'connect');
  client.write('POST / HTTP/1.1\r\nHost: kinesis\r\nContent-Length: 1000\r\n\r\nhalf of it');
  client.resetAndDestroy();
  await once(client, 'close');
  expect(await streams()).toMatch(/streaming-mine-pin .* missing/);
});
