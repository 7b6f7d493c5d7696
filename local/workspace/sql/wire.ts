/**
 * Decodes and encodes Thrift messages over HTTP, as a server and as a client. The generated code comes from
 * `@databricks/sql`, so both sides have the same version. Neither the generated code nor the thrift library has usable
 * types. Therefore this file declares the types of the parts that it uses.
 */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { thrift as generated } from '@databricks/sql';
import { AppError } from '../../../src/errors.ts';
import type { Thrift } from '../../spark/kernel.ts';

const require = createRequire(import.meta.url);
const library = require('thrift') as Library;

type Protocol = { readMessageBegin(): { readonly mtype: number; readonly rseqid: number } };

interface Library {
  readonly TBinaryProtocol: new (transport: unknown) => Protocol;
  readonly TBufferedTransport: {
    new (input: undefined, flushed: (message: Buffer) => void): unknown;
    receiver(received: (transport: unknown) => void): (message: Buffer) => void;
  };
}

export const types = generated.TCLIService_types;

export interface Guid {
  readonly guid: Buffer;
}
export interface SparkParameter {
  readonly name?: string | null;
  readonly type?: string;
  readonly value?: { readonly stringValue?: string | null };
}
/** The request or the response of any call. It is an object of a generated class. */
// biome-ignore lint/suspicious/noExplicitAny: the generated classes have no better types
export type Message = any;

export type Call = (method: string, request: Message) => Promise<Message>;

/** Decodes a request, passes it to `call`, and resolves with the encoded response. A rejection becomes a Thrift exception. */
export function answer(call: Call, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const handler = new Proxy(
      {},
      {
        get: (_, method: string) => (message: Message, done: (error: unknown, result?: Message) => void) =>
          void call(method, message)
            .then(
              (result) => done(null, result),
              (error) => done(error),
            )
            .catch(reject), // a result that can't be encoded
      },
    );
    const receive = library.TBufferedTransport.receiver((transport) => {
      const output = new library.TBufferedTransport(undefined, resolve);
      const processor = new generated.TCLIService.Processor(handler);
      processor.process(
        new library.TBinaryProtocol(transport) as never,
        new library.TBinaryProtocol(output) as never,
      );
    });
    try {
      receive(request);
    } catch (error) {
      reject(error);
    }
  });
}

/** Spark requires a name and a password, but only the secret path grants access. */
const HEADERS = { authorization: `Basic ${btoa('local:local')}`, 'content-type': 'application/x-thrift' };

/** Returns the calls of Spark's Thrift server. They reject with an AppError if Spark has ended. */
export function spark({ port, path }: Thrift): Call {
  const post = async (body: Buffer): Promise<Buffer> => {
    try {
      // Not fetch: it gives up after 300 s without an answer, and a query may take longer.
      const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', headers: HEADERS });
      request.on('error', () => {}); // an error after the response has begun is also an error of the response
      request.end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const answered = await buffer(response);
      if (response.statusCode === 200) return answered;
    } catch {
      // The cause is omitted, because it contains the secret path.
    }
    throw new AppError('SPARK_GONE', 'Spark does not respond any more: start the workspace again.', {
      retriable: true,
    });
  };
  return (method, request) =>
    new Promise((resolve, reject) => {
      const output = new library.TBufferedTransport(undefined, (message) => {
        post(message)
          .then(
            library.TBufferedTransport.receiver((transport) => {
              const protocol = new library.TBinaryProtocol(transport);
              const { mtype, rseqid } = protocol.readMessageBegin();
              client[`recv_${method}`](protocol, mtype, rseqid);
            }),
          )
          .catch(reject);
      });
      const client: Message = new generated.TCLIService.Client(
        output as never,
        library.TBinaryProtocol as never,
      );
      client[method](request, (error: unknown, result: Message) => (error ? reject(error) : resolve(result)));
    });
}
