/** databricks.yml and jobs/: what each target gets, and that everything named in them is there. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { generated } from '../../generator/generate.ts';
import { lanes } from '../../generator/jobs/free.ts';
import { runGraph } from '../../local/graph.ts';
import { checkGraph } from '../../src/workspace/graph.ts';
import { quartzCron } from '../../src/workspace/quartz.ts';
import { readBundle } from '../fixtures/bundle.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const files = await generated(ROOT);
const bundle = readBundle(ROOT, files);

interface Task {
  task_key: string;
  depends_on?: { task_key: string }[];
  notebook_task: { notebook_path: string };
  job_cluster_key?: string;
  max_retries?: number;
}

const jobsOf = (target: string): [string, ReturnType<typeof bundle.resources>][] =>
  Object.entries(bundle.resources(target).jobs);

describe('databricks.yml', () => {
  test('is short', () => expect(bundle.text.trimEnd().split('\n').length).toBeLessThan(80));

  test('defines every variable that is used, and none that is not', () => {
    const included = [...files].filter(([file]) => file.startsWith('jobs/')).map(([, text]) => text);
    const used = [bundle.text, ...included].flatMap((text) =>
      [...text.matchAll(/\$\{var\.(\w+)/g)].map((match) => match[1]),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(bundle.whole.variables).sort());
  });

  test('says of every variable what it is', () => {
    for (const [name, { description }] of Object.entries<{ description?: string }>(bundle.whole.variables))
      expect(description, name).toMatch(/\w/);
  });

  test('refers to resources that are there, in every target', () => {
    for (const target of bundle.targets) {
      const resources = bundle.resources(target);
      for (const [, type = '', key = ''] of JSON.stringify(resources).matchAll(
        /\$\{resources\.(\w+)\.(\w+)/g,
      ))
        expect(resources[type]?.[key], `${target}: ${type}.${key}`).toBeDefined();
    }
  });

  test('gives every resource a key of its own, by which it is run', () => {
    for (const target of bundle.targets) {
      const keys = Object.values(bundle.resources(target)).flatMap((some) => Object.keys(some as object));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test('has schedules that quartz understands', () => {
    for (const name of ['schedule', 'stream_answers_schedule', 'maintenance_schedule'])
      expect(quartzCron(bundle.whole.variables[name].default, 'UTC').nextRun()).toBeInstanceOf(Date);
  });
});

describe.each(bundle.targets)('target %s', (target) => {
  test.each(jobsOf(target))(
    '%s: its notebooks and dependencies exist, and it reads its parameters',
    (_, job) => {
      const tasks: Task[] = job.tasks;
      checkGraph(tasks);
      const texts = tasks.map(({ notebook_task: { notebook_path } }) =>
        files.get(path.join('jobs', notebook_path)),
      );
      expect(texts).not.toContain(undefined);
      for (const { name } of job.parameters.filter(({ name }: { name: string }) => name !== 'run_date'))
        expect(
          texts.some((text) => text?.includes(`"${name}"`) || text?.includes(`WIDGET TEXT ${name}`)),
          name,
        ).toBe(true);
    },
  );

  test.each(jobsOf(target))('%s: says what it does; one run at a time, others wait', (key, job) => {
    expect(job).toMatchObject({ max_concurrent_runs: 1, description: expect.stringMatching(/\.$/) });
    expect(job.queue).toEqual(key === 'stream' ? undefined : { enabled: true });
  });

  test.each(jobsOf(target))(
    '%s: a cluster is Databricks Runtime 17.3 LTS, and for those that need one',
    (key, job) => {
      const clusters = (job.job_clusters ?? []).map(
        (one: { job_cluster_key: string }) => one.job_cluster_key,
      );
      expect(clusters).toEqual(['stream', 'mount'].includes(key) ? [key] : []);
      for (const { new_cluster } of job.job_clusters ?? [])
        expect(new_cluster.spark_version).toBe('17.3.x-scala2.13');
      for (const task of job.tasks as Task[]) expect(task.job_cluster_key).toBe(clusters[0]);
    },
  );
});

test('a task of the continuous job depends on none, and is tried again', () => {
  const { stream } = bundle.resources('prod').jobs;
  expect(stream.continuous.task_retry_mode).toBe('ON_FAILURE');
  for (const task of stream.tasks) expect(task).not.toHaveProperty('depends_on');
});

test('an answer depends on the datasets that its query reads, and on no other', () => {
  const task = bundle
    .resources('prod')
    .jobs.batch.tasks.find(({ task_key }: Task) => task_key === 'users_joined_by_year');
  expect(task.depends_on).toEqual([{ task_key: 'clean_user' }]);
});

describe('prod', () => {
  const { jobs, schemas, volumes } = bundle.resources('prod');

  test('runs as a service principal, which also owns the one copy that there is', () => {
    const { mode, run_as, workspace, permissions } = bundle.whole.targets.prod;
    expect(mode).toBe('production');
    expect(run_as).toEqual({ service_principal_name: '${var.service_principal}' });
    expect(workspace.root_path).toMatch(/^\/Workspace\/Users\/\$\{var\.service_principal\}\//);
    expect(permissions).toContainEqual({ level: 'CAN_MANAGE', ...run_as });
  });

  test.each(Object.entries<ReturnType<typeof bundle.resources>>(jobs))(
    '%s: somebody hears of a failure',
    (key, job) => {
      expect(job.email_notifications.on_failure).toEqual(['${var.alerts}']);
      expect(job.health.rules).toHaveLength(1);
      expect(job.tags.pipeline).toBe('${var.pipeline_id}');
      if (key === 'stream') return;
      expect(job.timeout_seconds).toBeGreaterThan(0);
      for (const task of job.tasks as Task[]) expect(task.max_retries).toBeGreaterThan(0);
    },
  );

  test('destroys nothing that holds data, and reads the bucket itself', () => {
    expect(Object.keys({ ...schemas, ...volumes }).sort()).toEqual([
      'checkpoints',
      'landing',
      'pinterest',
      'pinterest_stream',
      'stream_checkpoints',
    ]);
    for (const one of Object.values({ ...schemas, ...volumes }))
      expect(one).toMatchObject({ lifecycle: { prevent_destroy: true }, comment: expect.any(String) });
    expect(volumes.landing).toMatchObject({
      volume_type: 'EXTERNAL',
      storage_location: 's3://${var.bucket}',
    });
  });
});

describe('free', () => {
  test('has neither clusters nor a stream', () => {
    expect(jobsOf('free').map(([key]) => key)).toEqual(['batch', 'rebuild', 'maintenance']);
    expect(Object.keys(bundle.resources('free').schemas)).toEqual(['pinterest']);
    expect(JSON.stringify(bundle.resources('free'))).not.toMatch(/new_cluster|job_cluster_key/);
  });

  test.each([
    ['batch', 4],
    ['rebuild', 2],
    ['maintenance', 3],
  ])('%s: at most %d tasks at once, whatever each takes', async (key, most) => {
    const { tasks } = bundle.resources('free').jobs[key];
    let going = 0;
    let peak = 0;
    await runGraph<Task>(
      tasks,
      async ({ task_key }) => {
        going += 1;
        peak = Math.max(peak, going);
        await new Promise((done) => setTimeout(done, task_key.startsWith('raw') ? 1 : 10));
        going -= 1;
        return true;
      },
      () => expect.unreachable(),
    );
    expect(peak).toBe(most);
  });

  test('a task stands in one lane, behind what it needs', () => {
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

describe('dev and local', () => {
  test('a copy for development starts nothing by itself', () => {
    expect(bundle.whole.targets.dev).toMatchObject({
      mode: 'development',
      default: true,
      variables: { scheduler: 'none', stream_status: 'PAUSED' },
    });
  });

  test('this machine reads its mount, with the reader that Spark has itself', () => {
    expect(bundle.whole.targets.local.variables).toMatchObject({
      catalog: 'spark_catalog',
      landing: '/mnt/${var.pipeline_id}',
      file_reader: 'text',
    });
  });
});

test('the day runs once: one scheduler has the batch job, the others do not', () => {
  const { schedule_status, scheduler } = bundle.whole.variables;
  expect(schedule_status.default).toEqual({ databricks: 'UNPAUSED', airflow: 'PAUSED', none: 'PAUSED' });
  expect(bundle.resources('prod').jobs.batch.schedule.pause_status).toBe(
    '${var.schedule_status.${var.scheduler}}',
  );
  expect(scheduler.default).toBe('databricks');
});

test("Airflow's DAG has the bundle's schedule", () => {
  expect(bundle.whole.variables.schedule.default).toBe('0 0 6 * * ?');
  expect(files.get('airflow/dags/pinterest_daily.py')).toContain('schedule="0 6 * * *"');
});

test('what is for some targets is written once', () => {
  const text = files.get('jobs/stream.yml') ?? '';
  expect(text.match(/continuous:/g)).toHaveLength(1);
  expect(parseDocument(text).errors).toEqual([]);
});
