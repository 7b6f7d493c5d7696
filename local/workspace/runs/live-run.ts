/**
 * A run in progress. It executes its tasks in order and retries failed tasks, until all have ended or it is stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import type { AppError } from '../../../src/errors.ts';
import { FileError } from '../../../src/files/errors.ts';
import { aborted } from '../../../src/wait.ts';
import { runGraph } from '../../graph.ts';
import type { RunError, RunResult } from '../../spark/kernel.ts';
import { ApiError } from '../api-error.ts';
import type { Engine } from '../engine.ts';
import { newId, type Task } from '../state/jobs.ts';
import type { WorkspaceFiles } from '../state/workspace-files.ts';
import { type Backoff, delayAfter } from './backoff.ts';
import { taskParameters } from './parameters.ts';
import { type Attempt, end, hasEnded, type Result, type RunRecord } from './record.ts';

/** The services that runs use. */
export interface RunEnvironment {
  readonly engine: Engine;
  readonly files: WorkspaceFiles;
  /** Limits the number of notebooks that run at the same time. Other notebooks wait in the order of their arrival. */
  readonly limit: LimitFunction;
  readonly backoff: Backoff;
  /** Stores the current state of a record. */
  readonly save: (run: RunRecord) => void;
}

/** Maximum length of a trace. Of a longer trace, only the end is kept. */
const MAX_TRACE_LENGTH = 100_000;

/**
 * The constructor starts the run. A task starts when the tasks that it depends on have ended, and when the limit of
 * parallel tasks allows it.
 */
export class LiveRun {
  readonly record: RunRecord;
  /** Resolves when the run has ended and its record contains the result. */
  readonly ended: Promise<void>;
  readonly #place: RunEnvironment;
  readonly #stopping = new AbortController();
  /** One promise for all tasks, because each call of `aborted` adds a listener that remains. */
  readonly #aborted = aborted(this.#stopping.signal);
  #stopped: { readonly result: Result; readonly message: string } | undefined;

  constructor(record: RunRecord, place: RunEnvironment) {
    this.record = record;
    this.#place = place;
    Object.assign(record, { phase: 'RUNNING', began: Date.now() });
    this.ended = this.#run();
  }

  /** Ends the run with `result` and cancels its running tasks. Only the first call has an effect. */
  stop(result: Result, message: string): void {
    if (this.#stopped || hasEnded(this.record)) return;
    this.#stopped = { result, message };
    this.record.phase = 'TERMINATING';
    this.#save();
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { record } = this;
    const seconds = record.timeout_seconds;
    const late = () => this.stop('TIMEDOUT', `The run took longer than its job's timeout of ${seconds} s.`);
    const timer = seconds > 0 ? setTimeout(late, seconds * 1000) : undefined;
    this.#save();
    await runGraph(
      record.tasks,
      (task) => this.#task(task),
      (task) => this.#skip(task),
    );
    clearTimeout(timer);
    const { result, message } = this.#stopped ?? this.#sum();
    end(record, 'TERMINATED', result, message);
    this.#save();
  }

  /** Returns the run's result, from the last attempt of each task. */
  #sum(): { result: Result; message: string } {
    const last = [...new Map(this.record.attempts.map((one) => [one.task_key, one])).values()];
    const failed = last.find(({ result }) => result !== 'SUCCESS' && result !== 'UPSTREAM_FAILED');
    if (!failed) return { result: 'SUCCESS', message: '' };
    const result = failed.result === 'TIMEDOUT' ? 'TIMEDOUT' : 'FAILED';
    return { result, message: `Task ${failed.task_key} failed. ${failed.message}` };
  }

