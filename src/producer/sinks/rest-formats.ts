/** How a record is written in a request to the REST proxy: its two embedded formats that need no schema. */
import { isUtf8 } from 'node:buffer';
import type { OutgoingRecord } from './sink.ts';

export type Format = 'binary' | 'json';

interface EmbeddedFormat {
  /** The request's content type. */
  readonly type: string;
  /** The record as an element of `records`. */
  write(record: OutgoingRecord): string;
  /** Why this format can't carry the record; undefined where it can. */
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
    // The proxy sends keys to Kafka as JSON. A post's number written as a number is its digits there, as the Kafka sink sends
    // them; as a string it would have quotes and fall into another partition.
    write: ({ key, value }) =>
      key === null ? `{"value":${value.toString()}}` : `{"key":${key},"value":${value.toString()}}`,
    problem: ({ value }) => jsonProblem(value, 'REST_FORMAT'),
  },
};

/** Returns why a record can't be sent as JSON; undefined where it can. `setting` is the variable that asks for it. */
export const jsonProblem = (value: Buffer, setting: string): string | undefined =>
  isJson(value) ? undefined : `not JSON, which ${setting}=json can't carry: leave the setting out`;

/** Also false for `null`: the proxy makes a record without a value of it. */
function isJson(value: Buffer): boolean {
  try {
    return isUtf8(value) && JSON.parse(value.toString()) !== null;
  } catch {
    return false;
  }
}
