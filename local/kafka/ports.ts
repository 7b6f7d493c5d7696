/** Free ports on 127.0.0.1. */
import net from 'node:net';
import { AppError } from '../../src/errors.ts';

class PortReservedError extends AppError {
  constructor(port: number) {
    super(
      'PORT_RESERVED',
      `Can't listen on 127.0.0.1:${port}: ports below 1024 need root; choose another port.`,
    );
  }
}

export class PortTakenError extends AppError {
  constructor(what: string, port: number) {
    super(
      'PORT_TAKEN',
      `${what} can't listen on 127.0.0.1:${port}: another program uses the port; stop it or choose another port.`,
    );
  }
}

/**
 * Returns `wanted` if this port is free, otherwise undefined. If `wanted` is 0, returns any free port.
 * @throws PortReservedError if this user may not listen on the port
 */
export function freePort(wanted = 0): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error.code === 'EACCES' ? new PortReservedError(wanted) : error);
    });
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
