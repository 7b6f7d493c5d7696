/**
 * Calls a workspace's REST API through Databricks' SDK. Verifies certificates, which the SDK does only if configured, and
 * retries calls that a busy or restarting workspace did not accept.
 */

import http, { type Agent, type ClientRequest } from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkspaceClient } from '@databricks/sdk-experimental';
import sdk from '@databricks/sdk-experimental';
import { AppError } from '../errors.ts';
import { packageName } from '../names.ts';
import { certificateProblem, networkFailure, untrustedMessage } from '../network.ts';
import { fullJitter } from '../producer/retry.ts';
import { PROJECT } from '../project/project.ts';
import { type Connection, requireEncrypted } from './connection.ts';

/** Time during which a call is retried. The SDK retries only 429, not 5xx or a lost connection. */
const RETRY_MS = 60_000;
const SDK_RETRY_S = 60;

/** Retry time before the first response: a workspace that has never responded probably does not exist. */
const FIRST_RETRY_MS = 3000;

/** Timeout of an HTTP request; the SDK's default of five seconds is too short. */
const TIMEOUT_S = 60;

const SERVER_ERROR = 500;
const MISDIRECTED = 421;

/** A workspace rejected a call or did not respond; `status` is undefined without a response. */
export class WorkspaceError extends AppError {
  readonly status: number | undefined;
  /** Databricks' error code, such as `RESOURCE_DOES_NOT_EXIST`. */
  readonly errorCode: string | undefined;

  constructor(
    message: string,
    options: { status?: number; errorCode?: string; retriable?: boolean; cause?: unknown },
  ) {
    super('WORKSPACE', message, options);
    this.status = options.status;
    this.errorCode = options.errorCode;
  }
}

/** Returns undefined for a missing object: `.catch(ifMissing)`. @throws any other error */
export function ifMissing(error: unknown): undefined {
  if (!(error instanceof WorkspaceError && (error.status === 404 || isMissingJob(error)))) throw error;
}

/** Databricks answers 400 for a missing job or run, as its SDKs for Go and Java state. */
const isMissingJob = ({ status, errorCode, message }: WorkspaceError): boolean =>
  status === 400 && errorCode === 'INVALID_PARAMETER_VALUE' && /does(?:n't| not) exist/.test(message);

/** Returns whether an error means that an object with the same name already exists. */
export const isTaken = (error: unknown): boolean =>
  error instanceof WorkspaceError && /ALREADY_EXISTS$/.test(error.errorCode ?? '');

export interface Workspace {
  readonly host: string;
  /**
   * Calls the SDK, with retries while the workspace is busy or unreachable; `what` must be idempotent.
   * @throws WorkspaceError
   */
  call<T>(what: (client: WorkspaceClient) => Promise<T>): Promise<T>;
  /** Calls the SDK once. @throws WorkspaceError, `retriable` if it is unknown whether the call took effect */
  once<T>(what: (client: WorkspaceClient) => Promise<T>): Promise<T>;
  /**
   * Sends one request without the SDK, which drops the body of PATCH requests, and resolves with the complete response. Is
   * retried only within `call`.
   * @throws WorkspaceError, as `once` does
   */
  request(method: 'GET' | 'PUT' | 'PATCH', route: string, body?: object | Buffer): Promise<Buffer>;
}

/** @throws UsageError if a token would cross a network in clear text */
export function connect({ host, token }: Pick<Connection, 'host' | 'token'>): Workspace {
  requireEncrypted(host);
  const options = {
    host,
    token,
    authType: 'pat',
    skipVerify: false,
    httpTimeoutSeconds: TIMEOUT_S,
    retryTimeoutSeconds: SDK_RETRY_S,
    // Ignore environment variables and profiles, which could name another workspace.
    loaders: [],
  } as unknown as ConstructorParameters<typeof WorkspaceClient>[0];
  const product = { product: packageName(PROJECT), productVersion: '0.1.0', agent: agentFor(host) } as const;
  const client = new sdk.WorkspaceClient(options, product);
  const once = async <T>(what: () => Promise<T>): Promise<T> => {
    try {
      return await what();
    } catch (error) {
      throw explained(host, error);
    }
  };
  let answered = false;
  const call = async <T>(what: () => Promise<T>): Promise<T> => {
    const since = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await once(what);
        answered = true;
        return answer;
      } catch (error) {
        const tired = Date.now() - since > (answered ? RETRY_MS : FIRST_RETRY_MS);
        if (!(error as AppError).retriable || tired) throw error;
        await sleep(fullJitter(attempt, Math.random));
      }
    }
  };
  return {
    host,
    once: (what) => once(() => what(client)),
    call: (what) => call(() => what(client)),
    request: (method, route, body) =>
      once(async () => {
        const isJson = body !== undefined && !Buffer.isBuffer(body);
        const response = await fetch(new URL(route, host), {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(isJson && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as Buffer) }),
          signal: AbortSignal.timeout(TIMEOUT_S * 1000),
          // A workspace does not redirect. A login page does, and its own 200 would look like success.
          redirect: 'manual',
        });
        if (/^text\/html/.test(response.headers.get('content-type') ?? ''))
          throw new SyntaxError('an HTML page');
        // A connection that breaks while the response is read counts as no response.
        const answer = Buffer.from(await response.arrayBuffer());
        if (response.ok) return answer;
        const { message = response.statusText, error_code = '' } = problemIn(answer);
        const [path = ''] = route.split('?');
        throw new sdk.ApiError(
          `${method} ${decodeURI(path)}: ${message}`,
          error_code,
          response.status,
          undefined,
          [],
        );
      }),
  };
}

