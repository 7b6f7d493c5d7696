/** The real Airflow runs the DAG on the local workspace: the batch job on Spark, failures, repeats, and a schedule in Databricks. */
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { startWorkspace, type Workspace } from '../../local/workspace/start.ts';
import { bucketsFolder } from '../../local/workspace/workspace.ts';
import { loadBundle } from '../../src/databricks/bundle/bundle.ts';
import { deploy } from '../../src/databricks/bundle/deploy.ts';
import { connect } from '../../src/databricks/client.ts';
import { bucketName, jobName, topicFolder, topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { AirflowUnderTest, DAGS, pythonForAirflow } from '../fixtures/airflow.ts';
import { installAirflow } from '../fixtures/install.ts';
import { type Answer, Client, task } from '../fixtures/workspace.ts';

/** Prints a connection's password. Looks up the connection as a worker does, not as the scheduler does. */
const WORKER = `
from airflow.configuration import get_custom_secret_backend
print(get_custom_secret_backend(worker_mode=True).get_connection("databricks_default").password)
`;

/** Returns Airflow's connection to a workspace over plain HTTP. */
function connection({ host, token }: Workspace): string {
  const { hostname, port } = new URL(host);
  return JSON.stringify({
    conn_type: 'databricks',
    host: hostname,
    schema: 'http',
    port: Number(port),
    password: token,
  });
}

const ID = 'airflow';
const POSTS = 50;
const LINE_FEED = Buffer.from('\n');

const python = await pythonForAirflow();
if (!python.fits) console.warn(`Skipped: ${python.says}`);

describe.skipIf(!python.fits)("Airflow's DAG", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'airflow-workspace-'));
  let workspace: Workspace;
  let client: Client;
  let airflow: AirflowUnderTest;

  beforeAll(async () => {
    const installed = await install(readSettings());
    [workspace, airflow] = await Promise.all([
      startWorkspace({
        installed,
        state: path.join(folder, 'state'),
        credentials: path.join(folder, 'local.json'),
        port: 0,
        small: true,
      }),
      AirflowUnderTest.start(),
    ]);
    client = new Client(workspace.host, workspace.token);
  });

  afterAll(async () => {
    await airflow?.stop();
    await workspace?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a day of the pipeline `id` with Airflow's command `airflow dags test`. */
  const day = (id: string, at: string) =>
    airflow.run(['dags', 'test', 'pinterest_daily', at], {
      AIRFLOW_VAR_PIPELINE_ID: id,
      AIRFLOW_CONN_DATABRICKS_DEFAULT: connection(workspace),
    });

  /** Lands posts in the bucket, one file per dataset, as the S3 sink does. */
  async function land(): Promise<void> {
    const bucket = path.join(bucketsFolder(path.join(folder, 'state')), bucketName(ID));
    for await (const post of emulatedPosts({ seed: 1, first: 0, count: POSTS }).read())
      for (const { dataset, line } of post) {
        const topic = topicName(ID, dataset);
        const partition = path.join(bucket, topicFolder(topic), 'partition=0');
        mkdirSync(partition, { recursive: true });
        appendFileSync(path.join(partition, `${topic}+0+0000000000.json`), Buffer.concat([line, LINE_FEED]));
      }
  }

  /** Creates a pipeline whose batch job runs one notebook and has a schedule with this status. */
  async function pipeline(id: string, notebook: string, pause_status = 'PAUSED'): Promise<number> {
    await client.notebook(`/Shared/${id}`, notebook);
    const schedule = { quartz_cron_expression: '0 0 6 * * ?', timezone_id: 'UTC', pause_status };
    return client.job({ name: jobName(id, 'batch'), tasks: [task(id)], schedule });
  }

  const results = async (job: number): Promise<string[]> =>
    (await client.runs(job)).map((run: Answer) => run.state.result_state);

  test('loads without errors or warnings and is scheduled daily', async () => {
    expect(await airflow.load(DAGS)).toEqual({
      dags: { pinterest_daily: '0 6 * * *' },
      errors: {},
      warnings: {},
    });
    const errors = await airflow.run(['dags', 'list-import-errors', '--local', '--output', 'json']);
    expect(errors).toMatchObject({ code: 0, printed: expect.stringMatching(/^\[\]$/m) });
  });

  test("runs the bundle's batch job on Spark to its end", async () => {
    const person = {
      userName: (await client.get('/api/2.0/preview/scim/v2/Me')).userName,
      host: workspace.host,
    };
    const variables = { pipeline_id: ID, scheduler: 'airflow' };
    const bundle = await loadBundle({ root: ROOT, target: 'local', person, variables });
    await deploy(connect(workspace), bundle, { user: person.userName, agrees: async () => true });
    await land();
    const jobs = (await client.get('/api/2.2/jobs/list')).jobs as Answer[];
    const [mount = 0, batch = 0] = ['mount', 'batch'].map(
      (job) => jobs.find(({ settings }) => settings.name === jobName(ID, job))?.job_id,
    );
    expect((await client.ended(await client.start(mount))).state.result_state).toBe('SUCCESS');

    const { code, printed } = await day(ID, '2026-01-02');
    expect(printed).toContain('Job run completed successfully');
    expect(code).toBe(0);
    const [run, ...others] = await client.runs(batch);
    expect(others).toEqual([]);
    expect(new Set(run.tasks.map((one: Answer) => one.state.result_state))).toEqual(new Set(['SUCCESS']));
    const [counts] = await workspace.kernel.sql(`
      SELECT count(*) AS posts, (SELECT sum(category_count) > 0 FROM pinterest.top_category_by_year) AS answered
      FROM pinterest.clean_pin`);
    expect(counts).toMatchObject({ posts: POSTS, answered: true });
  });

  test('runs the job once for a day that is requested twice, and passes the day as a parameter', async () => {
    const job = await pipeline('twice', 'dbutils.notebook.exit(dbutils.widgets.get("run_date"))');
    for (const at of ['2026-01-02T06:00', '2026-01-02T17:30'])
      expect(await day('twice', at)).toMatchObject({ code: 0 });
    const runs = await client.runs(job);
    expect(runs.map((run: Answer) => run.overriding_parameters.job_parameters)).toEqual([
      { run_date: '2026-01-02' },
    ]);
  });

  test('retries a failed job, then fails the task with the reason', async () => {
    const job = await pipeline('failing', 'raise ValueError("no such bucket")');
    const { code, printed } = await day('failing', '2026-01-02');
    expect(code).toBe(1);
    expect(printed).toContain('no such bucket');
    expect(await results(job)).toEqual(['FAILED', 'FAILED']);
    // A second request for the same day returns the same failed runs. The task must therefore fail again.
    const again = await day('failing', '2026-01-02T17:30');
    expect(again).toMatchObject({ code: 1, printed: expect.stringContaining('no such bucket') });
    expect(await results(job)).toEqual(['FAILED', 'FAILED']);
  });

  test('does not run the job while it has an active schedule in Databricks', async () => {
    const job = await pipeline('scheduled', 'pass', 'UNPAUSED');
    const { code, printed } = await day('scheduled', '2026-01-02');
    expect(code).toBe(0);
    expect(printed).toContain('pinterest-scheduled-batch has an active schedule in Databricks');
    expect(await results(job)).toEqual([]);
  });
});

describe.skipIf(!python.fits)("Airflow's workers", () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'airflow-worker-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('look up connections in the configured secrets backend, as the AWS stack requires', async () => {
    const connections = path.join(home, 'connections.json');
    writeFileSync(connections, '{"databricks_default": {"conn_type": "databricks", "password": "found"}}');
    const venv = await installAirflow(readSettings());
    const { stdout } = await promisify(execFile)(path.join(venv, 'bin/python'), ['-c', WORKER], {
      env: {
        HOME: home,
        AIRFLOW_HOME: home,
        AIRFLOW__SECRETS__BACKEND: 'airflow.secrets.local_filesystem.LocalFilesystemBackend',
        AIRFLOW__SECRETS__BACKEND_KWARGS: JSON.stringify({ connections_file_path: connections }),
      },
    });
    expect(stdout.trim().split('\n').at(-1)).toBe('found');
  });
});
