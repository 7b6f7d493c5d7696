/** The sink of a dry run: writes what would be sent, a line for each record, and sends nothing. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { topicName } from '../../names.ts';
import { DELIVERED, type Sink } from './sink.ts';

/** `<topic> <key or -> <the record's bytes>`, separated by tabs, in the order of reading. */
export function printSink(id: string, out: Writable): Sink {
  return {
    target: (dataset) => topicName(id, dataset),
    async open() {},
    lane: () => 0,
    // One record at a time keeps a post's records together: the order of the lines is the order of reading.
    limits: () => ({ records: 1, bytes: Number.POSITIVE_INFINITY, overhead: 0 }),
    async send(target, _lane, batch) {
      for (const { key, value } of batch) {
        const line = Buffer.concat([Buffer.from(`${target}\t${key ?? '-'}\t`), value, Buffer.from('\n')]);
        if (!out.write(line)) await once(out, 'drain');
      }
      return batch.map(() => DELIVERED);
    },
    async close() {},
  };
}
