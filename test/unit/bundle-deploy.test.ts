/** Deployments through the SDK into a local workspace without Spark: their changes, what they leave unchanged, and failures. */
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { makeCertificate } from '../../local/workspace/sql/certificate.ts';
import type { Bundle } from '../../src/databricks/bundle/bundle.ts';
import { type DeployEvent, deploy, plan } from '../../src/databricks/bundle/deploy.ts';
import { destroy, planDestroy } from '../../src/databricks/bundle/destroy.ts';
import { changeLines, runDisplay } from '../../src/databricks/bundle/display.ts';
import { makeFolder, read, remove, write } from '../../src/databricks/bundle/folder.ts';
import { takeLock } from '../../src/databricks/bundle/lock.ts';
import { type RunView, runJob } from '../../src/databricks/bundle/run.ts';
import type { Change } from '../../src/databricks/bundle/step.ts';
import { summaryOf } from '../../src/databricks/bundle/summary.ts';
import { connect, type Workspace, WorkspaceError } from '../../src/databricks/client.ts';
import { volumeClient } from '../../src/databricks/volume.ts';
import { BundleFolder, notebook, SHOP } from '../fixtures/bundle-folder.ts';
import { Gate } from '../fixtures/gate.ts';
import { type Answer, type Client, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

let under: WorkspaceUnderTest;
let client: Client;
let gate: Gate;
let folder: BundleFolder;
let workspace: Workspace;
let user: string;

beforeEach(async () => {
  under = await WorkspaceUnderTest.open();
  client = under.client;
  gate = await Gate.open(client.host);
  folder = new BundleFolder().write(SHOP);
  workspace = connect({ host: gate.url, token: TOKEN });
  user = (await client.get('/api/2.0/preview/scim/v2/Me')).userName;
});
afterEach(async () => {
  folder.close();
  await gate.stop();
  await under.close();
});

const load = (variables = {}): Promise<Bundle> =>
  folder.load('local', variables, { userName: user, host: gate.url });

/** Times in milliseconds, shorter than the defaults. With the defaults, a test would take half a minute. */
const lockTimes = { renewMs: 50, staleMs: 400, lookMs: 20 };
const agrees = async () => true;
/** Returns a connection past the gate, for another user. */
const direct = (): Workspace => connect({ host: client.host, token: TOKEN });
const deployed = async (variables = {}): Promise<string[]> =>
  words(await deploy(workspace, await load(variables), { user, lockTimes, agrees }));
const planned = async (variables = {}): Promise<string[]> =>
  words(await plan(workspace, await load(variables)));
const idOf = async (name: string): Promise<number> =>
  (await client.get(`/api/2.2/jobs/list?name=${name}`)).jobs[0].job_id;
const UNITY = '/api/2.1/unity-catalog';
const words = (changes: readonly Change[]): string[] =>
  changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);

const ALL = [
  'create schema spark_catalog.sales',
  'create volume spark_catalog.sales.landing',
  'create notebook notebooks/count.py',
  'create notebook notebooks/read.py',
  'create job shop-daily',
  'create job shop-again',
];

