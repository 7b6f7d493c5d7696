/** Starts runs automatically: at the times of a job's schedule or, if a job is continuous, one run after another. */
import { quartzCron } from '../../../src/databricks/quartz/quartz.ts';
import type { Job } from '../state/jobs.ts';
import { atTimes } from './alarm.ts';
import { type Backoff, delayAfter } from './backoff.ts';
import { hasEnded, type RunRecord } from './record.ts';
import type { Runs } from './runs.ts';

export class Scheduler {
  readonly #runs: () => Runs;
  readonly #jobOf: (id: number) => Job | undefined;
  readonly #backoff: Backoff;
  /** For each job with a schedule, the function that stops the job's timer. */
  readonly #timers = new Map<number, () => void>();
  readonly #restarts = new Map<number, NodeJS.Timeout>();
  /** Number of consecutive failed runs of each continuous job. */
  readonly #failures = new Map<number, number>();
  #going = false;

  constructor(runs: () => Runs, jobOf: (id: number) => Job | undefined, backoff: Backoff) {
    this.#runs = runs;
    this.#jobOf = jobOf;
    this.#backoff = backoff;
  }

  /** Starts the schedules. Times that passed while the workspace was stopped are skipped. */
  start(jobs: readonly Job[]): void {
    this.#going = true;
    for (const job of jobs) this.changed(job.job_id, job);
  }

  stop(): void {
    this.#going = false;
    for (const end of this.#timers.values()) end();
    for (const timer of this.#restarts.values()) clearTimeout(timer);
  }

  /** Must be called after a job was created, changed or deleted. */
  changed(id: number, job: Job | undefined): void {
    if (!this.#going) return;
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    this.#failures.delete(id);
    this.#forgetRestart(id);
    if (job) this.#plan(id, job);
    else this.#runs().cancelAll(id, 'The job was deleted.');
  }

  #plan(id: number, { settings: { schedule, continuous } }: Job): void {
    if (schedule?.pause_status === 'UNPAUSED') {
      const { quartz_cron_expression, timezone_id } = schedule;
      const fire = () => this.#trigger(id, 'PERIODIC');
      this.#timers.set(id, atTimes(quartzCron(quartz_cron_expression, timezone_id), fire));
    }
    if (continuous?.pause_status === 'UNPAUSED') this.#restart(id, 0);
    else this.#runs().cancelAll(id, 'The job was paused.', ({ trigger }) => trigger === 'CONTINUOUS');
  }

  /** Must be called after a run has ended. Plans the next run of a continuous job, with a longer delay after each failure. */
  ended({ job_id, result, start_time }: RunRecord): void {
    const job = this.#jobOf(job_id);
    if (!this.#going || job?.settings.continuous?.pause_status !== 'UNPAUSED') return;
    const wentWell = result === 'SUCCESS' || Date.now() - start_time > this.#backoff.mostMs;
    const failures = wentWell ? 0 : (this.#failures.get(job_id) ?? 0) + 1;
    this.#failures.set(job_id, failures);
    // A delay follows a successful run, too. Otherwise a job that succeeds immediately would run without a pause.
    this.#restart(job_id, delayAfter(Math.max(1, failures), this.#backoff));
  }

  #restart(id: number, delay: number): void {
    this.#forgetRestart(id);
    const start = () => {
      this.#restarts.delete(id);
      if (this.#runs().ofJob(id).every(hasEnded)) this.#trigger(id, 'CONTINUOUS');
    };
    this.#restarts.set(id, setTimeout(start, delay));
  }

  #forgetRestart(id: number): void {
    clearTimeout(this.#restarts.get(id));
    this.#restarts.delete(id);
  }

  #trigger(id: number, trigger: RunRecord['trigger']): void {
    const job = this.#jobOf(id);
    if (job) this.#runs().trigger(job, { trigger });
  }
}
