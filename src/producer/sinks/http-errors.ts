/** Translates an HTTP API's refusals into one sentence each. */
import { AppError } from '../../errors.ts';
import { endless } from './aws-errors.ts';
import { type ApiAnswer, type ApiEndpoint, isSigned } from './http-endpoint.ts';

export class ApiUnreachable extends AppError {
  constructor({ url, setting }: ApiEndpoint, why: string, cause: unknown) {
    super(
      'API_UNREACHABLE',
      `Nothing answers at ${url} (${why}): start it, or say in ${setting} where it is.`,
      { retriable: true, cause },
    );
  }
}

/** Thrown where TLS meets a certificate of an unknown authority or for another host. */
export class ApiUntrusted extends AppError {
  constructor({ url }: ApiEndpoint, why: string, cause: unknown) {
    super(
      'API_UNTRUSTED',
      `The certificate of ${url} is not to be trusted (${why}): name in NODE_EXTRA_CA_CERTS the PEM file of the authority that signs it.`,
      { cause },
    );
  }
}

/** Returns the error where no answer came, so that the caller sends again. @throws any other error */
export function unreachable(error: unknown): ApiUnreachable {
  if (error instanceof ApiUnreachable) return error;
  throw error;
}

/** The API knows the caller not, or does not let it do this. */
export class ApiForbidden extends AppError {
  constructor(endpoint: ApiEndpoint, { status, body, errorType }: ApiAnswer) {
    const advice =
      errorType === 'MissingAuthenticationTokenException'
        ? `${endpoint.setting} must be the invoke URL with its stage, and signed (AWS credentials) where the API asks for that`
        : isSigned(endpoint)
          ? 'the AWS credentials must be ones that may execute-api:Invoke there, and the clock right'
          : 'it asks for an AWS signature, an API key or both';
    super(
      'API_FORBIDDEN',
      `${endpoint.url} refused the request (${status}, ${errorType ?? firstLine(body)}): ${advice}.`,
    );
  }
}

/** An answer that is none of this API's own. */
export class ApiStrange extends AppError {
  constructor({ url, setting }: ApiEndpoint, what: string, { status, body }: ApiAnswer) {
    super(
      'API_STRANGE',
      `${url} does not answer as ${what} does (${status}, ${firstLine(body)}): ${setting} must be its address.`,
    );
  }
}

/** Returns whether the API can't answer now: too many requests, or a failure behind it. */
export const isBusy = ({ status }: ApiAnswer): boolean => status === 408 || status === 429 || status >= 500;

/** Refusals of what a request holds, not of the caller: sent in smaller parts, all but the guilty record are taken. */
export const isRefusal = ({ status }: ApiAnswer): boolean =>
  status === 400 || status === 413 || status === 422;

/**
 * Returns the first line of an answer's message. API Gateway's second line may quote the request with its session
 * token.
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
