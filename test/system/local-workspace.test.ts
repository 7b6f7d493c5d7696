/** `npm run local` as a user runs it, on real Spark: jobs, secrets, streams, Ctrl-C, and `kill -9` during runs. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLocal } from '../../src/databricks/connection.ts';
import { topicFolder, topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { ROOT } from '../../src/root.ts';
import { Checkout } from '../fixtures/checkout.ts';
import { startCommand } from '../fixtures/command.ts';
import { until } from '../fixtures/until.ts';
import { type Answer, Client, task } from '../fixtures/workspace.ts';

const SECRET = 'hunter2-that-nobody-sees';
const POSTS = 200;

const folder = mkdtempSync(path.join(os.tmpdir(), 'local-workspace-'));
const state = path.join(folder, 'state');
const credentials = path.join(folder, 'local.json');
let program: ChildProcess;
let client: Client;
let printed = '';
/** The temporary folder of the program that runs. */
let temporary = '';

/** Starts `npm run local` and resolves when it is ready. */
async function start(): Promise<void> {
  temporary = mkdtempSync(path.join(folder, 'tmp-'));
  program = startCommand(['local', '--state', state, '--port', '0'], {
    env: { ...process.env, PIPELINE_LOCAL: credentials, TMPDIR: temporary },
  });
  for (const output of [program.stdout, program.stderr])
    output?.on('data', (data: Buffer) => {
      printed += data;
    });
  const before = printed.length;
  while (!printed.slice(before).includes('ready:')) {
    if (program.exitCode !== null) throw new Error(printed);
    await sleep(50);
  }
  const { host, token } = await readLocal(credentials);
  client = new Client(host, token);
}

/** Uploads one of the project's notebooks, as a deployment does. */
async function upload(notebook: string): Promise<void> {
  const name = `/Shared/notebooks/${notebook}`;
  await client.post('/api/2.0/workspace/mkdirs', { path: path.posix.dirname(name) });
  const content = readFileSync(path.join(ROOT, 'notebooks', notebook), 'utf8');
  await client.post(`/api/2.0/workspace-files/import-file${name}?overwrite=true`, content);
}

async function land(): Promise<void> {
  const topic = topicName('demo', 'pin');
  const bucket = path.join(state, 's3/pinterest-demo-landing', topicFolder(topic), 'partition=0');
  mkdirSync(bucket, { recursive: true });
  const lines: Buffer[] = [];
  for await (const post of emulatedPosts({ seed: 1, first: 0, count: POSTS }).read())
    for (const { dataset, line } of post) if (dataset === 'pin') lines.push(line, Buffer.from('\n'));
  writeFileSync(path.join(bucket, `${topic}+0+0000000000.json`), Buffer.concat(lines));
}

/** Returns the value with which a task's notebook exited. */
async function exitOf(run: Answer, key: string): Promise<string> {
  const { run_id } = run.tasks.findLast((one: Answer) => one.task_key === key);
  return (await client.get(`/api/2.2/jobs/runs/get-output?run_id=${run_id}`)).notebook_output.result;
}

const parameters = Object.entries({
  catalog: 'spark_catalog',
  schema: 'pinterest',
  landing: '/mnt/demo',
  checkpoints: '/Volumes/spark_catalog/pinterest/checkpoints',
  file_reader: 'binaryFile',
}).map(([name, value]) => ({ name, default: value }));

const notebookTask = (task_key: string, notebook: string, ...needs: string[]) => ({
  task_key,
  depends_on: needs.map((key) => ({ task_key: key })),
  notebook_task: { notebook_path: `/Shared/notebooks/${notebook}`, base_parameters: { source: 'files' } },
});

const batch = {
  name: 'batch',
  parameters,
  tasks: [
    notebookTask('mount', '1_mount/s3'),
    notebookTask('clean', '3_clean/pin', 'mount'),
    task('count', { depends_on: [{ task_key: 'clean' }] }),
  ],
};

const phase = (run: Answer, key: string): string =>
  run.tasks.findLast((one: Answer) => one.task_key === key).state.life_cycle_state;

beforeAll(start);

