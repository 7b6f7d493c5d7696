/**
 * The emulator's process: `serve.ts <port> [folder]`. It is kinesalite, an open-source emulator of Kinesis Data Streams,
 * with fixes and additions that this project needs.
 */
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import { reportPort } from '../server-process.ts';
import { refuseWebPages } from '../web-pages.ts';
import type { Action, GetRecords, GetShardIterator, Item, Page, Store } from './kinesalite.ts';

const require = createRequire(import.meta.url);

/** Maximum number of shards. Amazon's default is 20 to 500, depending on the region; here memory suffices for more. */
const SHARD_LIMIT = 1000;
/** The number of shards that Amazon gives a new on-demand stream. */
const ON_DEMAND_SHARDS = 4;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const PAGE_BYTES = 10 * 1024 * 1024;
/** How long a stream stays CREATING, UPDATING or DELETING. */
const CHANGE_MS = 20;

/** Replaces kinesalite's action `name` with `wrap(action)`. */
function mend<Request, Answer = unknown>(
  name: string,
  wrap: (action: Action<Request, Answer>) => Action<Request, Answer>,
): void {
  const file = require.resolve(`kinesalite/actions/${name}`);
  const action = require(file) as Action<Request, Answer>;
  (require.cache[file] as NodeJS.Module).exports = wrap(action);
}

// If an AT_TIMESTAMP iterator is requested with a time after the last record, kinesalite never answers. Such a request
// gets a LATEST iterator instead.
mend<GetShardIterator>('getShardIterator', (action) => (store, data, done) => {
  if (data.ShardIteratorType !== 'AT_TIMESTAMP') return action(store, data, done);
  const { Timestamp, ...rest } = data;
  // The iterator is created before the check, so that a record that arrives in between is not skipped.
  action(store, { ...rest, ShardIteratorType: 'LATEST' }, (error, latest) => {
    if (error || Timestamp === undefined) return done(error, latest);
    newest(store, data, (arrived) => (arrived >= Timestamp ? action(store, data, done) : done(null, latest)));
  });
});

// A page of Kinesis has at most 10 MiB. kinesalite has no limit, and a reader must hold a whole page in memory.
mend<GetRecords, Page>('getRecords', (action) => (store, data, done) => {
  action(store, data, (error, page) => {
    const fit = page ? fitting(page.Records) : 0;
    if (error || fit === page?.Records.length) return done(error, page);
    action(store, { ...data, Limit: fit }, (failed, part) =>
      done(failed, part && { ...part, MillisBehindLatest: behind(part.Records) }),
    );
  });
});

// kinesalite supports only provisioned streams, so an on-demand stream is created with a fixed number of shards.
mend<{ ShardCount?: number }>('createStream', (action) => (store, data, done) => {
  action(store, { ...data, ShardCount: data.ShardCount ?? ON_DEMAND_SHARDS }, done);
});
delete require('kinesalite/validations/createStream').types.ShardCount.notNull;

/** Passes the arrival time of the shard's newest record to `done`, in seconds since 1970; 0 if there is no record. */
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

/** Returns how many of the first records fit into a page; at least 1. */
function fitting(records: readonly Item[]): number {
  let bytes = 0;
  const over = records.findIndex(({ Data }) => {
    bytes += Buffer.byteLength(Data, 'base64');
    return bytes > PAGE_BYTES;
  });
  return over === -1 ? records.length : Math.max(1, over);
}

/** Returns how many milliseconds ago the last record arrived. */
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
// kinesalite would throw and exit when a client disconnects in the middle of a request.
server.prependListener('request', (request: IncomingMessage) => {
  const { on } = request;
  on.call(request, 'error', () => request.destroy());
  request.on = (event: string, listener: Parameters<typeof on>[1]) =>
    event === 'error' ? request : on.call(request, event, listener);
});
// kinesalite allows every web page in its CORS headers.
refuseWebPages(server);
reportPort(server);
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
