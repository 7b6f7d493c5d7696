/** `/api/2.0/lakeview/dashboards`: drafts and published dashboards. https://docs.databricks.com/api/workspace/lakeview */
import { Hono } from 'hono';
import { z } from 'zod';
import { listing, sized } from '../pages.ts';
import { readBody, readQuery } from '../request.ts';
import type { Dashboard, Dashboards } from '../state/dashboards.ts';

const ROOT = '/api/2.0/lakeview/dashboards';
const ONE = `${ROOT}/:id`;
const PUBLISHED = `${ONE}/published`;

const fields = z.object({
  display_name: z.string().optional(),
  serialized_dashboard: z.string().optional(),
  warehouse_id: z.string().optional(),
});
const creating = fields.extend({ parent_path: z.string().startsWith('/').optional() });
const updating = fields.extend({ etag: z.string().optional() });
const tables = z.object({ dataset_catalog: z.string().optional(), dataset_schema: z.string().optional() });
const publishing = z.object({
  embed_credentials: z.boolean().default(false),
  warehouse_id: z.string().optional(),
});

/** The default and maximum page size in Databricks' reference. */
const listed = z.object({
  ...sized(1000, 1000),
  view: z.literal('DASHBOARD_VIEW_BASIC').optional(),
});

export function dashboardRoutes(dashboards: Dashboards): Hono {
  const routes = new Hono();
  routes.get(ROOT, (c) => {
    const { entries, next } = listing(dashboards.list(), readQuery(c, listed));
    return c.json({ dashboards: entries.map(brief), ...next });
  });
  routes.post(ROOT, async (c) =>
    c.json(draft(dashboards.create(await readBody(c, creating), readQuery(c, tables)))),
  );
  routes.get(ONE, (c) => c.json(draft(dashboards.get(c.req.param('id')))));
  routes.patch(ONE, async (c) =>
    c.json(draft(dashboards.update(c.req.param('id'), await readBody(c, updating), readQuery(c, tables)))),
  );
  routes.delete(ONE, (c) => {
    dashboards.trash(c.req.param('id'));
    return c.json({});
  });
  routes.post(PUBLISHED, async (c) =>
    c.json(dashboards.publish(c.req.param('id'), await readBody(c, publishing))),
  );
  routes.get(PUBLISHED, (c) => c.json(dashboards.published(c.req.param('id'))));
  return routes;
}

const draft = ({ published: _, ...one }: Dashboard) => one;

/** Returns a dashboard's entry in a list. It contains only these fields of the dashboard. */
const brief = ({ dashboard_id, display_name, create_time, lifecycle_state, warehouse_id }: Dashboard) => ({
  dashboard_id,
  display_name,
  create_time,
  lifecycle_state,
  ...(warehouse_id && { warehouse_id }),
});
