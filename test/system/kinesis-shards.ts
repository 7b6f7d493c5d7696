/**
 * A proxy in front of the emulator that holds every shard to Amazon's limit of 1,000 records a second, which the emulator
 * does not. It knows a new stream's equal hash ranges only, and a second is the second of the clock.
 */
import { createHash } from 'node:crypto';
import type http from 'node:http';
import { json } from 'node:stream/consumers';
import { LoopbackServer } from '../fixtures/loopback-server.ts';

const RECORDS_PER_SECOND = 1000;

interface Sent {
  readonly StreamName: string;
  readonly Records?: readonly { readonly PartitionKey: string }[];
}

export class LimitedShards extends LoopbackServer {
  /** Records turned away, by shard. */
  readonly throttled: Record<number, number> = {};
  readonly #upstream: string;
  readonly #shards: number;
  #second = 0;
  readonly #taken = new Map<string, number>();

  private constructor(upstream: string, shards: number) {
    super();
    this.#upstream = upstream;
    this.#shards = shards;
  }

  static async start(upstream: string, shards: number): Promise<LimitedShards> {
    return new LimitedShards(upstream, shards).listen();
  }

  protected override async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const sent = (await json(request)) as Sent;
    const records = sent.Records ?? [];
    const fits = records.map(({ PartitionKey }) =>
      this.#takes(sent.StreamName, shardOf(PartitionKey, this.#shards)),
    );
    const kept = records.filter((_, index) => fits[index]);
    const passed =
      sent.Records === undefined || kept.length > 0
        ? await this.#pass(request.headers, sent.Records ? { ...sent, Records: kept } : sent)
        : { Records: [] };
    const answers = passed.Records?.values();
    const Records = fits.map((fit) =>
      fit ? answers?.next().value : { ErrorCode: 'ProvisionedThroughputExceededException' },
    );
    const answer =
      sent.Records === undefined ? passed : { FailedRecordCount: records.length - kept.length, Records };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  }

  #takes(stream: string, shard: number): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#second) this.#taken.clear();
    this.#second = second;
    const name = `${stream}/${shard}`;
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= RECORDS_PER_SECOND) {
      this.throttled[shard] = (this.throttled[shard] ?? 0) + 1;
      return false;
    }
    this.#taken.set(name, taken + 1);
    return true;
  }

  async #pass(headers: http.IncomingHttpHeaders, sent: object): Promise<{ Records?: object[] }> {
    const names = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization'];
    const kept = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const answer = await fetch(this.#upstream, { method: 'POST', headers: kept, body: JSON.stringify(sent) });
    if (!answer.ok) throw new Error(await answer.text());
    return JSON.parse((await answer.text()) || '{}');
  }
}

/** Which of so many equal hash ranges a key's MD5 falls into: its first byte tells. */
export const shardOf = (key: string, shards: number): number =>
  Math.floor(((createHash('md5').update(key).digest()[0] ?? 0) * shards) / 256);