/**
 * Returns the agent of the SDK's requests. After 301 and 302 the SDK would send the token, and the request's body, to whatever
 * host the answer names. The agent turns every redirect into an error, before the SDK sees it.
 */
function agentFor(host: string): Agent {
  const options = { keepAlive: true, timeout: TIMEOUT_S * 1000 };
  const agent = host.startsWith('https:')
    ? new https.Agent({ ...options, rejectUnauthorized: true })
    : new http.Agent(options);
  const sending = agent as unknown as { addRequest(request: ClientRequest, ...rest: unknown[]): void };
  const send = sending.addRequest.bind(agent);
  sending.addRequest = (request, ...rest) => {
    request.prependOnceListener('response', (response) => {
      if (!isRedirect(response.statusCode)) return;
      delete response.headers.location;
      response.statusCode = MISDIRECTED;
    });
    send(request, ...rest);
  };
  return agent;
}

const isRedirect = (status = 0): boolean => status >= 300 && status < 400;

/** Returns the description of an error in a response; an empty object if there is none. */
function problemIn(answer: Buffer): { message?: string; error_code?: string } {
  try {
    return JSON.parse(answer.toString()) ?? {};
  } catch {
    return {};
  }
}

/** Returns all entries of an SDK's list. */
export async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

/** The error for an address that answers, but not as a workspace does. */
export const notWorkspace = (host: string): WorkspaceError =>
  new WorkspaceError(
    `${host} does not answer as a Databricks workspace does: check DATABRICKS_HOST, and whether a proxy asks for a login.`,
    {},
  );

function explained(host: string, error: unknown): unknown {
  if (error instanceof WorkspaceError) return error;
  if (error instanceof sdk.ApiError) {
    const { statusCode: status, errorCode, message } = error;
    if (status === MISDIRECTED || isRedirect(status)) return notWorkspace(host);
    const retriable = status >= SERVER_ERROR || status === 429;
    // A wrong token also returns 403, but its code is not PERMISSION_DENIED.
    const unknown = status === 401 || (status === 403 && errorCode !== 'PERMISSION_DENIED');
    const problem = unknown ? `${host} does not accept the token` : `${host} rejected the call`;
    return new WorkspaceError(`${problem}: ${message}`, { status, errorCode, retriable, cause: error });
  }
  if (error instanceof sdk.retries.TimeoutError)
    return new WorkspaceError(
      `${host} is too busy: it has returned 429 for ${SDK_RETRY_S} s. Try again later.`,
      { status: 429 },
    );
  // The SDK's error, in its spelling, and the error of JSON.parse.
  if (error instanceof SyntaxError || /^Can't parse reponse/.test(String((error as Error)?.message)))
    return notWorkspace(host);
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined) return new WorkspaceError(untrustedMessage(host, untrusted), { cause: error });
  const why = networkFailure(error) ?? (isUnknownHost(error) ? 'ENOTFOUND' : undefined);
  if (why === undefined) return error;
  return new WorkspaceError(`${host} does not respond (${why}): check that the workspace is running.`, {
    retriable: true,
    cause: error,
  });
}

/**
 * Returns whether the error means an unknown host. The SDK replaces the network's error with its own error, which can
 * be recognized only by its message.
 */
const isUnknownHost = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("Can't connect to ");
