/** Every command ends within seconds when it is interrupted at any moment, and leaves no files or processes. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { readSettings } from '../../src/settings.ts';
import { LoopbackServer } from '../fixtures/loopback-server.ts';
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

async function endsOf(command: StartedCommand, signal: Signal, seconds = SECONDS): Promise<void> {
  const ended = await command.interrupt(signal);
  expect(ended.text).not.toContain('    at ');
  expect(ended.code, ended.text).toBe(CODES[signal]);
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
  test.each([
    [0, 'SIGINT'],
    [50, 'SIGTERM'],
    [300, 'SIGHUP'],
  ] as const)('demo, started %i ms ago, ends after %s', async (moment, signal) => {
    const command = standstill.start(['demo']);
    await sleep(moment);
    await endsOf(command, signal);
  });

  test.each([[['generate', 'check']], [['infra', 'synth']]])(
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
    await endsOf(command, 'SIGTERM', SPARK_SECONDS);
  });
});

/** A REST proxy that has every topic and never answers a request with records. */
class SilentProxy extends LoopbackServer {
  readonly #posts = new EventEmitter();
  /** Resolves at the first request with records. */
  readonly posted = once(this.#posts, 'post');

  static async start(): Promise<SilentProxy> {
    return new SilentProxy().listen();
  }

  protected override async serve({ method, url = '' }: IncomingMessage, response: ServerResponse) {
    if (method === 'POST') this.#posts.emit('post');
    else response.end(JSON.stringify({ name: path.basename(url) }));
  }
}

test.each(SIGNALS)('%s ends a command within seconds if a call gets no answer', async (signal) => {
  const proxy = await SilentProxy.start();
  try {
    const command = standstill.start(['produce', 'rest', '--count', '3'], { env: { REST_URL: proxy.url } });
    const dead = command.ended().then(({ text }) => Promise.reject(new Error(text)));
    await Promise.race([proxy.posted, dead]);
    await endsOf(command, signal);
  } finally {
    await proxy.stop();
  }
});

test('a second Ctrl-C ends a command immediately if the command is still finishing its work after the first', async () => {
  const proxy = await SilentProxy.start();
  try {
    const command = standstill.start(['produce', 'rest', '--count', '3'], { env: { REST_URL: proxy.url } });
    const dead = command.ended().then(({ text }) => Promise.reject(new Error(text)));
    await Promise.race([proxy.posted, dead]);
    command.process.kill('SIGINT');
    // Signals within a second count as one press.
    await sleep(1500);
    expect(command.process.exitCode).toBeNull();
    // Without the second press, the command would wait five seconds for the answer.
    await endsOf(command, 'SIGINT', 3);
  } finally {
    await proxy.stop();
  }
});
