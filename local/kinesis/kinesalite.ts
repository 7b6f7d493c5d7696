/** Types for the parts of kinesalite that the emulator uses; the package has no types. */

export interface Item {
  /** In base64. */
  readonly Data: string;
  /** In seconds since 1970. */
  readonly ApproximateArrivalTimestamp: number;
}

interface ReadStream {
  on(event: 'data', listener: (entry: { readonly value: Item }) => void): this;
  on(event: 'end', listener: () => void): this;
}

export interface Store {
  getStreamDb(stream: string): { createReadStream(range: object): ReadStream };
}

export type Action<Request, Answer = unknown> = (
  store: Store,
  request: Request,
  done: (error: Error | null, answer?: Answer) => void,
) => void;

export interface GetShardIterator {
  readonly StreamName: string;
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  /** In seconds since 1970. */
  readonly Timestamp?: number;
}

export interface GetRecords {
  readonly ShardIterator: string;
  readonly Limit?: number;
}

export interface Page {
  readonly Records: readonly Item[];
  readonly MillisBehindLatest: number;
}
