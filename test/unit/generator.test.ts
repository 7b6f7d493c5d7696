/** The generated files: up to date, whole, and free of any environment. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generate, generated, staleFiles } from '../../generator/generate.ts';
import { notebooks } from '../../generator/notebooks.ts';
import { datasets } from '../../src/datasets/index.ts';
import { parseQuery, queries } from '../../src/queries/index.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

describe('a copy of the repository', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(path.join(os.tmpdir(), 'generator-'));
    for (const folder of ['notebooks', 'jobs'])
      cpSync(path.join(ROOT, folder), path.join(copy, folder), { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  test('is up to date, and a second run writes nothing', async () => {
    expect(await staleFiles(copy)).toEqual([]);
    expect(await generate(copy)).toEqual([]);
  });

  test('changed, missing and left-over files are named, and mended', async () => {
    writeFileSync(path.join(copy, 'notebooks/3_clean/pin.py'), '# changed by hand\n');
    rmSync(path.join(copy, 'jobs/batch.yml'));
    writeFileSync(path.join(copy, 'notebooks/4_answers/forgotten.sql'), 'SELECT 1\n');
    const stale = ['jobs/batch.yml', 'notebooks/3_clean/pin.py', 'notebooks/4_answers/forgotten.sql'];
    expect(await staleFiles(copy)).toEqual(stale);
    expect(await generate(copy)).toEqual(stale);
    expect(existsSync(path.join(copy, 'notebooks/4_answers/forgotten.sql'))).toBe(false);
    expect(await staleFiles(copy)).toEqual([]);
  });
});

describe.each([...generated()].filter(([file]) => file.startsWith('notebooks/')))('%s', (file, text) => {
  test('is a notebook in source format that says where its facts stand', () => {
    const comment = file.endsWith('.sql') ? '--' : '#';
    expect(text.split('\n')[0]).toBe(`${comment} Databricks notebook source`);
    const facts = /Rendered from `([^`]+)`/.exec(text)?.[1];
    expect(existsSync(path.join(ROOT, facts ?? '?'))).toBe(true);
  });

  test('leaves no template behind and names no environment', () => {
    expect(text).not.toMatch(/\{\{|\}\}|undefined|\[object|&#|&quot;/);
    expect(text).not.toMatch(/127\.0\.0\.1|localhost|spark_catalog|AKIA|\/tmp\//);
  });

  test('runs notebooks that are there', () => {
    const runs = [...text.matchAll(/MAGIC %run (\S+)|notebook\.run\(\s*"([^"]+)"/g)].map(
      (match) => match[1] ?? match[2],
    );
    for (const run of runs) expect(generated().has(path.join(path.dirname(file), `${run}.py`))).toBe(true);
  });
});

describe.each([...generated()].filter(([file]) => file.startsWith('jobs/')))('%s', (_, text) => {
  const job = Object.values(parse(text).resources.jobs)[0] as {
    parameters: { name: string }[];
    tasks: {
      task_key: string;
      depends_on?: { task_key: string }[];
      notebook_task: { notebook_path: string };
    }[];
  };

  test('has tasks whose notebooks and dependencies exist', () => {
    const keys = job.tasks.map(({ task_key }) => task_key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { notebook_task, depends_on = [] } of job.tasks) {
      expect(generated().has(path.join('jobs', notebook_task.notebook_path))).toBe(true);
      expect(keys).toEqual(expect.arrayContaining(depends_on.map(({ task_key }) => task_key)));
    }
  });

  test('gives parameters that its notebooks read', () => {
    const widgets = job.tasks.map(
      ({ notebook_task }) => generated().get(path.join('jobs', notebook_task.notebook_path)) ?? '',
    );
    for (const { name } of job.parameters) {
      expect(
        widgets.some((text) => text.includes(`"${name}"`) || text.includes(`WIDGET TEXT ${name}`)),
        name,
      ).toBe(true);
    }
  });
});

test('an answer depends on the datasets that its query reads, and on no other', () => {
  const batch = parse(generated().get('jobs/batch.yml') ?? '').resources.jobs.batch;
  const task = batch.tasks.find(({ task_key }: { task_key: string }) => task_key === 'users_joined_by_year');
  expect(task.depends_on).toEqual([{ task_key: 'clean_user' }]);
});

test('every query groups ages alike', () => {
  const groups = queries.flatMap(({ sql }) => /CASE\s+WHEN age[\s\S]*?END AS age_group/.exec(sql)?.[0] ?? []);
  expect(groups.length).toBeGreaterThan(1);
  expect(new Set(groups.map((group) => group.replaceAll(/\s+/g, ' '))).size).toBe(1);
});

test('a query begins with its question', () => {
  expect(parseQuery('q', '-- Who?\n-- Really.\nSELECT 1 FROM clean_pin').question).toBe('Who?');
  expect(() => parseQuery('q', 'SELECT 1')).toThrow('q.sql must begin with its question');
});

test('a ninth question is a file: it gets a notebook of its own', () => {
  const ninth = parseQuery(
    'posts_by_year',
    '-- How many posts were made in each year?\nSELECT year(timestamp) AS post_year, count(*) AS posts\nFROM clean_geo\nGROUP BY ALL',
  );
  const notebook = notebooks(datasets, [...queries, ninth]).get('notebooks/4_answers/posts_by_year.sql');
  expect(notebook).toContain('CREATE OR REPLACE TABLE posts_by_year');
  expect(notebook).toContain('%run ../0_tables/geo');
  expect(readFileSync(path.join(ROOT, 'notebooks/4_answers/top_category_by_country.sql'), 'utf8')).not.toBe(
    notebook,
  );
});
