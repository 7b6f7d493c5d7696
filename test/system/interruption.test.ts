/** Every command ends within seconds when it is interrupted at any moment, and leaves no files or processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { readSettings } from '../../src/settings.ts';
import { Standstill, type StartedCommand } from '../fixtures/started-command.ts';

/**
 * Seconds within which a command must end on an idle machine. The limit is less than 10 seconds, because a command is
 * ended by force 10 seconds after its terminal was closed.
 */
const SECONDS = 8;

/** The same limit for commands with Spark, because Spark needs time to shut down. */
const SPARK_SECONDS = 20;

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof CODES;
const SIGNALS = Object.keys(CODES) as Signal[];

let standstill: Standstill;
beforeAll(async () => {
  standstill = await new Standstill().open();
});
afterAll(() => standstill.close());

async function endsOf(
  command: StartedCommand,
  signal: Signal,
  { code = CODES[signal] as number, seconds = SECONDS } = {},
): Promise<void> {
  const ended = await command.interrupt(signal);
  expect(ended.text).not.toContain('    at ');
  expect(ended.code, ended.text).toBe(code);
  expect(ended.seconds).toBeLessThan(seconds * command.slowness);
  expect(command.leftovers()).toEqual([]);
}

describe('while a command works', () => {
  // Each command has work that never ends: an install that hangs, or a server that does not answer.
  test.each([
    [['demo'], 'SIGINT'],
    [['local'], 'SIGTERM'],
    [['install'], 'SIGHUP'],
    [['ingress'], 'SIGINT'],
    [['query', 'SELECT 1'], 'SIGTERM'],
    [['query', 'report', '--out', '/dev/null'], 'SIGHUP'],
    [['streams'], 'SIGINT'],
    [['bundle', 'plan', 'free', '--without-cli'], 'SIGTERM'],
    [['bundle', 'deploy', 'free', '--without-cli'], 'SIGHUP'],
    [['infra', 'doctor'], 'SIGTERM'],
    [['produce', 'rest', '--count', '5'], 'SIGINT'],
    [['produce', 'kinesis', '--count', '5'], 'SIGTERM'],
    [['produce', 'kafka', '--count', '5'], 'SIGHUP'],
  ] as const)('%j ends after %s', async (words, signal) => {
    const command = standstill.start(words);
    await command.working();
    await endsOf(command, signal);
  });
});

describe('before a command starts working', () => {
  const moments = [0, 50, 300];
  test.each(moments.flatMap((moment) => SIGNALS.map((signal) => [moment, signal] as const)))(
    'demo, started %i ms ago, ends after %s',
    async (moment, signal) => {
      const command = standstill.start(['demo']);
      await sleep(moment);
      await endsOf(command, signal);
    },
  );

  test.each([[['generate', 'check']], [['infra', 'synth']], [['picture', '--help']]])(
    '%j ends after an interruption while it loads',
    async (words) => {
      const command = standstill.start(words);
      await sleep(200);
      await endsOf(command, 'SIGTERM');
    },
  );
});

describe('without a reader or a parent process', () => {
  test('local ends when its output is closed', async () => {
    const command = standstill.start(['local']);
    command.process.stdout?.destroy();
    command.process.stderr?.destroy();
    const { code, seconds } = await command.ended();
    expect(code).toBe(141);
    expect(seconds).toBeLessThan(3 * SECONDS * command.slowness);
    expect(command.leftovers()).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('npm run local ends when npm gets %s', async (signal) => {
    const command = standstill.start(['local'], { npm: true });
    await command.working();
    const { seconds } = await command.interrupt(signal);
    expect(seconds).toBeLessThan(SECONDS * command.slowness);
    expect(command.leftovers()).toEqual([]);
  });
});

describe('with Spark', () => {
  const { cache, python = '' } = readSettings();
  const installed = { env: { PIPELINE_CACHE: cache, PIPELINE_PYTHON: python } };
  beforeAll(async () => {
    await install(readSettings());
  });

  test('local ends after SIGTERM while Spark starts', async () => {
    const command = standstill.start(['local', '--port', '0'], installed);
    await command.says('Spark is starting');
    await endsOf(command, 'SIGTERM', { seconds: SPARK_SECONDS });
  });

  test('local ends after Ctrl-C when it is ready', async () => {
    const command = standstill.start(['local', '--port', '0'], installed);
    await command.says('ready: Ctrl-C stops the workspace');
    await endsOf(command, 'SIGINT', { code: 0, seconds: SPARK_SECONDS });
  });
});

test('a second Ctrl-C ends a command immediately if the command is still finishing its work after the first', async () => {
  const command = standstill.start(['produce', 'rest', '--count', '3']);
  await command.working();
  command.process.kill('SIGINT');
  await sleep(1500);
  await endsOf(command, 'SIGINT');
});
