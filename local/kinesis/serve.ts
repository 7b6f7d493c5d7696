/**
 * The emulator's process: `serve.ts <port> [folder]`. It is kinesalite, an open-source emulator of Kinesis Data Streams,
 * with the things mended that this project needs and it lacks.
 */
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Action, GetRecords, GetShardIterator, Item, Page, Server, Store } from './kinesalite.ts';

const require = createRequire(import.meta.url);

/** Amazon's own default is 20 to 500 by region; here memory is the limit. */
const SHARD_LIMIT = 1000;
/** What Amazon gives a new on-demand stream. */
const ON_DEMAND_SHARDS = 4;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const PAGE_BYTES = 10 * 1024 * 1024;
/** How long a stream stays CREATING, UPDATING or DELETING. */
const CHANGE_MS = 20;

/** Puts `wrap(action)` where kinesalite will look for the action. */
function mend<Request, Answer = unknown>(
  name: string,
  wrap: (action: Action<Request, Answer>) => Action<Request, Answer>,
): void {
  const file = require.resolve(`kinesalite/actions/${name}`);
  const action = require(file) as Action<Request, Answer>;
  (require.cache[file] as NodeJS.Module).exports = wrap(action);
}

// kinesalite never answers for a timestamp after the last record, so this returns a LATEST iterator instead.
mend<GetShardIterator>('getShardIterator', (action) => (store, data, done) => {
  if (data.ShardIteratorType !== 'AT_TIMESTAMP') return action(store, data, done);
  const { Timestamp, ...rest } = data;
  // Asked for before looking, so that no record falls in between.
  action(store, { ...rest, ShardIteratorType: 'LATEST' }, (error, latest) => {
    if (error || Timestamp === undefined) return done(error, latest);
    newest(store, data, (arrived) => (arrived >= Timestamp ? action(store, data, done) : done(null, latest)));
  });
});

// A page may have 10 MiB; kinesalite's have any size, which a reader has to hold.
mend<GetRecords, Page>('getRecords', (action) => (store, data, done) => {
  action(store, data, (error, page) => {
    const fit = page ? fitting(page.Records) : 0;
    if (error || fit === page?.Records.length) return done(error, page);
    action(store, { ...data, Limit: fit }, (failed, part) =>
      done(failed, part && { ...part, MillisBehindLatest: behind(part.Records) }),
    );
  });
});

// kinesalite has provisioned streams only.
mend<{ ShardCount?: number }>('createStream', (action) => (store, data, done) => {
  action(store, { ...data, ShardCount: data.ShardCount ?? ON_DEMAND_SHARDS }, done);
});
delete require('kinesalite/validations/createStream').types.ShardCount.notNull;

/** When the shard's newest record arrived, in seconds; 0 where there is none. */
function newest(store: Store, { StreamName, ShardId }: GetShardIterator, done: (seconds: number) => void) {
  const { shardIxToHex, resolveShardId } = require('kinesalite/db');
  const { shardIx } = resolveShardId(ShardId);
  const range = { gt: shardIxToHex(shardIx), lt: shardIxToHex(shardIx + 1), reverse: true, limit: 1 };
  let seconds = 0;
  store
    .getStreamDb(StreamName)
    .createReadStream(range)
    .on('data', ({ value }) => {
      seconds = value.ApproximateArrivalTimestamp;
    })
    .on('end', () => done(seconds));
}

/** Returns how many records, from the first, fit into a page; at least one. */
function fitting(records: readonly Item[]): number {
  let bytes = 0;
  const over = records.findIndex(({ Data }) => {
    bytes += Buffer.byteLength(Data, 'base64');
    return bytes > PAGE_BYTES;
  });
  return over === -1 ? records.length : Math.max(1, over);
}

/** How many milliseconds ago the last of the records arrived. */
const behind = (records: readonly Item[]): number =>
  Math.max(1, Math.round(Date.now() - 1000 * (records.at(-1)?.ApproximateArrivalTimestamp ?? 0)));

const [port, folder] = process.argv.slice(2);
const server: Server = require('kinesalite')({
  ...(folder && { path: folder }),
  createStreamMs: CHANGE_MS,
  updateStreamMs: CHANGE_MS,
  deleteStreamMs: CHANGE_MS,
  shardLimit: SHARD_LIMIT,
});
// kinesalite throws, and ends, where a client goes away in the middle of a request.
server.prependListener('request', (request: IncomingMessage) => {
  const { on } = request;
  on.call(request, 'error', () => request.destroy());
  request.on = (event: string, listener: Parameters<typeof on>[1]) =>
    event === 'error' ? request : on.call(request, event, listener);
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
