/** Keeps web pages away from the servers on this machine, because most of these servers check no credentials. */
import type { IncomingHttpHeaders, Server } from 'node:http';
import { isLoopback } from '../src/network.ts';

/**
 * Makes the server answer 403 to the requests of web pages. Must be called after all `request` listeners were added. A page's request has
 * an `Origin` header, or the page's own host name, which its owner lets resolve to 127.0.0.1.
 */
export function refuseWebPages(server: Server): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (isFromWebPage(request.headers)) response.writeHead(403).end('Web pages cannot use this server.\n');
    else for (const listener of listeners) listener.call(server, request, response);
  });
}

function isFromWebPage({ origin, host }: IncomingHttpHeaders): boolean {
  const url = `http://${host}`;
  return origin !== undefined || !URL.canParse(url) || !isLoopback(new URL(url).hostname);
}
