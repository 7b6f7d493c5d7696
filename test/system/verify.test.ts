/** `npm run bundle verify` passes for the project's notebooks on the local workspace's Spark. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkout } from '../fixtures/checkout.ts';
import { type SqlWorkspace, startSqlWorkspace } from '../fixtures/sql-workspace.ts';
import { Client } from '../fixtures/workspace.ts';

let opened: SqlWorkspace;
let checkout: Checkout;
beforeAll(async () => {
  opened = await startSqlWorkspace();
  checkout = new Checkout();
  checkout.connect(opened.workspace.host, opened.workspace.token);
});
afterAll(async () => {
  checkout?.close();
  await opened?.close();
});

const schemas = async (): Promise<string[]> => {
  const client = new Client(opened.workspace.host, opened.workspace.token);
  const { schemas = [] } = await client.get('/api/2.1/unity-catalog/schemas?catalog_name=spark_catalog');
  return schemas.map(({ name }: { name: string }) => name);
};

test('verify deploys, checks every rule, version and answer, and leaves no scratch schema', async () => {
  const { code, text } = await checkout.bundle('verify', 'local', '--without-cli');
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^checks: Spark 4/m) });
  expect(await schemas()).not.toContainEqual(expect.stringContaining('verify'));
});
