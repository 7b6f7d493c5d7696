/** `npm run infra seed` and the doctor's check of the source database, with emulated responses of AWS. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { produceFlags } from '../../cli/produce/flags.ts';
import { makeAws } from '../../infra/doctor/aws.ts';
import { mysqlVersions } from '../../infra/doctor/questions.ts';
import { type Session, signIn } from '../../infra/session.ts';
import { sendCommand } from '../../infra/source/database.ts';
import { seed } from '../../infra/source/seed.ts';
import { readSettings } from '../../src/settings.ts';
import { FakeAws } from '../fixtures/fake-aws.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1';

let aws: FakeAws;
let session: Session;

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  aws = await FakeAws.start();
  session = await signIn(
    readSettings({ PIPELINE_ID: 'demo', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: aws.url }),
  );
});

afterEach(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
});

/** A tunnel that is not open: nothing listens at its local port. */
const CLOSED = { via: '127.0.0.1:2', count: 1 };

test('without the stack, the error explains how to deploy a source database', async () => {
  await expect(seed(session, CLOSED, () => {})).rejects.toThrow(
    'Pipeline demo has no source database in eu-west-1: set source.enabled to true in infra/settings.yml, then run "npm run infra deploy source".',
  );
});

test('without a tunnel, the error names the database and the tunnel, and not the password', async () => {
  const outputs = { SourceHost: 'db.test', SourceSecretArn: SECRET };
  aws.stacks.set('pinterest-demo-source', { status: 'CREATE_COMPLETE', outputs });
  aws.secrets.set(SECRET, JSON.stringify({ username: 'admin', password: 'made by RDS' }));
  const error = await seed(session, CLOSED, () => {}).catch((reason: Error) => reason);
  expect(String((error as Error).message)).toBe(
    'No MySQL server responds at mysql://db.test:3306/pinterest through 127.0.0.1:2 (ECONNREFUSED): open the tunnel, or correct via=.',
  );
});

test('if the secret can not be read, the error names the missing permission', async () => {
  const outputs = { SourceHost: 'db.test', SourceSecretArn: SECRET };
  aws.stacks.set('pinterest-demo-source', { status: 'CREATE_COMPLETE', outputs });
  await expect(seed(session, CLOSED, () => {})).rejects.toThrow(
    'AWS returned 400 for secretsmanager:GetSecretValue',
  );
});

test('the suggested command sends to the API, because the brokers are not reachable through a tunnel', () => {
  const [, words = ''] = sendCommand('db.test', '127.0.0.1:13306').split('npm run produce ');
  const [to = '', , ...flags] = words.replaceAll('"', '').split(' ');
  expect(produceFlags([to, ...flags])).toMatchObject({
    to: ['rest'],
    from: 'mysql://reader@db.test/pinterest?auth=iam&via=127.0.0.1:13306',
  });
});

test('the versions of MySQL are read page by page', async () => {
  aws.orderable = [['8.0.46', '8.4.8'], ['8.4.9']];
  expect(await mysqlVersions(makeAws('eu-west-1', aws.url), 'db.t4g.micro')).toEqual([
    '8.0.46',
    '8.4.8',
    '8.4.9',
  ]);
});
