/** Data quality: counts of arrived and rejected records, when production's alerts fire, and when the batch job fails. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alerts } from '../../generator/alerts.ts';
import { SCHEMA, STREAM_SCHEMA } from '../../generator/jobs/job.ts';
import { limitsSql, qualitySql } from '../../src/databricks/quality.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { ROOT } from '../../src/root.ts';
import type { JobOptions } from '../fixtures/job.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';

let spark: SharedSpark;
beforeAll(async () => {
  spark = await SharedSpark.open();
});
afterAll(() => spark?.stop());

describe('data quality in SQL', () => {
  beforeAll(async () => {
    const pipeline = await Pipeline.open(spark, 'numbers');
    await pipeline.notebook('0_tables/all.py', pipeline.parameters);
    // All times are relative to one instant. Otherwise, just after 01:00 UTC, the rows of an hour ago could be of two days.
    const now = Date.now();
    const ago = (hours: number) => `TIMESTAMP '${new Date(now - hours * 3_600_000).toISOString()}'`;
    const arrive = (dataset: string, hours: number, from: number, to: number) =>
      spark.kernel.sql(`
        INSERT INTO numbers.raw_${dataset} (record, arrived, position)
        SELECT CAST(id AS STRING), ${ago(hours)}, CAST(id AS STRING) FROM range(${from}, ${to})`);
    const reject = (dataset: string, count: number, kept: boolean) =>
      spark.kernel.sql(`
        INSERT INTO numbers.rejected_${dataset} (id, record, reasons, kept, _arrived, _position)
        SELECT CAST(id AS STRING), CAST(id AS STRING), array('not JSON'), ${kept}, ${ago(1)}, ''
        FROM range(${count})`);
    // geo is good; too many of pin's records of the last day are rejected; user has had no record for a day.
    await arrive('geo', 1, 0, 100);
    await reject('geo', 5, false);
    await reject('geo', 50, true);
    await arrive('pin', 1, 0, 100);
    await arrive('pin', 30, 100, 1100);
    await reject('pin', 6, false);
    await arrive('user', 31, 0, 100);
  });

  test('arrived and rejected records are counted by dataset, day and reason', async () => {
    const rows = await spark.kernel.sql(qualitySql(datasets, 'numbers.'));
    expect(rows.map(({ day: _, ...row }) => row)).toEqual([
      { dataset: 'geo', arrived: 100, reason: 'not JSON', rejected: false, records: 50 },
      { dataset: 'geo', arrived: 100, reason: 'not JSON', rejected: true, records: 5 },
      { dataset: 'pin', arrived: 100, reason: 'not JSON', rejected: true, records: 6 },
      { dataset: 'pin', arrived: 1000, reason: null, rejected: null, records: 0 },
      { dataset: 'user', arrived: 100, reason: null, rejected: null, records: 0 },
    ]);
  });

  test('each pipeline has two alerts per dataset, whose titles name the dataset, and only the alerts for a problem fire', async () => {
    const fired = [];
    const asked = new Map<string, string>();
    for (const [name, { display_name, query_text }] of Object.entries(alerts(datasets))) {
      const [, stream, dataset] = /^(stream_)?[a-z]+_(\w+)$/.exec(name) ?? [];
      expect(display_name).toMatch(new RegExp(` ${dataset}${stream ? ' from the stream' : ''}$`));
      const schemas = query_text.match(/(?<=`\$\{var\.catalog\}`\.)`\$\{resources\.schemas\.\w+\.name\}`/g);
      expect(new Set(schemas)).toEqual(new Set([`\`${stream ? STREAM_SCHEMA : SCHEMA}\``]));
      const sql = query_text.replaceAll(
        /`\$\{var\.catalog\}`\.`\$\{resources\.schemas\.\w+\.name\}`/g,
        'numbers',
      );
      asked.set(name, sql);
      if (stream) {
        expect(sql).toBe(asked.get(name.replace(stream, '')));
        continue;
      }
      const [row] = await spark.kernel.sql(sql);
      if (row?.exceeded) fired.push(name);
    }
    expect(asked.size).toBe(4 * datasets.length);
    expect(fired).toEqual(['rejected_pin', 'silence_user']);
  });

  test('the last day of each dataset is compared with the limits of the dataset', async () => {
    const rows = await spark.kernel.sql(limitsSql(datasets, 'numbers.'));
    expect(rows.map(({ last_arrival: _, ...row }) => row)).toEqual([
      { dataset: 'geo', arrived: 100, rejected: 5, share: 0.05, rejection: 'good', silence: 'good' },
      {
        dataset: 'pin',
        arrived: 100,
        rejected: 6,
        share: 0.06,
        rejection: 'warn: more than 5 % rejected',
        silence: 'good',
      },
      {
        dataset: 'user',
        arrived: 100,
        rejected: 0,
        share: 0,
        rejection: 'good',
        silence: 'warn: no record for a day',
      },
    ]);
  });

  test('a daily delivery that arrives five hours later than on the day before does not count as silence', async () => {
    await spark.kernel.sql('UPDATE numbers.raw_user SET arrived = current_timestamp() - INTERVAL 29 HOURS');
    const rows = await spark.kernel.sql(limitsSql(datasets, 'numbers.'));
    expect(rows.map(({ silence }) => silence)).toEqual(['good', 'good', 'good']);
  });
});

describe("limits in the datasets' files", () => {
  const QUALITY: Record<string, string> = {
    pin: '{ rejectedShare: { fail: 0.2 } }',
    geo: '{ silentDays: { fail: 3 } }',
    user: '{ rejectedShare: { fail: 0.3 }, silentDays: { fail: 100_000 } }',
  };
  const BATCH = {
    only: ['clean_geo', 'clean_pin', 'clean_user', 'top_category_by_country', 'users_joined_by_year'],
  };
  let copy: ProjectCopy;
  let pipeline: Pipeline;
  let landMore: () => Promise<void>;
  beforeAll(async () => {
    copy = new ProjectCopy();
    for (const [name, quality] of Object.entries(QUALITY)) {
      const file = `src/project/datasets/${name}.ts`;
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      copy.write(
        file,
        text.replace('  fields: {', () => `  quality: ${quality},\n  fields: {`),
      );
    }
    copy.run('generate');
    pipeline = await Pipeline.open(spark, 'limited');
    pipeline.root = copy.root;
    // Three of the ten pin records and three of the ten user records are rejected. A record that arrives three times
    // counts three times. The files are dated 1 January 2026.
    const bad = ['no JSON', 'no JSON', 'no JSON'];
    const good = (fields: object, from = 0, count = 7) =>
      Array.from({ length: count }, (_, n) => JSON.stringify({ ...fields, index: n + from, ind: n + from }));
    const land = (dataset: string, lines: string[]) => pipeline.land(dataset, `${lines.join('\n')}\n`);
    await land('pin', [...good({ category: 'art' }), ...bad]);
    await land('geo', good({ country: 'Peru' }));
    await land('user', [...good({ age: 30 }), ...bad]);
    landMore = () => land('pin', good({ category: 'art' }, 7, 10));
  });
  afterAll(() => copy?.remove());

  const errors = async (options: JobOptions = {}) => {
    const results = await pipeline.tryJob('batch', { ...BATCH, ...options });
    return Object.fromEntries(
      results.map((result) => [result.task, 'error' in result ? result.error?.message : result.state]),
    );
  };

  test('fail the task of each dataset that exceeds its limits, in every run, but only after its records are in the tables', async () => {
    const first = await errors();
    expect(first).toEqual({
      clean_pin: expect.stringContaining(
        "pin has more than 20 % rejected, which quality in src/project/datasets/pin.ts does not allow: 3 of the last day's 10 records were rejected",
      ),
      clean_geo: expect.stringContaining(
        "geo has no record for 3 days, which quality in src/project/datasets/geo.ts does not allow: 0 of the last day's 7 records were rejected, latest arrival: 2026-01-01",
      ),
      clean_user: 'success',
      top_category_by_country: 'skipped',
      users_joined_by_year: 'success',
    });
    expect(await pipeline.accounts()).toMatchObject({
      pin: { raw: 10, clean: 7, rejected: 1, rejected_again: 2, lost: 0 },
      geo: { raw: 7, clean: 7, lost: 0 },
      user: { raw: 10, clean: 7, lost: 0 },
    });
    const tables = await pipeline.tables({ positions: true });
    expect(await errors()).toEqual(first);
    expect(await pipeline.tables({ positions: true })).toEqual(tables);
  });

  test('only warn in a run with quality=warn', async () => {
    expect(new Set(Object.values(await errors({ parameters: { quality: 'warn' } })))).toEqual(
      new Set(['success']),
    );
  });

  test('no longer fail the task after enough good records have arrived on the last day', async () => {
    await landMore();
    expect(await errors({ only: ['clean_pin'] })).toEqual({ clean_pin: 'success' });
  });

  test('warn in the output of a task that does not fail', async () => {
    const [result] = await pipeline.tryJob('batch', { only: ['clean_user'] });
    expect(result).toMatchObject({
      state: 'success',
      output: expect.stringContaining('user: warn: more than 5 % rejected; warn: no record for a day'),
    });
  });
});
