/**
 * Measures the time from a record's arrival in Kinesis to the Delta commit that contains its clean row. This project's
 * stream and the stream of bench/naive run alternately on one warm Spark. The latter works like public copies of this
 * project: it cleans and appends in one step. A latency counts only if every post sent is in the clean tables exactly once.
 * Usage: `npx tsx bench/latency.ts [flags]`.
 */
import path from 'node:path';
import Table from 'cli-table3';
import { latencyOf } from '../local/demo/latency.ts';
import { type Emulator, startEmulator } from '../local/kinesis/emulator.ts';
import { emulatorEnvironment } from '../local/streams.ts';
import { commandLine } from '../src/command.ts';
import { LOCAL_CATALOG } from '../src/databricks/default-catalog.ts';
import type { SqlRow } from '../src/databricks/sql.ts';
import { runAsProgram } from '../src/exit.ts';
import { cleanTable } from '../src/names.ts';
import { PLAIN_TABLE } from '../src/plain-table.ts';
import { emulatedPosts } from '../src/posts/emulated.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { ROOT } from '../src/root.ts';
import { waitUntil } from '../src/wait.ts';
import { requireSuccess } from '../test/fixtures/job.ts';
import { OwnSpark } from '../test/fixtures/spark.ts';
import { type Records, StreamPipeline } from '../test/fixtures/stream.ts';
import { processorSeconds } from './processor.ts';
import { median } from './turns.ts';

const SEED = 1;
const PATIENCE_MS = 180_000;

interface Side {
  readonly name: string;
  /** Returns the path of the notebook that writes one dataset's stream into its clean table. */
  notebook(dataset: string): string;
}

const SIDES: readonly Side[] = [
  {
    name: 'this project',
    notebook: (dataset) => `notebooks/3_clean/${dataset}.py`,
  },
  { name: 'public copies', notebook: (dataset) => `bench/naive/stream_${dataset}.py` },
];

interface Load {
  readonly names: readonly string[];
  readonly rate: number;
  readonly seconds: number;
  readonly trigger: string;
}

async function postsOf(names: readonly string[], first: number, count: number): Promise<Records> {
  const records: Record<string, Buffer[]> = Object.fromEntries(names.map((name) => [name, []]));
  for await (const post of emulatedPosts({ seed: SEED, first, count }).read())
    for (const { dataset, line } of post) records[dataset]?.push(line);
  return records;
}

/** Returns the number of rows in all clean tables together; 0 while a table does not exist. */
async function rowsOf(pipeline: StreamPipeline, names: readonly string[]): Promise<number> {
  const counts = names.map((name) => `(SELECT count(*) FROM ${pipeline.id}.${cleanTable(name)})`);
  const [found] = await pipeline.spark.kernel
    .sql(`SELECT ${counts.join(' + ')} AS rows`)
    .catch(() => [{ rows: 0 }]);
  return Number(found?.rows);
}

const until = (pipeline: StreamPipeline, names: readonly string[], rows: number) =>
  waitUntil(async () => (await rowsOf(pipeline, names)) >= rows, {
    what: `all posts of ${pipeline.id}`,
    timeoutMs: PATIENCE_MS,
    intervalMs: 500,
  });

/** p50 and p99 in milliseconds, and the processor seconds that Spark and the notebooks used per second. */
type Measured = [p50: number, p99: number, processor: number];

