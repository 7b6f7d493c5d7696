/** A proxy in front of the emulator that fails a share of what passes through it, the same one for the same seed. For tests. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { randomOf } from '../../src/posts/emulator/random.ts';

export interface Fault {
  /** From 0 to 1: of the records of PutRecords, of the calls of any other operation. */
  readonly share: number;
  /** `ProvisionedThroughputExceededException` */
  readonly error: string;
}

interface Answer {
  readonly status: number;
  readonly content: object;
}

const MESSAGE = 'Injected by a test.';

export class FaultyKinesis {
  /** By operation; may be changed at any time. */
  readonly faults: Record<string, Fault> = {};
  /** Whether connections break before anything is passed on. */
  down = false;
  /** How many calls came, and how many calls or records were failed, by operation. */
  readonly calls: Record<string, number> = {};
  readonly failed: Record<string, number> = {};
  readonly #upstream: string;
  readonly #random: () => number;
  readonly #server = http.createServer((request, response) => {
    this.#serve(request, response).catch(() => request.socket.destroy());
  });

  private constructor(upstream: string, seed: number) {
    this.#upstream = upstream;
    this.#random = randomOf(seed);
  }

  /** A proxy for the emulator at `upstream`. */
  static async start(upstream: string, seed = 1): Promise<FaultyKinesis> {
    const proxy = new FaultyKinesis(upstream, seed);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** For clients, in place of the emulator's. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const content = JSON.parse((await buffer(request)).toString());
    if (this.down) throw new Error('down');
    count(this.calls, operation);
    const pass = (sent: object) => this.#pass(request.headers, sent);
    const { status, content: answer } = await this.#answer(operation, content, pass);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  }

  #answer(
    operation: string,
    sent: object,
    pass: (sent: object) => Promise<Answer>,
  ): Promise<Answer> | Answer {
    const fault = this.faults[operation];
    if (!fault) return pass(sent);
    if (operation === 'PutRecords') return this.#putRecords(fault, sent as PutRecords, pass);
    if (this.#random() >= fault.share) return pass(sent);
    count(this.failed, operation);
    return { status: 400, content: { __type: fault.error, message: MESSAGE } };
  }

  async #putRecords(
    fault: Fault,
    sent: PutRecords,
    pass: (sent: object) => Promise<Answer>,
  ): Promise<Answer> {
    const fails = sent.Records.map(() => this.#random() < fault.share);
    const kept = sent.Records.filter((_, index) => !fails[index]);
    const answer = kept.length > 0 ? await pass({ ...sent, Records: kept }) : undefined;
    if (answer && answer.status !== 200) return answer;
    const taken = ((answer?.content ?? { Records: [] }) as PutRecords).Records.values();
    const Records = fails.map((failed) =>
      failed ? { ErrorCode: fault.error, ErrorMessage: MESSAGE } : taken.next().value,
    );
    const failed = fails.filter(Boolean).length;
    count(this.failed, 'PutRecords', failed);
    return { status: 200, content: { FailedRecordCount: failed, Records } };
  }

  async #pass(headers: http.IncomingHttpHeaders, sent: object): Promise<Answer> {
    const names = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization'];
    const kept = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const body = JSON.stringify(sent);
    const response = await fetch(this.#upstream, { method: 'POST', headers: kept, body });
    const text = await response.text();
    return { status: response.status, content: text ? JSON.parse(text) : {} };
  }
}

interface PutRecords {
  readonly Records: readonly object[];
}

function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}
