/** The local workspace's REST API, without Spark: files, volumes, secrets, schemas, jobs, authentication, and state after a restart. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkspaceClient } from '@databricks/sdk-experimental';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockState } from '../../local/workspace/state/lock.ts';
import { ownToken, removeCredentials, writeCredentials } from '../../local/workspace/token.ts';
import { Client, TOKEN, task, WorkspaceUnderTest } from '../fixtures/workspace.ts';

let workspace: WorkspaceUnderTest;
let client: Client;

beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open();
  client = workspace.client;
});

afterAll(() => workspace.close());

const refused = (status: number, error_code: string, message: RegExp | string = /./) =>
  expect.objectContaining({ status, error_code, message: expect.stringMatching(message) });

describe('access', () => {
  test('a wrong token and a missing token are rejected', async () => {
    await expect(new Client(client.host, `${TOKEN}x`).get('/api/2.0/preview/scim/v2/Me')).rejects.toEqual(
      refused(403, '403', 'Invalid access token'),
    );
    expect((await fetch(`${client.host}/api/2.1/jobs/list`)).status).toBe(401);
    expect((await client.get('/api/2.0/preview/scim/v2/Me')).userName).toMatch(/^[\w.-]+@localhost$/);
  });

  test('is possible only through the loopback interface', async () => {
    const { port } = new URL(client.host);
    const others = Object.values(os.networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4' && !one.internal);
    for (const address of ['127.0.0.2', ...others.map((one) => one?.address)])
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
  });

  test('the error names an endpoint that is not emulated', async () => {
    await expect(client.get('/api/2.0/clusters/list')).rejects.toEqual(
      refused(404, 'ENDPOINT_NOT_FOUND', 'GET /api/2.0/clusters/list'),
    );
  });
});

describe('workspace files', () => {
  const source = '# Databricks notebook source\nprint(1)\n';
  const status = (path: string) => client.get(`/api/2.0/workspace/get-status?path=${path}`);
  const upload = (path: string, content: string, overwrite = false) =>
    client.post(
      `/api/2.0/workspace-files/import-file/${encodeURIComponent(path)}?overwrite=${overwrite}`,
      content,
    );

  beforeAll(() => client.post('/api/2.0/workspace/mkdirs', { path: '/Workspace/Shared/files' }));

  test('a notebook loses its extension, a file keeps it; both are returned unchanged', async () => {
    await upload('Workspace/Shared/files/a.py', source);
    await upload('Workspace/Shared/files/plain.py', 'print(1)');
    const { objects } = await client.get('/api/2.0/workspace/list?path=/Workspace/Shared/files');
    expect(objects).toMatchObject([
      { path: '/Workspace/Shared/files/a', object_type: 'NOTEBOOK', language: 'PYTHON' },
      { path: '/Workspace/Shared/files/plain.py', object_type: 'FILE' },
    ]);
    await expect(status('/Workspace/Shared/files/a.py')).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST', "doesn't exist"),
    );
    // The path without /Workspace names the same object.
    expect((await status('/Shared/files/a')).object_id).toBe(objects[0].object_id);
    const exported = await client.get('/api/2.0/workspace/export?path=/Shared/files/a&format=SOURCE');
    expect(Buffer.from(exported.content, 'base64').toString()).toBe(source);
    expect(
      await client.get('/api/2.0/workspace/export?path=/Shared/files/plain.py&direct_download=true'),
    ).toBe('print(1)');
  });

  test('an object is replaced only with overwrite=true, even by a notebook in another language', async () => {
    await upload('/Shared/files/b.py', source);
    await expect(upload('/Shared/files/b.py', 'x')).rejects.toEqual(
      refused(400, 'RESOURCE_ALREADY_EXISTS', /Path \(\/Shared\/files\/b.*\) already exists/),
    );
    await upload('/Shared/files/b.sql', '-- Databricks notebook source\nSELECT 1', true);
    expect(await status('/Shared/files/b')).toMatchObject({ language: 'SQL' });
    await client.post('/api/2.0/workspace/import', {
      path: '/Shared/files/b',
      format: 'SOURCE',
      language: 'PYTHON',
      content: Buffer.from('print(2)').toString('base64'),
      overwrite: true,
    });
    expect(await client.get('/api/2.0/workspace/export?path=/Shared/files/b&direct_download=true')).toBe(
      '# Databricks notebook source\nprint(2)',
    );
    expect((await client.get('/api/2.0/workspace/list?path=/Shared/files')).objects).toHaveLength(3);
  });

  test('only one of several concurrent calls that create the same file succeeds', async () => {
    const made = await Promise.allSettled([1, 2, 3].map((n) => upload('/Shared/files/deploy.lock', `${n}`)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a missing parent, a path outside the workspace, and the deletion of a folder with files are rejected', async () => {
    await expect(upload('/Shared/nowhere/a.py', source)).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST', 'parent folder'),
    );
    await expect(status('/Shared/../../workspace')).rejects.toEqual(refused(400, 'INVALID_PARAMETER_VALUE'));
    const folder = { path: '/Shared/files' };
    await expect(client.post('/api/2.0/workspace/delete', folder)).rejects.toEqual(
      refused(400, 'DIRECTORY_NOT_EMPTY'),
    );
    await client.post('/api/2.0/workspace/delete', { ...folder, recursive: true });
    await expect(status('/Shared/files')).rejects.toEqual(refused(404, 'RESOURCE_DOES_NOT_EXIST'));
  });
});

describe('schemas and volumes', () => {
  const unity = '/api/2.1/unity-catalog';
  const volume = {
    catalog_name: 'spark_catalog',
    schema_name: 'sales',
    name: 'landing',
    volume_type: 'MANAGED',
  };

  test('a schema is created in Spark too; schemas and volumes are listed, changed and deleted with their contents', async () => {
    await client.post(`${unity}/schemas`, { catalog_name: 'spark_catalog', name: 'sales', comment: 'c' });
    expect(workspace.engine.statements).toEqual(['CREATE SCHEMA IF NOT EXISTS `spark_catalog`.`sales`']);
    await expect(
      client.post(`${unity}/schemas`, { catalog_name: 'spark_catalog', name: 'sales' }),
    ).rejects.toEqual(refused(400, 'SCHEMA_ALREADY_EXISTS'));
    await expect(client.post(`${unity}/schemas`, { catalog_name: 'main', name: 'x' })).rejects.toEqual(
      refused(404, 'CATALOG_DOES_NOT_EXIST', 'only the catalog spark_catalog'),
    );
    await client.call('PATCH', `${unity}/schemas/spark_catalog.sales`, { comment: 'changed' });
    expect(await client.get(`${unity}/schemas?catalog_name=spark_catalog`)).toMatchObject({
      schemas: [{ full_name: 'spark_catalog.sales', comment: 'changed' }],
    });
    await client.post(`${unity}/volumes`, volume);
    await client.call('PATCH', `${unity}/permissions/schema/spark_catalog.sales`, {
      changes: [{ principal: 'analysts', add: ['USE_SCHEMA', 'SELECT'] }],
    });
    await expect(client.call('DELETE', `${unity}/schemas/spark_catalog.sales`)).rejects.toEqual(
      refused(400, 'BAD_REQUEST', '0 tables and 1 volumes'),
    );
    await client.call('DELETE', `${unity}/schemas/spark_catalog.sales?force=true`);
    await expect(client.get(`${unity}/schemas/spark_catalog.sales`)).rejects.toEqual(
      refused(404, 'SCHEMA_DOES_NOT_EXIST'),
    );
    await expect(client.get(`${unity}/volumes/spark_catalog.sales.landing`)).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST'),
    );
    // A later schema with the same name has none of the old properties.
    await client.post(`${unity}/schemas`, { catalog_name: 'spark_catalog', name: 'sales' });
    expect(await client.get(`${unity}/permissions/schema/spark_catalog.sales`)).toEqual({
      privilege_assignments: [],
    });
  });

  test('names are case-insensitive, as in Spark; a volume keeps the path under which it was created', async () => {
    await client.post(`${unity}/schemas`, { catalog_name: 'SPARK_CATALOG', name: 'Mixed' });
    expect((await client.get(`${unity}/schemas?catalog_name=Spark_Catalog`)).schemas).toContainEqual(
      expect.objectContaining({ catalog_name: 'spark_catalog', name: 'Mixed' }),
    );
    await expect(
      client.post(`${unity}/schemas`, { catalog_name: 'spark_catalog', name: 'mixed' }),
    ).rejects.toEqual(refused(400, 'SCHEMA_ALREADY_EXISTS'));
    const place = { catalog_name: 'SPARK_CATALOG', schema_name: 'mixed' };
    const made = await client.post(`${unity}/volumes`, { ...volume, ...place, name: 'Landing' });
    expect(made).toMatchObject({ catalog_name: 'spark_catalog', schema_name: 'Mixed' });
    await client.call('PATCH', `${unity}/permissions/schema/spark_catalog.Mixed`, {
      changes: [{ principal: 'analysts', add: ['SELECT'] }],
    });
    await client.call('PUT', '/api/2.0/fs/files/Volumes/spark_catalog/mixed/landing/a', 'text');
    expect(
      readFileSync(path.join(workspace.folder, 'spark/volumes/spark_catalog/Mixed/Landing/a'), 'utf8'),
    ).toBe('text');
    expect(
      (await client.get(`${unity}/volumes?catalog_name=spark_catalog&schema_name=mixed`)).volumes,
    ).toHaveLength(1);
    await client.call('DELETE', `${unity}/schemas/spark_catalog.MIXED?force=true`);
    await expect(client.get(`${unity}/schemas/spark_catalog.Mixed`)).rejects.toEqual(
      refused(404, 'SCHEMA_DOES_NOT_EXIST'),
    );
    expect(await client.get(`${unity}/permissions/schema/spark_catalog.mixed`)).toEqual({
      privilege_assignments: [],
    });
  });

  test('a schema that a statement has dropped can be created again', async () => {
    const schema = { catalog_name: 'spark_catalog', name: 'dropped' };
    const listed = async () =>
      (await client.get(`${unity}/schemas?catalog_name=spark_catalog`)).schemas.map(
        ({ name }: { name: string }) => name,
      );
    await client.post(`${unity}/schemas`, schema);
    const held = {
      catalog_name: 'spark_catalog',
      schema_name: 'dropped',
      name: 'kept',
      volume_type: 'MANAGED',
    };
    await client.post(`${unity}/volumes`, held);
    await workspace.engine.sql('DROP SCHEMA `dropped`');
    expect(await listed()).not.toContain('dropped');
    await expect(client.get(`${unity}/volumes/spark_catalog.dropped.kept`)).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST'),
    );
    await expect(client.get(`${unity}/schemas/spark_catalog.dropped`)).rejects.toEqual(
      refused(404, 'SCHEMA_DOES_NOT_EXIST'),
    );
    await client.post(`${unity}/schemas`, schema);
    await workspace.engine.sql('DROP SCHEMA `dropped`');
    await client.post(`${unity}/schemas`, schema);
    expect(await listed()).toContain('dropped');
    await client.call('DELETE', `${unity}/schemas/spark_catalog.dropped`);
  });

  test('files are uploaded completely into volumes, where notebooks read them', async () => {
    await client.post(`${unity}/volumes`, volume);
    const file = '/api/2.0/fs/files/Volumes/spark_catalog/sales/landing/topics/a%20b.json';
    const content = '{"n": 1}\n'.repeat(100_000);
    expect((await client.fetch('PUT', file, content)).status).toBe(204);
    await expect(client.call('PUT', file, 'other')).rejects.toEqual(refused(409, 'ALREADY_EXISTS'));
    expect((await client.fetch('PUT', `${file}?overwrite=true`, content)).status).toBe(204);
    expect(await (await client.fetch('GET', file)).text()).toBe(content);
    const head = await client.fetch('HEAD', file);
    expect(head.headers.get('content-length')).toBe(String(content.length));
    const seen = path.join(workspace.folder, 'spark/volumes/spark_catalog/sales/landing/topics/a b.json');
    expect(statSync(seen).size).toBe(content.length);
    const directory = '/api/2.0/fs/directories/Volumes/spark_catalog/sales/landing/topics';
    expect(await client.get(directory)).toMatchObject({
      contents: [{ name: 'a b.json', is_directory: false, file_size: content.length }],
    });
    await expect(client.call('DELETE', directory)).rejects.toEqual(refused(400, 'DIRECTORY_IS_NOT_EMPTY'));
    await client.call('DELETE', file);
    await client.call('DELETE', directory);
    await expect(client.get(directory)).rejects.toEqual(refused(404, 'RESOURCE_DOES_NOT_EXIST'));
  });

  test('a path outside a volume or in a missing volume is rejected', async () => {
    const files = '/api/2.0/fs/files';
    for (const [place, status] of [
      ['/Volumes/spark_catalog/sales/landing/%2e%2e%2f%2e%2e%2fx', 400],
      ['/Volumes/spark_catalog/sales/other/x', 404],
      ['/etc/passwd', 400],
    ] as const)
      expect((await client.fetch('PUT', files + place, 'x')).status).toBe(status);
  });

  test('an interrupted upload leaves the old file', async () => {
    const file = '/api/2.0/fs/files/Volumes/spark_catalog/sales/landing/whole.json?overwrite=true';
    await client.fetch('PUT', file, 'old');
    async function* broken() {
      yield Buffer.from('new, but');
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('cable');
    }
    const headers = { authorization: `Bearer ${TOKEN}` };
    const request = { method: 'PUT', headers, body: broken(), duplex: 'half' } as unknown as RequestInit;
    await expect(fetch(client.host + file, request)).rejects.toThrow();
    expect(await (await client.fetch('GET', file)).text()).toBe('old');
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-in-one-file';

  test('values are passed to notebooks and stored in one file that only the owner can read, and are in no other file, response or error', async () => {
    await client.post('/api/2.0/secrets/scopes/create', { scope: 'aws' });
    await client.post('/api/2.0/secrets/put', { scope: 'aws', key: 'key', string_value: SECRET });
    const bytes_value = Buffer.from(SECRET).toString('base64');
    await client.post('/api/2.0/secrets/put', { scope: 'aws', key: 'bytes', bytes_value });
    expect(workspace.engine.secrets).toEqual({ aws: { key: SECRET, bytes: SECRET } });
    const answers = [
      await client.get('/api/2.0/secrets/list?scope=aws'),
      await client.get('/api/2.0/secrets/scopes/list'),
      await client
        .post('/api/2.0/secrets/put', { scope: 'aws', key: 'bad key', string_value: SECRET })
        .catch((error: Error) => ({ message: error.message })),
    ];
    expect(answers[0]).toMatchObject({ secrets: [{ key: 'key' }, { key: 'bytes' }] });
    expect(answers[2]).toEqual({ message: 'key: at most 128 letters, digits, -, _, @ and .' });
    expect(JSON.stringify(answers)).not.toContain(SECRET);
    const files = readdirSync(workspace.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(workspace.folder, name))
      .filter((file) => statSync(file).isFile());
    const holding = (text: string) => files.filter((file) => readFileSync(file, 'utf8').includes(text));
    for (const secret of [bytes_value, TOKEN]) expect(holding(secret)).toEqual([]);
    const scope = path.join(workspace.folder, 'workspace', 'secrets', 'aws.json');
    expect(holding(SECRET)).toEqual([scope]);
    expect(statSync(scope).mode & 0o777).toBe(0o600);
  });

  test('can be deleted one by one', async () => {
    await client.post('/api/2.0/secrets/delete', { scope: 'aws', key: 'bytes' });
    expect(workspace.engine.secrets).toEqual({ aws: { key: SECRET } });
    await expect(client.post('/api/2.0/secrets/delete', { scope: 'aws', key: 'bytes' })).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST'),
    );
  });
});

describe('jobs', () => {
  test.each([
    [{ tasks: [task('a'), task('a')] }, 'a occurs twice'],
    [{ tasks: [task('a', { depends_on: [{ task_key: 'b' }] })] }, 'depends on b'],
    [{ tasks: [task('a', { depends_on: [{ task_key: 'a' }] })] }, 'depend on each other'],
    [{ tasks: [{ task_key: 'a', spark_jar_task: {} }] }, 'expected a notebook'],
    [{ schedule: { quartz_cron_expression: '0 0 4 * *', timezone_id: 'UTC' } }, '6 or 7 fields'],
    [{ schedule: { quartz_cron_expression: '0 0 4 * * ?', timezone_id: 'Mars' } }, 'time zone'],
  ])('invalid settings are rejected: %j', async (settings, message) => {
    await expect(client.job({ name: 'bad', ...settings })).rejects.toEqual(
      refused(400, 'INVALID_PARAMETER_VALUE', message),
    );
  });

  test('settings are returned completely, and a reset replaces them', async () => {
    const settings = { name: 'whole', tags: { a: 'b' }, tasks: [task('a'), task('b')] };
    const job_id = await client.job(settings);
    const get = async () => (await client.get(`/api/2.2/jobs/get?job_id=${job_id}`)).settings;
    expect(await get()).toEqual({ ...settings, format: 'MULTI_TASK' });
    await client.post('/api/2.1/jobs/reset', { job_id, new_settings: { name: 'reset' } });
    expect(await get()).toEqual({ name: 'reset', tasks: [], format: 'MULTI_TASK' });
    const found = await client.get('/api/2.1/jobs/list?name=RESET');
    expect(found).toMatchObject({ jobs: [{ job_id }], has_more: false });
    await client.call('PUT', `/api/2.0/permissions/jobs/${job_id}`, {
      access_control_list: [{ group_name: 'users', permission_level: 'CAN_VIEW' }],
    });
    expect(await client.get(`/api/2.0/permissions/jobs/${job_id}`)).toMatchObject({
      object_id: `/jobs/${job_id}`,
      object_type: 'job',
      access_control_list: [{ group_name: 'users', all_permissions: [{ permission_level: 'CAN_VIEW' }] }],
    });
    await client.post('/api/2.2/jobs/delete', { job_id });
    await expect(get()).rejects.toEqual(refused(400, 'INVALID_PARAMETER_VALUE', 'does not exist'));
    await expect(client.run(1)).rejects.toEqual(refused(400, 'INVALID_PARAMETER_VALUE', 'does not exist'));
  });

  test("Databricks' SDK creates, lists, runs and reads jobs page by page", async () => {
    const sdk = new WorkspaceClient({
      host: client.host,
      token: TOKEN,
      authType: 'pat',
      skipVerify: false,
    } as ConstructorParameters<typeof WorkspaceClient>[0]);
    await client.notebook('/Shared/sdk', '# exit');
    for (let n = 0; n < 5; n += 1)
      await sdk.jobs.create({
        name: `page ${n}`,
        tasks: [{ task_key: 'sdk', notebook_task: { notebook_path: '/Shared/sdk' } }],
      });
    const ids = new Map<string, number>();
    for await (const job of sdk.jobs.list({ limit: 2, expand_tasks: true }))
      ids.set(job.settings?.name ?? '', job.job_id ?? 0);
    expect([...ids.keys()].filter((name) => name.startsWith('page')).sort()).toHaveLength(5);
    const job_id = ids.get('page 3') as number;
    const run = await (await sdk.jobs.runNow({ job_id, job_parameters: { x: '1' } })).wait();
    expect(run.state).toMatchObject({ life_cycle_state: 'TERMINATED', result_state: 'SUCCESS' });
    const output = await sdk.jobs.getRunOutput({ run_id: run.tasks?.[0]?.run_id as number });
    expect(output.notebook_output?.result).toBe('{"x":"1"}');
    expect((await sdk.currentUser.me()).userName).toContain('@localhost');
    await expect(sdk.jobs.get({ job_id: 1 })).rejects.toThrow('Job 1 does not exist');
  });
});

describe('a restart', () => {
  test('keeps jobs, runs, secrets and schemas; running runs are canceled', async () => {
    await client.notebook('/Shared/forever', '# sleep 600000');
    const job = await client.job({ name: 'kept', tasks: [task('forever')], queue: { enabled: true } });
    const [run, queued] = [await client.start(job), await client.start(job)];
    await workspace.reopen();
    client = workspace.client;
    expect((await client.run(run)).state).toMatchObject({
      life_cycle_state: 'TERMINATED',
      result_state: 'CANCELED',
      state_message: 'The local workspace was stopped.',
    });
    // The queued run stays in the queue and runs after the restart.
    expect((await client.run(queued)).state.life_cycle_state).toBe('RUNNING');
    expect(workspace.engine.secrets).toEqual({ aws: { key: 'hunter2-in-one-file' } });
    expect((await client.get('/api/2.1/unity-catalog/schemas/spark_catalog.sales')).name).toBe('sales');
    expect((await client.get('/api/2.0/workspace/get-status?path=/Shared/forever')).language).toBe('PYTHON');
  });

  test('with a port in use is an error of one sentence', async () => {
    const { port } = new URL(client.host);
    const other = WorkspaceUnderTest.open({ port: Number(port) });
    await expect(other).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(port) });
  });
});

describe('on disk', () => {
  test('the token remains when the credentials file is removed, and only the owner can read both files', async () => {
    const file = path.join(workspace.folder, 'config', 'local.json');
    const token = ownToken(file);
    expect(ownToken(file)).toBe(token);
    const written = { host: 'http://127.0.0.1:1', token, pid: process.pid };
    writeCredentials(file, written);
    for (const one of [file, file.replace('.json', '.token')]) expect(statSync(one).mode & 0o777).toBe(0o600);
    removeCredentials(file, 'http://127.0.0.1:2');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(written);
    removeCredentials(file, 'http://127.0.0.1:1');
    expect(() => statSync(file)).toThrow();
    expect(ownToken(file)).toBe(token);
  });

  test('a token that others could have written or can read is refused', () => {
    const file = path.join(workspace.folder, 'others.json');
    ownToken(file);
    chmodSync(path.join(workspace.folder, 'others.token'), 0o644);
    expect(() => ownToken(file)).toThrow('others.token is not private to this user: move it away.');
  });

  test('a kill while a file is written leaves the complete old or new file', async () => {
    const file = path.join(workspace.folder, 'whole');
    const writes = `
      import { writeWhole } from '${new URL('../../src/files/write.ts', import.meta.url)}';
      for (let n = 0; ; n = (n + 1) % 10) writeWhole('${file}', String(n).repeat(4_000_000));`;
    for (const ms of [0, 3, 7]) {
      rmSync(file, { force: true });
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', writes]);
      while (!existsSync(file)) await sleep(1);
      await sleep(ms);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const text = readFileSync(file, 'utf8');
      expect(text === text[0]?.repeat(4_000_000)).toBe(true);
    }
  });

  test('only one workspace at a time can use a state folder', async () => {
    const folder = path.join(workspace.folder, 'locked');
    const lock = await lockState(folder);
    await expect(lockState(folder)).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock.release();
    await (await lockState(folder)).release();
    // Without its file, the lock of a failed start would make the next workspace wait until the lock is stale.
    rmSync(path.join(folder, 'workspace.pid'));
    mkdirSync(path.join(folder, 'workspace.pid'));
    await expect(lockState(folder)).rejects.toMatchObject({ code: 'STATE_NOT_WRITABLE' });
    expect(existsSync(path.join(folder, 'workspace.lock'))).toBe(false);
  });
});
