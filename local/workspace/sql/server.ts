/**
 * A SQL warehouse on this machine: an HTTPS server on the loopback interface in front of Spark's Thrift server. It requires
 * the workspace's token. An unmodified `@databricks/sql` can connect to it.
 *
 *     const front = await startSqlFront(kernel.thrift, token);
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { LocalWorkspace } from '../../../src/databricks/connection.ts';
import { OPEN } from '../../serve-app.ts';
import type { Thrift } from '../../spark/kernel.ts';
import { closeServer, LOOPBACK, same } from '../server.ts';
import { makeCertificate } from './certificate.ts';
import { warehouse } from './front.ts';
import { answer, type Call, spark } from './wire.ts';

/** The last part of the path is the warehouse's id in the REST API. */
const PATH = '/sql/1.0/warehouses/local';

/** Maximum size of a request; a longer statement is considered a mistake. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

export interface SqlFront {
  /** The address, and the authority that a client must trust; the authority is new at each start. */
  readonly place: NonNullable<LocalWorkspace['sql']>;
  readonly stop: () => Promise<void>;
}

/** Starts the warehouse on any free port. Clients must send `token`. */
export async function startSqlFront(thrift: Thrift, token: string): Promise<SqlFront> {
  const { key, cert, authority } = await makeCertificate();
  const call = warehouse(spark(thrift), spark({ ...thrift, path: `${thrift.path}/arrow` }));
  const server = https.createServer({ ...OPEN, key, cert, minVersion: 'TLSv1.2' }, (request, response) => {
    void respond(request, response, token, call).catch(() => response.destroy());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    place: { host: LOOPBACK, port, path: PATH, certificate: authority },
    stop: () => closeServer(server),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  call: Call,
): Promise<void> {
  const refuse = (status: number, code: string, message: string) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-databricks-reason-phrase': message })
      .end(JSON.stringify({ error_code: code, message }));
  if (!same(request.headers.authorization ?? '', `Bearer ${token}`))
    return void refuse(403, '403', 'Invalid access token.');
  if (request.method !== 'POST' || request.url?.split('?')[0] !== PATH)
    return void refuse(404, 'ENDPOINT_NOT_FOUND', `Expected POST ${PATH}.`);
  const body = await bodyOf(request);
  if (!body)
    return void refuse(413, 'REQUEST_TOO_LARGE', `A request has at most ${MAX_REQUEST_BYTES} bytes.`);
  let answered: Buffer;
  try {
    answered = await answer(call, body);
  } catch {
    return void refuse(400, 'MALFORMED_REQUEST', 'Expected a message of the Thrift protocol.');
  }
  response.writeHead(200, { 'content-type': 'application/x-thrift' }).end(answered);
}

/**
 * Returns the body, or undefined if it is too large. A large body is read to its end, because ending the loop would close
 * the connection before the client gets the answer.
 */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks);
}
