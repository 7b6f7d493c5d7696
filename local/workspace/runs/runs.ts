/** All runs: creates, queues, stops and stores them. */
import { FileError } from '../../../src/files/errors.ts';
import { ApiError, invalid } from '../api-error.ts';
import { Collection } from '../state/collection.ts';
import { type Job, newId } from '../state/jobs.ts';
import { LiveRun, nextAttempt, type RunEnvironment } from './live-run.ts';
import { type Attempt, end, hasEnded, type RunRecord, run } from './record.ts';

/**
 * Number of ended runs that are kept per job. Databricks keeps runs for 60 days instead. Here they would become too
 * many files, because a failing continuous job starts a run every minute.
 */
const RUNS_KEPT = 500;

/** Number of retries of a continuous job's task before the whole run is restarted, as on Databricks. */
const CONTINUOUS_RETRIES = 3;

const INTERRUPTED =
  "The local workspace was killed during this run. The run can't be resumed: start a new one.";
const STOPPED = 'The local workspace was stopped.';

export interface RunRequest {
  readonly trigger: RunRecord['trigger'];
  /** Values that override the job's defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly idempotencyToken?: string | undefined;
  /** Whether the run may be queued. Overrides the job's setting. */
  readonly queue?: boolean | undefined;
}

export class Runs {
  readonly #records: Collection<RunRecord>;
  readonly #place: RunEnvironment;
  readonly #live = new Map<number, LiveRun>();
  readonly #jobOf: (id: number) => Job | undefined;
  readonly #onEnd: (run: RunRecord) => void;
  #open = true;

