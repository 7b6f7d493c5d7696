/** The batch pipeline's hops: API → REST proxy → topic → object in the bucket → table. */
import { topicName } from '../../src/names.ts';
import { type Api, apiAt } from '../../src/producer/sinks/http-api.ts';
import type { ApiAnswer, ApiEndpoint } from '../../src/producer/sinks/http-endpoint.ts';
import { apiForbidden, firstLine } from '../../src/producer/sinks/http-errors.ts';
import type { Landing, Written } from './landing.ts';
import { CHECKED, type Marked } from './marked.ts';
import { eventually, type Hop, HopBroken } from './walk.ts';

const JSON_TYPE = 'application/vnd.kafka.json.v2+json';

export interface BatchOptions {
  /** The pipeline's id. */
  readonly id: string;
  readonly endpoint: ApiEndpoint;
  readonly landing: Landing;
  /** How long to wait for the object, in milliseconds. The sink writes an object only when it closes the object. */
  readonly waitMs: number;
  /** The interval between two searches for the object, in milliseconds. */
  readonly intervalMs: number;
}

/** Returns the hops up to the bucket. They must be checked in this order, because each needs the result of the hop before it. */
export function batchHops(
  { id, endpoint, landing, waitMs, intervalMs }: BatchOptions,
  { mark, record }: Marked,
): Hop[] {
  const api = apiAt(endpoint);
  const topic = topicName(id, CHECKED);
  let answer: ApiAnswer;
  let written: Written;
  return [
    {
      name: 'API',
      async pass() {
        answer = await api({ method: 'GET', path: '/topics' });
        if (answer.status === 401 || answer.status === 403) throw apiForbidden(endpoint, answer);
        return `${endpoint.url} answers`;
      },
    },
    {
      name: 'REST proxy',
      async pass() {
        const { status, body } = answer;
        if (status !== 200 || !Array.isArray(body))
          throw new HopBroken(
            `the REST proxy does not respond (${status}: ${firstLine(body)}): see "journalctl -u kafka-rest" on the client machine.`,
          );
        return `lists ${body.length} topics`;
      },
    },
    {
      name: 'topic',
      async pass() {
        written = await send(api, topic, record);
        return `${topic}, partition ${written.partition}, offset ${written.offset}`;
      },
    },
    {
      name: 'object',
      async pass() {
        const found = await eventually(() => landing.find(topic, written, mark), { waitMs, intervalMs });
        if (found !== undefined) return found;
        throw new HopBroken(
          `no object of ${topic} in ${landing.name} contains the record after ${Math.round(waitMs / 1000)} s: see the connector's log group, and check that the connector's state is RUNNING.`,
        );
      },
    },
  ];
}

async function send(api: Api, topic: string, record: object): Promise<Written> {
  const body = { type: JSON_TYPE, text: JSON.stringify({ records: [{ value: record }] }) };
  const answer = await api({ method: 'POST', path: `/topics/${topic}`, body });
  const { offsets = [] } = answer.body as {
    offsets?: readonly { partition: number; offset: number; error_code?: number | null; error?: string }[];
  };
  const [first] = offsets;
  if (answer.status === 200 && first && (first.error_code ?? null) === null) return first;
  const why = first?.error ?? firstLine(answer.body);
  throw new HopBroken(
    `the REST proxy rejects a record for ${topic} (${answer.status}: ${why}): check that the topic exists and that its name begins with PIPELINE_ID.`,
  );
}
