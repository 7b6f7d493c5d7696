/** Serves a Hono app on the loopback interface. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { refuseWebPages } from './web-pages.ts';

/**
 * Server options that keep idle connections open. By default Node closes them after 5 seconds, and a client that was busy
 * for longer would send its next request on a closed connection.
 */
export const OPEN = { keepAliveTimeout: 0 };

/** Listens on `port`, or on any free port if `port` is 0. The returned server emits `listening` or `error`. */
export function serveApp({ fetch }: Pick<Hono, 'fetch'>, port: number): Server {
  const server = serve({ fetch, hostname: '127.0.0.1', port, serverOptions: OPEN }) as Server;
  refuseWebPages(server);
  return server;
}
