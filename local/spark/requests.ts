/** The open requests of a connection to Spark, which sends and receives one JSON object per line. */
export interface Reply {
  /** The request's number. */
  readonly id: number;
  /** Part of the output of a run that continues. */
  readonly output?: string;
  readonly result?: unknown;
}

interface Open {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onOutput?(text: string): void;
}

export class Requests {
  readonly #open = new Map<number, Open>();
  readonly #send: (request: object) => void;
  #sent = 0;

  /** `send` writes a request as one line. */
  constructor(send: (request: object) => void) {
    this.#send = send;
  }

  /** Sends the request under a new number. The promise settles with the reply, or when the connection ends. */
  ask<Result>(request: object, onOutput?: (text: string) => void): { id: number; result: Promise<Result> } {
    this.#sent += 1;
    const id = this.#sent;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject, ...(onOutput && { onOutput }) });
    });
    this.#send({ id, ...request });
    return { id, result: result as Promise<Result> };
  }

  /** Passes a reply on to its request. If the request failed, `error` is the reason. */
  settle({ id, output, result }: Reply, error?: Error): void {
    const request = this.#open.get(id);
    if (output !== undefined) {
      request?.onOutput?.(output);
      return;
    }
    this.#open.delete(id);
    if (error) request?.reject(error);
    else request?.resolve(result);
  }

  /** Rejects all open requests, because the connection has ended. */
  end(error: Error): void {
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}

/** Calls `cancel` when the signal aborts, until `result` has settled. */
export async function cancelable<Result>(
  result: Promise<Result>,
  signal: AbortSignal | undefined,
  cancel: () => void,
): Promise<Result> {
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  try {
    return await result;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