afterAll(async () => {
  if (program.exitCode === null && program.kill()) await once(program, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

test('a failure is reported with notebook, cell, line and error; secrets are redacted; scheduled runs start', async () => {
  await client.post('/api/2.0/secrets/scopes/create', { scope: 'aws' });
  await client.post('/api/2.0/secrets/put', { scope: 'aws', key: 'key', string_value: SECRET });
  await client.notebook('/Shared/helper', 'def half(n):\n    return n / 0');
  await client.notebook('/Shared/child', 'dbutils.notebook.exit(dbutils.widgets.get("n"))');
  await client.notebook(
    '/Shared/secret',
    'key = dbutils.secrets.get("aws", "key")',
    'print(key)',
    'child = dbutils.notebook.run("./child", 60, {"n": 7})',
    'dbutils.notebook.exit(f"{key} {len(key)} {child}")',
  );
  await client.notebook('/Shared/fails', '# MAGIC %run ./helper', '\n# COMMAND ----------\n', 'half(1)');
  const tasks = [
    task('secret'),
    task('fails', { max_retries: 1 }),
    task('late', { depends_on: [{ task_key: 'fails' }] }),
  ];
  const schedule = { quartz_cron_expression: '0/2 * * * * ?', timezone_id: 'Europe/London' };
  const settings = { name: 'scheduled', tasks };
  const job_id = await client.job({ ...settings, schedule });
  const { run_id } = await until(async () => (await client.runs(job_id)).at(-1));
  await client.post('/api/2.2/jobs/reset', { job_id, new_settings: settings });
  const run = await client.ended(run_id);
  expect(run).toMatchObject({ trigger: 'PERIODIC', state: { result_state: 'FAILED' } });
  expect(await exitOf(run, 'secret')).toBe(`[REDACTED] ${SECRET.length} 7`);
  expect(run.tasks.map((one: Answer) => [one.task_key, one.state.result_state])).toEqual([
    ['secret', 'SUCCESS'],
    ['fails', 'FAILED'],
    ['late', 'UPSTREAM_FAILED'],
    ['fails', 'FAILED'],
  ]);
  expect(run.state.state_message).toBe(
    'Task fails failed. Notebook /Workspace/Shared/helper, cell 1, line 3: ZeroDivisionError: division by zero',
  );
});

async function schemas(): Promise<string[]> {
  const { schemas = [] } = await client.get('/api/2.1/unity-catalog/schemas?catalog_name=spark_catalog');
  return schemas.map(({ name }: Answer) => name);
}

test('npm run bundle deploys and verifies the project, runs a job, reports where a failed job failed, and destroys the schemas', async () => {
  const checkout = new Checkout();
  const { host, token } = await readLocal(credentials);
  checkout.connect(host, token);
  const bundle = (...words: string[]) =>
    checkout.bundle(...words, '--without-cli', '--var=schema=shown', '--var=stream_schema=shown_stream');
  try {
    const verified = await bundle('verify', 'local');
    expect(verified).toMatchObject({ code: 0, text: expect.stringMatching(/^checks: Spark 4/m) });
    expect(verified.text).toContain('create job pinterest-demo-batch');
    expect(await schemas()).not.toContainEqual(expect.stringContaining('verify'));
    // Jobs that are paused, as for a rebuild, do not matter to a run.
    const mounted = await bundle('run', 'mount', 'local', '--var=scheduler=none');
    expect(mounted).toMatchObject({ code: 0, text: expect.stringMatching(/^mount: SUCCESS +\d/m) });
    expect(mounted.text).not.toContain('note:');
    checkout.write('notebooks/1_mount/s3.py', '# Databricks notebook source\nprint("changed")\n');
    expect((await bundle('run', 'mount', 'local')).text).toContain(
      'note: 1 file or resource differs from what is deployed',
    );
    const failed = await bundle('run', 'batch', 'local', '--param', 'catalog=nowhere');
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(
      /^clean_pin failed: Notebook \/Workspace\/.*, cell \d+, line \d+: .*nowhere/m,
    );
    expect(failed.text).toMatch(/^top_category_by_year: UPSTREAM_FAILED$/m);
    expect(await bundle('destroy', 'local', '--yes')).toMatchObject({ code: 0 });
    expect(await schemas()).not.toContainEqual(expect.stringContaining('shown'));
    expect(verified.text + failed.text).not.toContain(token);
  } finally {
    checkout.close();
  }
});

test('after kill -9, the interrupted runs are reported as failed, all processes end, and new runs write the right tables', async () => {
  for (const notebook of [
    '0_tables/make.py',
    '0_tables/pin.py',
    '1_mount/s3.py',
    '2_raw/arrivals.py',
    '2_raw/from_kinesis.py',
    '2_raw/from_s3.py',
    '3_clean/pin.py',
    '3_clean/records.py',
    '3_clean/write.py',
  ])
    await upload(notebook);
  await client.notebook(
    '/Shared/count',
    'counts = spark.sql("SELECT count(*) AS n, count(DISTINCT ind) AS d FROM pinterest.clean_pin").first()',
    'dbutils.notebook.exit(f"{counts.n} {counts.d}")',
  );
  await client.notebook(
    '/Shared/stream',
    'rows = spark.readStream.format("rate").load().writeStream.trigger(processingTime="200 milliseconds")',
    'rows.option("checkpointLocation", "/Volumes/spark_catalog/pinterest/checkpoints/rate").toTable("pinterest.ticks")',
  );
  const unity = '/api/2.1/unity-catalog';
  const schema = { catalog_name: 'spark_catalog', name: 'pinterest' };
  await client.post(`${unity}/schemas`, schema);
  const volume = { ...schema, schema_name: 'pinterest', name: 'checkpoints', volume_type: 'MANAGED' };
  await client.post(`${unity}/volumes`, volume);
  await land();
  const continuous = { pause_status: 'UNPAUSED', task_retry_mode: 'ON_FAILURE' };
  const stream = await client.job({ name: 'stream', tasks: [task('stream')], continuous });
  const job_id = await client.job(batch);
  const run_id = await client.start(job_id);
  await until(async () => phase(await client.run(run_id), 'clean') === 'RUNNING', 300);
  // From now on, the task's first batch is planned but not written.
  const planned = 'spark/volumes/spark_catalog/pinterest/checkpoints/raw_pin/offsets/0';
  await until(async () => existsSync(path.join(state, planned)), 300);

  const pid = Number(readFileSync(path.join(state, 'workspace.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await once(program, 'exit');
  await until(async () => !execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).includes(state), 120);

  await start();
  const killed = await client.run(run_id);
  expect(killed.state).toMatchObject({
    life_cycle_state: 'INTERNAL_ERROR',
    result_state: 'FAILED',
    state_message: expect.stringContaining('was killed during this run'),
  });
  expect(phase(killed, 'clean')).toBe('INTERNAL_ERROR');
  const run = await client.ended(await client.start(job_id));
  expect([run.state.state_message, run.state.result_state]).toEqual(['', 'SUCCESS']);
  expect(await exitOf(run, 'count')).toBe(`${POSTS} ${POSTS}`);
  const [again, before] = await client.runs(stream);
  expect([phase(again, 'stream'), before.state.life_cycle_state]).toEqual(['RUNNING', 'INTERNAL_ERROR']);
});

test("Ctrl-C ends all processes and leaves no temporary files; in the state folder, only the scope's file contains the secret, only its owner can read that file, and no file contains the token", async () => {
  const { token } = await readLocal(credentials);
  const before = printed.length;
  program.kill('SIGINT');
  const [code] = await once(program, 'exit');
  expect(code).toBe(0);
  expect(printed.slice(before)).toContain('stopped');
  expect(printed.slice(before)).not.toContain('    at ');
  expect(existsSync(credentials)).toBe(false);
  expect(execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })).not.toContain(state);
  // Caches that tsx and Node share between all programs do not count.
  const shared = /^(tsx|node-compile-cache|node-jiti)/;
  expect(readdirSync(temporary).filter((name) => !shared.test(name))).toEqual([]);
  const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).map((name) =>
    path.join(state, name),
  );
  const holding = (text: string) =>
    files.filter((file) => statSync(file).isFile() && readFileSync(file).includes(text));
  expect(holding(token)).toEqual([]);
  const [scope = '', ...others] = holding(SECRET);
  expect(path.relative(state, scope)).toMatch(/^workspace\/secrets\//);
  expect(statSync(scope).mode & 0o777).toBe(0o600);
  expect(others).toEqual([]);
  for (const hidden of [SECRET, token]) expect(printed).not.toContain(hidden);
});
