/** `/api/2.0/lakeview/dashboards`: drafts and published dashboards. https://docs.databricks.com/api/workspace/lakeview */
import { Hono } from 'hono';
import { z } from 'zod';
import { listing, sized } from '../pages.ts';
import { readBody, readQuery } from '../request.ts';
import {
  createRequest,
  type Dashboard,
  type Dashboards,
  publishRequest,
  tables,
  updateRequest,
} from '../state/dashboards.ts';

const ROOT = '/api/2.0/lakeview/dashboards';
const ONE = `${ROOT}/:id`;
const PUBLISHED = `${ONE}/published`;

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
    c.json(draft(dashboards.create(await readBody(c, createRequest), readQuery(c, tables)))),
  );
  routes.get(ONE, (c) => c.json(draft(dashboards.get(c.req.param('id')))));
  routes.patch(ONE, async (c) =>
    c.json(
      draft(dashboards.update(c.req.param('id'), await readBody(c, updateRequest), readQuery(c, tables))),
    ),
  );
  routes.delete(ONE, (c) => {
    dashboards.trash(c.req.param('id'));
    return c.json({});
  });
  routes.post(PUBLISHED, async (c) =>
    c.json(dashboards.publish(c.req.param('id'), await readBody(c, publishRequest))),
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
