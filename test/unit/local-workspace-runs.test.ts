/** Runs in the local workspace: order, retries, schedules, failure messages. Notebooks are scripted, without Spark. */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Engine } from '../../local/workspace/engine.ts';
import { ScriptedEngine } from '../fixtures/scripted-engine.ts';
import { until } from '../fixtures/until.ts';
import { type Answer, type Client, task, WorkspaceUnderTest } from '../fixtures/workspace.ts';

let workspace: WorkspaceUnderTest;
let client: Client;

beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open();
  client = workspace.client;
});

afterAll(() => workspace.close());

const results = (run: Answer): Record<string, string> =>
  Object.fromEntries(run.tasks.map((one: Answer) => [one.task_key, one.state.result_state]));

test('tasks run in order, two at a time; a failed task reports where it failed, and the tasks after it are skipped', async () => {
  for (const name of ['a', 'b', 'c']) await client.notebook(`/Shared/${name}`, '# sleep 50');
  await client.notebook('/Shared/bad', '', '# fail ValueError: no room');
  await client.notebook('/Shared/behind', '# exit');
  const depends_on = [{ task_key: 'a' }, { task_key: 'bad' }];
  const tasks = [task('a'), task('b'), task('c'), task('bad'), task('behind', { depends_on })];
  const id = await client.start(await client.job({ name: 'order', tasks }));
  const run = await client.ended(id);
  expect(run.state).toMatchObject({ life_cycle_state: 'INTERNAL_ERROR', result_state: 'FAILED' });
  expect(run.status.termination_details.code).toBe('RUN_EXECUTION_ERROR');
  expect(run.state.state_message).toBe(
    'Task bad failed. Notebook /Workspace/Shared/bad, cell 1, line 3: ValueError: no room',
  );
  expect(results(run)).toEqual({
    a: 'SUCCESS',
    b: 'SUCCESS',
    c: 'SUCCESS',
    bad: 'FAILED',
    behind: 'UPSTREAM_FAILED',
  });
  expect(workspace.engine.most).toBe(2);
  const bad = run.tasks.find((one: Answer) => one.task_key === 'bad');
  expect(await client.get(`/api/2.1/jobs/runs/get-output?run_id=${bad.run_id}`)).toMatchObject({
    error: 'ValueError: no room',
    error_trace: expect.stringContaining('Traceback'),
    metadata: { state: { state_message: expect.stringContaining('cell 1, line 3') } },
  });
});

test('a task with run_if ALL_DONE runs after a task that failed, and after a task that was skipped', async () => {
  await client.notebook('/Shared/broken', '# fail ValueError: no room');
  for (const name of ['skipped', 'cleaning', 'last']) await client.notebook(`/Shared/${name}`, '# exit');
  const behind = (name: string, before: string, more = {}) =>
    task(name, { depends_on: [{ task_key: before }], ...more });
  const tasks = [
    task('broken'),
    behind('skipped', 'broken'),
    behind('cleaning', 'broken', { run_if: 'ALL_DONE' }),
    behind('last', 'skipped', { run_if: 'ALL_DONE' }),
  ];
  const run = await client.ended(await client.start(await client.job({ name: 'cleaned up', tasks })));
  expect(run.state.result_state).toBe('FAILED');
  expect(results(run)).toEqual({
    broken: 'FAILED',
    skipped: 'UPSTREAM_FAILED',
    cleaning: 'SUCCESS',
    last: 'SUCCESS',
  });
});

test("a run that can not be stored fails with the disk's error, and the workspace keeps running", async () => {
  await client.notebook('/Shared/kept', '# sleep 50');
  const id = await client.job({ name: 'kept', tasks: [task('kept')] });
  await client.notebook('/Shared/going', '# sleep 60000');
  const queued = await client.job({ name: 'queued', tasks: [task('going')], queue: { enabled: true } });
  const going = await client.start(queued);
  // Nobody can write below a file, not even root.
  const folder = path.join(workspace.folder, 'workspace', 'runs');
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, '');
  const failed = [await client.start(id), await client.start(queued)].map((run) => client.ended(run));
  const states = (await Promise.all(failed)).map(({ state }) => state);
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
  await client.post('/api/2.2/jobs/runs/cancel', { run_id: going });
  for (const { result_state, state_message } of states) {
    expect(result_state).toBe('FAILED');
    expect(state_message).toMatch(/\/runs\/\d+\.json lies below a file, not a folder: check its path\.$/);
  }
  expect((await client.ended(await client.start(id))).state.result_state).toBe('SUCCESS');
});

