/** `/api/2.0/alerts`: SQL alerts, version 2. https://docs.databricks.com/api/workspace/alertsv2 */
import { Hono } from 'hono';
import { z } from 'zod';
import { listing, sized } from '../pages.ts';
import { readBody, readQuery } from '../request.ts';
import { type Alerts, alertRequest } from '../state/alerts.ts';

const ROOT = '/api/2.0/alerts';
const ONE = `${ROOT}/:id`;

/** The default and maximum page size in Databricks' reference. */
const listed = z.object(sized(20, 100));

export function alertRoutes(alerts: Alerts): Hono {
  const routes = new Hono();
  routes.get(ROOT, (c) => {
    const { entries, next } = listing(alerts.list(), readQuery(c, listed));
    return c.json({ alerts: entries, ...next });
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