describe('deploy', () => {
  test('creates everything as planned; a second deployment sends no write requests', async () => {
    expect(await planned()).toEqual(ALL);
    expect(gate.writes).toEqual([]);
    expect(await deployed()).toEqual(ALL);
    gate.forget();
    expect(await planned()).toEqual([]);
    expect(await deployed()).toEqual([]);
    expect(gate.writes).toEqual([]);
    expect(gate.requests.length).toBeGreaterThan(5);
  });

  test('uploads only an edited notebook, and deletes files that the bundle no longer has', async () => {
    await deployed();
    folder.write({ 'notebooks/count.py': notebook('# exit', '# edited') });
    expect(await planned()).toEqual(['update notebook notebooks/count.py']);
    gate.forget();
    await deployed();
    expect(gate.writes.filter((one) => one.includes('/files/') && one.includes('/import'))).toHaveLength(1);
    folder.write({ 'notebooks/more.py': notebook(), 'notebooks/note.txt': 'x' });
    expect(await deployed()).toEqual(['create notebook notebooks/more.py', 'create file notebooks/note.txt']);
    folder.delete('notebooks/more.py');
    folder.delete('notebooks/note.txt');
    expect(await deployed()).toEqual(['delete notebook notebooks/more.py', 'delete file notebooks/note.txt']);
    const files = `/Workspace/Users/${user}/.bundle/shop/local/files/notebooks`;
    const { objects } = await client.get(`/api/2.0/workspace/list?path=${files}`);
    expect(objects.map((one: { path: string }) => one.path.split('/').at(-1))).toEqual(['count', 'read']);
  });

  test('keeps a notebook that is rewritten in another language, although its old file is deleted', async () => {
    await deployed();
    folder.delete('notebooks/count.py');
    const jobs = stringify(SHOP['jobs/shop.yml']);
    folder.write({
      'jobs/shop.yml': jobs.replaceAll('count.py', 'count.sql'),
      'notebooks/count.sql': '-- Databricks notebook source\nSELECT 1\n',
    });
    expect(await deployed()).toContain('delete notebook notebooks/count.py');
    const file = `/Users/${user}/.bundle/shop/local/files/notebooks/count`;
    expect(await client.get(`/api/2.0/workspace/get-status?path=${file}`)).toMatchObject({ language: 'SQL' });
    expect(await planned()).toEqual([]);
  });

  test('resets a job that was changed in the workspace, and reports what differs', async () => {
    await deployed();
    const { jobs } = await client.get('/api/2.2/jobs/list?name=shop-daily');
    const { job_id } = jobs[0];
    const { settings } = await client.get(`/api/2.2/jobs/get?job_id=${job_id}`);
    await client.post('/api/2.2/jobs/reset', {
      job_id,
      new_settings: { ...settings, max_concurrent_runs: 7 },
    });
    const [change] = await plan(workspace, await load());
    expect(change).toMatchObject({
      action: 'update',
      name: 'shop-daily',
      details: ['max_concurrent_runs: 7 → 1'],
    });
    expect(await deployed()).toEqual(['update job shop-daily']);
    expect(await planned()).toEqual([]);
  });

  test('restores a notebook that was changed in the workspace', async () => {
    await deployed();
    await sleep(5);
    await client.notebook(`/Users/${user}/.bundle/shop/local/files/notebooks/read`, '# fail');
    const [change] = await plan(workspace, await load());
    expect(change?.details).toEqual(['changed in the workspace since it was deployed']);
    expect(await deployed()).toEqual(['update notebook notebooks/read.py']);
    expect(await planned()).toEqual([]);
  });

  test('keeps id and runs of a renamed job, and deletes a job that the bundle no longer has', async () => {
    await deployed();
    const before = await idOf('shop-daily');
    const shop = structuredClone(SHOP['jobs/shop.yml']) as Answer;
    shop.resources.jobs.daily.name = 'shop-every-day';
    delete shop.resources.jobs.again;
    folder.write({ 'jobs/shop.yml': shop });
    expect(await deployed()).toEqual(['update job shop-every-day', 'delete job shop-again']);
    expect(await idOf('shop-every-day')).toBe(before);
  });

  test("updates a schema's comment and grants", async () => {
    await deployed();
    const shop = structuredClone(SHOP['jobs/shop.yml']) as Answer;
    shop.resources.schemas.sales.grants = [{ principal: 'readers', privileges: ['SELECT'] }];
    folder.write({ 'jobs/shop.yml': shop });
    const [change] = await plan(workspace, await load({ note: 'Other' }));
    expect(change?.details).toEqual([
      'comment: What was sold, in spark_catalog → Other',
      'grants of analysts: -SELECT -USE_SCHEMA',
      'grants of readers: +SELECT',
    ]);
    await deployed({ note: 'Other' });
    expect(await planned({ note: 'Other' })).toEqual([]);
    const { privilege_assignments } = await client.get(`${UNITY}/permissions/schema/spark_catalog.sales`);
    expect(privilege_assignments).toEqual([{ principal: 'readers', privileges: ['SELECT'] }]);
  });

  test('an empty list of grants keeps the grants that were made by hand', async () => {
    await deployed();
    const shop = structuredClone(SHOP['jobs/shop.yml']) as Answer;
    shop.resources.schemas.sales.grants = [];
    folder.write({ 'jobs/shop.yml': shop });
    expect(await planned()).toEqual([]);
  });

  test('after a schema is renamed, deletes the old schema with its data, but only if the user agrees', async () => {
    await deployed();
    const bundle = await load({ schema: 'shop' });
    await expect(deploy(workspace, bundle, { user, lockTimes })).rejects.toThrow(
      /Nothing was changed: volume spark_catalog\.sales\.landing would be deleted with all files in it, schema spark_catalog\.sales/,
    );
    expect(await client.get(`${UNITY}/schemas/spark_catalog.sales`)).toMatchObject({ name: 'sales' });
    expect(await deployed({ schema: 'shop' })).toEqual([
      'create schema spark_catalog.shop',
      'create volume spark_catalog.shop.landing',
      'update job shop-daily',
      'delete volume spark_catalog.sales.landing',
      'delete schema spark_catalog.sales',
    ]);
  });

  test('asks again if another deployment makes it delete data that was not planned', async () => {
    await deployed();
    folder.write({ 'notebooks/count.py': notebook('# edited') });
    const bundle = await load();
    let other = false;
    gate.fate = async (_, request) => {
      if (!other && request.endsWith('/deploy.lock')) {
        other = true;
        await deploy(direct(), await load({ schema: 'shop' }), { user, lockTimes, agrees });
      }
      return 'pass' as const;
    };
    await expect(deploy(workspace, bundle, { user, lockTimes })).rejects.toThrow(
      /^Nothing was changed: volume spark_catalog\.shop\.landing would be deleted with all files in it, schema/,
    );
    expect(await client.get(`${UNITY}/schemas/spark_catalog.shop`)).toMatchObject({ name: 'shop' });
  });

  test('stops after the current step on Ctrl-C; the next deployment makes the other changes', async () => {
    const stop = new AbortController();
    const report = ({ kind }: DeployEvent) => void (kind === 'changed' && stop.abort());
    const run = deploy(workspace, await load(), { user, lockTimes, report, signal: stop.signal });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(await deployed()).toEqual(ALL.slice(1));
  });

  test('changes nothing more after another deployment has taken over its lock', async () => {
    const bundle = await load();
    gate.fate = async (_, request) => {
      if (request.includes('/notebooks/count')) {
        // Repeated, because a renewal may be under way.
        for (let n = 0; n < 4; n++) {
          await write(direct(), `${bundle.workspace.state_path}/deploy.lock`, '{}');
          await sleep(lockTimes.renewMs);
        }
      }
      return 'pass' as const;
    };
    const run = deploy(workspace, bundle, { user, lockTimes });
    await expect(run).rejects.toMatchObject({ code: 'DEPLOY_LOCK_LOST' });
    expect(gate.writes.filter((one) => one.includes('/jobs/create'))).toEqual([]);
  });

  test('neither changes nor deletes a schema that the bundle did not create', async () => {
    await client.post(`${UNITY}/schemas`, { catalog_name: 'spark_catalog', name: 'sales', comment: 'mine' });
    await expect(deployed()).rejects.toThrow(
      'The schema spark_catalog.sales already exists, and this bundle did not create it',
    );
    await destroy(workspace, await load(), { user, lockTimes });
    expect(await client.get(`${UNITY}/schemas/spark_catalog.sales`)).toMatchObject({ comment: 'mine' });
  });

  test('reports a missing catalog, and does not record a schema in it as created', async () => {
    await expect(deployed({ catalog: 'main' })).rejects.toThrow(/Catalog 'main' does not exist/);
    const record = await read(workspace, `${(await load()).workspace.state_path}/deployed.json`);
    expect(JSON.parse(record ?? '')).toMatchObject({ schemas: [] });
  });
});

