/** Serves a Hono app on the loopback interface. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { OPEN } from './idle-connections.ts';
import { refuseWebPages } from './web-pages.ts';

/** Listens on `port`, or on any free port if `port` is 0. The returned server emits `listening` or `error`. */
export function serveApp({ fetch }: Pick<Hono, 'fetch'>, port: number): Server {
  const server = serve({ fetch, hostname: '127.0.0.1', port, serverOptions: OPEN }) as Server;
  refuseWebPages(server);
  return server;
}