  /** `onEnd` is called for every run that has ended, except for runs that end because the workspace stops. */
  constructor(
    folder: string,
    place: Omit<RunEnvironment, 'save'>,
    jobOf: (id: number) => Job | undefined,
    onEnd: (run: RunRecord) => void,
  ) {
    this.#records = new Collection(folder, run);
    this.#place = { ...place, save: (record) => this.#records.put(record.run_id, record) };
    this.#jobOf = jobOf;
    this.#onEnd = onEnd;
    for (const record of this.#records.values()) if (!hasEnded(record)) this.#interrupted(record);
    // The runs of deleted jobs are deleted only here, because clients may still ask for them after the deletion.
    for (const record of this.#records.values())
      if (hasEnded(record) && !jobOf(record.job_id)) this.#records.delete(record.run_id);
  }

  /** Starts the queued runs for which their jobs have room: after a start of the workspace, or a change of a job. */
  resume(): void {
    for (const { job_id } of this.#records.values().filter(isQueued)) this.#next(job_id);
  }

  /** Returns all runs, the newest first. */
  list(): RunRecord[] {
    return this.#records.values().sort((a, b) => b.start_time - a.start_time || b.run_id - a.run_id);
  }

  ofJob(job_id: number): RunRecord[] {
    return this.list().filter((record) => record.job_id === job_id);
  }

  /** Returns the run with this id. If an attempt has this id, returns the attempt and its run. @throws ApiError 400 */
  get(id: number): { readonly run: RunRecord; readonly attempt?: Attempt } {
    const record = this.#records.get(id);
    if (record) return { run: record };
    for (const one of this.#records.values()) {
      const attempt = one.attempts.find(({ run_id }) => run_id === id);
      if (attempt) return { run: one, attempt };
    }
    throw invalid(`Run ${id} does not exist.`);
  }

  /**
   * Creates a run, or returns the run that was created earlier with the same token.
   * @throws ApiError 503 while the workspace stops
   */
  trigger(job: Job, asked: RunRequest): RunRecord {
    const token = asked.idempotencyToken;
    const same = token && this.#records.values().find((record) => record.idempotency_token === token);
    if (same) return same;
    if (!this.#open) throw new ApiError(503, 'TEMPORARILY_UNAVAILABLE', STOPPED);
    const { settings } = job;
    const record = newRecord(job, asked, this.#numberOfNext(job.job_id));
    if (this.#hasRoom(job)) this.#start(record);
    else if (asked.queue ?? settings.queue?.enabled) this.#keep({ ...record, phase: 'QUEUED' });
    else {
      const most = settings.max_concurrent_runs ?? 1;
      const message = `The job already has the maximum number of concurrent runs: ${most}.`;
      for (const one of [record, ...record.attempts])
        end(one, 'SKIPPED', 'MAXIMUM_CONCURRENT_RUNS_REACHED', message);
      this.#keep(record);
    }
    this.#forget(job.job_id);
    return this.get(record.run_id).run;
  }

  /** Cancels a run, if it has not ended yet. @throws ApiError 400 */
  cancel(id: number, message: string): void {
    const { run: record } = this.get(id);
    this.#live.get(record.run_id)?.stop('CANCELED', message);
    if (!isQueued(record)) return;
    for (const one of [record, ...record.attempts]) end(one, 'TERMINATED', 'CANCELED', message);
    this.#place.save(record);
  }

  cancelAll(job_id: number, message: string, which: (run: RunRecord) => boolean = () => true): void {
    for (const record of this.ofJob(job_id))
      if (!hasEnded(record) && which(record)) this.cancel(record.run_id, message);
  }

  /** Cancels all running runs; queued runs stay queued. */
  async stop(): Promise<void> {
    this.#open = false;
    const live = [...this.#live.values()];
    for (const one of live) one.stop('CANCELED', STOPPED);
    await Promise.all(live.map(({ ended }) => ended));
  }

  #start(record: RunRecord): void {
    this.#records.hold(record.run_id, record); // in memory first, because storing the record may fail
    const live = new LiveRun(record, this.#place);
    this.#live.set(record.run_id, live);
    void live.ended.then(() => {
      this.#live.delete(record.run_id);
      if (this.#open) this.#onEnd(record);
      this.#next(record.job_id);
    });
  }

  /** Starts the job's oldest queued run, if the job may have another concurrent run. */
  #next(job_id: number): void {
    const queued = this.ofJob(job_id).filter(isQueued).at(-1);
    const job = this.#jobOf(job_id);
    if (this.#open && queued && job && this.#hasRoom(job)) this.#start(queued);
  }

  #hasRoom({ job_id, settings }: Job): boolean {
    const going = [...this.#live.values()].filter(({ record }) => record.job_id === job_id);
    return going.length < (settings.max_concurrent_runs ?? 1);
  }

  /** Stores a record that is not running. If the write fails, the run ends with the write's error, which is kept only in memory. */
  #keep(record: RunRecord): void {
    this.#records.hold(record.run_id, record);
    try {
      this.#place.save(record);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      for (const one of [record, ...record.attempts]) end(one, 'INTERNAL_ERROR', 'FAILED', error.message);
    }
  }

  #numberOfNext(job_id: number): number {
    return Math.max(0, ...this.ofJob(job_id).map(({ number_in_job }) => number_in_job)) + 1;
  }

  #interrupted(record: RunRecord): void {
    if (isQueued(record)) return;
    for (const one of record.attempts) end(one, 'INTERNAL_ERROR', 'FAILED', INTERRUPTED);
    end(record, 'INTERNAL_ERROR', 'FAILED', INTERRUPTED);
    this.#place.save(record);
  }

  #forget(job_id: number): void {
    for (const { run_id } of this.ofJob(job_id).filter(hasEnded).slice(RUNS_KEPT))
      this.#records.delete(run_id);
  }
}

const isQueued = ({ phase }: RunRecord): boolean => phase === 'QUEUED';

function newRecord(
  { job_id, creator_user_name, settings }: Job,
  asked: RunRequest,
  number_in_job: number,
): RunRecord {
  const given = asked.parameters ?? {};
  const defaults = settings.parameters ?? [];
  const others = Object.keys(given).filter((name) => !defaults.some((one) => one.name === name));
  return {
    run_id: newId(),
    job_id,
    number_in_job,
    run_name: settings.name,
    creator_user_name,
    trigger: asked.trigger,
    ...(asked.idempotencyToken && { idempotency_token: asked.idempotencyToken }),
    parameters: [
      ...defaults.map((one) => ({
        name: one.name,
        default: one.default,
        value: given[one.name] ?? one.default,
      })),
      ...others.map((name) => ({ name, value: given[name] ?? '' })),
    ],
    phase: 'PENDING',
    message: '',
    start_time: Date.now(),
    attempts: settings.tasks.map((task) => nextAttempt(task, 0)),
    tasks: settings.tasks,
    continuous: settings.continuous !== undefined,
    retries: settings.continuous?.task_retry_mode === 'ON_FAILURE' ? CONTINUOUS_RETRIES : 0,
    timeout_seconds: settings.timeout_seconds ?? 0,
  };
}
