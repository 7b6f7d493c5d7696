/** The response to a failed request: Confluent's HTTP status, error code and message. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export class ProxyError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;

  constructor(status: ContentfulStatusCode, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const topicNotFound = () => new ProxyError(404, 40401, 'Topic not found.');
export const partitionNotFound = () => new ProxyError(404, 40402, 'Partition not found.');
export const notFound = () => new ProxyError(404, 404, 'HTTP 404 Not Found');
export const unsupportedMediaType = () => new ProxyError(415, 415, 'HTTP 415 Unsupported Media Type');
/** Returns the error of a request whose records are missing or invalid. */
export const unprocessable = (message: string) => new ProxyError(422, 422, message);
export const malformed = (message: string) => new ProxyError(400, 400, message);

/** The error code of one record, or of a request if none of its records could be sent. */
export const KAFKA_ERROR = 50002;
export const KAFKA_RETRIABLE_ERROR = 50003;
