/** Lists the resources of a bundle with their URLs in a workspace. */
import { printable } from '../../visible.ts';
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { dashboardsOf } from './dashboards.ts';
import { jobsOf } from './jobs.ts';
import { fullName } from './model.ts';
import { ownerOf, readRecord } from './record.ts';
import { existing, SCHEMAS, type Securable, type Sort, VOLUMES } from './securables.ts';

export interface Resource {
  readonly kind: 'job' | 'dashboard' | 'schema' | 'volume' | 'folder';
  readonly key: string;
  readonly name: string;
  /** Undefined if the resource is not deployed. */
  readonly id: string | undefined;
  readonly url: string;
}

/** Returns every resource of the bundle, and the folder of its files. */
export async function summaryOf(workspace: Workspace, bundle: Bundle): Promise<Resource[]> {
  const { host } = workspace;
  const found = await jobsOf(workspace, bundle);
  const jobs = Object.entries(bundle.jobs).map(([key, { name }]): Resource => {
    const id = found.find(({ settings }) => settings.name === name)?.job_id;
    return { kind: 'job', key, name, id: id?.toString(), url: id === undefined ? '' : `${host}/jobs/${id}` };
  });
  const securables = <Of extends Securable>(
    sort: Sort<Of>,
    wanted: Readonly<Record<string, Of>>,
  ): Promise<Resource[]> =>
    Promise.all(
      Object.entries(wanted).map(async ([key, one]) => {
        const name = fullName(one);
        const there = await existing(sort, workspace, name);
        const page = `${host}/explore/data/${sort.kind === 'volume' ? 'volumes/' : ''}${name.replaceAll('.', '/')}`;
        return { kind: sort.kind, key, name, id: there && name, url: there ? page : '' };
      }),
    );
  const there = await dashboardsOf(workspace, await readRecord(workspace, bundle));
  const dashboards = Object.entries(bundle.dashboards).map(([key, { display_name }]): Resource => {
    const id = there.get(key);
    const url = id === undefined ? '' : `${host}/dashboardsv3/${id}/published`;
    return { kind: 'dashboard', key, name: display_name, id, url };
  });
  const folder = bundle.workspace.file_path;
  const owner = await ownerOf(workspace, bundle);
  return [
    ...jobs,
    ...dashboards,
    ...(await securables(SCHEMAS, bundle.schemas)),
    ...(await securables(VOLUMES, bundle.volumes)),
    {
      kind: 'folder',
      key: 'files',
      name: folder,
      id: owner && folder,
      url: owner ? `${host}/#workspace${folder.replace(/^\/Workspace/, '')}` : '',
    },
  ];
}

/** Returns a line for each resource, in columns. */
export async function summaryLines(workspace: Workspace, bundle: Bundle): Promise<string[]> {
  const rows = (await summaryOf(workspace, bundle)).map(({ kind, key, name, id, url }) => [
    kind,
    key,
    name,
    id === undefined ? 'not deployed' : url,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => printable(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')));
}
