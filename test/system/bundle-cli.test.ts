/**
 * Runs all subcommands of `npm run bundle` except `verify` through the Databricks CLI, if the CLI is on PATH, against
 * the local workspace, and compares the results with those of the SDK. Spark is not started, because other tests run
 * notebooks.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findCli } from '../../src/databricks/bundle/cli.ts';
import { readSettings } from '../../src/settings.ts';
import { Checkout } from '../fixtures/checkout.ts';
import { type Answer, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

// findCli throws if the CLI is too old.
const cli = await findCli(readSettings().path).catch(() => undefined);
if (!cli)
  console.log('Skipped: deployments through the Databricks CLI. There is no usable `databricks` on PATH.');

let checkout: Checkout;
let under: WorkspaceUnderTest;
beforeAll(async () => {
  checkout = new Checkout();
  under = await WorkspaceUnderTest.open();
  checkout.connect(under.client.host);
});
afterAll(async () => {
  checkout?.close();
  await under?.close();
});

/** Returns notebooks, jobs, schemas and volumes, without the state files, which differ between CLI and SDK. */
async function left(workspace: WorkspaceUnderTest): Promise<Answer> {
  const { files, jobs, ...all } = await workspace.everything();
  const byKey = (a: Answer, b: Answer) => (a.task_key < b.task_key ? -1 : 1);
  return {
    ...all,
    // The order of tasks has no meaning, and the CLI sorts the tasks.
    jobs: jobs.map((job: Answer) => ({ ...job, tasks: job.tasks.toSorted(byKey) })),
    notebooks: files.filter((one: string) => one.startsWith('NOTEBOOK ')),
  };
}

describe.skipIf(!cli)('the Databricks CLI on PATH', () => {
  let byCli: Answer;

  test('validates strictly, plans and deploys; a second deployment changes nothing', async () => {
    const validated = await checkout.bundle('validate', 'local');
    expect(validated.text).toContain(`now calling the Databricks CLI ${cli?.version}.`);
    expect(validated.text).toContain('Validation OK!');
    expect((await checkout.bundle('plan', 'local')).text).toMatch(/create jobs\.batch\n/);
    const { code, text } = await checkout.bundle('deploy', 'local');
    expect([code, text]).toEqual([0, expect.stringContaining('Created jobs.batch')]);
    byCli = await left(under);
    expect((await checkout.bundle('deploy', 'local')).text).toMatch(/0 created, 0 changed, 0 deleted/);
    expect(await left(under)).toEqual(byCli);
  });

  test('runs a job with a parameter and shows a summary', async () => {
    const { code } = await checkout.bundle('run', 'mount', 'local', '--param', 'mount_point=/mnt/a, "b"');
    expect(code).toBe(0);
    const { jobs } = await under.client.get('/api/2.2/jobs/list?name=pinterest-demo-mount');
    const [run] = await under.client.runs(jobs[0].job_id);
    expect(run.job_parameters).toContainEqual(
      expect.objectContaining({ name: 'mount_point', value: '/mnt/a, "b"' }),
    );
    expect((await checkout.bundle('summary', 'local')).text).toContain(`/jobs/${jobs[0].job_id}`);
  });

  test('owns its deployments: the SDK does not change them', async () => {
    for (const verb of ['plan', 'deploy', 'destroy']) {
      const { code, text } = await checkout.bundle(verb, 'local', '--without-cli', '--yes');
      expect([code, text]).toEqual([1, expect.stringContaining('The Databricks CLI deployed target local')]);
    }
    expect(await left(under)).toEqual(byCli);
  });

  test('destroys everything that it deployed', async () => {
    const { code } = await checkout.bundle('destroy', 'local', '--yes');
    expect(code).toBe(0);
    const { files, ...rest } = await under.everything();
    expect(rest).toEqual({ jobs: [], dashboards: [], schemas: [], volumes: [], grants: [] });
    expect(files.filter((one: string) => !one.startsWith('DIRECTORY'))).toEqual([]);
  });

  test('deploys the same notebooks, jobs, schemas, volumes and grants as the SDK, and does not change what the SDK deployed', async () => {
    const { code, text } = await checkout.bundle('deploy', 'local', '--without-cli');
    expect([code, text]).toEqual([0, expect.stringContaining('through the SDK')]);
    expect(await left(under)).toEqual(byCli);
    const refused = await checkout.bundle('deploy', 'local');
    expect([refused.code, refused.text]).toEqual([
      1,
      expect.stringContaining('was deployed without the Databricks CLI'),
    ]);
    expect((await checkout.bundle('destroy', 'local', '--without-cli', '--yes')).code).toBe(0);
  });

  test('deploys prod with its alerts, and a second plan is empty', async () => {
    const values = {
      catalog: 'spark_catalog',
      alerts: 'a@example.org',
      service_principal: 'deployer',
      warehouse_id: 'local',
    };
    const vars = Object.entries(values).map(([name, value]) => `--var=${name}=${value}`);
    vi.stubEnv('DATABRICKS_HOST', under.client.host);
    vi.stubEnv('DATABRICKS_TOKEN', TOKEN);
    const { code, text } = await checkout.bundle('deploy', 'prod', ...vars);
    expect([code, text]).toEqual([0, expect.stringContaining('Created alerts.silence_pin')]);
    const { alerts } = await under.client.get('/api/2.0/alerts');
    expect(alerts).toHaveLength(12);
    expect((await checkout.bundle('plan', 'prod', ...vars)).text).toMatch(
      /0 to add, 0 to change, 0 to delete/,
    );
  });

  test("is not called if this project's own check fails", async () => {
    const task = { task_key: 'a', environment_key: 'nowhere' };
    checkout.write(
      'jobs/bad.yml',
      JSON.stringify({ resources: { jobs: { bad: { name: 'bad', tasks: [task] } } } }),
    );
    const { code, text } = await checkout.bundle('deploy', 'local');
    expect([code, text]).toEqual([1, expect.stringContaining('uses environment_key nowhere')]);
    expect(text).not.toContain('now calling the Databricks CLI');
    expect(text).not.toContain(TOKEN);
  });
});