test('a failed task is retried, and every attempt is listed', async () => {
  await client.notebook('/Shared/flaky', '# fail-once not yet');
  const retried = task('flaky', { max_retries: 2, min_retry_interval_millis: 10 });
  const run = await client.ended(await client.start(await client.job({ name: 'retry', tasks: [retried] })));
  expect(run.state.result_state).toBe('SUCCESS');
  expect(run.tasks.map((one: Answer) => [one.attempt_number, one.state.result_state])).toEqual([
    [0, 'FAILED'],
    [1, 'SUCCESS'],
  ]);
});

test("the call's parameters override the job's parameters, which override the task's parameters; references are resolved", async () => {
  await client.notebook('/Shared/parameters', '# exit');
  const base_parameters = {
    schema: 'task',
    own: '{{job.name}} {{task.name}} {{job.parameters.schema}} {{x}}',
  };
  const notebook_task = { notebook_path: '/Shared/parameters', base_parameters };
  const parameters = [
    { name: 'schema', default: 'job' },
    { name: 'landing', default: '/mnt/{{job.run_id}}' },
  ];
  const settings = { name: 'given', tasks: [{ task_key: 'parameters', notebook_task }], parameters };
  const id = await client.start(await client.job(settings), { job_parameters: { schema: 'call' } });
  const run = await client.ended(id);
  const output = await client.get(`/api/2.2/jobs/runs/get-output?run_id=${id}`);
  expect(JSON.parse(output.notebook_output.result)).toEqual({
    schema: 'call',
    landing: `/mnt/${id}`,
    own: 'given parameters call {{x}}',
  });
  expect(run.job_parameters[0]).toEqual({ name: 'schema', default: 'job', value: 'call' });
  expect(run.overriding_parameters).toEqual({ job_parameters: { schema: 'call' } });
});

test('a canceled run ends its tasks, and so does a run that exceeds its timeout', async () => {
  await client.notebook('/Shared/long', '# sleep 60000');
  const job = await client.job({ name: 'long', tasks: [task('long')] });
  const id = await client.start(job);
  await until(async () => (await client.run(id)).tasks[0].state.life_cycle_state === 'RUNNING');
  await client.post('/api/2.2/jobs/runs/cancel', { run_id: id });
  const canceled = await client.ended(id);
  expect(canceled.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'CANCELED' });
  expect(canceled.status.termination_details.code).toBe('USER_CANCELED');
  expect(results(canceled)).toEqual({ long: 'CANCELED' });

  const timed = [task('long', { timeout_seconds: 1, max_retries: 1 })];
  const tooLong = await client.ended(await client.start(await client.job({ name: 'timed', tasks: timed })));
  expect(tooLong.state).toMatchObject({ result_state: 'TIMEDOUT' });
  expect(tooLong.state.state_message).toContain('longer than its timeout of 1 s');
  // Without retry_on_timeout, a task that took too long is not retried.
  expect(tooLong.tasks).toHaveLength(1);
});

test('a run whose task waits for a free place ends when it is canceled or exceeds its timeout', async () => {
  for (const name of ['one', 'two']) await client.notebook(`/Shared/${name}`, '# sleep 60000');
  const both = await client.start(await client.job({ name: 'both', tasks: [task('one'), task('two')] }));
  const states = async () =>
    (await client.run(both)).tasks.map((one: Answer) => one.state.life_cycle_state).join();
  await until(async () => (await states()) === 'RUNNING,RUNNING');

  await client.notebook('/Shared/waiting', '# exit');
  const waiting = { name: 'waiting', tasks: [task('waiting')] };
  const canceled = await client.start(await client.job(waiting));
  await client.post('/api/2.2/jobs/runs/cancel', { run_id: canceled });
  const ended = await client.ended(canceled);
  expect(ended.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'CANCELED' });
  expect(results(ended)).toEqual({ waiting: 'CANCELED' });
  const timed = await client.start(await client.job({ ...waiting, timeout_seconds: 1 }));
  expect((await client.ended(timed)).state).toMatchObject({ result_state: 'TIMEDOUT' });
  expect(await states()).toBe('RUNNING,RUNNING');

  await client.post('/api/2.2/jobs/runs/cancel', { run_id: both });
  await client.ended(both);
  expect(await client.run(canceled)).toEqual(ended);
});