describe('run', () => {
  test('follows the run to its end, with parameters', async () => {
    await deployed();
    const seen: string[] = [];
    const run = await runJob(workspace, await load(), 'daily', {
      parameters: { day: 'today' },
      everyMs: 5,
      report: (view) => seen.push(view.state),
    });
    expect(run).toMatchObject({
      state: 'SUCCESS',
      tasks: [{ task: 'read', state: 'SUCCESS' }, { task: 'count' }],
    });
    expect(seen.at(-1)).toBe('SUCCESS');
    const { tasks, job_parameters } = await client.run(run.run_id);
    expect(tasks).toHaveLength(2);
    expect(job_parameters).toContainEqual(expect.objectContaining({ name: 'day', value: 'today' }));
  });

  test('says once that a run waits for another run of its job', () => {
    const out = new PassThrough();
    const task = { task: 'read', state: 'PENDING', seconds: undefined, attempt: 0 };
    const run = { run_id: 7, url: 'http://w/7', message: '', ended: false, tasks: [task] };
    const { report } = runDisplay(out as unknown as NodeJS.WriteStream, 'daily');
    // A run has no tasks at first.
    for (let poll = 0; poll < 3; poll++) report({ ...run, tasks: [], state: 'QUEUED' });
    report({ ...run, state: 'RUNNING' });
    expect(String(out.read())).toBe(
      'daily, run 7: http://w/7 (queued: it starts when another run of the job has ended)\n',
    );
  });

  test('prints no control characters of an error', () => {
    const out = new PassThrough();
    const task = { task: 'read', state: 'FAILED', seconds: 1, attempt: 0, error: 'bad \u001b]52;\nrow' };
    const run = { run_id: 7, url: 'http://w/7', ended: true, tasks: [task] };
    const { finish } = runDisplay(out as unknown as NodeJS.WriteStream, 'daily');
    finish({ ...run, state: 'FAILED', message: '\u009b2J' });
    expect(String(out.read())).toBe('\nread failed: bad ␛]52;\nrow\n\ndaily: FAILED. �2J\n');
  });

  test('draws no control characters of the workspace on a terminal', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    const task = { task: 'read\u009b2J', state: 'RUNNING', seconds: 1, attempt: 0 };
    const { report } = runDisplay(out as unknown as NodeJS.WriteStream, 'daily');
    report({
      run_id: 7,
      url: 'http://w/\u001b]52;',
      message: '',
      ended: false,
      state: 'RUNNING',
      tasks: [task],
    });
    expect(String(out.read())).toBe(
      '\u001b[Jdaily, run 7: RUNNING   http://w/␛]52;\n  read�2J  RUNNING   1.0 s\n',
    );
    const change = { action: 'delete', kind: 'job', name: 'a\u001bb', details: [] } as const;
    expect(changeLines([change])).toEqual(['  - delete job a␛b']);
  });

  test('reports a failed task with notebook, cell, line and error; the tasks after it are skipped', async () => {
    folder.write({ 'notebooks/read.py': notebook('# fail no such bucket') });
    await deployed();
    const run = await runJob(workspace, await load(), 'daily', { everyMs: 5 });
    expect(run.state).toBe('FAILED');
    expect(run.tasks).toMatchObject([
      {
        state: 'FAILED',
        error: expect.stringMatching(/^Notebook .*\/files\/notebooks\/read, cell 1, line 2: no such bucket$/),
      },
      { state: 'UPSTREAM_FAILED' },
    ]);
  });

  test('starts no second run if the response is lost', async () => {
    await deployed();
    const isDropped = gate.dropOneAnswer('run-now');
    await runJob(workspace, await load(), 'again', { everyMs: 5 });
    expect(isDropped()).toBe(true);
    expect(await client.runs(await idOf('shop-again'))).toHaveLength(1);
  });

  test('is canceled by Ctrl-C', async () => {
    folder.write({ 'notebooks/read.py': notebook('# sleep 60000') });
    await deployed();
    const interrupt = new AbortController();
    const report = (view: RunView) => view.tasks[0]?.state === 'RUNNING' && interrupt.abort();
    const run = await runJob(workspace, await load(), 'daily', {
      everyMs: 5,
      signal: interrupt.signal,
      report,
    });
    expect(run.state).toBe('CANCELED');
  });

  test('is not started after Ctrl-C', async () => {
    await deployed();
    gate.forget();
    const run = runJob(workspace, await load(), 'daily', { everyMs: 5, signal: AbortSignal.abort() });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(gate.writes).toEqual([]);
  });

  test('with the option restart, cancels the current run first; the new run uses the deployed notebooks', async () => {
    folder.write({ 'notebooks/read.py': notebook('# sleep 60000') });
    await deployed();
    let working = () => {};
    const works = new Promise<void>((resolve) => {
      working = resolve;
    });
    const report = (view: RunView) => view.tasks[0]?.state === 'RUNNING' && working();
    const first = runJob(workspace, await load(), 'daily', { everyMs: 5, report });
    await works;
    folder.write({ 'notebooks/read.py': notebook('# exit') });
    await deployed();
    const second = await runJob(workspace, await load(), 'daily', { everyMs: 5, restart: true });
    expect([(await first).state, second.state]).toEqual(['CANCELED', 'SUCCESS']);
  });

  test('of a job that is always running is started and not followed, because it never ends', async () => {
    folder.write({
      'notebooks/read.py': notebook('# sleep 60000'),
      'jobs/stream.yml': {
        resources: {
          jobs: {
            stream: {
              name: 'shop-stream',
              continuous: { pause_status: 'UNPAUSED' },
              tasks: [{ task_key: 'read', notebook_task: { notebook_path: '../notebooks/read.py' } }],
            },
          },
        },
      },
    });
    await deployed();
    const run = await runJob(workspace, await load(), 'stream', { everyMs: 5 });
    expect(run).toMatchObject({ ended: false, url: expect.stringContaining(`/${run.run_id}`) });
  });

  test('reports a job that does not exist or is not deployed', async () => {
    await expect(runJob(workspace, await load(), 'daily', { parameters: { dya: '1' } })).rejects.toThrow(
      'The job daily has no parameter "dya"; its parameters are ',
    );
    await expect(runJob(workspace, await load(), 'daly')).rejects.toThrow(
      'There is no job "daly" in the bundle for target local; the jobs are daily, again.',
    );
    await expect(runJob(workspace, await load(), 'daily')).rejects.toThrow('npm run bundle deploy local');
  });
});

