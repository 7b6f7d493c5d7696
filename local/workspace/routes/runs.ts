/** `/api/2.1/jobs/run-now` and `/runs`: starts runs, returns their state, cancels them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { invalid } from '../api-error.ts';
import { page, paging } from '../pages.ts';
import { flag, id, readBody, readQuery, readQueryOrBody } from '../request.ts';
import { hasEnded, type RunRecord } from '../runs/record.ts';
import type { Runs } from '../runs/runs.ts';
import { attemptView, outputView, runView } from '../runs/view.ts';
import type { Jobs } from '../state/jobs.ts';
import { JOBS } from './jobs.ts';

const oneRun = z.object({ run_id: id });
/** The following shapes are strict, so that an unknown parameter is an error and not silently ignored. */
const starting = z.strictObject({
  job_id: id,
  job_parameters: z.record(z.string(), z.string()).optional(),
  /** The maximum length in Databricks' reference. */
  idempotency_token: z.string().max(64).optional(),
  queue: z.object({ enabled: z.boolean() }).optional(),
});
const listed = z.strictObject({
  // The default and maximum page size in Databricks' reference.
  ...paging(20, 25),
  job_id: id.optional(),
  active_only: flag,
  completed_only: flag,
  expand_tasks: flag,
  /** The type of all runs here. */
  run_type: z.literal('JOB_RUN').optional(),
});

const BY_CALL = 'Run cancelled.';

/** @param host: returns the workspace's address, which is known only after the server has chosen its port */
export function runRoutes(runs: Runs, jobs: Jobs, host: () => string): Hono {
  const routes = new Hono();
  routes.post(`${JOBS}/run-now`, async (c) => {
    const asked = await readBody(c, starting);
    const run = runs.trigger(jobs.get(asked.job_id), {
      trigger: 'ONE_TIME',
      parameters: asked.job_parameters ?? {},
      idempotencyToken: asked.idempotency_token,
      queue: asked.queue?.enabled,
    });
    return c.json({ run_id: run.run_id, number_in_job: run.number_in_job });
  });
  routes.get(`${JOBS}/runs/get`, async (c) => {
    const { run, attempt } = runs.get((await readQueryOrBody(c, oneRun)).run_id);
    return c.json(attempt ? attemptView(run, attempt, host()) : runView(run, host()));
  });
  routes.get(`${JOBS}/runs/list`, (c) => {
    const { job_id, active_only, completed_only, expand_tasks, ...asked } = readQuery(c, listed);
    const wanted = (run: RunRecord) => (!active_only || !hasEnded(run)) && (!completed_only || hasEnded(run));
    const all = job_id === undefined ? runs.list() : runs.ofJob(job_id);
    const { entries, more } = page(all.filter(wanted), asked);
    const shown = entries.map((run) => runView(run, host(), expand_tasks));
    return c.json({ ...(shown.length > 0 && { runs: shown }), ...more });
  });
  routes.get(`${JOBS}/runs/get-output`, async (c) => {
    const { run, attempt } = runs.get((await readQueryOrBody(c, oneRun)).run_id);
    const of = attempt ?? (run.attempts.length === 1 ? run.attempts[0] : undefined);
    if (!of)
      throw invalid(
        'Retrieving the output of runs with multiple tasks is not supported: pass the run_id of a task.',
      );
    return c.json(outputView(run, of, host()));
  });
  routes.post(`${JOBS}/runs/cancel`, async (c) => {
    runs.cancel((await readBody(c, oneRun)).run_id, BY_CALL);
    return c.json({});
  });
  routes.post(`${JOBS}/runs/cancel-all`, async (c) => {
    const { job_id } = await readBody(c, z.object({ job_id: id }));
    runs.cancelAll(jobs.get(job_id).job_id, BY_CALL);
    return c.json({});
  });
  return routes;
}
