/** Free ports on 127.0.0.1. */
import net from 'node:net';
import { AppError } from '../../src/errors.ts';

export class PortTakenError extends AppError {
  constructor(what: string, port: number) {
    super(
      'PORT_TAKEN',
      `${what} can't listen on 127.0.0.1:${port}: another program uses the port; stop it or choose another port.`,
    );
  }
}

/** Returns `wanted` if this port is free, otherwise undefined. If `wanted` is 0, returns any free port. */
export function freePort(wanted = 0): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    );
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