test('a run with many tasks gives no warning of a leak', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  await client.notebook('/Shared/quick', '# exit');
  const notebook_task = { notebook_path: '/Shared/quick' };
  const tasks = Array.from({ length: 12 }, (_, n) => ({ task_key: `task_${n}`, notebook_task }));
  const run = await client.ended(await client.start(await client.job({ name: 'many tasks', tasks })));
  process.off('warning', warned);
  expect(run.state.result_state).toBe('SUCCESS');
  expect(warned).not.toHaveBeenCalled();
});

test('a job has one run at a time; other runs are skipped or queued', async () => {
  await client.notebook('/Shared/lone', '# sleep 60000');
  const alone = await client.job({ name: 'alone', tasks: [task('lone')] });
  const first = await client.start(alone);
  expect((await client.run(await client.start(alone))).state).toMatchObject({
    life_cycle_state: 'SKIPPED',
    result_state: 'MAXIMUM_CONCURRENT_RUNS_REACHED',
  });
  const queued = await client.start(alone, { queue: { enabled: true } });
  expect((await client.run(queued)).state.life_cycle_state).toBe('QUEUED');
  // The queued run reads its notebook only when it starts.
  await client.notebook('/Shared/lone', '# exit');
  await client.post('/api/2.2/jobs/runs/cancel', { run_id: first });
  const [before, after] = [await client.ended(first), await client.ended(queued)];
  expect(before.end_time).toBeLessThanOrEqual(after.start_time);
  expect(after.state.result_state).toBe('SUCCESS');
});

test('a queued run starts when the maximum number of concurrent runs is raised', async () => {
  await client.notebook('/Shared/side', '# sleep 60000');
  const settings = { name: 'side by side', tasks: [task('side')], queue: { enabled: true } };
  const job_id = await client.job(settings);
  const runs = [await client.start(job_id), await client.start(job_id), await client.start(job_id)];
  const phases = async () =>
    Promise.all(runs.map(async (run) => (await client.run(run)).state.life_cycle_state));
  expect(await phases()).toEqual(['RUNNING', 'QUEUED', 'QUEUED']);
  await client.post('/api/2.2/jobs/reset', { job_id, new_settings: { ...settings, max_concurrent_runs: 3 } });
  expect(await phases()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  await client.post('/api/2.2/jobs/delete', { job_id });
  for (const run of runs) await client.ended(run);
});

test('a list of runs with an unknown filter is rejected', async () => {
  const list = '/api/2.2/jobs/runs/list?run_type=JOB_RUN';
  expect(await client.get(list)).toMatchObject({ has_more: expect.any(Boolean) });
  await expect(client.get(`${list}&start_time_from=1`)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('start_time_from'),
  });
});

test('the runs of a deleted job can be read until the next start, which deletes them', async () => {
  const own = await WorkspaceUnderTest.open();
  const { client: its } = own;
  await its.notebook('/Shared/long', '# sleep 60000');
  const job_id = await its.job({ name: 'long', tasks: [task('long')] });
  const ended = await its.start(job_id);
  await its.post('/api/2.2/jobs/runs/cancel', { run_id: ended });
  await its.ended(ended);
  const going = await its.start(job_id);
  const other = await its.job({ name: 'other', tasks: [task('long')] });
  await its.post('/api/2.2/jobs/delete', { job_id });
  await its.ended(going);
  await its.post('/api/2.2/jobs/delete', { job_id: other });
  expect((await its.run(going)).state.state_message).toBe('The job was deleted.');
  expect((await its.runs(job_id)).map(({ run_id }) => run_id)).toEqual([going, ended]);
  await own.reopen();
  expect(await own.client.runs(job_id)).toEqual([]);
  expect(readdirSync(path.join(own.folder, 'workspace', 'runs'))).toEqual([]);
  await own.close();
});

test('no run is accepted while the workspace stops', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  class SlowToStop extends ScriptedEngine {
    override async run(...[notebook, parameters, options]: Parameters<Engine['run']>) {
      const result = await super.run(notebook, parameters, options);
      await released;
      return result;
    }
  }
  const engine = new SlowToStop(path.join(workspace.folder, 'warehouse'));
  const stopping = await WorkspaceUnderTest.open({ engine });
  const { client: its } = stopping;
  await its.notebook('/Shared/long', '# sleep 60000');
  const job = await its.job({ name: 'long', tasks: [task('long')], max_concurrent_runs: 2 });
  const run = await its.start(job);
  await until(async () => (await its.run(run)).tasks[0].state.life_cycle_state === 'RUNNING');
  const stopped = stopping.stop();
  await expect(its.start(job)).rejects.toMatchObject({ status: 503, error_code: 'TEMPORARILY_UNAVAILABLE' });
  release();
  await stopped;
  await stopping.close();
});

