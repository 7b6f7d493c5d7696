/** AI/BI dashboards: the bundle's file becomes the draft, which is published to viewers immediately. */
import path from 'node:path';
import { collect, ifMissing, type Workspace } from '../client.ts';
import type { Dashboard } from './bundle.ts';
import { createOnce } from './create-once.ts';
import { hashOf } from './difference.ts';
import { makeFolder } from './folder.ts';
import type { Deployed } from './record.ts';
import type { Planning, Step } from './step.ts';

const ROUTE = '/api/2.0/lakeview/dashboards';

/** The extension of a dashboard's path in the workspace. */
const ENDING = '.lvdash.json';

const pathOf = ({ parent_path, display_name }: Dashboard): string =>
  `${parent_path}/${display_name}${ENDING}`;

/**
 * Returns the steps for dashboards. A dashboard is written if its file has changed, or if a user has edited the
 * dashboard in the workspace.
 */
export async function planDashboards({
  workspace,
  bundle,
  deployed,
}: Planning): Promise<{ set: Step[]; remove: Step[] }> {
  const set: Step[] = [];
  for (const [key, one] of Object.entries(bundle.dashboards)) {
    const known = deployed.dashboards[key];
    const there = known && (await etagOf(workspace, known.dashboard_id));
    if (!there) set.push(creating(workspace, key, one));
    else if (known?.sent !== hashOf(one) || known.etag !== there) {
      const edited = known?.etag !== there;
      set.push(updating(workspace, key, one, edited ? ['edits in the workspace are overwritten'] : []));
    }
  }
  const gone = Object.keys(deployed.dashboards).filter((key) => !Object.hasOwn(bundle.dashboards, key));
  return { set, remove: gone.map((key) => removingDashboard(workspace, key, deployed)) };
}

/** Returns the dashboard's etag; undefined if it does not exist or is in the trash. */
async function etagOf(workspace: Workspace, dashboard_id: string): Promise<string | undefined> {
  const found = await workspace.call((client) => client.lakeview.get({ dashboard_id })).catch(ifMissing);
  return found?.lifecycle_state === 'TRASHED' ? undefined : found?.etag;
}

function creating(workspace: Workspace, key: string, one: Dashboard): Step {
  return {
    changes: [{ action: 'create', kind: 'dashboard', name: one.display_name, details: [] }],
    async apply(deployed) {
      await makeFolder(workspace, one.parent_path);
      await fill(workspace, key, one, await create(workspace, one), deployed);
    },
  };
}

function updating(workspace: Workspace, key: string, one: Dashboard, details: readonly string[]): Step {
  return {
    changes: [{ action: 'update', kind: 'dashboard', name: one.display_name, details }],
    apply: (deployed) => fill(workspace, key, one, deployed.dashboards[key]?.dashboard_id ?? '', deployed),
  };
}

/** Creates an empty dashboard and returns its id. A killed deployment may have created it without recording it. */
const create = (workspace: Workspace, one: Dashboard): Promise<string> =>
  createOnce({
    async create() {
      const { display_name, parent_path } = one;
      const request = { dashboard: { display_name, parent_path } };
      return (await workspace.once((client) => client.lakeview.create(request))).dashboard_id as string;
    },
    find: () => byPath(workspace, one),
    adopts: true,
  });

/**
 * Returns the id of the dashboard at the path of `one`. The list of dashboards contains no paths, so each dashboard
 * with the same name is queried.
 */
async function byPath(workspace: Workspace, one: Dashboard): Promise<string | undefined> {
  const listed = await workspace.call((client) => collect(client.lakeview.list({})));
  for (const { dashboard_id = '' } of listed.filter(
    ({ display_name }) => display_name === one.display_name,
  )) {
    const found = await workspace.call((client) => client.lakeview.get({ dashboard_id }));
    if (path.posix.normalize(found.path ?? '') === path.posix.normalize(pathOf(one))) return dashboard_id;
  }
  return undefined;
}

/** Writes the bundle's file as the draft and publishes it. */
async function fill(
  workspace: Workspace,
  key: string,
  one: Dashboard,
  dashboard_id: string,
  deployed: Deployed,
): Promise<void> {
  // Recorded before the dashboard is complete: if this deployment stops here, the next deployment completes the
  // dashboard.
  deployed.dashboards[key] = { dashboard_id };
  const { display_name, warehouse_id, serialized_dashboard, embed_credentials = false } = one;
  const tables = new URLSearchParams();
  for (const name of ['dataset_catalog', 'dataset_schema'] as const)
    if (one[name] !== undefined) tables.set(name, one[name]);
  const draft = { display_name, warehouse_id, serialized_dashboard };
  await workspace.call(() => workspace.request('PATCH', `${ROUTE}/${dashboard_id}?${tables}`, draft));
  const published = { dashboard_id, embed_credentials, ...(warehouse_id && { warehouse_id }) };
  await workspace.call((client) => client.lakeview.publish(published));
  const etag = await etagOf(workspace, dashboard_id);
  deployed.dashboards[key] = { dashboard_id, sent: hashOf(one), ...(etag !== undefined && { etag }) };
}

/** Returns the step that moves a dashboard into the trash, where Databricks keeps it for 30 days. */
export function removingDashboard(workspace: Workspace, key: string, { dashboards }: Deployed): Step {
  const dashboard_id = dashboards[key]?.dashboard_id ?? '';
  return {
    changes: [{ action: 'delete', kind: 'dashboard', name: key, details: [] }],
    async apply(deployed) {
      if ((await etagOf(workspace, dashboard_id)) !== undefined)
        await workspace.call((client) => client.lakeview.trash({ dashboard_id }));
      delete deployed.dashboards[key];
    },
  };
}

/** Returns the ids of the deployed dashboards that still exist in the workspace, by key. */
export async function dashboardsOf(
  workspace: Workspace,
  { dashboards }: Pick<Deployed, 'dashboards'>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [key, { dashboard_id }] of Object.entries(dashboards))
    if ((await etagOf(workspace, dashboard_id)) !== undefined) found.set(key, dashboard_id);
  return found;
}
