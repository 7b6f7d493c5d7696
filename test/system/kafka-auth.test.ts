/** Authentication with TLS, SCRAM and MSK's IAM at a real broker, and the errors of rejected clients. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { install } from '../../local/install/install.ts';
import { type Broker, countRecords, startBroker } from '../../local/kafka/broker.ts';
import { makeCertificate } from '../../local/workspace/sql/certificate.ts';
import { topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import type { KafkaAuth } from '../../src/producer/sinks/kafka-auth.ts';
import { mskToken } from '../../src/producer/sinks/msk-token.ts';
import { totals } from '../../src/producer/tally.ts';
import { readSettings } from '../../src/settings.ts';
import { type Listener, type SecureListeners, secureListeners } from '../fixtures/secure-listeners.ts';

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret/with+signs=' };
const REGION = 'eu-west-1';
/** Length of a session. kafkajs authenticates again ten seconds before its end, which is after two seconds. */
const SESSION_MS = 12_000;
const USER = { username: 'alice', password: 'her password' };

let folder: string;
let broker: Broker;
let listeners: SecureListeners;
let ca: string;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kafka-auth-'));
  const installed = await install(readSettings());
  const security = { scram: USER, iam: { ...IDENTITY, region: REGION }, sessionMs: SESSION_MS };
  const fresh = async () => {
    listeners = await secureListeners(installed, folder, security);
    return listeners;
  };
  broker = await startBroker({ installed, state: folder, listeners: fresh });
  ca = listeners.authority;
});

afterEach(() => vi.useRealTimers());

afterAll(async () => {
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
});

const at = (listener: Listener) => [`127.0.0.1:${listeners.ports[listener]}`];

/** Sends ten posts in a separate run, which creates the topics, and returns how many records arrived. */
async function send(listener: Listener, auth: KafkaAuth): Promise<number> {
  const id = `auth${runs++}`;
  const sink = kafkaSink({ brokers: at(listener), id, auth, createTopics: true });
  const posts = emulatedPosts({ seed: 1, count: 10 });
  const { delivered } = totals(await produce({ posts, sink }));
  const topics = posts.datasets.map((dataset) => topicName(id, dataset));
  const there = Object.values(await countRecords(broker.brokers, topics)).reduce((sum, n) => sum + n, 0);
  expect(there).toBe(delivered);
  return there;
}

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Returns a function that makes tokens of the identity that the broker accepts, with these changes. */
const tokens =
  (change: Partial<Identity> = {}, region = REGION) =>
  () =>
    mskToken(region, async () => ({ ...IDENTITY, ...change }));
const iam = (token: () => Promise<string>, trusted = ca): KafkaAuth => ({ kind: 'iam', ca: trusted, token });

describe('a client', () => {
  test('can send over TLS', async () => {
    expect(await send('TLS', { kind: 'tls', ca })).toBe(30);
  });

  test('can send with a user name and password', async () => {
    expect(await send('SCRAM', { kind: 'scram', ca, ...USER })).toBe(30);
  });

  test('can send as the AWS identity that the broker accepts, also with temporary credentials', async () => {
    expect(await send('IAM', iam(tokens()))).toBe(30);
    const soon = { sessionToken: 'a/session+token==', expiration: new Date(Date.now() + 600_500) };
    expect(await send('IAM', iam(tokens(soon)))).toBe(30);
  });
});

test('a client over the limit on new connections connects again', async () => {
  const limit = path.join(folder, 'over-limit');
  await writeFile(limit, '');
  expect(await send('IAM', iam(tokens()))).toBe(30);
  expect(existsSync(limit)).toBe(false);
});

test('a client that sends longer than a session authenticates again in time, and no connection is cut', async () => {
  let shown = 0;
  let connected: number | undefined;
  const auth = iam(() => {
    shown++;
    return tokens()();
  });
  const waiting: string[] = [];
  const sink = kafkaSink({ brokers: at('IAM'), id: `auth${runs++}`, auth, createTopics: true });
  const summary = await produce({
    posts: emulatedPosts({ seed: 2, count: 60 }),
    sink,
    rate: 10,
    report: (event) => {
      if (event.kind === 'waiting') waiting.push(event.reason);
      if (event.kind === 'progress' && totals(event.summary).delivered > 0) connected ??= shown;
    },
  });
  expect(totals(summary)).toMatchObject({ delivered: 180, pending: 0, rejected: 0 });
  expect(waiting).toEqual([]);
  expect(connected).toBeGreaterThan(0);
  expect(shown).toBeGreaterThan(connected as number);
});

