/** Connections to a database: what is retried after a fault, and what ends the run at once. */
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import { Database } from '../../src/posts/mysql-database.ts';
import { ScriptedMysql } from '../fixtures/scripted-mysql.ts';
import { until } from '../fixtures/until.ts';

/** All queries have this time limit, also those that a busy machine delays. */
const QUERY_TIMEOUT_MS = 2000;

let server: ScriptedMysql;
let database: Database;
/** The code with which each further connection fails; undefined if connections succeed. */
let unreachable: string | undefined;
let attempts: number;

beforeEach(async () => {
  server = await ScriptedMysql.start();
  unreachable = undefined;
  attempts = 0;
  const address = parseMysqlAddress(`mysql://ann@127.0.0.1:${server.port}/shop`, undefined);
  const stream = () => {
    attempts++;
    if (unreachable === undefined) return net.connect(server.port, '127.0.0.1');
    const socket = new net.Socket();
    const error = Object.assign(new Error(unreachable), { code: unreachable });
    setImmediate(() => socket.destroy(error));
    return socket;
  };
  database = new Database(
    { ...address, connection: { ...address.connection, stream } },
    { queryTimeoutMs: QUERY_TIMEOUT_MS },
  );
});

afterEach(async () => {
  await database.close();
  await server.stop();
});

const rows = () => database.rows('SELECT 1', []);

describe('a query is retried', () => {
  test.each(['EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'])(
    'while the server can not be reached or found (%s)',
    async (code) => {
      await rows();
      await server.disconnect();
      unreachable = code;
      const again = rows();
      await until(() => attempts > 2);
      unreachable = undefined;
      expect(await again).toEqual([{ n: 1 }]);
    },
  );

  test('if the server answers that it has closed an idle connection', async () => {
    await rows();
    server.onSelect = (client, select) => {
      if (select > 2) return ScriptedMysql.row(client);
      client.writeError({ code: 4031, message: 'The client was disconnected because of inactivity.' });
      client.stream.end();
    };
    expect(await rows()).toEqual([{ n: 1 }]);
    expect(server.connections).toBe(2);
  });
});

describe('a silent server', () => {
  test('is asked again over new connections, and the silent connections do not use up the pool', async () => {
    await rows();
    server.onSelect = (client, select) => {
      if (select > 4) ScriptedMysql.row(client);
    };
    expect(await rows()).toEqual([{ n: 1 }]);
    expect(server.connections).toBe(4);
  });

  test('ends the run if it has never answered', async () => {
    server.onSelect = () => {};
    await expect(rows()).rejects.toThrow(/^No MySQL server responds at .* \(PROTOCOL_SEQUENCE_TIMEOUT\)/);
  });
});

describe('a run ends at once', () => {
  test.each(['ENOTFOUND', 'EHOSTUNREACH', 'ECONNREFUSED'])(
    'if its first connection fails, because the address may be wrong (%s)',
    async (code) => {
      unreachable = code;
      await expect(rows()).rejects.toThrow(
        `No MySQL server responds at mysql://127.0.0.1:${server.port}/shop (${code}): start it, or correct the address.`,
      );
      expect(attempts).toBe(1);
    },
  );
});
