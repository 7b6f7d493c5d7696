/** The choice of a SQL warehouse: the named warehouse, otherwise the warehouse that is ready first. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainSql } from '../../src/databricks/sql-errors.ts';
import { findWarehouse } from '../../src/databricks/warehouses.ts';
import type { AppError } from '../../src/errors.ts';
import { TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const sql = { host: '127.0.0.1', port: 4433, path: '/sql/1.0/warehouses/local', certificate: 'an authority' };
let workspace: WorkspaceUnderTest;
/** A server that returns a list of warehouses as Databricks does. */
let server: Server;
let states: string[] = [];

beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open({ sql });
  server = createServer((_, response) => {
    const warehouses = states.map((state) => {
      const id = state.toLowerCase();
      return { id, state, odbc_params: { hostname: 'w.test', port: 443, path: `/sql/${id}` } };
    });
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ warehouses }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  await workspace.close();
  server.close();
  server.closeAllConnections();
});

test.each([
  [['STOPPED', 'DELETED', 'RUNNING'], 'running'],
  [['DELETING', 'STOPPED', 'STARTING'], 'starting'],
  [['DELETED', 'STOPPED'], 'stopped'],
])('among warehouses in the states %j, the %s warehouse is used', async (given, chosen) => {
  states = given;
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await findWarehouse({ host, token: TOKEN })).toEqual({
    host: 'w.test',
    port: 443,
    path: `/sql/${chosen}`,
  });
});

test('no usable warehouse is an error', async () => {
  states = ['DELETED'];
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(findWarehouse({ host, token: TOKEN })).rejects.toThrow('has no usable SQL warehouse');
});

test("the local workspace's credentials file names the warehouse and its certificate", async () => {
  const connection = { host: workspace.client.host, token: TOKEN, sql };
  expect(await findWarehouse(connection)).toEqual(sql);
  expect(await findWarehouse(connection, 'local')).toEqual(sql);
  await expect(findWarehouse(connection, 'other')).rejects.toThrow('SQL warehouse other does not exist.');
  await expect(findWarehouse({ ...connection, token: 'dapi0' }, 'local')).rejects.toThrow(
    'does not accept the token',
  );
});

test("the driver's errors become sentences, and bugs are not changed", () => {
  const explained = (error: object, host = 'https://workspace.test') => explainSql(error, host) as AppError;
  const refused = explained({ type: 'system', code: 'ECONNREFUSED' });
  expect([refused.code, refused.retriable, refused.message]).toEqual([
    'WAREHOUSE_UNREACHABLE',
    true,
    'The SQL warehouse of https://workspace.test does not respond (ECONNREFUSED): check that the warehouse is running.',
  ]);
  const local = explained({ type: 'system', code: 'ECONNREFUSED' }, 'http://127.0.0.1:4480');
  expect(local.message).toContain('start the workspace on this machine with npm run local');
  const bug = new TypeError('x is not a function');
  expect(explained(bug)).toBe(bug);
});
