/** The HTTP server: listens only on the loopback interface, and requires the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { AppError } from '../../src/errors.ts';
import { FileError, uncaughtFileError } from '../../src/files/errors.ts';
import { PortTakenError } from '../kafka/ports.ts';
import { serveApp } from '../serve-app.ts';
import { ApiError } from './api-error.ts';

export const LOOPBACK = '127.0.0.1';

export interface Listening {
  /** `http://127.0.0.1:4480` */
  readonly host: string;
  close(): Promise<void>;
}

/**
 * Returns an app with all routes. The app requires the token, formats errors as Databricks does, and calls `broken` for
 * an unexpected error.
 */
export function appOf(
  token: string,
  routes: readonly Hono[],
  broken: (error: Error, request: string) => void,
): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const sent = c.req.header('authorization');
    if (sent === undefined)
      throw new ApiError(401, 'UNAUTHENTICATED', 'Credential was not sent: expected a Bearer token.');
    if (!same(sent, `Bearer ${token}`)) throw new ApiError(403, '403', 'Invalid access token.');
    await next();
  });
  for (const each of routes) app.route('/', each);
  app.notFound((c) =>
    c.json(
      {
        error_code: 'ENDPOINT_NOT_FOUND',
        message: `No API found for '${c.req.method} ${c.req.path}' in the workspace on this machine.`,
      },
      404,
    ),
  );
  app.onError((met, c) => {
    const error = uncaughtFileError(met) ?? met;
    if (error instanceof ApiError)
      return c.json({ error_code: error.code, message: error.message }, error.status);
    // A file can't be read or written. The status is not 500, because clients would then retry and fail again.
    if (error instanceof FileError)
      return c.json({ error_code: 'INVALID_STATE', message: error.message }, 400);
    // An AppError is expected: it contains Spark's message for the user. All other errors are unexpected.
    if (!(error instanceof AppError)) broken(error, `${c.req.method} ${c.req.path}`);
    return c.json({ error_code: 'INTERNAL_ERROR', message: error.message }, 500);
  });
  return app;
}

/** Listens on `port`, or on any free port if `port` is 0. @throws AppError if the port is taken */
export async function listen(app: Hono, port: number): Promise<Listening> {
  const server = serveApp(app, port);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new PortTakenError('The local workspace', port);
  }
  const { port: listening } = server.address() as AddressInfo;
  return {
    host: `http://${LOOPBACK}:${listening}`,
    close: () => closeServer(server),
  };
}

/** Ends all connections, and resolves when the server has closed. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Compares in constant time, so that the duration does not reveal how many characters match. */
export const same = (sent: string, expected: string): boolean =>
  timingSafeEqual(digest(sent), digest(expected));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