test('summary lists what is deployed, with links', async () => {
  const before = await summaryOf(workspace, await load());
  expect(before.map(({ id }) => id).filter(Boolean)).toEqual([]);
  await deployed();
  expect(await summaryOf(workspace, await load())).toMatchObject([
    { kind: 'job', key: 'daily', name: 'shop-daily', url: `${gate.url}/jobs/${await idOf('shop-daily')}` },
    { kind: 'job', key: 'again' },
    { kind: 'schema', name: 'spark_catalog.sales', url: `${gate.url}/explore/data/spark_catalog/sales` },
    { kind: 'volume', url: `${gate.url}/explore/data/volumes/spark_catalog/sales/landing` },
    { kind: 'folder', name: `/Workspace/Users/${user}/.bundle/shop/local/files` },
  ]);
});

describe('destroy', () => {
  const gone = async () => words(await destroy(workspace, await load(), { user, lockTimes }));

  test('deletes everything although the response to the deletion of a job is lost', async () => {
    const before = await under.everything();
    await deployed();
    const isDropped = gate.dropOneAnswer('jobs/delete');
    await gone();
    expect(isDropped()).toBe(true);
    expect(await under.everything()).toEqual(before);
  });

  test('deletes everything, and the plan lists the data that is lost', async () => {
    const before = await under.everything();
    await deployed();
    const losing = (await planDestroy(workspace, await load())).filter(({ loses }) => loses);
    expect(losing.map(({ name, loses }) => `${name} ${loses}`)).toEqual([
      'spark_catalog.sales.landing with all files in it',
      'spark_catalog.sales with all tables and volumes in it',
    ]);
    expect(await gone()).toEqual([
      'delete job shop-daily',
      'delete job shop-again',
      'delete volume spark_catalog.sales.landing',
      'delete schema spark_catalog.sales',
    ]);
    expect(await under.everything()).toEqual(before);
    expect(await gone()).toEqual([]);
  });

  test.each([
    ['a job', 'POST /api/2.2/jobs/delete', 3],
    ['the last schema', 'DELETE /api/2.1/unity-catalog/schemas/', 0],
  ])('deletes everything if it is interrupted after %s and repeated', async (_, request, rest) => {
    const before = await under.everything();
    await deployed();
    let broken = false;
    gate.fate = (_, now) => {
      const fate = broken ? 403 : 'pass';
      broken ||= now.startsWith(request);
      return fate;
    };
    await expect(gone()).rejects.toThrow('answered 403');
    gate.fate = () => 'pass';
    expect(await gone()).toHaveLength(rest);
    expect(await under.everything()).toEqual(before);
  });

  test('deletes nothing at all if a resource has prevent_destroy', async () => {
    const shop = structuredClone(SHOP['jobs/shop.yml']) as Answer;
    shop.resources.schemas.sales.lifecycle = { prevent_destroy: true };
    folder.write({ 'jobs/shop.yml': shop });
    await deployed();
    gate.forget();
    await expect(gone()).rejects.toThrow(
      'spark_catalog.sales is protected (lifecycle.prevent_destroy): nothing was destroyed.',
    );
    await expect(deployed({ schema: 'other' })).rejects.toThrow(/spark_catalog\.sales.*protected/);
    // The bundle no longer has the schema, so only the record of the deployment says that it is protected.
    const without = await load({ schema: 'other' });
    await expect(destroy(workspace, without, { user, lockTimes })).rejects.toThrow(
      'spark_catalog.sales is protected',
    );
    expect(gate.writes).toEqual([]);
  });
});

