/** The sink for Kafka through the v2 API of a Confluent REST proxy, which accepts or rejects each record of a request separately. */
import { AppError } from '../../errors.ts';
import { topicName } from '../../names.ts';
import { endless } from './aws-errors.ts';
import { type Answer, sendInHalves } from './bisect.ts';
import { apiAt } from './http-api.ts';
import type { ApiAnswer, ApiEndpoint } from './http-endpoint.ts';
import {
  ApiUnreachable,
  apiBusy,
  apiForbidden,
  apiStrange,
  firstLine,
  isBusy,
  isRejection,
  unreachable,
} from './http-errors.ts';
import { topicMissing } from './kafka-errors.ts';
import { type Format, formats } from './rest-formats.ts';
import {
  type BatchLimits,
  DELIVERED,
  isPending,
  type Outcome,
  type OutgoingRecord,
  type Sink,
} from './sink.ts';

export interface RestOptions extends ApiEndpoint {
  /** The pipeline's id, the first part of the names of its topics. */
  readonly id: string;
  readonly format?: Format;
  readonly timeoutMs?: number;
}

const MIB = 1024 * 1024;

/** The maximum number of records in a request. */
const BATCH_RECORDS = 500;
/** The maximum number of bytes in a request, 7 MB in base64: API Gateway accepts 10 MB ("Payload size", quotas for REST APIs). */
const BATCH_BYTES = 5 * MIB;
/** The overhead of a record: `{"key":"","value":""},` and the padding of base64. */
const RECORD_OVERHEAD = 32;
/** Requests in flight for each topic: enough for 20,000 records per second at 100 ms per request. */
const REQUESTS = 4;

const TOPIC_NOT_FOUND = 40401;
/** The codes if Kafka does not accept the proxy's login or does not permit the call, in an answer and in each of its records. */
const NOT_AUTHENTICATED = 40101;
const NOT_AUTHORIZED = 40301;
/**
 * Error codes of a record that can be retried: the documented code of the v2 API, and the code that the proxy actually
 * sends.
 */
const RETRIABLE_CODES = [2, 50003];
/** A valid record that Kafka did not store because of another record of its batch. */
const BESIDE_INVALID = /part of a batch which had/;
/**
 * Kafka's messages about the size or content of a record. The proxy has one code, 50002, for these and for all other
 * errors that its Kafka client does not retry, such as a failure of the broker.
 */
const INVALID = /larger than|too large|failed the validation|have been rejected|without key/i;

/**
 * Returns the sink of a REST proxy. It delivers at least once: a request without an answer may have succeeded. A key has one
 * record in flight at a time, because the proxy may accept one record of a request and reject the next. Keys arrive in Kafka
 * as the same bytes as from the Kafka sink, so both sinks put a post in the same partition.
 */
export function restSink({ id, format = 'binary', timeoutMs, ...endpoint }: RestOptions): Sink {
  const api = apiAt(endpoint, timeoutMs);
  const { type, write, problem } = formats[format];

  const post = async (
    topic: string,
    batch: readonly OutgoingRecord[],
  ): Promise<Answer<OutgoingRecord, Outcome>> => {
    const body = { type, text: `{"records":[${batch.map(write).join(',')}]}` };
    const answer = await api({ method: 'POST', path: `/topics/${topic}`, body }).catch(unreachable);
    if (answer instanceof ApiUnreachable) return later(batch, answer.message);
    if (isBusy(answer)) return later(batch, `${endpoint.url} is failing at the moment (${answer.status})`);
    if (isRejection(answer)) return (record) => rejected(record, answer);
    return outcomes(topic, batch, answer);
  };

  /** Returns the outcomes of records. @throws AppError if the answer contains no outcomes */
  const outcomes = (topic: string, batch: readonly OutgoingRecord[], answer: ApiAnswer): Outcome[] => {
    const { offsets } = answer.body as { offsets?: readonly Offset[] };
    if (answer.status !== 200 || offsets?.length !== batch.length) throw explain(topic, answer);
    return offsets.map(({ error_code, error }, index) => {
      if (error_code === null || error_code === undefined) return DELIVERED;
      const message = error ?? '';
      if (RETRIABLE_CODES.includes(error_code) || BESIDE_INVALID.test(message))
        return { status: 'retriable', reason: `Kafka is failing at the moment (${error_code})` };
      if (!INVALID.test(message)) throw explain(topic, answer);
      const size = (batch[index] as OutgoingRecord).value.length;
      return { status: 'rejected', reason: `${size} bytes, ${error_code}: ${message}` };
    });
  };

  const explain = (topic: string, answer: ApiAnswer) => {
    const { error_code, offsets } = answer.body as {
      error_code?: number;
      offsets?: readonly Offset[] | null;
    };
    const records = [offsets ?? []].flat();
    const codes = [error_code, ...records.map((record) => record?.error_code)];
    if (codes.includes(TOPIC_NOT_FOUND)) return topicMissing(topic, [endpoint.url]);
    // The proxy has its own identity, which may use only the topics of its own pipeline.
    if (codes.includes(NOT_AUTHORIZED))
      return new AppError(
        'TOPIC_FORBIDDEN',
        `The REST proxy at ${endpoint.url} may not use the topic ${topic}: set PIPELINE_ID to the id that the proxy was deployed with, or let it write to that topic.`,
      );
    if (codes.includes(NOT_AUTHENTICATED))
      return new AppError(
        'TOPIC_FORBIDDEN',
        `The REST proxy at ${endpoint.url} can't sign in to Kafka (${NOT_AUTHENTICATED}): correct the credentials of the proxy.`,
      );
    if (answer.status === 401 || answer.status === 403) return apiForbidden(endpoint, answer);
    const failed = records.find((record) => record?.error_code && !INVALID.test(record.error ?? ''));
    if (answer.status === 200 && failed)
      return new AppError(
        'KAFKA_FAILED',
        `Kafka did not store records of ${topic} (${failed.error_code}: ${endless(failed.error || 'no reason given')}): look for the cause in the logs of the REST proxy at ${endpoint.url} and of the broker, then run the command again.`,
      );
    return apiStrange(endpoint, 'a Confluent REST proxy', answer);
  };

  return {
    target: (dataset) => topicName(id, dataset),
    lane: () => 0,
    limits: () => LIMITS,
    async open(datasets) {
      for (const dataset of datasets) {
        const topic = topicName(id, dataset);
        const answer = await api({ method: 'GET', path: `/topics/${topic}` });
        if (isBusy(answer)) throw apiBusy(endpoint, answer);
        const { name } = answer.body as { name?: string };
        if (answer.status !== 200 || name !== topic) throw explain(topic, answer);
      }
    },
    problem,
    send: (topic, _lane, batch) => sendInHalves(batch, (part) => post(topic, part), isPending),
    async close() {},
  };
}

interface Offset {
  readonly error_code?: number | null;
  readonly error?: string | null;
}

const LIMITS: BatchLimits = {
  records: BATCH_RECORDS,
  bytes: BATCH_BYTES,
  overhead: RECORD_OVERHEAD,
  // No rate limit: if the API has one, its answers report it.
  keyed: { calls: REQUESTS },
};

const later = (batch: readonly OutgoingRecord[], reason: string): Outcome[] =>
  batch.map(() => ({ status: 'retriable', reason }));

const rejected = ({ value }: OutgoingRecord, { status, body }: ApiAnswer): Outcome => ({
  status: 'rejected',
  reason: `${value.length} bytes, ${status}: ${firstLine(body)}`,
});
