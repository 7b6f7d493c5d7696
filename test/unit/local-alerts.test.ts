/** The local workspace's SQL alerts behave as Databricks' reference specifies and are kept after a restart. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readYaml } from '../../src/files/read.ts';
import { type Client, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const ROOT = '/api/2.0/alerts';
const { targets } = readYaml(path.join(import.meta.dirname, '../../jobs/alerts.yml')) as {
  targets: { prod: { resources: { alerts: Record<string, { schedule: object }> } } };
};
const schedule = { quartz_cron_schedule: '0 0 9 * * ?', timezone_id: 'UTC', pause_status: 'UNPAUSED' };
/** The bundle's alerts, with the schedule that the CLI adds. */
const OURS = Object.values(targets.prod.resources.alerts).map((one) => ({ ...one, schedule }));

let workspace: WorkspaceUnderTest;
let client: Client;
beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open();
  client = workspace.client;
});
afterAll(() => workspace.close());

test("the bundle's alerts are created, changed, listed in pages, deleted, and kept after a restart", async () => {
  const ids: string[] = [];
  for (const one of OURS) ids.push((await client.post(ROOT, one)).id);
  expect(await client.get(`${ROOT}/${ids[0]}`)).toMatchObject({ ...OURS[0], lifecycle_state: 'ACTIVE' });

  const renamed = { ...OURS[0], display_name: 'Renamed' };
  const { create_time } = await client.get(`${ROOT}/${ids[0]}`);
  expect(await client.call('PATCH', `${ROOT}/${ids[0]}?update_mask=*`, renamed)).toMatchObject({
    ...renamed,
    id: ids[0],
    create_time,
  });

  await workspace.reopen();
  client = workspace.client;
  const first = await client.get(`${ROOT}?page_size=2`);
  const rest = await client.get(`${ROOT}?page_size=100&page_token=${first.next_page_token}`);
  expect([...first.alerts, ...rest.alerts].map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort());
  expect(rest.next_page_token).toBeUndefined();

  for (const id of ids) await client.call('DELETE', `${ROOT}/${id}?purge=true`);
  expect(await client.get(ROOT)).toEqual({ alerts: [] });
  await expect(client.get(`${ROOT}/${ids[0]}`)).rejects.toMatchObject({ status: 404 });
});

test.each([
  ['an invalid schedule', { schedule: { ...schedule, quartz_cron_schedule: 'daily' } }],
  ['no query', { query_text: undefined }],
  ['no warehouse', { warehouse_id: undefined }],
])('an alert with %s is rejected', async (_, change) => {
  await expect(client.post(ROOT, { ...OURS[0], ...change })).rejects.toMatchObject({ status: 400 });
  expect((await client.get(ROOT)).alerts).toEqual([]);
});
