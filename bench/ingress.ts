/**
 * Measures how fast records are delivered over HTTP, into the REST proxy and into the API in front of Kinesis. Two
 * contestants run alternately: this producer, and a loop that sends a request per record, as public copies do. Proxy,
 * gateway and Kinesis are emulators that share this machine: trust the ratios, not the figures. Usage:
 * `npx tsx bench/ingress.ts [rounds]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { install } from '../local/install/install.ts';
import { countRecords, createTopics, startBroker } from '../local/kafka/broker.ts';
import { startRestProxy } from '../local/kafka/rest-proxy.ts';
import { EMULATOR_CREDENTIALS, startEmulator } from '../local/kinesis/emulator.ts';
import { startGateway } from '../local/kinesis/gateway.ts';
import { emulatorEndpoint } from '../local/streams.ts';
import { runAsProgram } from '../src/exit.ts';
import { streamName, topicName } from '../src/names.ts';
import { produce } from '../src/producer/produce.ts';
import { gatewaySink } from '../src/producer/sinks/gateway.ts';
import { type Api, apiAt } from '../src/producer/sinks/http-api.ts';
import type { ApiEndpoint } from '../src/producer/sinks/http-endpoint.ts';
import { kinesisClient } from '../src/producer/sinks/kinesis-client.ts';
import { createStream } from '../src/producer/sinks/kinesis-streams.ts';
import { restSink } from '../src/producer/sinks/rest.ts';
import { emulatedPost } from '../src/project/posts.ts';
import { readSettings } from '../src/settings.ts';
import { readStream } from '../test/fixtures/kinesis-reader.ts';
import { pins } from './produce/pins.ts';
import { alternately, printRates, roundsOf } from './turns.ts';

const MANY = 20_000;
/**
 * Number of records that the loop sends. It is smaller, because the loop is ten times slower. More records would not
 * change the rate.
 */
const FEW = 1000;
/** Number of shards: enough that this producer never reaches the shards' limit. The loops ignore that limit. */
const UNLIMITED = 1000;
const ID = 'bench';
const TOPIC = topicName(ID, 'pin');
const STREAM = streamName(ID, 'pin');

const lines = Array.from({ length: MANY }, (_, n) => emulatedPost(1, n)[0]?.line ?? Buffer.alloc(0));
const text = (n: number) => String(lines[n]);
const posts = pins(MANY, (n) => lines[n] as Buffer);

interface Contestant {
  readonly name: string;
  readonly records: number;
  readonly send: () => Promise<unknown>;
}

/** Sends requests one after another and checks that each returned 200. */
async function loop(send: (n: number) => ReturnType<Api>): Promise<void> {
  for (let n = 0; n < FEW; n++) {
    const { status, body } = await send(n);
    if (status !== 200) throw new Error(`record ${n} was not accepted: ${status} ${JSON.stringify(body)}`);
  }
}

/** Returns the contestants of the REST proxy: this producer, then the loop. */
function byRest(url: string): Contestant[] {
  const endpoint = { url, setting: 'REST_URL', signed: false };
  const type = 'application/vnd.kafka.json.v2+json';
  const one = (n: number) => ({ type, text: `{"records":[{"key":${n},"value":${text(n)}}]}` });
  const api = apiAt(endpoint);
  const path = `/topics/${TOPIC}`;
  return [
    {
      name: 'rest, this producer',
      records: MANY,
      send: () => produce({ posts, sink: restSink({ ...endpoint, id: ID }) }),
    },
    {
      name: 'rest, a request per record',
      records: FEW,
      send: () => loop((n) => api({ method: 'POST', path, body: one(n) })),
    },
  ];
}

/** Returns the contestants of the API in front of Kinesis: this producer, then the loop. */
function byGateway(who: Pick<ApiEndpoint, 'url' | 'region' | 'credentials'>): Contestant[] {
  const endpoint = { ...who, setting: 'GATEWAY_URL', signed: true };
  const type = 'application/json';
  const one = (n: number) => ({ type, text: `{"Data":${text(n)},"PartitionKey":"${n}"}` });
  const api = apiAt(endpoint);
  const path = `/streams/${STREAM}/record`;
  return [
    {
      name: 'gateway, this producer',
      records: MANY,
      send: () => produce({ posts, sink: gatewaySink({ ...endpoint, id: ID, shards: UNLIMITED }) }),
    },
    {
      name: 'gateway, a request per record',
      records: FEW,
      send: () => loop((n) => api({ method: 'PUT', path, body: one(n) })),
    },
  ];
}

/** Runs all contestants alternately and prints a line for each; `count` returns the number of records delivered so far. */
async function compare(
  contestants: readonly Contestant[],
  count: () => Promise<number>,
  rounds: number,
): Promise<void> {
  let expected = 0;
  const rates = await alternately(contestants, { rounds, warmUp: 1 }, async ({ name, records, send }) => {
    const started = performance.now();
    await send();
    const seconds = (performance.now() - started) / 1000;
    expected += records;
    const there = await count();
    if (there !== expected) throw new Error(`${name}: ${expected} records were sent, ${there} were found`);
    return records / seconds;
  });
  printRates(rates);
}

await runAsProgram(async () => {
  const rounds = roundsOf(
    'ingress',
    'Records a second over HTTP, into the REST proxy and the API in front of Kinesis: this producer and a request per record, alternately.',
    3,
  );
  const state = await mkdtemp(path.join(os.tmpdir(), 'bench-ingress-'));
  const broker = await startBroker({ installed: await install(readSettings()), state });
  await createTopics(broker.brokers, [TOPIC]);
  const proxy = await startRestProxy({ brokers: broker.brokers });
  const kinesis = await startEmulator();
  const gateway = await startGateway({
    id: ID,
    kinesis: kinesis.endpoint,
    environment: EMULATOR_CREDENTIALS,
  });
  try {
    const count = async () => (await countRecords(broker.brokers, [TOPIC]))[TOPIC] ?? 0;
    await compare(byRest(proxy.endpoint), count, rounds);
    const emulated = emulatorEndpoint(kinesis.endpoint);
    const client = kinesisClient(emulated);
    await createStream(client, STREAM);
    client.destroy();
    const inStream = async () => (await readStream(kinesis.endpoint, STREAM)).length;
    await compare(byGateway({ ...emulated, url: gateway.invokeUrl }), inStream, rounds);
  } finally {
    for (const one of [gateway, kinesis, proxy, broker]) await one.stop();
    await rm(state, { recursive: true, force: true });
  }
});