describe('the owner of a deployment', () => {
  test.each(['resources.json', 'terraform.tfstate'])(
    'a deployment that the Databricks CLI recorded in %s is not changed',
    async (file) => {
      const { workspace: places } = await load();
      await makeFolder(workspace, places.state_path);
      await write(workspace, `${places.state_path}/${file}`, '{}');
      gate.forget();
      const bundle = await load();
      for (const refused of [planned, deployed, () => destroy(workspace, bundle, { user, lockTimes })])
        await expect(refused()).rejects.toMatchObject({ code: 'OTHER_DEPLOYER' });
      expect(gate.writes).toEqual([]);
    },
  );

  test('a deployment that the Databricks CLI began in the meantime is not changed', async () => {
    const { workspace: places } = await load();
    gate.fate = async (_, request) => {
      if (request.endsWith('/deploy.lock'))
        await write(direct(), `${places.state_path}/resources.json`, '{}');
      return 'pass' as const;
    };
    await expect(deployed()).rejects.toMatchObject({ code: 'OTHER_DEPLOYER' });
    expect(await client.get('/api/2.2/jobs/list')).not.toHaveProperty('jobs');
  });

  test('an unreadable record of a deployment is an error', async () => {
    const { workspace: places } = await load();
    await makeFolder(workspace, places.state_path);
    await write(workspace, `${places.state_path}/deployed.json`, '{');
    await expect(deployed()).rejects.toMatchObject({ code: 'RECORD_BROKEN' });
  });

  test('the error names the resources that only the CLI can deploy', async () => {
    folder.write({ 'jobs/more.yml': { resources: { pipelines: { sales: { display_name: 'Sales' } } } } });
    await expect(planned()).rejects.toThrow(
      'Only the Databricks CLI deploys pipelines, which the bundle has for target local',
    );
    const permissions = [{ level: 'CAN_VIEW', group_name: 'users' }];
    folder.write({
      'jobs/more.yml': {
        resources: { jobs: { again: { permissions } } },
        targets: { local: { run_as: { user_name: 'joe' } } },
      },
    });
    await expect(deployed()).rejects.toThrow(
      'Only the Databricks CLI deploys run_as and permissions of the job again, which the bundle has for target local',
    );
    expect(gate.writes).toEqual([]);
  });
});

