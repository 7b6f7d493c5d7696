/**
 * Measures how fast records are delivered into Kinesis, and the processor time that this takes. Three contestants run
 * alternately on one emulator: this producer, a loop of PutRecord calls, as in public copies, and a loop of full
 * PutRecords calls that ignores the responses. Trust the ratios, not the figures: the emulator shares the machine. Usage:
 * `npx tsx bench/produce-kinesis.ts [rounds]`.
 */
import { type KinesisClient, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { startEmulator } from '../local/kinesis/emulator.ts';
import { emulatorEndpoint } from '../local/streams.ts';
import { runAsProgram } from '../src/exit.ts';
import { streamName } from '../src/names.ts';
import { produce } from '../src/producer/produce.ts';
import { kinesisSink } from '../src/producer/sinks/kinesis.ts';
import { kinesisClient } from '../src/producer/sinks/kinesis-client.ts';
import { createStream, deleteStream } from '../src/producer/sinks/kinesis-streams.ts';
import { readStream } from '../test/fixtures/kinesis-reader.ts';
import { pins } from './produce/pins.ts';
import { texts } from './produce/texts.ts';
import { alternately, inRate, median, roundsOf } from './turns.ts';

const MANY = 30_000;
/**
 * Number of records that the loop sends. It is smaller, because the loop is ten times slower. More records would not
 * change the rate.
 */
const FEW = 3000;
const CALL_RECORDS = 500;
/** Number of shards: enough that this producer never reaches the shards' limit. The loops ignore that limit. */
const UNLIMITED = 1000;

const ID = 'bench';
const STREAM = streamName(ID, 'pin');

interface Contestant {
  readonly name: string;
  readonly records: number;
  send(client: KinesisClient, endpoint: string): Promise<unknown>;
}

const text = (n: number) => texts[n % texts.length] as Buffer;

const contestants: readonly Contestant[] = [
  {
    name: 'this producer',
    records: MANY,
    send: (_, endpoint) =>
      produce({
        posts: pins(MANY, text),
        sink: kinesisSink({ ...emulatorEndpoint(endpoint), id: ID, shards: UNLIMITED }),
      }),
  },
  {
    name: 'PutRecord, one by one',
    records: FEW,
    send: async (client) => {
      for (let n = 0; n < FEW; n++)
        await client.send(
          new PutRecordCommand({ StreamName: STREAM, PartitionKey: String(n), Data: text(n) }),
        );
    },
  },
  {
    name: 'PutRecords of 500, bare',
    records: MANY,
    send: async (client) => {
      for (let n = 0; n < MANY; n += CALL_RECORDS) {
        const Records = Array.from({ length: CALL_RECORDS }, (_, i) => ({
          PartitionKey: String(n + i),
          Data: text(n + i),
        }));
        await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
      }
    },
  },
];

interface Measured {
  readonly recordsPerSecond: number;
  readonly cpuPer100k: number;
}

/** Runs one turn on a new stream and checks that every record is in it. */
async function turn({ name, records, send }: Contestant, endpoint: string): Promise<Measured> {
  const client = kinesisClient(emulatorEndpoint(endpoint), 1);
  await createStream(client, STREAM);
  const cpu = process.cpuUsage();
  const started = performance.now();
  await send(client, endpoint);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const there = (await readStream(endpoint, STREAM)).length;
  if (there !== records) throw new Error(`${name}: ${records} records were sent, ${there} are in the stream`);
  await deleteStream(client, STREAM);
  client.destroy();
  return { recordsPerSecond: records / seconds, cpuPer100k: ((user + system) / 1e6 / records) * 100_000 };
}

await runAsProgram(async () => {
  const rounds = roundsOf(
    'produce-kinesis',
    'Records a second into Kinesis, and the CPU time they take: this producer and plain loops, alternately on one emulator.',
    5,
  );
  const emulator = await startEmulator();
  try {
    const all = await alternately(contestants, { rounds, warmUp: 1 }, (one) => turn(one, emulator.endpoint));
    const medians = [...all].map(([name, measured]) => ({
      name,
      rate: median(measured.map(({ recordsPerSecond }) => recordsPerSecond)),
      cpu: median(measured.map(({ cpuPer100k }) => cpuPer100k)),
    }));
    const [ours] = medians;
    for (const { name, rate, cpu } of medians)
      console.log(
        `${inRate(name, rate)} ${cpu.toFixed(1).padStart(7)} CPU-s per 100k   this producer: ${((ours?.rate ?? 0) / rate).toFixed(2)} times the rate, ${((ours?.cpu ?? 0) / cpu).toFixed(2)} times the CPU`,
      );
  } finally {
    await emulator.stop();
  }
});
