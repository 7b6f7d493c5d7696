/** The proxy's routes: the part of Confluent's v2 API that a producer needs. */
import { type Context, Hono } from 'hono';
import { KAFKA_ERROR, notFound, ProxyError } from './errors.ts';
import { readRecords } from './records.ts';
import type { Topics } from './topics.ts';

export function proxyApp(topics: Topics): Hono {
  const app = new Hono();
  app.get('/', (c) => answer(c, {}));
  app.get('/topics', async (c) => answer(c, await topics.names()));
  app.get('/topics/:topic', async (c) => {
    const name = c.req.param('topic');
    const partitions = await topics.partitions(name);
    return answer(c, {
      name,
      configs: {},
      partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({
        partition: partitionId,
        leader,
        replicas: replicas.map((broker) => ({
          broker,
          leader: broker === leader,
          in_sync: isr.includes(broker),
        })),
      })),
    });
  });
  app.post('/topics/:topic', async (c) => {
    const records = readRecords(c.req.header('content-type'), await c.req.text());
    const offsets = await topics.send(c.req.param('topic'), records);
    return answer(c, { offsets, key_schema_id: null, value_schema_id: null });
  });
  app.notFound((c) => failed(c, notFound()));
  app.onError((error, c) =>
    failed(
      c,
      error instanceof ProxyError ? error : new ProxyError(500, KAFKA_ERROR, `Kafka error: ${error.message}`),
    ),
  );
  return app;
}

const TYPE = { 'content-type': 'application/vnd.kafka.v2+json' };

const answer = (c: Context, body: unknown) => c.body(JSON.stringify(body), 200, TYPE);

const failed = (c: Context, { status, code, message }: ProxyError) =>
  c.body(JSON.stringify({ error_code: code, message }), status, TYPE);
