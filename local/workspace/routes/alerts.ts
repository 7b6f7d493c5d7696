/** `/api/2.0/alerts`: SQL alerts, version 2. https://docs.databricks.com/api/workspace/alertsv2 */
import { Hono } from 'hono';
import { z } from 'zod';
import { page } from '../pages.ts';
import { readBody, readQuery } from '../request.ts';
import { type Alerts, alertRequest } from '../state/alerts.ts';

const ROOT = '/api/2.0/alerts';
const ONE = `${ROOT}/:id`;

/** The default and maximum page size in Databricks' reference. */
const listed = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(20),
  page_token: z.coerce.number().int().nonnegative().optional(),
});

export function alertRoutes(alerts: Alerts): Hono {
  const routes = new Hono();
  routes.get(ROOT, (c) => {
    const { page_size: limit, page_token } = readQuery(c, listed);
    const { entries, more } = page(alerts.list(), { limit, page_token, offset: 0 });
    const { next_page_token } = more;
    return c.json({ alerts: entries, ...(next_page_token && { next_page_token }) });
  });
  routes.post(ROOT, async (c) => c.json(alerts.create(await readBody(c, alertRequest))));
  routes.get(ONE, (c) => c.json(alerts.get(c.req.param('id'))));
  // Replaces the whole alert, because this project's clients send complete alerts with "update_mask=*".
  routes.patch(ONE, async (c) => c.json(alerts.update(c.req.param('id'), await readBody(c, alertRequest))));
  // Deleted immediately: the local workspace has no trash for alerts.
  routes.delete(ONE, (c) => {
    alerts.delete(c.req.param('id'));
    return c.json({});
  });
  return routes;
}
