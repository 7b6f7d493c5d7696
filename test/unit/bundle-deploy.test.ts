/** Deployments through the SDK into a local workspace without Spark: what is changed, what is not, and what breaks in between. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/workspace/bundle/bundle.ts';
import { deploy, plan } from '../../src/workspace/bundle/deploy.ts';
import { destroy } from '../../src/workspace/bundle/destroy.ts';
import { runJob } from '../../src/workspace/bundle/run.ts';
import type { Change } from '../../src/workspace/bundle/step.ts';
import { connect, type Workspace } from '../../src/workspace/client.ts';
import { BundleFolder, notebook, SHOP } from '../fixtures/bundle-folder.ts';
import { Gate } from '../fixtures/gate.ts';
import { type Client, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

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
  workspace = connect({ host: gate.host, token: TOKEN });
  user = (await client.get('/api/2.0/preview/scim/v2/Me')).userName;
});
afterEach(async () => {
  folder.close();
  await gate.close();
  await under.close();
});

const load = (variables = {}): Promise<Bundle> =>
  folder.load('local', variables, { userName: user, host: gate.host });

/** Short times: a test can't wait for half a minute. */
const lockTimes = { renewMs: 50, staleMs: 400, lookMs: 20 };
const agrees = async () => true;
const deployed = async (variables = {}): Promise<string[]> =>
  words(await deploy(workspace, await load(variables), { user, lockTimes, agrees }));
const planned = async (variables = {}): Promise<string[]> =>
  words(await plan(workspace, await load(variables)));
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
  test('brings everything, says it before, and a second time asks for nothing that writes', async () => {
    expect(await planned()).toEqual(ALL);
    expect(gate.writes).toEqual([]);
    expect(await deployed()).toEqual(ALL);
    gate.forget();
    expect(await planned()).toEqual([]);
    expect(await deployed()).toEqual([]);
    expect(gate.writes).toEqual([]);
    expect(gate.requests.length).toBeGreaterThan(5);
  });

  test('an edited notebook is one upload; one that is gone is deleted', async () => {
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
});

test('run', async () => {
  await deployed();
  const run = await runJob(workspace, await load(), 'daily', { parameters: { day: 'today' }, everyMs: 20 });
  expect(run).toMatchObject({
    state: 'SUCCESS',
    tasks: [{ task: 'read', state: 'SUCCESS' }, { task: 'count' }],
  });
});

test('destroy leaves nothing', async () => {
  const before = await under.everything();
  await deployed();
  await destroy(workspace, await load(), { user, lockTimes });
  expect(await under.everything()).toEqual(before);
});
