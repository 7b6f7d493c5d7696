/** The sink of a dry run: prints a line for each record instead of sending it. */
import type { Writable } from 'node:stream';
import { fileError } from '../../files/errors.ts';
import { printable } from '../../visible.ts';
import { DELIVERED, type Sink } from './sink.ts';

/**
 * Returns the sink, which prints a line per record in the order of reading: topic or stream, key (or a hyphen) and the
 * record's bytes, separated by tabs. On a terminal, symbols replace control characters. Calls `enough` when the reader has closed the
 * pipe, as `| head` does.
 */
export function printSink(
  target: Sink['target'],
  out: Writable & { readonly isTTY?: boolean },
  enough: () => void,
): Sink {
  return {
    target,
    async open() {
      // The callback of `out.write` reports any other error.
      out.on('error', (error) => {
        if (isClosedPipe(error)) enough();
      });
    },
    lane: () => 0,
    // Prints one record at a time, so that lines are in the order of reading and a post's records stay together.
    limits: () => ({ records: 1, bytes: Number.POSITIVE_INFINITY, overhead: 0 }),
    async send(target, _lane, batch) {
      for (const { key, value } of batch) {
        const line = Buffer.concat([Buffer.from(`${target}\t${key ?? '-'}\t`), value, Buffer.from('\n')]);
        await written(out, out.isTTY ? printable(line.toString()) : line);
      }
      return batch.map(() => DELIVERED);
    },
    async close() {},
  };
}

const written = (out: Writable, line: Buffer | string): Promise<void> =>
  new Promise((resolve, reject) => {
    out.write(line, (error) =>
      error && !isClosedPipe(error) ? reject(fileError('The standard output', error)) : resolve(),
    );
  });

const isClosedPipe = (error: Error): boolean =>
  'code' in error && ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(String(error.code));
