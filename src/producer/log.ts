/** Logs a run for log collectors: one line of JSON for each event. */
import pino from 'pino';
import { printableJson } from '../visible.ts';
import { type Display, inFlight } from './display.ts';
import { totals } from './tally.ts';

const PROGRESS_EVERY_S = 5;

/** Writes to a file descriptor synchronously, so that a killed process loses no line. */
export function jsonLog(descriptor: number): Display {
  const out = pino.destination({ dest: descriptor, sync: true });
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    // A terminal obeys control characters, of which JSON escapes only those below U+0020.
    { write: (line: string) => out.write(printableJson(line)) },
  );
  let next = 0;
  return {
    report(event) {
      if (event.kind === 'rejected') log.error(event, 'rejected');
      else if (event.kind === 'malformed') log.warn(event, 'malformed, sent unchanged');
      else if (event.kind === 'waiting') log.warn(event, 'waiting to retry');
      else if (event.summary.seconds >= next) {
        next = event.summary.seconds + PROGRESS_EVERY_S;
        const all = totals(event.summary);
        const { posts, seconds } = event.summary;
        log.info({ kind: 'progress', posts, seconds, ...all, inFlight: inFlight(all) }, 'progress');
      }
    },
    note: (sentence) => log.info(sentence),
    stop() {},
  };
}
