/** `npm run infra workspace` creates Unity Catalog's objects for the deployed roles, each only if it is missing. */
import type http from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Session, signIn } from '../../infra/session.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { linkWorkspace } from '../../infra/unity-catalog.ts';
import { connect } from '../../src/databricks/client.ts';
import { readSettings } from '../../src/settings.ts';
import { FakeAws } from '../fixtures/fake-aws.ts';
import { LoopbackServer } from '../fixtures/loopback-server.ts';

const STORAGE = 'arn:aws:iam::123456789012:role/pinterest-demo-databricks-storage';
const KINESIS = 'arn:aws:iam::123456789012:role/pinterest-demo-databricks-kinesis';

type Body = Record<string, unknown> & { name?: string; aws_iam_role?: object };

/** An emulator of Unity Catalog that stores objects by path and assigns an external id to each credential. */
class FakeUnityCatalog extends LoopbackServer {
  readonly objects = new Map<string, Body>();
  readonly created: string[] = [];

  static async start(): Promise<FakeUnityCatalog> {
    return new FakeUnityCatalog().listen();
  }

  protected override async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://workspace.test');
    const path = pathname.replace('/api/2.1/unity-catalog/', '');
    if (request.method === 'POST') {
      const body = (await json(request)) as Body;
      const role = body.aws_iam_role && { ...body.aws_iam_role, external_id: `id-of-${path}` };
      this.objects.set(`${path}/${body.name}`, { ...body, ...(role && { aws_iam_role: role }) });
      this.created.push(`${path}/${body.name}`);
    }
    const key = request.method === 'POST' ? (this.created.at(-1) ?? '') : path;
    const found = this.objects.get(key);
    response
      .writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(found ?? { error_code: 'DOES_NOT_EXIST', message: `There is no ${path}` }));
  }
}

let aws: FakeAws;
let catalog: FakeUnityCatalog;
let signedIn: Session;
let said: string[];

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  aws = await FakeAws.start();
  catalog = await FakeUnityCatalog.start();
  aws.stacks.set('pinterest-demo-databricks', {
    status: 'CREATE_COMPLETE',
    outputs: { StorageRoleArn: STORAGE, KinesisRoleArn: KINESIS },
  });
  said = [];
  signedIn = await signIn(
    readSettings({ PIPELINE_ID: 'demo', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: aws.url }),
  );
});

afterEach(async () => {
  await aws.stop();
  await catalog.stop();
  vi.unstubAllEnvs();
});

const run = (settings = 'profile: trial') =>
  linkWorkspace(
    { ...signedIn, infra: readInfraSettings('demo', { text: settings }) },
    connect({ host: catalog.url, token: 'token' }),
    (line) => said.push(line),
  );

const KNOWN =
  'profile: trial\ndatabricks: { storageExternalId: id-of-storage-credentials, kinesisExternalId: id-of-credentials }\n';

test('creates the credentials, prints the external ids to deploy, and then creates the location', async () => {
  expect(await run()).toBe(1);
  expect(catalog.created).toEqual([
    'storage-credentials/pinterest-demo-landing',
    'credentials/pinterest-demo-kinesis',
  ]);
  expect(said.join('\n')).toContain(
    'databricks:\n    storageExternalId: id-of-storage-credentials\n    kinesisExternalId',
  );
  expect(await run(KNOWN)).toBe(0);
  expect(catalog.created.slice(2)).toEqual(['external-locations/pinterest-demo-landing']);
  expect(catalog.objects.get('external-locations/pinterest-demo-landing')).toMatchObject({
    url: 's3://pinterest-demo-landing',
    credential_name: 'pinterest-demo-landing',
    read_only: true,
    skip_validation: true,
    enable_file_events: false,
  });
  expect(said.at(-1)).toBe("The bundle's variable: BUNDLE_VAR_service_credential=pinterest-demo-kinesis");
});

test('changes nothing when it is repeated', async () => {
  await run();
  await run(KNOWN);
  expect(await run(KNOWN)).toBe(0);
  expect(catalog.created).toHaveLength(3);
});

test('reports, and does not change, a credential of another role and a location of another bucket', async () => {
  await run();
  const name = 'storage-credentials/pinterest-demo-landing';
  const role = { role_arn: 'arn:aws:iam::1:role/other', external_id: 'x' };
  const before = catalog.objects.get(name) as Body;
  catalog.objects.set(name, { ...before, aws_iam_role: role });
  await expect(run()).rejects.toThrow(
    `Credential pinterest-demo-landing has role arn:aws:iam::1:role/other, expected ${STORAGE}: delete it`,
  );
  catalog.objects.set(name, before);
  catalog.objects.set('external-locations/pinterest-demo-landing', { url: 's3://other' });
  await expect(run(KNOWN)).rejects.toThrow(
    'is at s3://other, expected s3://pinterest-demo-landing: delete it',
  );
});

test('names the stack to deploy if it is missing', async () => {
  aws.stacks.clear();
  await expect(run()).rejects.toThrow(
    'Stack databricks is not deployed: run "npm run infra deploy databricks".',
  );
});
