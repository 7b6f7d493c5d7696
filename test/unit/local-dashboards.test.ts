/** The local workspace's dashboards behave as Databricks' reference specifies and are kept after a restart. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WorkspaceClient } from '@databricks/sdk-experimental';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const ROOT = '/api/2.0/lakeview/dashboards';
const OURS = readFileSync(path.join(import.meta.dirname, '../../jobs/pinterest.lvdash.json'), 'utf8');

let workspace: WorkspaceUnderTest;
let client: Client;
beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open();
  client = workspace.client;
});
afterAll(() => workspace.close());

const refused = (status: number, error_code: string) => expect.objectContaining({ status, error_code });
const make = (display_name: string, more: object = {}) =>
  client.post(ROOT, { display_name, parent_path: '/Shared', serialized_dashboard: OURS, ...more });

test('the generated dashboard is accepted, with one catalog and schema for all its datasets', async () => {
  const made = await client.post(`${ROOT}?dataset_catalog=main&dataset_schema=posts`, {
    display_name: 'Answers',
    parent_path: '/Shared',
    serialized_dashboard: OURS,
    warehouse_id: 'local',
  });
  expect(made).toMatchObject({
    dashboard_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    path: '/Shared/Answers.lvdash.json',
    lifecycle_state: 'ACTIVE',
    warehouse_id: 'local',
    etag: '1',
  });
  const { datasets, pages } = JSON.parse(
    (await client.get(`${ROOT}/${made.dashboard_id}`)).serialized_dashboard,
  );
  for (const dataset of datasets) expect(dataset).toMatchObject({ catalog: 'main', schema: 'posts' });
  expect(pages).toEqual(JSON.parse(OURS).pages);
});

test('a change increments the etag, and is rejected if the etag is outdated', async () => {
  const { dashboard_id: id, etag } = await make('Changed');
  const changed = await client.call('PATCH', `${ROOT}/${id}`, { display_name: 'Renamed', etag });
  expect(changed).toMatchObject({ display_name: 'Renamed', path: '/Shared/Renamed.lvdash.json', etag: '2' });
  expect(changed.serialized_dashboard).toBe(OURS);
  await expect(client.call('PATCH', `${ROOT}/${id}`, { display_name: 'Late', etag })).rejects.toEqual(
    refused(409, 'ABORTED'),
  );
});

test('a name is unique in its folder until its dashboard is in the trash', async () => {
  const { dashboard_id: id } = await make('Twice');
  await expect(make('Twice')).rejects.toEqual(refused(400, 'RESOURCE_ALREADY_EXISTS'));
  await client.call('DELETE', `${ROOT}/${id}`);
  expect(await client.get(`${ROOT}/${id}`)).toMatchObject({ lifecycle_state: 'TRASHED' });
  await expect(client.call('PATCH', `${ROOT}/${id}`, { display_name: 'Back' })).rejects.toEqual(
    refused(404, 'RESOURCE_DOES_NOT_EXIST'),
  );
  const again = await make('Twice');
  const { dashboards } = await client.get(ROOT);
  const ids = dashboards.map((one: { dashboard_id: string }) => one.dashboard_id);
  expect(ids).not.toContain(id);
  expect(ids).toContain(again.dashboard_id);
});

test('lists are paged and omit the contents', async () => {
  const first = await client.get(`${ROOT}?page_size=1`);
  expect(first.dashboards).toHaveLength(1);
  expect(first.dashboards[0]).not.toHaveProperty('serialized_dashboard');
  const second = await client.get(`${ROOT}?page_size=1&page_token=${first.next_page_token}`);
  expect(second.dashboards[0].dashboard_id).not.toBe(first.dashboards[0].dashboard_id);
});

describe('the published dashboard', () => {
  test('is a copy of the draft, with another warehouse if the request names one', async () => {
    const { dashboard_id: id } = await make('Published', { warehouse_id: 'local' });
    await expect(client.get(`${ROOT}/${id}/published`)).rejects.toEqual(
      refused(404, 'RESOURCE_DOES_NOT_EXIST'),
    );
    await client.post(`${ROOT}/${id}/published`, { embed_credentials: true });
    await client.call('PATCH', `${ROOT}/${id}`, { display_name: 'Published later' });
    expect(await client.get(`${ROOT}/${id}/published`)).toMatchObject({
      display_name: 'Published',
      embed_credentials: true,
      warehouse_id: 'local',
    });
  });
});

test.each([
  ['a folder that does not exist', { parent_path: '/Shared/nowhere' }, 404, 'RESOURCE_DOES_NOT_EXIST'],
  ['contents that are not JSON', { serialized_dashboard: '{' }, 400, 'INVALID_PARAMETER_VALUE'],
  [
    'contents that are not a dashboard',
    { serialized_dashboard: '{"datasets": 1}' },
    400,
    'INVALID_PARAMETER_VALUE',
  ],
  ['a name with a slash', { display_name: 'a/b' }, 400, 'INVALID_PARAMETER_VALUE'],
])('%s is rejected', async (_, more, status, code) => {
  await expect(make('Refused', more)).rejects.toEqual(refused(status, code));
});

test("Databricks' SDK creates, finds, publishes and trashes a dashboard", async () => {
  const options = { host: client.host, token: TOKEN, authType: 'pat' } as const;
  const { lakeview } = new WorkspaceClient(options as ConstructorParameters<typeof WorkspaceClient>[0]);
  const made = await lakeview.create({
    dashboard: { display_name: 'By SDK', serialized_dashboard: OURS },
  } as never);
  const id = made.dashboard_id as string;
  expect(made.parent_path).toMatch(/^\/Users\//);
  expect((await lakeview.get({ dashboard_id: id })).serialized_dashboard).toBe(OURS);
  await lakeview.publish({ dashboard_id: id, embed_credentials: false });
  expect((await lakeview.getPublished({ dashboard_id: id })).display_name).toBe('By SDK');
  await lakeview.trash({ dashboard_id: id });
  const left: (string | undefined)[] = [];
  for await (const one of lakeview.list({})) left.push(one.dashboard_id);
  expect(left).not.toContain(id);
});

test('a restart keeps the dashboards', async () => {
  const before = await client.get(ROOT);
  await workspace.reopen();
  client = workspace.client;
  expect(await client.get(ROOT)).toEqual(before);
});
