/** The adaptation of Spark's Thrift server to a SQL warehouse's clients, without Spark. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { warehouse } from '../../local/workspace/sql/front.ts';
import { answer, type Call, spark, types } from '../../local/workspace/sql/wire.ts';

const PAGE = 3;
const int64 = (value: number) => ({ toNumber: () => value });
const status = { statusCode: types.TStatusCode.SUCCESS_STATUS };
const operationHandle = { operationId: { guid: Buffer.from('operation') } };

test.each([
  [0, [0]],
  [1, [1]],
  [PAGE, [PAGE, 0]],
  [PAGE + 1, [PAGE, 1]],
  [2 * PAGE, [PAGE, PAGE, 0]],
])('a client reads %i rows in pages of %j, and asks for no further page', async (rows, pages) => {
  let left = rows;
  const arrow: Call = async (_, { maxRows }) => {
    const count = Math.min(left, maxRows.toNumber());
    left -= count;
    const columns = [
      { binaryVal: { values: [Buffer.from('rows')] } },
      { i64Val: { values: [int64(count)] } },
    ];
    return { status, results: { startRowOffset: int64(0), columns } };
  };
  const call = warehouse(async () => ({ status, operationHandle }), arrow);
  const sessionHandle = { sessionId: { guid: Buffer.from('session'), secret: Buffer.from('secret') } };
  await call('ExecuteStatement', { sessionHandle, statement: 'SELECT 1', canReadArrowResult: true });
  const read: number[] = [];
  for (let more = true; more; ) {
    const answer = await call('FetchResults', { operationHandle, maxRows: int64(PAGE) });
    read.push(answer.results.arrowBatches[0]?.rowCount.toNumber() ?? 0);
    more = answer.hasMoreRows;
  }
  expect(read).toEqual(pages);
});

test('a result that cannot be encoded is an error of its own call', async () => {
  const broken = {
    get status() {
      throw new Error('broken');
    },
  };
  const errors: unknown[] = [];
  const server = http.createServer(async (request, response) => {
    await answer(async () => broken, await buffer(request)).catch((error) => errors.push(error));
    response.writeHead(500).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const sessionId = new types.THandleIdentifier({ guid: Buffer.alloc(16), secret: Buffer.alloc(16) });
    const sessionHandle = new types.TSessionHandle({ sessionId });
    const closed = spark({ port, path: '/' })('CloseSession', new types.TCloseSessionReq({ sessionHandle }));
    await expect(closed).rejects.toMatchObject({ code: 'SPARK_GONE' });
    expect(errors).toMatchObject([{ message: 'broken' }]);
  } finally {
    server.close();
  }
});
