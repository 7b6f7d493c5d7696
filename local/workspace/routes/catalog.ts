/** `/api/2.1/unity-catalog`: schemas, volumes, and the grants on them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { page, paging } from '../pages.ts';
import { flag, readBody, readQuery } from '../request.ts';
import type { Catalog } from '../state/catalog.ts';

const ROOT = '/api/2.1/unity-catalog';

/**
 * Unity Catalog's names, except names that can't be file names:
 * https://docs.databricks.com/sql/language-manual/sql-ref-names
 */
const name = z
  .string()
  .regex(/^[^\s./`'\p{Cc}]{1,255}$/u, 'expected a name without spaces, dots and slashes');
const fields = z.object({
  comment: z.string().optional(),
  owner: z.string().optional(),
  properties: z.record(z.string(), z.string()).optional(),
});
const newSchema = fields.extend({ catalog_name: name, name });
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; folders in a bucket are not supported. */
const BUCKET = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/?$/;
const newVolume = z.discriminatedUnion('volume_type', [
  newSchema.extend({ schema_name: name, volume_type: z.literal('MANAGED') }),
  newSchema.extend({
    schema_name: name,
    volume_type: z.literal('EXTERNAL'),
    storage_location: z.string().regex(BUCKET, 'expected s3://<bucket>'),
  }),
]);
const { limit: _, ...pages } = paging(0, 0);
const listed = z.object({
  ...pages,
  max_results: z.coerce.number().int().min(0).max(1000).default(0),
  catalog_name: name,
});

const ALL = 1000;

export function catalogRoutes(catalog: Catalog): Hono {
  const routes = new Hono();
  routes.get(`${ROOT}/schemas`, (c) => {
    const { catalog_name, max_results, ...asked } = readQuery(c, listed);
    const { entries, more } = page(catalog.schemas(catalog_name), { ...asked, limit: max_results || ALL });
    return c.json({ schemas: entries, ...next(more) });
  });
  routes.post(`${ROOT}/schemas`, async (c) => {
    const { catalog_name, name, ...rest } = await readBody(c, newSchema);
    return c.json(await catalog.createSchema(catalog_name, name, rest));
  });
  routes.get(`${ROOT}/schemas/:full`, (c) => c.json(catalog.schema(c.req.param('full'))));
  routes.patch(`${ROOT}/schemas/:full`, async (c) =>
    c.json(catalog.updateSchema(c.req.param('full'), await readBody(c, fields))),
  );
  routes.delete(`${ROOT}/schemas/:full`, async (c) => {
    await catalog.deleteSchema(c.req.param('full'), readQuery(c, z.object({ force: flag })).force);
    return c.json({});
  });

  routes.get(`${ROOT}/volumes`, (c) => {
    const shape = listed.extend({ schema_name: name });
    const { catalog_name, schema_name, max_results, ...asked } = readQuery(c, shape);
    const all = catalog.volumes(catalog_name, schema_name);
    const { entries, more } = page(all, { ...asked, limit: max_results || ALL });
    return c.json({ volumes: entries, ...next(more) });
  });
  routes.post(`${ROOT}/volumes`, async (c) => {
    const { catalog_name, schema_name, name, ...rest } = await readBody(c, newVolume);
    const bucket = rest.volume_type === 'EXTERNAL' ? rest.storage_location : undefined;
    return c.json(catalog.createVolume(catalog_name, schema_name, name, rest, bucket));
  });
  routes.get(`${ROOT}/volumes/:full`, (c) => c.json(catalog.volume(c.req.param('full'))));
  routes.patch(`${ROOT}/volumes/:full`, async (c) =>
    c.json(catalog.updateVolume(c.req.param('full'), await readBody(c, fields))),
  );
  routes.delete(`${ROOT}/volumes/:full`, (c) => {
    catalog.deleteVolume(catalog.volume(c.req.param('full')).full_name);
    return c.json({});
  });
  return routes;
}

const next = ({ next_page_token }: { next_page_token?: string }) =>
  next_page_token ? { next_page_token } : {};