describe('a rejected client gets an error of one sentence', () => {
  const refused =
    /^The Kafka broker 127\.0\.0\.1:\d+ rejected the IAM token \((\[[0-9a-f-]+\]: Access denied|invalid_token)\): AWS_REGION must be/;

  /** Returns a function that makes a token and changes its signed text. */
  const changed = (from: RegExp, to: string) => async () => {
    const url = Buffer.from(await tokens()(), 'base64url').toString();
    expect(url).toMatch(from);
    return Buffer.from(url.replace(from, to)).toString('base64url');
  };

  /** Returns the reason for the broker's last rejection, which only the broker's log contains. */
  const reason = async () =>
    (await readFile(path.join(folder, 'broker.log'), 'utf8')).match(/^MSK IAM token refused.*$/gm)?.at(-1);

  test.each<[string, () => Promise<string>, RegExp]>([
    ['another secret', tokens({ secretAccessKey: 'guessed' }), /signature is not that of the known secret/],
    ['another key', tokens({ accessKeyId: 'AKIDOTHER' }), /X-Amz-Credential is AKIDOTHER\//],
    ['another region', tokens({}, 'us-east-1'), /it is for https:\/\/kafka\.us-east-1\.amazonaws\.com/],
    [
      'a token with a changed lifetime',
      changed(/X-Amz-Expires=900/, 'X-Amz-Expires=899'),
      /signature is not that of the known secret/,
    ],
    [
      'a token with a lifetime of a day',
      changed(/X-Amz-Expires=900/, 'X-Amz-Expires=86400'),
      /valid for 86400 s, more than 900/,
    ],
    [
      'a token for another action',
      changed(/kafka-cluster%3AConnect/, 'kafka-cluster%3ADelete'),
      /Action is kafka-cluster:Delete/,
    ],
    [
      'a signature with a changed digit',
      changed(/X-Amz-Signature=./, 'X-Amz-Signature=g'),
      /signature is not that of the known secret/,
    ],
    ['a string that is not a token', async () => 'x', /^MSK IAM token refused, not readable/],
  ])('%s is rejected', async (_, token, why) => {
    await expect(send('IAM', iam(token))).rejects.toThrow(refused);
    expect(await reason()).toMatch(why);
  });

  test('an expired token is rejected', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 16 * 60_000 });
    const token = await tokens()();
    vi.useRealTimers();
    await expect(
      send(
        'IAM',
        iam(async () => token),
      ),
    ).rejects.toThrow(refused);
  });

  test('a wrong password is rejected', async () => {
    await expect(send('SCRAM', { kind: 'scram', ca, ...USER, password: 'guessed' })).rejects.toThrow(
      /^The Kafka broker at 127\.0\.0\.1:\d+ rejected the login: KAFKA_USERNAME and KAFKA_PASSWORD must be/,
    );
  });

  test('a broker certificate signed by an unknown authority is rejected', async () => {
    const sentence = /^The certificate of the Kafka broker at 127\.0\.0\.1:\d+ is not trusted .*KAFKA_CA/;
    await expect(send('TLS', { kind: 'tls' })).rejects.toThrow(sentence);
    const { authority } = await makeCertificate();
    await expect(send('IAM', iam(tokens(), authority))).rejects.toThrow(sentence);
  });

  test.each<[Listener, KafkaAuth['kind']]>([
    ['IAM', 'scram'],
    ['SCRAM', 'iam'],
    ['TLS', 'scram'],
    ['SCRAM', 'tls'],
    ['TLS', 'plain'],
  ])('the %s listener rejects KAFKA_AUTH=%s', async (listener, kind) => {
    const auths: Record<KafkaAuth['kind'], KafkaAuth> = {
      plain: { kind: 'plain' },
      tls: { kind: 'tls', ca },
      scram: { kind: 'scram', ca, ...USER },
      iam: iam(tokens()),
    };
    await expect(send(listener, auths[kind])).rejects.toThrow(`does not support KAFKA_AUTH=${kind}`);
  });

  test('a listener without TLS rejects KAFKA_AUTH=tls', async () => {
    const sink = kafkaSink({ brokers: broker.brokers, id: 'none', auth: { kind: 'tls', ca } });
    await expect(produce({ posts: emulatedPosts({ seed: 1, count: 1 }), sink })).rejects.toThrow(
      'does not support KAFKA_AUTH=tls',
    );
  });
});