test('the same idempotency token returns the same run', async () => {
  await client.notebook('/Shared/once', '# exit');
  const job = await client.job({ name: 'once', tasks: [task('once')] });
  const idempotency_token = 'day 7';
  const [one, two] = await Promise.all([1, 2].map(() => client.start(job, { idempotency_token })));
  expect(one).toBe(two);
  await client.ended(Number(one));
  expect(await client.start(job, { idempotency_token })).toBe(one);
  expect(await client.runs(job)).toHaveLength(1);
});

test('a scheduled job runs at its times until it is paused', async () => {
  const DAY_MS = 86_400_000;
  await client.notebook('/Shared/tick', '# exit');
  const schedule = (pause_status: string) => ({
    schedule: { quartz_cron_expression: '0 0 6 * * ?', timezone_id: 'UTC', pause_status },
  });
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  try {
    const settings = { name: 'tick', tasks: [task('tick')] };
    const job_id = await client.job({ ...settings, ...schedule('UNPAUSED') });
    vi.advanceTimersByTime(DAY_MS);
    const [{ run_id }] = (await client.runs(job_id)) as [Answer];
    const run = await client.ended(run_id);
    expect(run).toMatchObject({ trigger: 'PERIODIC', state: { result_state: 'SUCCESS' } });
    expect(new Date(run.start_time).toISOString()).toContain('T06:00:00.000Z');
    await client.post('/api/2.2/jobs/reset', {
      job_id,
      new_settings: { ...settings, ...schedule('PAUSED') },
    });
    vi.advanceTimersByTime(2 * DAY_MS);
    expect(await client.runs(job_id)).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test('a continuous job starts again after a failure, runs all its tasks at once, and ends when it is paused', async () => {
  for (const name of ['s1', 's2', 's3']) await client.notebook(`/Shared/${name}`, '# sleep 60000');
  await client.notebook('/Shared/s3', '# fail-once broken', '# sleep 60000');
  const continuous = { pause_status: 'UNPAUSED' };
  const tasks = ['s1', 's2', 's3'].map((name) => task(name));
  const job_id = await client.job({ name: 'stream', tasks, continuous });
  const running = (runs: Answer[]) =>
    runs[0]?.tasks.every((one: Answer) => one.state.life_cycle_state === 'RUNNING') && runs;
  const [second, first] = await until(async () => {
    const runs = await client.runs(job_id);
    return runs.length === 2 && running(runs);
  });
  expect(first.state).toMatchObject({ result_state: 'FAILED' });
  expect(results(first)).toEqual({ s1: 'CANCELED', s2: 'CANCELED', s3: 'FAILED' });
  expect(second).toMatchObject({ trigger: 'CONTINUOUS', number_in_job: 2 });
  await client.post('/api/2.2/jobs/reset', {
    job_id,
    new_settings: { name: 'stream', tasks, continuous: { pause_status: 'PAUSED' } },
  });
  expect((await client.ended(second.run_id)).state.state_message).toBe('The job was paused.');
  await sleep(100);
  expect(await client.runs(job_id)).toHaveLength(2);
});

test('with task_retry_mode ON_FAILURE only the failed task is retried', async () => {
  await client.notebook('/Shared/steady', '# sleep 60000');
  await client.notebook('/Shared/unsteady', '# fail-once broken', '# sleep 60000');
  const continuous = { pause_status: 'UNPAUSED', task_retry_mode: 'ON_FAILURE' };
  const job_id = await client.job({
    name: 'steady stream',
    tasks: [task('steady'), task('unsteady')],
    continuous,
  });
  const [run] = await until(async () => {
    const [one] = await client.runs(job_id);
    return one?.tasks[2]?.state.life_cycle_state === 'RUNNING' && [one];
  });
  expect(run.tasks.map((one: Answer) => one.state.result_state ?? 'going on')).toEqual([
    'going on',
    'FAILED',
    'going on',
  ]);
  await client.post('/api/2.2/jobs/delete', { job_id });
  expect((await client.ended(run.run_id)).state.result_state).toBe('CANCELED');
});