describe('the lock', () => {
  const folder = '/Workspace/Shared/shop/state';

  test.each([
    ['took it over', '{"ID":"other","AcquisitionTime":"now","IsForced":false,"User":"joe"}'],
    ['took it over and released it', undefined],
  ])('is lost if another deployment %s; it is then not released', async (_, other) => {
    const file = `${folder}/deploy.lock`;
    const lock = await takeLock(workspace, folder, user, lockTimes, () => {});
    lock.check();
    // Repeated, because a renewal may be under way.
    const takeOver = async () => {
      await (other === undefined ? remove(workspace, file) : write(workspace, file, other));
      return lock.lost();
    };
    await expect.poll(takeOver, { timeout: 30_000, interval: 20 }).toBe(true);
    expect(lock.check).toThrow(/^Another deployment took over the lock while this command was suspended/);
    await lock.release();
    expect(await read(workspace, file)).toBe(other);
  });

  test('is taken at once if the response to taking it is lost', async () => {
    const isDropped = gate.dropOneAnswer('deploy.lock');
    const says = vi.fn();
    await (await takeLock(workspace, folder, user, lockTimes, says)).release();
    expect(isDropped()).toBe(true);
    expect(says).not.toHaveBeenCalled();
  });

  test('of a dead deployment is not replaced if another deployment has just replaced it', async () => {
    const of = (ID: string, more: object) =>
      JSON.stringify({ ID, AcquisitionTime: 'now', IsForced: false, User: 'joe', ...more });
    await makeFolder(workspace, folder);
    await write(workspace, `${folder}/deploy.lock`, of('dead', { Process: '1@elsewhere' }));
    gate.fate = async (_, request) => {
      if (/import .*deploy\.lock\.broken-dead$/.test(request))
        await write(direct(), `${folder}/deploy.lock`, of('cli', {}));
      return 'pass' as const;
    };
    await expect(takeLock(workspace, folder, user, lockTimes, () => {})).rejects.toThrow(
      'The Databricks CLI holds the lock (joe, since now)',
    );
  });

  test.each([
    [new WorkspaceError('busy', { status: 503, retriable: true }), undefined],
    [new WorkspaceError('forbidden', { status: 403 }), 'forbidden'],
  ])(
    'remains if it can not be removed; only an error that does not pass by itself is thrown (%s)',
    async (error, thrown) => {
      let isDown = false;
      const call: Workspace['call'] = (what) => (isDown ? Promise.reject(error) : workspace.call(what));
      const lock = await takeLock({ ...workspace, call }, folder, user, lockTimes, () => {});
      isDown = true;
      const released = lock.release();
      if (thrown === undefined) await released;
      else await expect(released).rejects.toThrow(thrown);
      expect(await read(workspace, `${folder}/deploy.lock`)).toContain(user);
    },
  );
});

