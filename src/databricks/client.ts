/**
 * A workspace's REST API, by Databricks' own SDK: with certificates verified, which the SDK skips unless it is set,
 * and with calls repeated that a busy or restarting workspace did not take.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkspaceClient } from '@databricks/sdk-experimental';
import sdk from '@databricks/sdk-experimental';
import { AppError, UsageError } from '../errors.ts';
import { packageName } from '../names.ts';
import { certificateProblem, isLoopback, networkFailure } from '../network.ts';
import { fullJitter } from '../producer/retry.ts';
import { PROJECT } from '../project/project.ts';
import type { Connection } from './connection.ts';

/** How long a call is retried. The SDK itself retries 429, but neither 5xx nor a lost connection. */
const RETRY_MS = 60_000;
const SDK_RETRY_S = 60;

/** The same before it ever answered: then it is more likely not there at all. */
const FIRST_RETRY_MS = 3000;

/** Timeout of an HTTP request; the SDK's default of five seconds is too short. */
const TIMEOUT_S = 60;

const SERVER_ERROR = 500;

/** A workspace refused a call or did not answer; `status` is undefined where no answer came. */
export class WorkspaceError extends AppError {
  readonly status: number | undefined;
  /** Databricks' own: `RESOURCE_DOES_NOT_EXIST`. */
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

export const isMissing = (error: unknown): boolean => error instanceof WorkspaceError && error.status === 404;

/** Returns whether an object of that name exists. */
export const isTaken = (error: unknown): boolean =>
  error instanceof WorkspaceError && /ALREADY_EXISTS$/.test(error.errorCode ?? '');

export interface Workspace {
  readonly host: string;
  /**
   * Calls the SDK, again and again where the workspace is busy or away: `what` must do no harm when it is done twice.
   * @throws WorkspaceError
   */
  call<T>(what: (client: WorkspaceClient) => Promise<T>): Promise<T>;
  /** Calls it once. @throws WorkspaceError, `retriable` where nobody knows whether it was done */
  once<T>(what: (client: WorkspaceClient) => Promise<T>): Promise<T>;
  /** As `call`; the SDK drops the bodies of PATCH. */
  patch(route: string, body: object): Promise<void>;
}

/** @throws UsageError where a token would cross a network in clear text */
export function connect({ host, token }: Pick<Connection, 'host' | 'token'>): Workspace {
  const { protocol, hostname } = new URL(host);
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new UsageError(
      `${host} is not https, and the token would be sent in clear text: expected https://…`,
    );
  const options = {
    host,
    token,
    authType: 'pat',
    skipVerify: false,
    httpTimeoutSeconds: TIMEOUT_S,
    retryTimeoutSeconds: SDK_RETRY_S,
    // Neither environment nor profile may bring in another workspace.
    loaders: [],
  } as unknown as ConstructorParameters<typeof WorkspaceClient>[0];
  const product = { product: packageName(PROJECT), productVersion: '0.1.0' } as const;
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
    patch: (route, body) =>
      call(async () => {
        const response = await fetch(new URL(route, host), {
          method: 'PATCH',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(TIMEOUT_S * 1000),
        });
        if (response.ok) return;
        const { message = response.statusText, error_code } = (await response.json().catch(() => ({}))) as {
          message?: string;
          error_code?: string;
        };
        throw new sdk.ApiError(message, error_code ?? '', response.status, undefined, []);
      }),
  };
}

/** Returns all entries of an SDK's list. */
export async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

function explained(host: string, error: unknown): unknown {
  if (error instanceof sdk.ApiError) {
    const { statusCode: status, errorCode, message } = error;
    const retriable = status >= SERVER_ERROR || status === 429;
    // A wrong token is a 403 too, but not one of this code.
    const unknown = status === 401 || (status === 403 && errorCode !== 'PERMISSION_DENIED');
    const problem = unknown ? `${host} does not accept the token` : `${host} refused`;
    return new WorkspaceError(`${problem}: ${message}`, { status, errorCode, retriable, cause: error });
  }
  if (error instanceof sdk.retries.TimeoutError)
    return new WorkspaceError(`${host} is too busy: it answered so for ${SDK_RETRY_S} s.`, { status: 429 });
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return new WorkspaceError(
      `${host} shows a certificate that is not to be trusted (${untrusted}): where it is your own network's, name its authority in NODE_EXTRA_CA_CERTS.`,
      { cause: error },
    );
  const why = networkFailure(error) ?? (isUnknownHost(error) ? 'ENOTFOUND' : undefined);
  if (why === undefined) return error;
  return new WorkspaceError(`${host} does not answer (${why}): is the workspace up?`, {
    retriable: true,
    cause: error,
  });
}

/** The SDK replaces the error of an unknown host by its own, which only its message identifies. */
const isUnknownHost = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith("Can't connect to ");
