/** `/api/2.1/jobs` and `/api/2.2/jobs`: jobs, without their runs. */
import { Hono } from 'hono';
import { z } from 'zod';
import { page, paging } from '../pages.ts';
import { flag, id, readBody, readQuery } from '../request.ts';
import { type Job, type Jobs, jobSettings } from '../state/jobs.ts';

export const JOBS = '/api/:version{2\\.[12]}/jobs';

const oneJob = z.object({ job_id: id });

export function jobRoutes(jobs: Jobs, user: string): Hono {
  const routes = new Hono();
  const shown = ({ settings, ...job }: Job) => ({
    ...job,
    run_as_user_name: user,
    settings: { ...settings, format: 'MULTI_TASK' },
  });

  routes.post(`${JOBS}/create`, async (c) => {
    const { job_id } = jobs.create(await readBody(c, jobSettings));
    return c.json({ job_id });
  });
  routes.post(`${JOBS}/reset`, async (c) => {
    const { job_id, new_settings } = await readBody(c, oneJob.extend({ new_settings: jobSettings }));
    jobs.reset(job_id, new_settings);
    return c.json({});
  });
  routes.post(`${JOBS}/delete`, async (c) => {
    jobs.delete((await readBody(c, oneJob)).job_id);
    return c.json({});
  });
  routes.get(`${JOBS}/get`, (c) => c.json(shown(jobs.get(readQuery(c, oneJob).job_id))));
  routes.get(`${JOBS}/list`, (c) => {
    // The default and maximum page size in Databricks' reference.
    const shape = z.object({ ...paging(20, 100), name: z.string().optional(), expand_tasks: flag });
    const { name, expand_tasks, ...asked } = readQuery(c, shape);
    const same = ({ settings }: Job) => settings.name.toLowerCase() === name?.toLowerCase();
    const { entries, more } = page(
      jobs.list().filter((job) => name === undefined || same(job)),
      asked,
    );
    const listed = entries.map(shown).map(({ settings, ...job }) => {
      const { tasks, ...rest } = settings;
      return { ...job, settings: expand_tasks ? settings : rest };
    });
    return c.json({ ...(listed.length > 0 && { jobs: listed }), ...more });
  });
  return routes;
}
