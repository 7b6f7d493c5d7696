/** A bundle's dashboard, deployed through the SDK into a local workspace: it is created, published, updated and deleted. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploy, plan } from '../../src/databricks/bundle/deploy.ts';
import { destroy } from '../../src/databricks/bundle/destroy.ts';
import type { Change } from '../../src/databricks/bundle/step.ts';
import { summaryOf } from '../../src/databricks/bundle/summary.ts';
import { connect, type Workspace } from '../../src/databricks/client.ts';
import { BundleFolder, JANE, SHOP } from '../fixtures/bundle-folder.ts';
import { Gate } from '../fixtures/gate.ts';
import { type Client, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const ROOT = '/api/2.0/lakeview/dashboards';

const drawn = (sql: string) =>
  `${JSON.stringify({ datasets: [{ name: 'sold', queryLines: [sql] }], pages: [{ name: 'one' }] })}\n`;

const DASHBOARD = {
  'jobs/sold.lvdash.json': drawn('SELECT 1'),
  'jobs/dashboard.yml': {
    resources: {
      dashboards: {
        sold: {
          display_name: 'Sold in ${var.catalog}',
          file_path: 'sold.lvdash.json',
          warehouse_id: '${var.warehouse_id}',
          dataset_catalog: '${var.catalog}',
          dataset_schema: '${resources.schemas.sales.name}',
        },
      },
    },
  },
};

const LOOKED_UP = {
  'databricks.yml': {
    ...SHOP['databricks.yml'],
    variables: {
      ...SHOP['databricks.yml'].variables,
      warehouse_id: { lookup: { warehouse: 'This machine' } },
    },
  },
};

let under: WorkspaceUnderTest;
let client: Client;
let folder: BundleFolder;
let workspace: Workspace;
let user: string;

beforeEach(async () => {
  under = await WorkspaceUnderTest.open();
  client = under.client;
  folder = new BundleFolder().write({ ...SHOP, ...DASHBOARD, ...LOOKED_UP });
  workspace = connect({ host: client.host, token: TOKEN });
  user = (await client.get('/api/2.0/preview/scim/v2/Me')).userName;
});
afterEach(async () => {
  folder.close();
  await under.close();
});

const warehouses = new Map([['This machine', 'local']]);
const load = (target = 'local', variables = {}) =>
  folder.load(target, variables, { userName: user, host: client.host, warehouses });
const words = (changes: readonly Change[]) =>
  changes.filter(({ kind }) => kind === 'dashboard').map(({ action, name }) => `${action} ${name}`);
const deployed = async () => words(await deploy(workspace, await load(), { user, agrees: async () => true }));
const planned = async () => words(await plan(workspace, await load()));
const only = async () => {
  const { dashboards } = await client.get(ROOT);
  expect(dashboards).toHaveLength(1);
  return client.get(`${ROOT}/${dashboards[0].dashboard_id}`);
};

test('a dashboard is created with its catalog, schema and warehouse and published; a second deployment changes nothing', async () => {
  expect(await deployed()).toEqual(['create Sold in spark_catalog']);
  const made = await only();
  expect(made).toMatchObject({
    display_name: 'Sold in spark_catalog',
    warehouse_id: 'local',
    parent_path: `/Workspace/Users/${user}/.bundle/shop/local/resources`,
  });
  expect(JSON.parse(made.serialized_dashboard).datasets).toEqual([
    { name: 'sold', queryLines: ['SELECT 1'], catalog: 'spark_catalog', schema: 'sales' },
  ]);
  expect(await client.get(`${ROOT}/${made.dashboard_id}/published`)).toMatchObject({
    embed_credentials: false,
  });
  expect(await planned()).toEqual([]);
  expect(await deployed()).toEqual([]);
  const { id, url } =
    (await summaryOf(workspace, await load())).find(({ kind }) => kind === 'dashboard') ?? {};
  expect(id).toBe(made.dashboard_id);
  expect(url).toBe(`${client.host}/dashboardsv3/${id}/published`);
});

test('a dashboard is updated after a change of its file, and after a change in the workspace', async () => {
  await deployed();
  folder.write({ 'jobs/sold.lvdash.json': drawn('SELECT 2') });
  expect(await deployed()).toEqual(['update Sold in spark_catalog']);
  const { dashboard_id, serialized_dashboard } = await only();
  expect(serialized_dashboard).toContain('SELECT 2');
  await client.call('PATCH', `${ROOT}/${dashboard_id}`, { serialized_dashboard: drawn('SELECT 3') });
  expect(await deployed()).toEqual(['update Sold in spark_catalog']);
  expect((await only()).serialized_dashboard).toContain('SELECT 2');
});

test('a dashboard is created again if it was trashed, and deleted if the bundle no longer has it', async () => {
  await deployed();
  const { dashboard_id } = await only();
  await client.call('DELETE', `${ROOT}/${dashboard_id}`);
  expect(await deployed()).toEqual(['create Sold in spark_catalog']);
  expect((await only()).dashboard_id).not.toBe(dashboard_id);
  folder.delete('jobs/dashboard.yml');
  expect(await deployed()).toEqual(['delete sold']);
  expect((await client.get(ROOT)).dashboards).toEqual([]);
});

test('a dashboard is reused if a killed deployment had just created it', async () => {
  const parent_path = `/Workspace/Users/${user}/.bundle/shop/local/resources`;
  await client.post('/api/2.0/workspace/mkdirs', { path: parent_path });
  const begun = await client.post(ROOT, { display_name: 'Sold in spark_catalog', parent_path });
  await deployed();
  expect(await only()).toMatchObject({ dashboard_id: begun.dashboard_id, warehouse_id: 'local' });
  expect(await planned()).toEqual([]);
});

test.each([503, 'drop', 'drop-answer'] as const)(
  'a dashboard is created exactly once if the first request for it meets %s',
  async (trouble) => {
    const gate = await Gate.open(client.host);
    try {
      const creations = () => gate.requests.filter((request) => request.startsWith(`POST ${ROOT}`));
      gate.fate = (_, request) => (request === creations()[0] && creations().length === 1 ? trouble : 'pass');
      workspace = connect({ host: gate.url, token: TOKEN });
      expect(await deployed()).toEqual(['create Sold in spark_catalog']);
      await only();
    } finally {
      await gate.stop();
    }
  },
);

test('destroy deletes the dashboard', async () => {
  await deployed();
  await destroy(workspace, await load(), { user });
  expect((await client.get(ROOT)).dashboards).toEqual([]);
});

test("in development a dashboard's name contains the user", async () => {
  const bundle = await folder.load('dev', { warehouse_id: 'w' });
  expect(bundle.dashboards.sold).toMatchObject({
    display_name: '[dev jane_doe] Sold in main',
    dataset_schema: 'dev_jane_doe_sales',
    warehouse_id: 'w',
  });
});

test('a missing warehouse or file is reported', async () => {
  await expect(folder.load('local', {}, { ...JANE, warehouses: new Map([['Other', 'x']]) })).rejects.toThrow(
    'The workspace has no SQL warehouse "This machine" (it has Other): set the id of a warehouse with -- --var warehouse_id=…',
  );
  folder.delete('jobs/sold.lvdash.json');
  await expect(load()).rejects.toThrow(
    /^resources\.dashboards\.sold: \/.*\/jobs\/sold\.lvdash\.json isn't there: check its path\.$/,
  );
});