describe('secrets', () => {
  test('a wrong token is reported, and no token appears in an error or in the workspace', async () => {
    await deployed();
    const wrong = `dapi${'f'.repeat(64)}`;
    const error = await plan(connect({ host: gate.url, token: wrong }), await load()).catch(
      (one: unknown) => one,
    );
    expect(error).toMatchObject({
      code: 'WORKSPACE',
      message: expect.stringMatching(/does not accept the token/),
    });
    expect(inspect(error, { depth: 20 })).not.toContain(wrong);
    for (const name of readdirSync(under.folder, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(under.folder, name);
      if (statSync(file).isFile()) expect(readFileSync(file, 'utf8')).not.toContain(TOKEN);
    }
  });

  test('no call sends the token to a server with an untrusted certificate', async () => {
    const { key, cert } = await makeCertificate();
    const seen: unknown[] = [];
    const server = https.createServer({ key, cert }, (request, answer) => {
      seen.push(request.headers);
      answer.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const place = { host: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, token: TOKEN };
    const to = connect(place);
    const calls = [
      () => to.call((sdk) => sdk.currentUser.me()),
      () => to.request('PATCH', '/api/2.1/unity-catalog/schemas/a.b', {}),
      () => volumeClient(place).list('/Volumes/a/b/c'),
    ];
    const message = expect.stringMatching(
      /^The certificate of https:.* is not trusted .*NODE_EXTRA_CA_CERTS/,
    );
    for (const call of calls) await expect(call()).rejects.toMatchObject({ message, retriable: false });
    expect(seen).toEqual([]);
    server.close();
  });

  test('only a host on this machine can be used without https', () => {
    expect(() => connect({ host: 'http://workspace.test', token: TOKEN })).toThrow(/must be https/);
  });
});