/** Runs a side's notebooks while posts are sent. */
async function measure(
  { kernel }: OwnSpark,
  side: Side,
  pipeline: StreamPipeline,
  load: Load,
): Promise<Measured> {
  const { names, rate, seconds, trigger } = load;
  const stopping = new AbortController();
  const running = names.map(async (dataset) => {
    const notebook = side.notebook(dataset);
    const parameters = { ...pipeline.parameters, trigger, source: 'kinesis', deletion_vectors: 'false' };
    const run = { name: path.basename(notebook), signal: stopping.signal };
    const result = await kernel.run(path.join(ROOT, notebook), parameters, run);
    if (!stopping.signal.aborted) requireSuccess([{ task: notebook, ...result }]);
  });
  const failed = Promise.race(running).then(() => {
    if (!stopping.signal.aborted) throw new Error('a stream ended before it was stopped');
  });
  try {
    const warming = Math.max(20, rate * WARM_SECONDS);
    await Promise.race([failed, pipeline.send(await postsOf(names, 0, warming), rate)]);
    await Promise.race([failed, until(pipeline, names, warming * names.length)]);
    const timed = Date.now();
    const before = processorSeconds(kernel.pid);
    const posts = rate * seconds;
    await Promise.race([failed, pipeline.send(await postsOf(names, warming, posts), rate)]);
    await Promise.race([failed, until(pipeline, names, (warming + posts) * names.length)]);
    const processor = (processorSeconds(kernel.pid) - before) / ((Date.now() - timed) / 1000);
    const ask = async (statement: string) => ({
      columns: [],
      rows: (await kernel.sql(statement)) as SqlRow[],
    });
    const schema = `${LOCAL_CATALOG}.${pipeline.id}`;
    const { p50, p99 } = await latencyOf(ask, schema, { from: timed }, names);
    if (seconds >= MANY_SECONDS) {
      const ended = timed + seconds * 1000;
      const first = await latencyOf(ask, schema, { from: timed, to: timed + MINUTE_MS }, names);
      const last = await latencyOf(ask, schema, { from: ended - MINUTE_MS, to: ended }, names);
      console.log(`${side.name}: first minute ${JSON.stringify(first)}, last minute ${JSON.stringify(last)}`);
    }
    if (p50 === null || p99 === null) throw new Error('no latency was measured');
    if ((await rowsOf(pipeline, names)) !== (warming + posts) * names.length)
      throw new Error(`${pipeline.id}: some posts are in the clean tables more than once`);
    return [p50, p99, processor];
  } finally {
    stopping.abort();
    await Promise.allSettled(running);
  }
}

const WARM_SECONDS = 10;
/** If the measurement takes at least this time, the latencies of its first and last minute are also printed. */
const MANY_SECONDS = 180;
const MINUTE_MS = 60_000;

const flags = (args: readonly string[]) =>
  commandLine(
    'npx tsx bench/latency.ts [flags]',
    'Milliseconds from a record in Kinesis to its clean row, in this project and in bench/naive, alternately.',
    args,
  )
    .options({
      rates: { type: 'number', array: true, default: [10, 100, 1000], describe: 'posts a second' },
      seconds: { type: 'number', default: 30, requiresArg: true, describe: 'seconds per rate and side' },
      rounds: { type: 'number', default: 3, requiresArg: true, describe: 'number of rounds' },
      datasets: {
        type: 'string',
        array: true,
        default: datasets.map(({ name }) => name),
        describe: 'datasets whose streams run at the same time',
      },
      trigger: {
        type: 'string',
        default: '0 seconds',
        requiresArg: true,
        describe: 'trigger interval of the streams',
      },
    })
    .parseSync();

async function round(spark: OwnSpark, emulator: Emulator, id: string, load: Load) {
  const measured: Measured[] = [];
  for (const [index, side] of SIDES.entries()) {
    const pipeline = await StreamPipeline.openWithStreams(spark, emulator.endpoint, `${id}_${index}`);
    measured.push(await measure(spark, side, pipeline, load));
  }
  return measured;
}

await runAsProgram(async () => {
  const { rates, seconds, rounds, datasets: names, trigger } = flags(process.argv.slice(2));
  const table = new Table({
    head: [
      'posts/s',
      '',
      ...SIDES.flatMap(({ name }) => [`${name} p50`, 'p99', 'cores']),
      'ratio p50',
      'p99',
    ],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { ...PLAIN_TABLE, compact: true },
  });
  const emulator = await startEmulator();
  const spark = await OwnSpark.start({ environment: emulatorEnvironment(emulator.endpoint) });
  try {
    for (const rate of rates) {
      const all: Measured[][] = [];
      for (let number = 0; number < rounds; number++) {
        const measured = await round(spark, emulator, `rate${rate}_${number}`, {
          names,
          rate,
          seconds,
          trigger,
        });
        all.push(measured);
        console.log(
          `${rate} posts/s, round ${number + 1}, [p50 ms, p99 ms, cores]: ${JSON.stringify(measured)}`,
        );
      }
      const figures = SIDES.flatMap((_, side) =>
        [0, 1, 2].map((what) => median(all.map((measured) => measured[side]?.[what] ?? Number.NaN))),
      );
      const [ours50 = 0, ours99 = 0, , theirs50 = 0, theirs99 = 0] = figures;
      table.push([
        rate,
        `${names.length} streams`,
        ...figures.map((one, at) => (at % 3 === 2 ? one.toFixed(2) : `${(one / 1000).toFixed(1)} s`)),
        (ours50 / theirs50).toFixed(2),
        (ours99 / theirs99).toFixed(2),
      ]);
    }
  } finally {
    await spark.stop();
    await emulator.stop();
  }
  console.log(table.toString());
});