  async #task(task: Task): Promise<boolean> {
    let attempt = this.record.attempts.find(({ task_key }) => task_key === task.task_key) as Attempt;
    for (;;) {
      await this.#attempt(task, attempt);
      if (attempt.result === 'SUCCESS') return true;
      if (!this.#mayRetry(task, attempt)) break;
      const wait = this.record.continuous
        ? delayAfter(attempt.attempt_number + 1, this.#place.backoff)
        : (task.min_retry_interval_millis ?? 0);
      await sleep(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) break;
      attempt = nextAttempt(task, attempt.attempt_number + 1);
      this.record.attempts.push(attempt);
      this.#save();
    }
    if (this.record.continuous && !this.#stopped)
      this.stop('FAILED', `Task ${task.task_key} failed. ${attempt.message}`);
    return false;
  }

  #mayRetry(task: Task, { result, attempt_number }: Attempt): boolean {
    if (this.#stopping.signal.aborted || result === 'CANCELED') return false;
    if (result === 'TIMEDOUT' && !task.retry_on_timeout) return false;
    const retries = task.max_retries ?? this.record.retries;
    return retries < 0 || attempt_number < retries;
  }

  async #attempt(task: Task, attempt: Attempt): Promise<void> {
    attempt.phase = 'PENDING';
    this.#save();
    const work = async () => {
      if (!this.#stopping.signal.aborted) await this.#notebook(task, attempt);
    };
    await (this.record.continuous ? work() : this.#inTurn(work));
    // `end` has an effect only if the run was stopped before the attempt began.
    end(attempt, 'TERMINATED', 'CANCELED', this.#stopped?.message);
    this.#save();
  }

  /** Waits for a free place and calls `work`. If the run is stopped before that, waits no longer. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    let begun = false;
    const done = this.#place.limit(() => {
      begun = true;
      return work();
    });
    await Promise.race([done, this.#aborted.then(() => (begun ? done : undefined))]);
  }

  async #notebook(task: Task, attempt: Attempt): Promise<void> {
    const { engine, files } = this.#place;
    Object.assign(attempt, { phase: 'RUNNING', began: Date.now() });
    this.#save();
    try {
      const file = files.notebookFile(task.notebook_task.notebook_path);
      const result = await engine.run(file, taskParameters(this.record, task, attempt), {
        name: `${this.record.run_name}-${task.task_key}`,
        timeoutSeconds: task.timeout_seconds ?? 0,
        signal: this.#stopping.signal,
        keepOutput: false,
      });
      this.#take(attempt, result, task);
    } catch (error) {
      const { message } = error as AppError;
      end(attempt, error instanceof ApiError ? 'TERMINATED' : 'INTERNAL_ERROR', 'FAILED', message);
      attempt.error = { notebook: task.notebook_task.notebook_path, cell: 0, line: 0, message, trace: '' };
    }
  }

  #take(attempt: Attempt, { state, exit, error }: RunResult, task: Task): void {
    if (exit !== undefined) attempt.exit = exit;
    if (state === 'success') end(attempt, 'TERMINATED', 'SUCCESS');
    else if (state === 'canceled') end(attempt, 'TERMINATED', 'CANCELED', this.#stopped?.message);
    else if (state === 'timedout')
      end(
        attempt,
        'TERMINATED',
        'TIMEDOUT',
        `The task took longer than its timeout of ${task.timeout_seconds} s.`,
      );
    else {
      attempt.error = this.#named(error as RunError);
      end(attempt, 'TERMINATED', 'FAILED', whereAndWhat(attempt.error));
    }
  }

  /** Returns the error with the notebook's path in the workspace, not its path on this machine. */
  #named(error: RunError): RunError {
    const notebook = this.#place.files.nameOf(error.notebook);
    return { ...error, notebook, trace: error.trace.slice(-MAX_TRACE_LENGTH) };
  }

  #skip({ task_key }: Task): void {
    const attempt = this.record.attempts.find((one) => one.task_key === task_key) as Attempt;
    if (this.#stopped) end(attempt, 'TERMINATED', 'CANCELED', this.#stopped.message);
    else end(attempt, 'SKIPPED', 'UPSTREAM_FAILED', 'A task that this task depends on has failed.');
    this.#save();
  }

  /** Stores the record. If the write fails, the run ends with the write's error, which is kept only in memory. */
  #save(): void {
    try {
      this.#place.save(this.record);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.stop('FAILED', error.message);
    }
  }
}

export const nextAttempt = ({ task_key, depends_on = [] }: Task, attempt_number: number): Attempt => ({
  run_id: newId(),
  task_key,
  attempt_number,
  phase: depends_on.length > 0 && attempt_number === 0 ? 'BLOCKED' : 'PENDING',
  message: '',
  start_time: Date.now(),
});

const whereAndWhat = ({ notebook, cell, line, message }: RunError): string =>
  notebook ? `Notebook ${notebook}, cell ${cell}, line ${line}: ${message}` : message;
