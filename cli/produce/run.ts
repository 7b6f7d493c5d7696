/** Sends the posts of `npm run produce` until all are sent, the time is over, or the user presses Ctrl-C. */
import { AppError } from '../../src/errors.ts';
import { interrupts } from '../../src/interrupts.ts';
import { outputFile } from '../../src/outputs.ts';
import { STDIN } from '../../src/posts/file.ts';
import { type Checkpoint, openCheckpoint } from '../../src/producer/checkpoint.ts';
import { type Display, display, summaryTable } from '../../src/producer/display.ts';
import { jsonLog } from '../../src/producer/log.ts';
import { poisson, steady } from '../../src/producer/pace.ts';
import { ProduceStopped, produce } from '../../src/producer/produce.ts';
import { printSink } from '../../src/producer/sinks/print.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { readSettings, type Settings } from '../../src/settings.ts';
import { type DestinationName, destinationOf, namedDestinations } from './destinations.ts';
import { type ProduceFlags, QUIET_RATE } from './flags.ts';
import { type Source, sourceFor } from './posts.ts';

/**
 * Resolves with exit code 0 if every record was delivered, otherwise 1 or the signal's code. After an interruption, the outcome
 * of pending records is unknown: some may have arrived.
 */
export async function runProduce(flags: ProduceFlags): Promise<number> {
  const settings = readSettings();
  if (flags.checkpoint !== undefined) await outputFile('--checkpoint', flags.checkpoint);
  const { to, off } = flags.to.length > 0 ? { to: flags.to, off: [] } : namedDestinations(settings);
  const source = await sourceFor(flags, settings);
  const checkpoint = await checkpointFor(flags, settings, to, source);
  const done = checkpoint?.position ?? 0;
  const left = source.posts.total === undefined ? undefined : source.posts.total - done;
  const taken = interrupts({ twice: true });
  const { first, second, interrupt, release } = taken;
  const over = new AbortController();
  const timer = flags.until && setTimeout(() => over.abort(), flags.until.getTime() - Date.now());
  const shown = displayFor(flags, left);
  for (const note of [...off, ...source.notes]) shown.note(note);
  if (done > 0) shown.note(`Continuing after post ${done} of an earlier run.`);
  const gap = gapFor(flags);
  try {
    const summary = await produce({
      posts: source.posts,
      sink: flags.dryRun
        ? to.map((name) =>
            printSink(
              (dataset) => destinationOf(name).target(settings.id, dataset),
              process.stdout,
              interrupt,
            ),
          )
        : await Promise.all(to.map((name) => destinationOf(name).sink(settings, flags))),
      ...(gap && { rate: gap }),
      ...(checkpoint && { checkpoint }),
      strict: flags.strict,
      signal: over.signal,
      interrupt: first,
      abandon: second,
      report: shown.report,
    });
    shown.stop();
    print(summary);
    const { rejected, pending } = totals(summary);
    if (second.aborted || pending > 0) return taken.exitCode;
    if (rejected > 0) return 1;
    const complete = left === undefined ? !source.ends : summary.posts === left;
    return first.aborted && !complete && !flags.dryRun ? taken.exitCode : 0;
  } catch (error) {
    shown.stop();
    if (!(error instanceof ProduceStopped)) throw error;
    print(error.summary);
    throw error.code === 'SINK_SILENT' ? withAdvice(error, flags) : error;
  } finally {
    clearTimeout(timer);
    release();
  }

  function print(summary: Summary): void {
    const out = flags.dryRun ? process.stderr : process.stdout;
    const json = flags.json || flags.log === 'json';
    out.write(`${json ? JSON.stringify(summary) : summaryTable(summary, flags)}\n`);
  }
}

/** Returns the error with the advice to run the command again. The standard input can't be read again. */
export function withAdvice(error: AppError, { from, checkpoint }: Partial<ProduceFlags>): AppError {
  if (from === STDIN) return error;
  const again = checkpoint
    ? ' with --resume; it continues after the delivered posts'
    : '; it starts from the first post';
  return new AppError(error.code, `${error.message} Run the command again${again}.`, {
    retriable: error.retriable,
    cause: error,
  });
}

/** A dry run has no progress line, because it prints every record. */
function displayFor({ log, dryRun }: ProduceFlags, posts: number | undefined): Display {
  if (log === 'json') return jsonLog(process.stderr.fd);
  return display(process.stderr, posts, { progress: !dryRun });
}

/** Returns the gaps between posts in milliseconds; undefined if posts are sent as fast as possible. */
function gapFor({ rate, poisson: random, to, count, from, dryRun }: ProduceFlags) {
  const alone = to.length === 0 && count === undefined && from === undefined && !dryRun;
  const perSecond = rate ?? (alone ? QUIET_RATE : undefined);
  if (perSecond === undefined) return undefined;
  return random ? poisson(perSecond, Math.random) : steady(perSecond);
}

/**
 * Opens the checkpoint. A resumed run may use other brokers and endpoints than before, but must use the same topics and
 * streams.
 */
async function checkpointFor(
  { checkpoint, resume }: ProduceFlags,
  { id }: Settings,
  to: readonly DestinationName[],
  { identity }: Source,
): Promise<Checkpoint | undefined> {
  if (checkpoint === undefined) return undefined;
  return openCheckpoint(checkpoint, { ...identity, to: [...to].sort().join(' '), pipeline: id }, resume);
}
