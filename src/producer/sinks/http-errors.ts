/** Translates errors of an HTTP API into one sentence each. */
import { AppError } from '../../errors.ts';
import { endless } from './aws-errors.ts';
import { type ApiAnswer, type ApiEndpoint, isSigned } from './http-endpoint.ts';

export class ApiUnreachable extends AppError {
  constructor({ url, setting }: ApiEndpoint, why: string, cause: unknown) {
    super(
      'API_UNREACHABLE',
      `No server responds at ${url} (${why}): start it, or set ${setting} to its address.`,
      { retriable: true, cause },
    );
  }
}

/** Returns the error if there was no answer, so that the caller can retry. @throws any other error */
export function unreachable(error: unknown): ApiUnreachable {
  if (error instanceof ApiUnreachable) return error;
  throw error;
}

/** Returns the error for an API that does not accept the caller's credentials, or does not permit the call. */
export function apiForbidden(endpoint: ApiEndpoint, { status, body, errorType }: ApiAnswer): AppError {
  const advice =
    errorType === 'MissingAuthenticationTokenException'
      ? `${endpoint.setting} must be the invoke URL with its stage, and requests must be signed with AWS credentials if the API requires it`
      : isSigned(endpoint)
        ? 'the AWS credentials need the permission execute-api:Invoke, and the clock must be right'
        : 'the API requires an AWS signature, an API key or both';
  return new AppError(
    'API_FORBIDDEN',
    `${endpoint.url} rejected the request (${status}, ${errorType ?? firstLine(body)}): ${advice}.`,
  );
}

/** Returns the error for an API that can't answer now. It is for the first calls of a run, which are not retried. */
export const apiBusy = ({ url }: ApiEndpoint, { status, body }: ApiAnswer): AppError =>
  new AppError(
    'API_BUSY',
    `${url} is failing at the moment (${status}, ${firstLine(body)}): run the command again in a few minutes.`,
    { retriable: true },
  );

/** Returns the error for an answer that this API would not send. */
export const apiStrange = (
  { url, setting }: ApiEndpoint,
  what: string,
  { status, body }: ApiAnswer,
): AppError =>
  new AppError(
    'API_STRANGE',
    `${url} does not respond like ${what} (${status}, ${firstLine(body)}): ${setting} must be the address of ${what}.`,
  );

/** Returns whether the API can't answer now: too many requests, or a failure of the service behind it. */
export const isBusy = ({ status }: ApiAnswer): boolean => status === 408 || status === 429 || status >= 500;

/**
 * Returns whether a request was rejected because of its records, not because of the caller. If the records are sent in
 * smaller parts, only the invalid record is rejected.
 */
export const isRejection = ({ status }: ApiAnswer): boolean =>
  status === 400 || status === 413 || status === 422;

/**
 * Returns the first line of an answer's message. The other lines are omitted, because API Gateway may quote the request
 * with its session token in them.
 */
export const firstLine = (body: unknown): string =>
  endless(messageIn(body) ?? (typeof body === 'string' && body !== '' ? body : 'no message')).slice(
    0,
    MAX_MESSAGE_LENGTH,
  );

const MAX_MESSAGE_LENGTH = 200;

function messageIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, Message } = body as Record<string, unknown>;
  return [message, Message].find((text) => typeof text === 'string');
}
