/** The sink for Kinesis through API Gateway: `PUT /streams/{name}/records` of the API in `infra/`, which calls PutRecords. */
import { AppError } from '../../errors.ts';
import { apiAt } from './http-api.ts';
import type { ApiAnswer, ApiEndpoint } from './http-endpoint.ts';
import {
  ApiUnreachable,
  apiBusy,
  apiForbidden,
  apiStrange,
  firstLine,
  isBusy,
  unreachable,
} from './http-errors.ts';
import { isRejectionName, isThrottledName, sayThrottled, streamMissing } from './kinesis-errors.ts';
import { CALL_BYTES, type StreamOptions, type StreamRecord, streamsSink } from './put-records.ts';
import { type Format, jsonProblem } from './rest-formats.ts';
import type { Sink } from './sink.ts';

export interface GatewayOptions extends ApiEndpoint, StreamOptions {
  readonly format?: Format;
  readonly timeoutMs?: number;
}

/**
 * The maximum number of bytes in a call. With base64, keys and braces, they stay below API Gateway's limit of 10 MB
 * ("Payload size", quotas for REST APIs).
 */
const PAYLOAD_BYTES = 7_000_000;

/**
 * Functions that write a record. `binary` writes base64, which the API passes to Kinesis unchanged, so Kinesis stores
 * the same bytes. `json` writes JSON, which API Gateway rewrites. The partition key is the same in both formats.
 */
const formats: Readonly<Record<Format, (record: StreamRecord) => string>> = {
  binary: ({ PartitionKey, Data }) =>
    `{"data":"${Data.toString('base64')}","encoding":"base64","partition-key":${JSON.stringify(PartitionKey)}}`,
  json: ({ PartitionKey, Data }) =>
    `{"data":${Data.toString()},"partition-key":${JSON.stringify(PartitionKey)}}`,
};

const JSON_TYPE = 'application/json';
const KINESIS = 'the API in front of Kinesis';

/**
 * Returns the sink, whose calls do not exceed API Gateway's limit for a request.
 * @throws UsageError, AppError as apiAt does
 */
export function gatewaySink({ format = 'binary', timeoutMs, ...options }: GatewayOptions): Sink {
  const api = apiAt(options, timeoutMs);
  const write = formats[format];
  const maxCallBytes = Math.min(options.maxCallBytes ?? CALL_BYTES, PAYLOAD_BYTES);

  const explain = (stream: string, answer: ApiAnswer) => {
    const type = typeIn(answer);
    if (type === 'ResourceNotFoundException') return streamMissing(stream, { endpoint: options.url });
    // The API has its own role, which may use only the streams of its own pipeline.
    if (type === 'AccessDeniedException')
      return new AppError(
        'STREAM_FORBIDDEN',
        `The API at ${options.url} may not use the stream ${stream}: set PIPELINE_ID to the id that the API was deployed with, or let its role use that stream.`,
      );
    if (answer.status === 401 || answer.status === 403) return apiForbidden(options, answer);
    return apiStrange(options, KINESIS, answer);
  };

  return streamsSink(
    { ...options, maxCallBytes },
    {
      async put(stream, records) {
        const text = `{"records":[${records.map(write).join(',')}]}`;
        const body = { type: JSON_TYPE, text };
        const answer = await api({ method: 'PUT', path: `/streams/${stream}/records`, body }).catch(
          unreachable,
        );
        if (answer instanceof ApiUnreachable) return { later: answer.message };
        if (isBusy(answer)) return { later: `${options.url} is failing at the moment (${answer.status})` };
        const type = typeIn(answer);
        if (answer.status === 413) return { rejected: `413: ${firstLine(answer.body)}` };
        if (answer.status === 400 && type !== undefined && isThrottledName(type))
          return { later: sayThrottled(type) };
        // If the answer has no type, API Gateway itself rejected the body.
        if (answer.status === 400 && (type === undefined || isRejectionName(type)))
          return { rejected: `${type ?? '400'}: ${firstLine(answer.body)}` };
        const { Records } = answer.body as { Records?: readonly { ErrorCode?: string }[] };
        if (answer.status !== 200 || Records?.length !== records.length) throw explain(stream, answer);
        return { codes: Records.map(({ ErrorCode }) => ErrorCode) };
      },
      async openShards(stream) {
        const answer = await api({ method: 'GET', path: `/streams/${stream}` });
        const type = typeIn(answer);
        if (isBusy(answer) || (type !== undefined && isThrottledName(type))) throw apiBusy(options, answer);
        const { StreamDescription } = answer.body as { StreamDescription?: StreamDescription };
        if (answer.status !== 200 || StreamDescription === undefined) throw explain(stream, answer);
        if (!['ACTIVE', 'UPDATING'].includes(StreamDescription.StreamStatus))
          throw streamMissing(stream, { endpoint: options.url });
        // DescribeStream returns only the first hundred shards. After many splits and merges, all of these may be closed.
        const { Shards } = StreamDescription;
        const open = Shards.filter(({ SequenceNumberRange }) => !SequenceNumberRange.EndingSequenceNumber);
        return Math.max(1, open.length);
      },
      problem: (value) => (format === 'json' ? jsonProblem(value, 'GATEWAY_FORMAT') : undefined),
      close() {},
    },
  );
}

interface StreamDescription {
  readonly StreamStatus: string;
  readonly Shards: readonly { readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string } }[];
}

/** Returns the name of Kinesis's error without the service's name; undefined if the answer is not from Kinesis. */
function typeIn({ body }: ApiAnswer): string | undefined {
  const { __type } = body as { __type?: unknown };
  return typeof __type === 'string' ? __type.split('#').at(-1) : undefined;
}
