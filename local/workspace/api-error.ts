/** The response to a failed call: Databricks' HTTP status and error code, and one sentence. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export class ApiError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const missing = (message: string): ApiError => new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', message);

export const invalid = (message: string): ApiError => new ApiError(400, 'INVALID_PARAMETER_VALUE', message);

export const exists = (message: string): ApiError => new ApiError(400, 'RESOURCE_ALREADY_EXISTS', message);
