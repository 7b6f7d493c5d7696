/** The parts of kinesalite that the emulator touches; the package has no types. */
import type { Server as HttpServer } from 'node:http';

export interface Item {
  readonly value: { readonly ApproximateArrivalTimestamp: number };
}

interface ReadStream {
  on(event: 'data', listener: (item: Item) => void): this;
  on(event: 'end', listener: () => void): this;
}

export interface Store {
  getStreamDb(stream: string): { createReadStream(range: object): ReadStream };
}

export type Done = (error: Error | null, answer?: unknown) => void;

export type Action<Data> = (store: Store, data: Data, done: Done) => void;

export interface GetShardIterator {
  readonly StreamName: string;
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  /** Seconds. */
  readonly Timestamp?: number;
}

export type Server = HttpServer;
