/** Parses the body of a produce request as Confluent's proxy does: each record becomes the bytes that are sent to Kafka. */
import { LosslessNumber, stringify } from 'lossless-json';
import { z } from 'zod';
import { parseExact } from '../../exact-json.ts';
import { malformed, unprocessable, unsupportedMediaType } from './errors.ts';

export interface ProxyRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The partition that the client chose; undefined if the key determines it. */
  readonly partition: number | undefined;
}

const CONTENT_TYPE = /^application\/vnd\.kafka\.(json|binary)\.v2\+json\s*(;|$)/i;

const shape = z.object({
  records: z.array(
    z.object({
      key: z.unknown().optional(),
      value: z.unknown().optional(),
      partition: z.preprocess(
        (value) => (value instanceof LosslessNumber ? Number(value.value) : value),
        z.int().nonnegative().nullish(),
      ),
    }),
  ),
});

/** @throws ProxyError 415 for an unsupported format, 400 for invalid JSON, 422 for JSON without a list of records */
export function readRecords(contentType: string | undefined, body: string): ProxyRecord[] {
  const format = CONTENT_TYPE.exec(contentType ?? '')?.[1]?.toLowerCase();
  if (format === undefined) throw unsupportedMediaType();
  const { success, data, error } = shape.safeParse(parsed(body, format));
  if (!success)
    throw unprocessable(`${error.issues[0]?.path.join('.') || 'records'}: ${error.issues[0]?.message}`);
  if (data.records.length === 0) throw unprocessable('records may not be empty');
  const bytesOf = format === 'binary' ? fromBase64 : fromJson;
  return data.records.map(({ key, value, partition }) => ({
    key: bytesOf(key),
    value: bytesOf(value),
    partition: partition ?? undefined,
  }));
}

function parsed(body: string, format: string): unknown {
  try {
    // Records in base64 contain no large numbers, and JSON.parse is faster.
    return format === 'binary' ? JSON.parse(body) : parseExact(body);
  } catch (error) {
    throw malformed(`Bad Request: ${(error as Error).message}`);
  }
}

const fromJson = (value: unknown): Buffer | null =>
  value === null || value === undefined ? null : Buffer.from(stringify(value) ?? 'null');

function fromBase64(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string' || !BASE64.test(value)) throw malformed('Bad Request: value is not base64.');
  return Buffer.from(value, 'base64');
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
