/**
 * Measures, from the logs of Spark and Delta, the cost of each micro-batch of a long stream while its clean table grows.
 * One stream has rising post numbers, as in the pipeline's sources; a second stream has random post numbers.
 * Usage: `npx tsx bench/microbatches.ts [flags]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { commandLine } from '../src/command.ts';
import { runAsProgram } from '../src/exit.ts';
import { PLAIN_TABLE } from '../src/plain-table.ts';
import { type Keys, MicroBatches } from '../test/fixtures/microbatches.ts';
import { Pipeline } from '../test/fixtures/pipeline.ts';
import { eventLog, type Read, readsByBatch } from '../test/fixtures/scans.ts';
import { OwnSpark } from '../test/fixtures/spark.ts';
import { median } from './turns.ts';

interface Cost extends Read {
  readonly copied: number;
  readonly rewritten: number;
  readonly ms: number;
}

async function costs(spark: OwnSpark, events: string, keys: Keys, batches: number, posts: number) {
  const pipeline = await Pipeline.open(spark, `${keys}_keys`);
  const stream = new MicroBatches(pipeline, keys);
  const ms: number[] = [];
  await stream.start();
  for (let batch = 0; batch < batches; batch++) ms.push(await stream.add(posts));
  await stream.stop();
  const merges = (await pipeline.history('clean_pin')).filter(({ operation }) => operation === 'MERGE');
  // The second batch has two merges. The first of them only inserts and is removed here; later batches have one merge.
  merges.splice(1, 1);
  if (merges.length !== batches)
    throw new Error(`found ${merges.length} merges, expected ${batches}: one for each micro-batch`);
  const [{ rows } = {}] = await spark.kernel.sql(`SELECT count(*) AS rows FROM ${pipeline.id}.clean_pin`);
  if (rows !== batches * posts) throw new Error(`found ${rows} clean rows, expected ${batches * posts}`);
  const reads = [...readsByBatch(events, `${pipeline.id}.clean_pin`).values()];
  return merges.map(
    ({ operationMetrics }, batch): Cost => ({
      files: reads[batch]?.files ?? Number.NaN,
      rows: reads[batch]?.rows ?? Number.NaN,
      copied: Number(operationMetrics.numTargetRowsCopied),
      rewritten: Number(operationMetrics.numTargetFilesRemoved),
      ms: ms[batch] ?? Number.NaN,
    }),
  );
}

const flags = (args: readonly string[]) =>
  commandLine(
    'npx tsx bench/microbatches.ts [flags]',
    'What each micro-batch of a long stream costs as its clean table grows.',
    args,
  )
    .options({
      batches: { type: 'number', default: 60, requiresArg: true, describe: 'number of micro-batches' },
      posts: { type: 'number', default: 100, requiresArg: true, describe: 'new posts per micro-batch' },
    })
    .parseSync();

await runAsProgram(async () => {
  const { batches, posts } = flags(process.argv.slice(2));
  const table = new Table({
    head: ['keys', 'micro-batches', 'files read', 'rows read', 'rows copied', 'files rewritten', 'ms'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { ...PLAIN_TABLE, compact: true },
  });
  const events = await mkdtemp(path.join(os.tmpdir(), 'spark-events-'));
  const spark = await OwnSpark.start({ conf: eventLog(events) });
  try {
    for (const keys of ['rising', 'random'] as const) {
      const all = await costs(spark, events, keys, batches, posts);
      const fifth = Math.ceil(batches / 5);
      // The newest micro-batch may not be in Spark's log yet.
      for (const [name, part] of [
        ['first fifth', all.slice(1, fifth)],
        ['last fifth', all.slice(-fifth, -1)],
      ] as const)
        table.push([
          keys,
          name,
          ...(['files', 'rows', 'copied', 'rewritten', 'ms'] as const).map((what) =>
            Math.round(median(part.map((cost) => cost[what]))),
          ),
        ]);
    }
  } finally {
    await spark.stop();
    await rm(events, { recursive: true });
  }
  console.log(`Medians per micro-batch of ${posts} new posts, over ${batches} consecutive micro-batches:`);
  console.log(table.toString());
});
