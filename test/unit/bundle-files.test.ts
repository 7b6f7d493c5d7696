/** databricks.yml and jobs/ define the expected resources of each target, and the local workspace accepts them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parser, USUAL_JOB } from '../../cli/bundle/flags.ts';
import { generated } from '../../generator/generate.ts';
import { lanes } from '../../generator/jobs/free.ts';
import { runGraph } from '../../local/graph.ts';
import { type Bundle, loadBundle } from '../../src/databricks/bundle/bundle.ts';
import { ROOT } from '../../src/root.ts';
import { WorkspaceUnderTest } from '../fixtures/workspace.ts';

const TEXT = readFileSync(path.join(ROOT, 'databricks.yml'), 'utf8');
const WRITTEN = parse(TEXT);
const TARGETS = Object.keys(WRITTEN.targets);
const files = await generated(ROOT);

const PERSON = { userName: 'jane@example.com', host: 'https://workspace.example.com' };
const SERVICE_PRINCIPAL = '11111111-2222-3333-4444-555555555555';
const ALERTS = 'data-team@example.com';
/** The variables that must be set to deploy prod. */
const PROD = { catalog: 'main', service_principal: SERVICE_PRINCIPAL, alerts: ALERTS };

const load = (target: string, variables: Record<string, string> = {}): Promise<Bundle> =>
  loadBundle({
    root: ROOT,
    target,
    person: PERSON,
    variables: {
      ...(target === 'prod' && PROD),
      ...(target === 'dev' && { catalog: PROD.catalog }),
      ...variables,
    },
  });

const bundles = Object.fromEntries(
  await Promise.all(TARGETS.map(async (target) => [target, await load(target)] as const)),
);
const of = (target: string): Bundle => bundles[target] as Bundle;

