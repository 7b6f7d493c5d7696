/**
 * Serves a workspace on a state folder and a running Spark:
 *
 *     state/workspace/   jobs, runs, secrets, schemas, volumes, dashboards, alerts, permissions: one file each
 *     state/files/       workspace files, as a tree
 *     state/spark/       tables, and volumes/ with the volumes' files
 *     state/s3/          a folder for each bucket
 */
import os from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import type { LocalWorkspace } from '../../src/databricks/connection.ts';
import { TASKS_AT_ONCE } from '../graph.ts';
import type { Engine } from './engine.ts';
import { alertRoutes } from './routes/alerts.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { dashboardRoutes } from './routes/dashboards.ts';
import { fileRoutes } from './routes/files.ts';
import { jobRoutes } from './routes/jobs.ts';
import { permissionRoutes, permissions } from './routes/permissions.ts';
import { runRoutes } from './routes/runs.ts';
import { scope, secretRoutes } from './routes/secrets.ts';
import { volumeFileRoutes } from './routes/volume-files.ts';
import { workspaceRoutes } from './routes/workspace.ts';
import { BACKOFF, type Backoff } from './runs/backoff.ts';
import { Runs } from './runs/runs.ts';
import { Scheduler } from './runs/scheduler.ts';
import { appOf, listen } from './server.ts';
import { Alerts } from './state/alerts.ts';
import { Catalog } from './state/catalog.ts';
import { Collection } from './state/collection.ts';
import { Dashboards } from './state/dashboards.ts';
import { Jobs } from './state/jobs.ts';
import { VolumeFiles } from './state/volume-files.ts';
import { WorkspaceFiles } from './state/workspace-files.ts';

/** The folders of Spark's state and of the buckets, in the state folder. */
export const sparkFolder = (state: string): string => path.join(state, 'spark');
export const bucketsFolder = (state: string): string => path.join(state, 's3');

export interface ServeOptions {
  readonly state: string;
  readonly engine: Engine;
  readonly token: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The address of the SQL warehouse, if there is one. */
  readonly sql?: LocalWorkspace['sql'];
  readonly backoff?: Backoff;
  /** Called with one line for the log. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface Serving {
  readonly host: string;
  /** Cancels all runs and then stops the server. */
  stop(): Promise<void>;
}

/** Reads the state, resumes its schedules, and starts the server. No other process may use the state folder. */
export async function serveWorkspace(options: ServeOptions): Promise<Serving> {
  const { state, engine, token, log = () => {} } = options;
  const user = `${userName()}@localhost`;
  const kept = (name: string) => path.join(state, 'workspace', name);
  const home = `/Users/${user}`;
  const files = new WorkspaceFiles(path.join(state, 'files'), path.join(state, 'files.new'), home);
  const folders = {
    volumes: path.join(sparkFolder(state), 'volumes'),
    warehouse: path.join(sparkFolder(state), 'warehouse'),
  };
  const allowed = new Collection(kept('permissions'), permissions);
  // A new object must not get the permissions of a deleted object with the same name.
  const forget = (place: string) => allowed.delete(place);
  const catalog = new Catalog(kept('catalog'), engine, folders, user, forget);
  const dashboards = new Dashboards(kept('dashboards'), files, home, (id) => forget(`dashboards/${id}`));
  const alerts = new Alerts(kept('alerts'), user, (id) => forget(`alertsv2/${id}`));
  const scopes = new Collection(kept('secrets'), scope);

  const place = {
    engine,
    files,
    limit: pLimit(TASKS_AT_ONCE),
    backoff: options.backoff ?? BACKOFF,
  };
  const jobOf = (id: number) => jobs.find(id);
  const scheduler = new Scheduler(() => runs, jobOf, place.backoff);
  const jobs = new Jobs(kept('jobs'), user, (id, job) => {
    if (!job) forget(`jobs/${id}`);
    scheduler.changed(id, job);
    runs.resume();
  });
  const runs = new Runs(kept('runs'), place, jobOf, (run) => {
    log(`run ${run.run_id} of ${run.run_name}: ${run.result} ${run.message}`.trimEnd());
    scheduler.ended(run);
  });

  let host = '';
  const routes = [
    workspaceRoutes(user, options.sql),
    fileRoutes(files),
    volumeFileRoutes(new VolumeFiles(folders.volumes, path.join(state, 'volumes.new'), catalog)),
    jobRoutes(jobs, user),
    runRoutes(runs, jobs, () => host),
    secretRoutes(scopes, engine),
    catalogRoutes(catalog),
    dashboardRoutes(dashboards),
    alertRoutes(alerts),
    permissionRoutes(allowed),
  ];
  const broken = (error: Error, request: string) => log(`${request}: ${error.stack}`);
  const server = await listen(appOf(token, routes, broken), options.port);
  host = server.host;
  scheduler.start(jobs.list());
  runs.resume();
  return {
    host,
    async stop() {
      scheduler.stop();
      await runs.stop();
      await server.close();
    },
  };
}

/**
 * Returns the user's name in a form that is valid in a path. If the user has no name, as may happen in a container,
 * returns the user's number.
 */
function userName(): string {
  try {
    return os.userInfo().username.replaceAll(/[^\w.-]/g, '-');
  } catch {
    return String(process.getuid?.());
  }
}
