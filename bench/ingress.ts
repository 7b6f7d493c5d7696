/**
 * How fast records get in by HTTP: this producer and a loop with a request per record, which is what public copies do, by the
 * REST proxy and by the API in front of Kinesis, in turns. `npx tsx bench/ingress.ts [rounds]`. Proxy, gateway and emulator are
 * emulators on this machine and share it: trust the ratios, not the figures.
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
import type { Posts } from '../src/posts/post.ts';
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
import { median, roundsOf } from './turns.ts';

const MANY = 20_000;
/** A request per record is an order of magnitude slower: fewer records give the same rate. */
const FEW = 1000;
/** The loops have no limit of their own; this one is never reached. */
const UNLIMITED = 1000;
const ID = 'bench';
const TOPIC = topicName(ID, 'pin');
const STREAM = streamName(ID, 'pin');

const pins = Array.from({ length: MANY }, (_, n) => emulatedPost(1, n)[0]?.line ?? Buffer.alloc(0));
const text = (n: number) => String(pins[n]);

const posts: Posts = {
  datasets: ['pin'],
  read: function* () {
    for (let n = 0; n < MANY; n++) yield [{ dataset: 'pin', line: pins[n] as Buffer, key: String(n), at: n }];
  },
  where: ({ at }) => `record ${at}`,
};

interface Contestant {
  readonly name: string;
  readonly records: number;
  readonly send: () => Promise<unknown>;
}

/** Sends one request after the other, and looks that each was taken. */
async function loop(send: (n: number) => ReturnType<Api>): Promise<void> {
  for (let n = 0; n < FEW; n++) {
    const { status, body } = await send(n);
    if (status !== 200) throw new Error(`record ${n} was not taken: ${status} ${JSON.stringify(body)}`);
  }
}

/** Each way in: this producer, then the loop. */
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

/** Runs all in turns and prints a line each; `count` says how many records there are by now. */
async function compare(
  contestants: readonly Contestant[],
  count: () => Promise<number>,
  rounds: number,
): Promise<void> {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  let expected = 0;
  // The first turn of each is not counted: it compiles, here and in the servers.
  for (let round = 0; round <= rounds; round++)
    for (const { name, records, send } of contestants) {
      const started = performance.now();
      await send();
      const seconds = (performance.now() - started) / 1000;
      expected += records;
      const there = await count();
      if (there !== expected) throw new Error(`${name}: ${expected} records were sent, ${there} are there`);
      if (round > 0) rates.get(name)?.push(records / seconds);
    }
  const ours = median([...rates.values()][0] ?? []);
  for (const [name, measured] of rates) {
    const rate = median(measured);
    console.log(
      `${name.padEnd(30)}${Math.round(rate).toLocaleString('en').padStart(8)} records/s   this producer is ${(ours / rate).toFixed(1)} times that   (${measured.map((one) => Math.round(one)).join(', ')})`,
    );
  }
}

await runAsProgram(async () => {
  const rounds = roundsOf(
    'ingress',
    'Records a second by HTTP, into the REST proxy and the API in front of Kinesis: this producer and a request per record, in turns.',
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
    const client = kinesisClient(emulated, 3);
    await createStream(client, STREAM);
    client.destroy();
    const inStream = async () => (await readStream(kinesis.endpoint, STREAM)).length;
    await compare(byGateway({ ...emulated, url: gateway.invokeUrl }), inStream, rounds);
  } finally {
    for (const one of [gateway, kinesis, proxy, broker]) await one.stop();
    await rm(state, { recursive: true, force: true });
  }
});