interface Task {
  task_key: string;
  description?: string;
  depends_on?: { task_key: string }[];
  notebook_task: { notebook_path: string };
  job_cluster_key?: string;
  max_retries?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the type of the settings
type Job = any;
const jobsOf = (target: string): [string, Job][] => Object.entries(of(target).jobs);
const everyJob = TARGETS.flatMap((target) => jobsOf(target).map(([key, job]) => [target, key, job] as const));

describe('databricks.yml', () => {
  test('has fewer than 80 lines', () => expect(TEXT.trimEnd().split('\n').length).toBeLessThan(80));

  test('has the default target, targets and jobs that the help of bundle names', async () => {
    const help = (await parser([]).getHelp()).replaceAll(/\s+/g, ' ');
    const initial = TARGETS.find((target) => WRITTEN.targets[target].default);
    const jobs = jobsOf('prod').map(([key]) => key);
    for (const name of [...TARGETS, ...jobs]) expect(help).toMatch(new RegExp(`\\b${name}\\b`));
    for (const name of [initial, USUAL_JOB]) expect(help).toContain(`${name} (default)`);
  });

  test('defines exactly the variables that are used', () => {
    const included = [...files].filter(([file]) => file.startsWith('jobs/')).map(([, text]) => text);
    const used = [TEXT, ...included].flatMap((text) =>
      [...text.matchAll(/\$\{var\.(\w+)/g)].map((match) => match[1]),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(WRITTEN.variables).sort());
  });

  test('describes every variable', () => {
    for (const [name, { description }] of Object.entries<{ description?: string }>(WRITTEN.variables))
      expect(description, name).toMatch(/\w/);
  });

  test.each(TARGETS)('%s: every resource has a unique key', (target) => {
    const { jobs, schemas, volumes } = of(target);
    const keys = [jobs, schemas, volumes].flatMap((some) => Object.keys(some));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

/** Returns a notebook's text, followed by the texts of the notebooks that it runs. */
function withRuns(name: string): string {
  const text = files.get(`${name}.py`) ?? files.get(`${name}.sql`) ?? expect.unreachable(name);
  const runs = [...text.matchAll(/MAGIC %run (\S+)/g)].map(([, other = '']) =>
    path.join(path.dirname(name), other),
  );
  return [text, ...runs.map(withRuns)].join('\n');
}

describe('every job', () => {
  let workspace: WorkspaceUnderTest;
  beforeAll(async () => {
    workspace = await WorkspaceUnderTest.open();
  });
  afterAll(() => workspace.close());

  test.each(everyJob)('%s %s: passes only parameters that its notebooks read', (target, _, job) => {
    const root = `${of(target).workspace.file_path}/`;
    const texts = (job.tasks as Task[]).map(({ notebook_task: { notebook_path } }) => {
      const name = notebook_path.replace(root, '');
      return withRuns(name);
    });
    // No notebook reads run_date. The parameter is for people: the list of runs shows which day a run processes.
    for (const { name } of job.parameters.filter(({ name }: { name: string }) => name !== 'run_date'))
      expect(
        texts.some((text) => text.includes(`"${name}"`) || text.includes(`WIDGET TEXT ${name}`)),
        name,
      ).toBe(true);
  });

  test.each(everyJob)(
    '%s %s: has a description and one run at a time; other runs are queued',
    (_, __, job) => {
      const description = expect.stringMatching(/\.$/);
      expect(job).toMatchObject({ description, max_concurrent_runs: 1, queue: { enabled: true } });
    },
  );

  test.each(everyJob)(
    '%s %s: has a cluster only if a task needs it; the cluster has runtime 18 LTS',
    (target, key, job) => {
      const clusters: { job_cluster_key: string; new_cluster: { spark_version: string } }[] =
        job.job_clusters ?? [];
      const keys = clusters.map(({ job_cluster_key }) => job_cluster_key);
      const verified = key === 'verify' && ['dev', 'prod'].includes(target);
      expect(keys).toEqual(['stream', 'mount'].includes(key) ? [key] : verified ? ['stream'] : []);
      for (const { new_cluster } of clusters) expect(new_cluster.spark_version).toBe('18.x-scala2.13');
      // The job verify checks both engines, so it has tasks with and without a cluster.
      for (const task of job.tasks as Task[])
        expect(task.job_cluster_key).toBe(
          verified && !task.task_key.endsWith('_on_cluster') ? undefined : keys[0],
        );
    },
  );

  test.each(everyJob)(
    '%s %s: is accepted by the local workspace and returned unchanged',
    async (_, __, job) => {
      const { client } = workspace;
      const job_id = await client.job({ name: 'before' });
      await client.post('/api/2.2/jobs/reset', { job_id, new_settings: job });
      for (const id of [job_id, await client.job(job)])
        expect((await client.get(`/api/2.2/jobs/get?job_id=${id}`)).settings).toMatchObject(job);
    },
  );
});

test('the tasks of the continuous job are independent and are retried', () => {
  const { stream } = of('prod').jobs;
  expect(stream?.continuous).toEqual({ pause_status: 'UNPAUSED', task_retry_mode: 'ON_FAILURE' });
  for (const task of stream?.tasks ?? []) expect(task).not.toHaveProperty('depends_on');
});

test("an answer's task depends only on the datasets that the query reads, and has the question as its description", () => {
  const task = of('prod').jobs.batch?.tasks?.find(({ task_key }) => task_key === 'users_joined_by_year');
  expect(task).toMatchObject({
    depends_on: [{ task_key: 'clean_user' }],
    description: expect.stringMatching(/\?$/),
  });
});

describe('prod', () => {
  const { workspace, schemas, volumes } = of('prod');

  test('runs as a service principal, and its only deployment is in the folder of that principal', () => {
    const { mode, run_as, permissions } = WRITTEN.targets.prod;
    expect(mode).toBe('production');
    expect(run_as).toEqual({ service_principal_name: '${var.service_principal}' });
    // Whoever may view a job's runs also sees the answers, so nobody else may by default.
    expect(permissions).toEqual([{ level: 'CAN_MANAGE', ...run_as }]);
    expect(workspace.root_path).toBe(`/Workspace/Users/${SERVICE_PRINCIPAL}/.bundle/pinterest/prod`);
  });

  test.each(Object.keys(PROD))('is not deployed without %s', async (name) => {
    const { [name as keyof typeof PROD]: _, ...variables } = PROD;
    const without = loadBundle({ root: ROOT, target: 'prod', person: PERSON, variables });
    await expect(without).rejects.toThrow(name);
  });

  test.each(jobsOf('prod'))('%s: a failure is sent by email', (key, job) => {
    expect(job.email_notifications.on_failure).toEqual([ALERTS]);
    expect(job.health.rules).toHaveLength(1);
    expect(job.tags).toEqual({ project: 'pinterest', pipeline: 'demo' });
    if (key === 'stream') {
      // A continuous run is cancelled when a task finally fails, so the run's own alert is not sent.
      for (const task of job.tasks as Task[])
        expect(task).toMatchObject({
          email_notifications: { on_failure: [ALERTS] },
          // Otherwise each restart, which cancels the tasks, would send an email for each task.
          notification_settings: { no_alert_for_canceled_runs: true },
        });
      return;
    }
    // The rebuild has no time limit, since it reads all records that ever arrived.
    if (key !== 'rebuild') expect(job.timeout_seconds).toBeGreaterThan(0);
    // The tasks of verify are not retried, because a check that fails only sometimes must be reported too.
    for (const task of job.tasks as Task[])
      if (key === 'verify') expect(task.max_retries ?? 0).toBe(0);
      else expect(task.max_retries).toBeGreaterThan(0);
  });

  test('never destroys resources with data, and reads the bucket itself', () => {
    const all = { ...schemas, ...volumes };
    expect(Object.keys(all).sort()).toEqual([
      'checkpoints',
      'landing',
      'pinterest',
      'pinterest_stream',
      'stream_checkpoints',
    ]);
    for (const one of Object.values(all))
      expect(one).toMatchObject({ lifecycle: { prevent_destroy: true }, comment: expect.any(String) });
    const { batch } = Object.fromEntries(jobsOf('prod'));
    expect(batch?.parameters).toContainEqual({ name: 'landing', default: 's3://pinterest-demo-landing' });
  });
});

describe('free', () => {
  test('has neither clusters nor a stream', () => {
    expect(jobsOf('free').map(([key]) => key)).toEqual(['batch', 'maintenance', 'rebuild', 'verify']);
    expect(Object.keys(of('free').schemas)).toEqual(['pinterest']);
    expect(JSON.stringify(of('free'))).not.toMatch(/new_cluster|job_cluster_key/);
  });

  test.each([
    ['batch', 4],
    ['rebuild', 2],
    ['maintenance', 4],
  ])('%s: runs at most %d tasks at once, however long each takes', async (key, most) => {
    const peakWith = async (milliseconds: (name: string) => number) => {
      let going = 0;
      let peak = 0;
      await runGraph<Task>(
        of('free').jobs[key]?.tasks as unknown as Task[],
        async ({ task_key }) => {
          going += 1;
          peak = Math.max(peak, going);
          await new Promise((done) => setTimeout(done, milliseconds(task_key)));
          going -= 1;
          return true;
        },
        () => expect.unreachable(),
      );
      return peak;
    };
    expect(await peakWith(({ length }) => 1 + (length % 4) * 5)).toBe(most);
    expect(await peakWith(({ length }) => 16 - (length % 4) * 5)).toBe(most);
  });

  test('puts each task into one lane (its tasks run one after another), if possible behind a task that it depends on', () => {
    const needs = (task_key: string, ...keys: string[]) => ({
      task_key,
      depends_on: keys.map((task_key) => ({ task_key })),
      notebook_task: { notebook_path: '' },
    });
    const tasks = [needs('a'), needs('b'), needs('c', 'b'), needs('d', 'a', 'b'), needs('e', 'a')];
    const keys = lanes(tasks, 2).map((lane) => lane.map(({ task_key }) => task_key));
    expect(keys).toEqual([
      ['a', 'd', 'e'],
      ['b', 'c'],
    ]);
  });
});

test('a development copy has separate names, and none of its jobs starts automatically', () => {
  const { jobs, schemas } = of('dev');
  expect(schemas.pinterest?.name).toBe('dev_jane_pinterest');
  expect(jobs.batch?.parameters).toContainEqual({
    name: 'landing',
    default: '/Volumes/main/dev_jane_pinterest/landing',
  });
  const all = Object.values(jobs) as Job[];
  for (const { name } of all) expect(name).toMatch(/^\[dev jane\] /);
  for (const trigger of ['schedule', 'continuous'] as const) {
    const triggered = all.filter((job) => job[trigger]);
    expect(triggered, trigger).not.toEqual([]);
    // Databricks starts a job whose status is missing.
    for (const { name, [trigger]: on } of triggered)
      expect(on, name).toMatchObject({ pause_status: 'PAUSED' });
  }
});

test("target local reads its mount with Spark's own reader, and its stream job starts only on request", () => {
  const { batch, stream } = of('local').jobs;
  expect(batch?.parameters).toEqual(
    expect.arrayContaining([
      { name: 'catalog', default: 'spark_catalog' },
      { name: 'landing', default: '/mnt/demo' },
      { name: 'file_reader', default: 'binaryFile' },
      { name: 'deletion_vectors', default: 'false' },
    ]),
  );
  expect(stream?.continuous).toMatchObject({ pause_status: 'PAUSED' });
});

test.each([
  ['prod', {}, 'UNPAUSED', 'UNPAUSED'],
  ['prod', { scheduler: 'databricks' }, 'UNPAUSED', 'UNPAUSED'],
  ['prod', { scheduler: 'airflow' }, 'PAUSED', 'UNPAUSED'],
  ['prod', { scheduler: 'none' }, 'PAUSED', 'PAUSED'],
  ['local', { scheduler: 'airflow' }, 'PAUSED', 'UNPAUSED'],
  ['dev', {}, 'PAUSED', 'PAUSED'],
])(
  'in %s with %o the schedule of the batch job is %s, so that only one scheduler starts the daily run, and maintenance is %s',
  async (target, variables, status, ofMaintenance) => {
    const { batch, maintenance } = (await load(target, variables)).jobs;
    expect(batch?.schedule).toMatchObject({ pause_status: status });
    expect(maintenance?.schedule).toMatchObject({ pause_status: ofMaintenance });
  },
);

test('a deployment can pause every job that writes tables, as a rebuild needs', async () => {
  const { jobs } = await load('prod', { scheduler: 'none', stream_status: 'PAUSED' });
  for (const [key, { schedule, continuous }] of Object.entries<Job>(jobs))
    expect((schedule ?? continuous)?.pause_status ?? 'PAUSED', key).toBe('PAUSED');
});

test('an unknown scheduler is rejected', async () => {
  await expect(load('prod', { scheduler: 'cron' })).rejects.toThrow('schedule_status.cron');
});

test("the stream's answers wait for no other task, and all can run on a SQL warehouse", () => {
  const tasks = of('prod').jobs.stream_answers?.tasks as unknown as Task[];
  expect(tasks.length).toBeGreaterThan(0);
  for (const task of tasks) {
    expect(task).not.toHaveProperty('depends_on');
    expect(task.notebook_task.notebook_path).toMatch(/\/4_answers\/\w+$/);
  }
});

test("Airflow's DAG has the batch job's time limit and retries", () => {
  const batch = of('prod').jobs.batch;
  const dag = files.get('airflow/dags/pinterest_daily.py');
  expect(dag).toContain(`execution_timeout=timedelta(hours=${Number(batch?.timeout_seconds) / 3600}),`);
  expect(dag).toContain(`retries=${batch?.tasks?.[0]?.max_retries},`);
});

test("Airflow's DAG has the bundle's schedule", () => {
  expect(WRITTEN.variables.schedule.default).toBe('0 0 6 * * ?');
  expect(files.get('airflow/dags/pinterest_daily.py')).toContain('schedule="0 6 * * *"');
});

test('settings shared by several targets are written once', () => {
  expect(files.get('jobs/stream.yml')?.match(/continuous:/g)).toHaveLength(1);
});
