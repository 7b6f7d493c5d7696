/** AI/BI dashboards: drafts, published and trashed dashboards. They are stored and returned, but not rendered. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { ApiError, exists, invalid, missing } from '../api-error.ts';
import { Collection } from './collection.ts';
import type { WorkspaceFiles } from './workspace-files.ts';

const published = z.object({
  display_name: z.string(),
  embed_credentials: z.boolean(),
  warehouse_id: z.string().optional(),
  revision_create_time: z.string(),
});

const dashboard = z.object({
  dashboard_id: z.string(),
  display_name: z.string(),
  /** Increases with every change. */
  etag: z.string(),
  lifecycle_state: z.enum(['ACTIVE', 'TRASHED']),
  parent_path: z.string(),
  path: z.string(),
  serialized_dashboard: z.string(),
  warehouse_id: z.string().optional(),
  create_time: z.string(),
  update_time: z.string(),
  published: published.optional(),
});

export type Dashboard = z.infer<typeof dashboard>;
export type Published = z.infer<typeof published>;

/** The parts of a dashboard's contents that the emulator reads; all others are kept unchanged. */
const contents = z.looseObject({
  datasets: z
    .array(z.looseObject({ name: z.string(), queryLines: z.array(z.string()).optional() }))
    .default([]),
  pages: z.array(z.looseObject({ name: z.string() })).default([]),
});

const fields = z.object({
  display_name: z.string().optional(),
  serialized_dashboard: z.string().optional(),
  warehouse_id: z.string().optional(),
});
export const createRequest = fields.extend({ parent_path: z.string().startsWith('/').optional() });
export const updateRequest = fields.extend({ etag: z.string().optional() });
export const publishRequest = z.object({
  embed_credentials: z.boolean().default(false),
  warehouse_id: z.string().optional(),
});
/** The catalog and schema for the queries of all datasets. If they are omitted, the datasets stay unchanged. */
export const tables = z.object({
  dataset_catalog: z.string().optional(),
  dataset_schema: z.string().optional(),
});
type Tables = z.infer<typeof tables>;

const ENDING = '.lvdash.json';
const EMPTY = '{"pages":[]}';

const pathOf = (folder: string, name: string): string => `${folder.replace(/\/+$/, '')}/${name}${ENDING}`;

export class Dashboards {
  readonly #kept: Collection<Dashboard>;
  readonly #files: WorkspaceFiles;
  readonly #home: string;
  readonly #gone: (id: string) => void;

  /** `home` is the default folder of a dashboard; `gone` is called for each trashed dashboard. */
  constructor(folder: string, files: WorkspaceFiles, home: string, gone: (id: string) => void) {
    this.#kept = new Collection(folder, dashboard);
    this.#files = files;
    this.#home = home;
    this.#gone = gone;
  }

  /** Returns the dashboards that are not in the trash, the oldest first. */
  list(): Dashboard[] {
    return this.#kept
      .values()
      .filter(({ lifecycle_state }) => lifecycle_state === 'ACTIVE')
      .sort((a, b) => (a.create_time < b.create_time ? -1 : 1));
  }

  /** @throws ApiError 404 */
  get(id: string): Dashboard {
    const found = this.#kept.get(id);
    if (!found) throw missing(`Unable to find dashboard [dashboardId=${id}]`);
    return found;
  }

  /** @throws ApiError if the folder is missing, the name is taken, or the contents are invalid */
  create(request: z.infer<typeof createRequest>, tables: Tables): Dashboard {
    const { display_name = 'New Dashboard', parent_path = this.#home } = request;
    this.#files.list(parent_path);
    const now = new Date().toISOString();
    const made: Dashboard = {
      dashboard_id: randomUUID().replaceAll('-', ''),
      display_name,
      etag: '1',
      lifecycle_state: 'ACTIVE',
      parent_path,
      path: this.#free(parent_path, display_name),
      serialized_dashboard: withTables(request.serialized_dashboard ?? EMPTY, tables),
      ...(request.warehouse_id && { warehouse_id: request.warehouse_id }),
      create_time: now,
      update_time: now,
    };
    this.#kept.put(made.dashboard_id, made);
    return made;
  }

  /** @throws ApiError as `create` does, and if the dashboard was changed after the client had read `etag` */
  update(id: string, { etag, ...request }: z.infer<typeof updateRequest>, tables: Tables): Dashboard {
    const before = this.#active(id);
    if (etag !== undefined && etag !== before.etag)
      throw new ApiError(
        409,
        'ABORTED',
        `The dashboard was changed in the meantime: its etag is ${before.etag}, not ${etag}.`,
      );
    const { display_name = before.display_name } = request;
    const renamed = display_name !== before.display_name;
    const changed: Dashboard = {
      ...before,
      display_name,
      path: renamed ? this.#free(before.parent_path, display_name) : before.path,
      serialized_dashboard: withTables(request.serialized_dashboard ?? before.serialized_dashboard, tables),
      ...(request.warehouse_id !== undefined && { warehouse_id: request.warehouse_id }),
      etag: String(Number(before.etag) + 1),
      update_time: new Date().toISOString(),
    };
    this.#kept.put(id, changed);
    return changed;
  }

  /** Moves a dashboard to the trash. Its name is then free for another dashboard. @throws ApiError 404 */
  trash(id: string): void {
    const { published: _, ...before } = this.#active(id);
    this.#kept.put(id, { ...before, lifecycle_state: 'TRASHED', update_time: new Date().toISOString() });
    this.#gone(id);
  }

  publish(id: string, request: z.infer<typeof publishRequest>): Published {
    const draft = this.#active(id);
    const warehouse_id = request.warehouse_id || draft.warehouse_id;
    const made: Published = {
      display_name: draft.display_name,
      embed_credentials: request.embed_credentials,
      ...(warehouse_id && { warehouse_id }),
      revision_create_time: new Date().toISOString(),
    };
    this.#kept.put(id, { ...draft, published: made });
    return made;
  }

  /** @throws ApiError 404 if the dashboard is not published */
  published(id: string): Published {
    const { published: found } = this.get(id);
    if (!found) throw missing(`Unable to find published dashboard [dashboardId=${id}]`);
    return found;
  }

  #active(id: string): Dashboard {
    const found = this.get(id);
    if (found.lifecycle_state === 'TRASHED') throw missing(`The dashboard ${id} is in the trash.`);
    return found;
  }

  /** Returns the path of a new dashboard. @throws ApiError if the path is taken */
  #free(folder: string, name: string): string {
    if (name === '' || name.includes('/'))
      throw invalid(`Expected a dashboard's name without "/", found "${name}".`);
    const wanted = pathOf(folder, name);
    if (this.list().some((one) => path.posix.normalize(one.path) === path.posix.normalize(wanted)))
      throw exists(`Node named '${name}${ENDING}' already exists`);
    return wanted;
  }
}

/** Sets the catalog and schema of every dataset, if they are given. @throws ApiError if `text` is not a dashboard */
function withTables(text: string, { dataset_catalog: catalog, dataset_schema: schema }: Tables): string {
  const { success, data, error } = contents.safeParse(parsed(text));
  if (!success)
    throw invalid(
      `Failed to parse serialized dashboard: ${error.issues[0]?.path.join('.')} ${error.issues[0]?.message}`,
    );
  if (!catalog && !schema) return text;
  const datasets = data.datasets.map((one) => ({
    ...one,
    ...(catalog && { catalog }),
    ...(schema && { schema }),
  }));
  return JSON.stringify({ ...data, datasets });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('Failed to parse serialized dashboard: it is not JSON.');
  }
}
