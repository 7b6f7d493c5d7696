/** Displays plans, deployments and runs: as a live table on a terminal, otherwise as plain lines. */
import { printable } from '../../visible.ts';
import type { DeployEvent } from './deploy.ts';
import type { RunView, TaskView } from './run.ts';
import type { Change } from './step.ts';

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** Number of details shown for a change; further details are only counted. */
const DETAILS_SHOWN = 8;

/** Returns a line for each change, and its details below it. */
export function changeLines(changes: readonly Change[]): string[] {
  return changes.flatMap(({ action, kind, name, details, loses }) => [
    printable(`  ${SIGNS[action]} ${action} ${kind} ${name}${loses ? `, ${loses}` : ''}`),
    ...details.slice(0, DETAILS_SHOWN).map((detail) => `      ${printable(detail)}`),
    ...(details.length > DETAILS_SHOWN ? [`      and ${details.length - DETAILS_SHOWN} more`] : []),
  ]);
}

/** Returns the number of changes by action, such as `2 to create, 1 to update`. */
export function countsByAction(changes: readonly Change[]): string {
  const of = (action: Change['action']) => changes.filter((one) => one.action === action).length;
  const words = (['create', 'update', 'delete'] as const).filter((action) => of(action) > 0);
  return words.map((action) => `${of(action)} to ${action}`).join(', ') || 'nothing to change';
}

/** Minimum interval between progress lines if the output is not a terminal. */
const PLAIN_LINE_EVERY_MS = 5000;

export interface ChangeProgress {
  readonly report: (event: DeployEvent) => void;
  /** Clears the progress line, so that the next output begins at the start of a line. */
  readonly stop: () => void;
}

/** Shows the progress of a deployment or a destruction. */
export function changeProgress(out: NodeJS.WriteStream): ChangeProgress {
  const clear = () => void (out.isTTY && out.write('\r\u001b[K'));
  let done = 0;
  let last = Date.now();
  return {
    stop: clear,
    report(event) {
      if (event.kind === 'planned') return;
      clear();
      if (event.kind === 'note') {
        out.write(`  ${printable(event.line)}\n`);
        return;
      }
      done += event.changes.length;
      const line = printable(`  ${done} done, the last: ${event.changes.at(-1)?.name}`);
      if (out.isTTY) out.write(line.slice(0, widthOf(out)));
      else if (Date.now() - last > PLAIN_LINE_EVERY_MS) {
        last = Date.now();
        out.write(`${line}\n`);
      }
    },
  };
}

/**
 * Returns the maximum length of a line that does not wrap, because a wrapped line can't be redrawn. Assumes 80 columns
 * if the terminal does not report its width.
 */
const widthOf = (out: NodeJS.WriteStream): number => (out.columns || 80) - 1;

export interface RunDisplay {
  readonly report: (run: RunView) => void;
  /** Prints the errors of failed tasks and the final state of the run. */
  readonly finish: (run: RunView) => void;
}

/** Displays a run's tasks: on a terminal as a table that is redrawn, otherwise as a line for each change. */
export function runDisplay(out: NodeJS.WriteStream, job: string): RunDisplay {
  const say = (line: string) => void out.write(`${printable(line)}\n`);
  return {
    report: out.isTTY ? liveTable(out, job) : plainLines(say, job),
    finish(run) {
      for (const { task, error } of run.tasks) if (error) say(`\n${task} failed: ${error}`);
      say(`\n${job}: ${run.state}${run.state === 'SUCCESS' || !run.message ? '' : `. ${run.message}`}`);
    },
  };
}

function liveTable(out: NodeJS.WriteStream, job: string): (run: RunView) => void {
  let height = 0;
  return (run) => {
    const width = Math.max(...run.tasks.map(({ task }) => task.length));
    const rows = run.tasks.map((task) => `  ${task.task.padEnd(width)}  ${stateWords(task)}`);
    // A table taller than the terminal can't be redrawn, so the first tasks are omitted.
    const room = Math.max((out.rows || 24) - 2, 1);
    const lines = [`${job}, run ${run.run_id}: ${run.state}   ${run.url}`, ...rows.slice(-room)].map(
      printable,
    );
    out.write(
      `${height > 0 ? `\u001b[${height}A` : ''}\u001b[J${lines.map((line) => line.slice(0, widthOf(out))).join('\n')}\n`,
    );
    height = lines.length;
  };
}

function plainLines(say: (line: string) => void, job: string): (run: RunView) => void {
  const known = new Map<string, string>();
  let begun = false;
  return (run) => {
    const waits = run.state === 'QUEUED' ? ' (queued: it starts when another run of the job has ended)' : '';
    if (!begun) say(`${job}, run ${run.run_id}: ${run.url}${waits}`);
    begun = true;
    for (const task of run.tasks) {
      const words = `${task.state} ${task.attempt}`;
      if (known.get(task.task) === words) continue;
      known.set(task.task, words);
      if (!['BLOCKED', 'PENDING', 'QUEUED'].includes(task.state)) say(`${task.task}: ${stateWords(task)}`);
    }
  };
}

const stateWords = ({ state, seconds, attempt }: TaskView): string =>
  [
    state.padEnd(8),
    seconds === undefined ? '' : `${seconds.toFixed(1)} s`,
    attempt > 0 ? `attempt ${attempt + 1}` : '',
  ]
    .filter(Boolean)
    .join('  ')
    .trimEnd();
