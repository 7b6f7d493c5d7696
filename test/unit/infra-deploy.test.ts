/** `npm run infra deploy`, `destroy` and `cost`: their questions, the order of their steps, and the state after a failure. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { costLines, monthlyCost } from '../../infra/cost.ts';
import { type DeployOptions, deploy } from '../../infra/deploy/deploy.ts';
import { destroy } from '../../infra/deploy/destroy.ts';
import { settled } from '../../infra/deploy/states.ts';
import type { Answer } from '../../infra/doctor/aws.ts';
import { enabledParts, type StackPart } from '../../infra/parts.ts';
import { PICTURED } from '../../infra/picture.ts';
import { type Session, signIn } from '../../infra/session.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { readSettings } from '../../src/settings.ts';
import { FakeAws } from '../fixtures/fake-aws.ts';
import { TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const TRIAL = enabledParts(readInfraSettings('demo', { text: 'profile: trial' }));
const IMAGE = 'ami-0123456789abcdef0';

let aws: FakeAws;
let session: Session;
let said: string[];
let done: string[];

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  aws = await FakeAws.start();
  said = [];
  done = [];
  const signedIn = await signIn(
    readSettings({ PIPELINE_ID: 'demo', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: aws.url }),
  );
  const infra = { ...readInfraSettings('demo', { text: 'profile: trial' }), clientImage: IMAGE };
  session = { ...signedIn, infra };
});

afterEach(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
});

const stand = (status: string, ...parts: StackPart[]) => {
  for (const part of parts) aws.stacks.set(stackName('demo', part), { status });
};
const text = () => said.join('\n');

describe('deploy', () => {
  let failing: StackPart[];
  let interrupted: StackPart | undefined;

  beforeEach(() => {
    failing = [];
    interrupted = undefined;
  });

  const run = (options: Partial<DeployOptions> = {}, yes = true) =>
    deploy(
      session,
      { parts: [], keep: false, ...options },
      {
        say: (line) => said.push(line),
        agrees: async (question) => {
          done.push(question);
          return yes;
        },
        synth: async () => {
          done.push('synth');
          return 0;
        },
        cdk: async (verb, stack, flags) => {
          done.push([verb, stack, ...flags.filter((flag) => flag === '--no-rollback')].join(' '));
          if (stack === stackName('demo', interrupted ?? '')) return 130;
          return verb === 'deploy' && failing.some((part) => stack === stackName('demo', part)) ? 1 : 0;
        },
        fillBuckets: async () => {
          done.push('fill buckets');
        },
        now: () => Date.UTC(2026, 0, 1),
        pollMs: 10,
      },
    );

  test('deploys all stacks in order after one question, and fills the buckets after they are created', async () => {
    expect(await run()).toBe(0);
    const deploys = TRIAL.map((part) => `deploy ${stackName('demo', part)}`);
    deploys.splice(TRIAL.indexOf('storage') + 1, 0, 'fill buckets');
    expect(done).toEqual(['Deploy these stacks to account 123456789012 in eu-west-1?', 'synth', ...deploys]);
  });

  test('prints each stack, its duration and the monthly cost before it asks for confirmation', async () => {
    expect(await run({}, false)).toBe(1);
    expect(done).toHaveLength(1);
    expect(text()).toMatch(/^kafka +VPC and MSK cluster +about 35 min$/m);
    expect(text()).toMatch(/About \d+ minutes in total/);
    expect(text()).toMatch(/sum +\$256$/m);
    expect(text()).toContain('The budget of the whole account is $300');
  });

  test('deploys one stack with only the stacks that it needs', async () => {
    await run({ parts: ['ingress'] });
    const parts = ['storage', 'kafka', 'client', 'ingress'];
    expect(done.filter((one) => one.startsWith('deploy'))).toEqual(
      parts.map((part) => `deploy pinterest-demo-${part}`),
    );
  });

  test('skips only the stacks that need a failed stack', async () => {
    failing = ['client'];
    expect(await run()).toBe(1);
    const deployed = done.filter((one) => one.startsWith('deploy')).map((one) => one.split('-').at(-1));
    expect(deployed).toEqual(['budget', 'storage', 'streams', 'kafka', 'client', 'connect', 'databricks']);
    expect(text()).toContain('ingress: skipped, because it needs client');
    expect(text()).toContain('Not deployed: client, ingress, alarms.');
  });

  test.each([
    ['CREATE_FAILED', 'about 10 min', 10],
    ['UPDATE_FAILED', 'updated', 0],
    ['UPDATE_ROLLBACK_FAILED', 'updated', 0],
  ])(
    'rolls back a stack in %s before its deployment, and updates the stacks that the stack needs',
    async (status, next, minutes) => {
      stand('CREATE_COMPLETE', 'budget', 'storage', 'streams', 'kafka');
      stand(status, 'client');
      await run({ parts: ['client'] });
      expect(done.slice(-4)).toEqual([
        'fill buckets',
        'deploy pinterest-demo-kafka',
        'rollback pinterest-demo-client',
        'deploy pinterest-demo-client',
      ]);
      expect(said.find((line) => line.startsWith('client '))).toMatch(
        new RegExp(` kept after a failure: rolled back first, then ${next}$`),
      );
      expect(text()).toMatch(/^kafka .* exists: updated if necessary$/m);
      expect(text()).toContain(`About ${minutes} minutes in total`);
    },
  );

  test('deploys a stack in ROLLBACK_FAILED again without a rollback', async () => {
    stand('ROLLBACK_FAILED', 'streams');
    expect(await run({ parts: ['streams'] })).toBe(0);
    expect(done.at(-1)).toBe('deploy pinterest-demo-streams');
    expect(done).not.toContain('rollback pinterest-demo-streams');
  });

  test('ends after an interruption of the rollback, without a deployment of this stack', async () => {
    stand('CREATE_FAILED', 'streams');
    interrupted = 'streams';
    expect(await run({ parts: ['streams'] })).toBe(130);
    expect(done.at(-1)).toBe('rollback pinterest-demo-streams');
  });

  describe('while it waits for CloudFormation', () => {
    const refusing = (times: number, answer: () => Answer): void => {
      const { call } = session.aws;
      let left = times;
      session = {
        ...session,
        aws: { ...session.aws, call: async (one) => (left-- > 0 ? answer() : call(one)) },
      };
    };
    const states = () => settled(session.aws, 'demo', ['kafka'], (line) => said.push(line), 1);
    const lost = (): Answer => {
      throw new AppError('AWS_UNREACHABLE', 'AWS is gone.', { retriable: true });
    };

    test.each<[string, () => Answer, string]>([
      ['a lost connection', lost, 'AWS is gone. Trying again.'],
      [
        'throttling',
        () => ({ status: 400, headers: {}, text: '<Code>Throttling</Code><Message>Rate exceeded</Message>' }),
        'AWS returned 400 for cloudformation:DescribeStacks: Rate exceeded. Trying again.',
      ],
      [
        'an error of the server',
        () => ({ status: 503, headers: {}, text: '' }),
        'AWS returned 503 for cloudformation:DescribeStacks: no reason given. Trying again.',
      ],
      [
        'an answer with control characters',
        () => ({ status: 503, headers: {}, text: 'no\u009b2J' }),
        'AWS returned 503 for cloudformation:DescribeStacks: no\ufffd2J. Trying again.',
      ],
    ])('%s does not end the command', async (_, answer, line) => {
      stand('CREATE_COMPLETE', 'kafka');
      refusing(3, answer);
      expect((await states()).get('kafka')?.status).toBe('CREATE_COMPLETE');
      expect(said).toEqual([line]);
    });

    test('a connection that stays lost, or a missing permission, ends the command', async () => {
      refusing(1000, lost);
      await expect(states()).rejects.toThrow('AWS is gone.');
      refusing(1, () => ({ status: 403, headers: {}, text: '<Message>not authorized</Message>' }));
      await expect(states()).rejects.toThrow('AWS returned 403');
    });
  });

  test('waits for a stack that CloudFormation is still changing', async () => {
    stand('CREATE_IN_PROGRESS', 'kafka');
    const ending = setInterval(() => said.length > 0 && stand('CREATE_COMPLETE', 'kafka'), 5);
    await run({ parts: ['kafka'] });
    clearInterval(ending);
    expect(said[0]).toBe('CloudFormation still works on kafka: waiting.');
    expect(text()).toMatch(/^kafka .* exists/m);
  });

  test('does not wait for a stack whose first change set failed, and creates it', async () => {
    stand('REVIEW_IN_PROGRESS', 'budget');
    expect(await run({ parts: ['budget'] })).toBe(0);
    expect(text()).toMatch(/^budget .* failed before: created again/m);
  });

  test('deploys nothing if a stack is half deleted, or if the buckets of an earlier deployment remain', async () => {
    stand('DELETE_FAILED', 'streams');
    await expect(run()).rejects.toThrow(
      'The deletion of stack streams has failed: run "npm run infra destroy streams"',
    );
    aws.stacks.clear();
    aws.versions.set('pinterest-demo-landing', []);
    await expect(run()).rejects.toThrow(
      `Stack storage can't create buckets that already exist (pinterest-demo-landing): delete them with "npm run infra destroy -- --data"`,
    );
    expect(done).toEqual([]);
    stand('CREATE_COMPLETE', 'storage');
    expect(await run()).toBe(0);
  });

  test('ends after an interruption, without the later stacks', async () => {
    interrupted = 'streams';
    expect(await run()).toBe(130);
    expect(done.at(-1)).toBe('deploy pinterest-demo-streams');
    expect(text()).toContain('Interrupted. CloudFormation continues with this stack');
  });

  test('does not roll back a failed stack with --keep', async () => {
    await run({ parts: ['streams'], keep: true });
    expect(done.at(-1)).toBe('deploy pinterest-demo-streams --no-rollback');
  });

  test.each([
    ['without', undefined, 'The CDK was never bootstrapped'],
    ['with an old', '22', "The CDK's bootstrap has version 22, expected 23 or later,"],
  ])(
    'deploys nothing into an account %s bootstrap, and prints the command for it',
    async (_, version, found) => {
      aws.bootstrap = version;
      await expect(run()).rejects.toThrow(
        `${found} in account 123456789012, eu-west-1: run "npx cdk bootstrap aws://123456789012/eu-west-1".`,
      );
      expect(done).toEqual([]);
    },
  );

  test('deploys nothing if MSK does not support a zone, and prints the zones to set', async () => {
    aws.zones = { 'us-east-1a': 'use1-az3', 'us-east-1b': 'use1-az1', 'us-east-1c': 'use1-az2' };
    await expect(run()).rejects.toThrow(
      'MSK does not support zone us-east-1a: set kafka.zoneNames to [us-east-1b, us-east-1c] in infra/settings.yml.',
    );
    expect(done).toEqual([]);
    for (const status of ['CREATE_COMPLETE', 'UPDATE_ROLLBACK_FAILED']) {
      stand(status, 'kafka');
      expect(await run(), status).toBe(0);
    }
  });

  test.each(['source', 'orchestration'] as const)('does not deploy stack %s if it is off', async (part) => {
    await expect(run({ parts: [part] })).rejects.toThrow(
      `Stack ${part} is off: set ${part}.enabled to true in infra/settings.yml.`,
    );
  });

  test('deploys the source database, if it is on, after the VPC', async () => {
    const infra = readInfraSettings('demo', { text: 'profile: trial\nsource: { enabled: true }\n' });
    session = { ...session, infra: { ...infra, clientImage: IMAGE } };
    await run({ parts: ['source'] });
    expect(done.slice(-2)).toEqual(['deploy pinterest-demo-kafka', 'deploy pinterest-demo-source']);
  });

  test('warns before it asks for confirmation if the credentials expire before the end of the deployment', async () => {
    const expires = new Date(Date.UTC(2026, 0, 1, 0, 30));
    session = { ...session, caller: { ...session.caller, expires } };
    await run();
    expect(text()).toContain('The credentials expire before that, at 2026-01-01T00:30:00.000Z');
  });
});

describe('destroy', () => {
  let workspace: WorkspaceUnderTest;

  beforeAll(async () => {
    workspace = await WorkspaceUnderTest.open();
  });
  afterAll(() => workspace.close());

  const run = (parts: StackPart[] = [], { force = false, data = false, yes = true } = {}) =>
    destroy(
      session,
      { parts, force, data },
      {
        say: (line) => said.push(line),
        agrees: async (question) => {
          done.push(question);
          return yes;
        },
        pollMs: 10,
      },
    );
  const left = () => [...aws.stacks.keys()].map((name) => name.split('-').at(-1));

  test('deletes the stacks in reverse order; before it asks for confirmation, it lists the resources that remain, with their prices', async () => {
    stand('CREATE_COMPLETE', ...TRIAL);
    // Airflow was on in an earlier deployment, and the bucket of the logs was deleted by hand.
    const buckets = ['landing', 'artifacts-123456789012-eu-west-1', 'airflow-123456789012-eu-west-1'];
    for (const bucket of buckets) aws.versions.set(stackName('demo', bucket), []);
    const gone: string[] = [];
    aws.onDelete = (name) => {
      gone.push(name.split('-').at(-1) ?? '');
      aws.stacks.delete(name);
    };
    expect(await run()).toBe(0);
    expect(gone).toEqual([...TRIAL].reverse());
    const names = buckets.map((bucket) => stackName('demo', bucket)).join(', ');
    expect(text()).toContain(`buckets ${names}: about $0.023 per GB and month`);
    expect(text()).toContain('not checked: jobs: DATABRICKS_HOST and DATABRICKS_TOKEN are not set');
  });

  test('deletes one stack together with the stacks that need it', async () => {
    stand('CREATE_COMPLETE', ...TRIAL);
    await run(['client']);
    expect(left()).toEqual(['budget', 'storage', 'streams', 'kafka', 'connect', 'databricks']);
  });

  test('deregisters the consumers of the streams before it deletes the streams', async () => {
    stand('CREATE_COMPLETE', 'streams');
    const stream = 'arn:aws:kinesis:eu-west-1:123456789012:stream/streaming-demo-pin';
    aws.consumers.set(stream, [`${stream}/consumer/databricks:1`]);
    aws.onDelete = (name) => {
      if (aws.consumers.get(stream)?.length === 0) aws.stacks.delete(name);
      else aws.stacks.set(name, { status: 'DELETE_FAILED', reason: 'Stream has registered consumers' });
    };
    expect(await run()).toBe(0);
    expect(text()).toContain('streaming-demo-pin: deregistering databricks:1');
  });

  test('deletes nothing without a yes', async () => {
    stand('CREATE_COMPLETE', 'streams');
    expect(await run([], { yes: false })).toBe(1);
    expect(left()).toEqual(['streams']);
  });

  test('reports the stack that can not be deleted and the reason; a second run deletes the remaining stacks', async () => {
    stand('CREATE_COMPLETE', 'storage', 'kafka', 'client');
    aws.onDelete = (name) =>
      name.endsWith('kafka')
        ? aws.stacks.set(name, { status: 'DELETE_FAILED', reason: 'The vpc has dependencies' })
        : aws.stacks.delete(name);
    expect(await run()).toBe(1);
    expect(text()).toContain('kafka still exists (DELETE_FAILED: The vpc has dependencies).');
    expect(left()).toEqual(['storage', 'kafka']);
    aws.onDelete = (name) => aws.stacks.delete(name);
    expect(await run()).toBe(0);
    expect(left()).toEqual([]);
  });

  test('with --data also deletes the buckets and all versions of their objects, after a separate question', async () => {
    stand('CREATE_COMPLETE', 'storage');
    const landing = 'pinterest-demo-landing';
    aws.versions.set(landing, [
      '<Key>a&amp;b</Key><VersionId>1</VersionId>',
      '<Key>c</Key><VersionId>2</VersionId>',
    ]);
    aws.versions.set('pinterest-demo-logs-123456789012-eu-west-1', []);
    await run();
    expect([...aws.versions.keys()]).toHaveLength(2);
    expect(text()).toContain('"npm run infra destroy -- --data" deletes them');
    said = [];
    expect(await run([], { data: true, yes: false })).toBe(1);
    expect([...aws.versions.keys()]).toHaveLength(2);
    expect(await run([], { data: true })).toBe(0);
    expect([...aws.versions.keys()]).toEqual([]);
    expect(said).toContain(`${landing}: deleted with 2 versions`);
    expect(done.at(-1)).toBe('Delete them?');
  });

  test('with --data reports a bucket that these credentials can not access, and fails', async () => {
    const { call } = session.aws;
    const denied = 'pinterest-demo-artifacts-123456789012-eu-west-1';
    const answer = { status: 403, headers: {}, text: '' };
    const aws2 = {
      ...session.aws,
      call: async (one: Parameters<typeof call>[0]) => (one.bucket === denied ? answer : call(one)),
    };
    session = { ...session, aws: aws2 };
    aws.versions.set('pinterest-demo-landing', []);
    expect(await run([], { data: true })).toBe(1);
    expect(said).toContain(`not deleted: ${denied} can't be accessed with these credentials in eu-west-1`);
    expect([...aws.versions.keys()]).toEqual([]);
  });

  test('fails with one sentence if S3 does not delete an object', async () => {
    const version = '<Key>kept</Key><VersionId>1</VersionId>';
    aws.versions.set('pinterest-demo-landing', [version]);
    aws.keeps = version;
    await expect(run([], { data: true })).rejects.toThrow(
      "Bucket pinterest-demo-landing has an object that can't be deleted: it still exists after its deletion. Delete it in the S3 console.",
    );
  });

  test('with --data tells the user to repeat the command if a bucket received an object during its deletion', async () => {
    const { call } = session.aws;
    const text = '<Error><Code>BucketNotEmpty</Code><Message>The bucket is not empty</Message></Error>';
    const filled: typeof call = async (one) =>
      one.method === 'DELETE' ? { status: 409, headers: {}, text } : call(one);
    session = { ...session, aws: { ...session.aws, call: filled } };
    aws.versions.set('pinterest-demo-landing', []);
    await expect(run([], { data: true })).rejects.toThrow(
      'Bucket pinterest-demo-landing has received an object meanwhile: run the same command again.',
    );
  });

  test('lists the last snapshot of the database before it asks for confirmation', async () => {
    stand('CREATE_COMPLETE', 'source');
    expect(await run(['source'], { yes: false })).toBe(1);
    expect(text()).toMatch(/the last snapshot of database pinterest-demo-source, .* per GB and month/);
  });

  test('asks nothing if the pipeline has no stacks, and reports this', async () => {
    expect(await run()).toBe(0);
    expect(text()).toContain('Pipeline demo has none of these stacks in eu-west-1');
    expect(done).toEqual([]);
  });

  test.each([
    [
      'IncomingRecords streaming-demo-pin',
      'still runs: stream streaming-demo-pin received 12 records in the last 15 min',
    ],
    ['Count pinterest-demo-api', 'still runs: the API received 12 calls in the last 15 min'],
  ])('deletes nothing while a producer sends (%s), unless forced', async (metric, sentence) => {
    stand('CREATE_COMPLETE', 'streams');
    aws.metrics.set(metric, 12);
    await expect(run()).rejects.toThrow('Something still runs');
    expect(text()).toContain(sentence);
    expect(left()).toEqual(['streams']);
    expect(await run([], { force: true })).toBe(0);
  });

  test('deletes nothing while a job of the pipeline is scheduled and not paused', async () => {
    stand('CREATE_COMPLETE', 'streams');
    const databricks = { ...session.settings.databricks, host: workspace.client.host, token: TOKEN };
    session = { ...session, settings: { ...session.settings, databricks } };
    const job = (name: string, pause_status: string, pipeline = 'demo') => ({
      name,
      tasks: [],
      tags: { project: 'pinterest', pipeline },
      schedule: { quartz_cron_expression: '0 0 3 * * ?', timezone_id: 'UTC', pause_status },
    });
    await workspace.client.post('/api/2.1/jobs/create', job('pinterest-demo-x-batch', 'UNPAUSED', 'demo-x'));
    const { job_id } = (await workspace.client.post(
      '/api/2.1/jobs/create',
      job('[dev person] pinterest-demo-batch', 'UNPAUSED'),
    )) as { job_id: number };
    await expect(run()).rejects.toThrow('Something still runs');
    expect(said.filter((line) => line.startsWith('still runs'))).toEqual([
      'still runs: job [dev person] pinterest-demo-batch starts automatically: pause it',
    ]);
    await workspace.client.post('/api/2.1/jobs/reset', {
      job_id,
      new_settings: job('[dev person] pinterest-demo-batch', 'PAUSED'),
    });
    expect(await run()).toBe(0);
    expect(text()).not.toContain('not checked: jobs');

    // A list without the pipeline's jobs may mean that the token may not view them.
    await workspace.client.post('/api/2.1/jobs/delete', { job_id });
    stand('CREATE_COMPLETE', 'streams');
    expect(await run()).toBe(0);
    expect(text()).toContain('not checked: jobs: this token sees no job of pipeline demo');
  });
});

describe('cost', () => {
  test.each(['profile: trial', PICTURED])(
    'with the settings "%s", every part has a price, and the budget is above the sum',
    (given) => {
      const settings = readInfraSettings('demo', { text: given });
      const { lines, sum } = monthlyCost(settings, 'eu-west-1');
      expect(lines.filter(({ usd }) => usd === undefined)).toEqual([]);
      expect(sum).toBeLessThan(settings.alarms.monthlyBudgetUsd);
      // A budget of more than twice the expected cost would hardly ever send an alarm.
      expect(sum * 2).toBeGreaterThan(settings.alarms.monthlyBudgetUsd);
      const parts = new Set(lines.map(({ part }) => part));
      for (const part of ['streams', 'kafka', 'client', 'connect', 'ingress', 'alarms'] as const)
        expect(parts).toContain(part);
    },
  );

  test('prints the sum with the date and region of its prices, and names an instance type that has no price', () => {
    const text = 'profile: trial\nkafka: { brokerInstance: kafka.m9x.huge }\n';
    const lines = costLines(readInfraSettings('demo', { text }), 'mars-north-1').join('\n');
    expect(lines).toMatch(/list prices as known on \d{4}-\d\d-\d\d/);
    expect(lines).toContain('at the prices of us-east-1, because the list has none for mars-north-1');
    expect(lines).toMatch(/2 × kafka\.m9x\.huge +no price/);
    expect(lines).toMatch(/^kafka +\$\d+ plus items with no price$/m);
    expect(lines).toMatch(/^sum +\$\d+ plus items with no price$/m);
    expect(lines).toMatch(/About \$\d/);
  });

  test('prints the age of prices that are older than six months, so that the user checks them', () => {
    const settings = readInfraSettings('demo', { text: 'profile: trial' });
    const { date } = monthlyCost(settings, 'us-east-1');
    const heading = (days: number) =>
      costLines(settings, 'us-east-1', Date.parse(date) + days * 86_400_000)[0];
    expect(heading(150)).toContain(`as known on ${date}, without tax:`);
    expect(heading(430)).toContain(
      `as known on ${date} (14 months ago: compare with https://calculator.aws), without tax:`,
    );
  });

  test('counts one machine of the type that the stream’s cluster has by default', () => {
    const { variables } = parse(
      readFileSync(path.resolve(import.meta.dirname, '../../databricks.yml'), 'utf8'),
    );
    const machines = monthlyCost(readInfraSettings('demo', { text: PICTURED }), 'us-east-1').lines.filter(
      ({ part }) => part === 'workspace',
    );
    expect(machines).toMatchObject([
      { what: variables.node_type.default, quantity: 1, usd: expect.any(Number) },
    ]);
  });

  test('prints for each part the sum of its lines, and the parts add up to the total', () => {
    const lines = costLines(readInfraSettings('demo', { text: PICTURED }), 'us-east-1');
    const end = lines.findIndex((line) => line.startsWith('sum '));
    const dollars = (line = '') => Number(/\$([\d.]+)$/.exec(line)?.[1]);
    const groups: { part: number; items: number }[] = [];
    for (const line of lines.slice(1, end)) {
      if (line.startsWith(' ')) (groups.at(-1) as { items: number }).items += dollars(line);
      else groups.push({ part: dollars(line), items: 0 });
    }
    expect(groups.length).toBeGreaterThanOrEqual(8);
    // Prices of ten dollars or more are rounded to whole dollars, so each line can differ by half a dollar.
    for (const { part, items } of groups) expect(Math.abs(part - items)).toBeLessThan(3);
    const whole = groups.reduce((sum, { part }) => sum + part, 0);
    expect(Math.abs(dollars(lines[end]) - whole)).toBeLessThan(groups.length / 2 + 1);
  });
});
