/** The formats of records in requests to the REST proxy: the proxy's two embedded formats that need no schema. */
import { isUtf8 } from 'node:buffer';
import type { OutgoingRecord } from './sink.ts';

export type Format = 'binary' | 'json';

interface EmbeddedFormat {
  /** The request's content type. */
  readonly type: string;
  /** The record as an element of `records`. */
  write(record: OutgoingRecord): string;
  /** Returns why this format can't contain the record; undefined if it can. */
  problem(record: OutgoingRecord): string | undefined;
}

export const formats: Readonly<Record<Format, EmbeddedFormat>> = {
  binary: {
    type: 'application/vnd.kafka.binary.v2+json',
    write: ({ key, value }) =>
      key === null
        ? `{"value":"${value.toString('base64')}"}`
        : `{"key":"${Buffer.from(key).toString('base64')}","value":"${value.toString('base64')}"}`,
    problem: () => undefined,
  },
  json: {
    type: 'application/vnd.kafka.json.v2+json',
    // The proxy sends keys to Kafka as JSON. A post's number, written as a JSON number, arrives with the same bytes as
    // from the Kafka sink. Written as a JSON string, it would arrive with quotes, in another partition.
    write: ({ key, value }) =>
      key === null ? `{"value":${value.toString()}}` : `{"key":${key},"value":${value.toString()}}`,
    problem: ({ key, value }) => jsonProblem(value, 'REST_FORMAT') ?? keyProblem(key),
  },
};

/** Returns why a record can't be sent as JSON; undefined if it can. `setting` is the variable that selects JSON. */
export const jsonProblem = (value: Buffer, setting: string): string | undefined =>
  isJson(value) ? undefined : `not JSON, so it can't be sent with ${setting}=json: unset ${setting}`;

/** JSON that the proxy does not change: a whole number, or an array (a key that consists of several fields). */
const JSON_KEY = /^(0|[1-9]\d*|\[.*\])$/;

/** Returns why a key can't be sent as JSON; undefined if it can. */
const keyProblem = (key: string | null): string | undefined =>
  key === null || JSON_KEY.test(key)
    ? undefined
    : 'with a key that is not a whole number, which the proxy would change with REST_FORMAT=json: unset REST_FORMAT';

/** Returns whether bytes are JSON other than `null`, which the proxy would turn into a record without a value. */
function isJson(value: Buffer): boolean {
  try {
    return isUtf8(value) && JSON.parse(value.toString()) !== null;
  } catch {
    return false;
  }
}
