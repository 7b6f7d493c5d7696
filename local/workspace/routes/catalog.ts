/** `/api/2.1/unity-catalog`: schemas, volumes, and the grants on them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { listing, sized } from '../pages.ts';
import { flag, readBody, readQuery } from '../request.ts';
import { type Catalog, schemaFields, volumeFields } from '../state/catalog.ts';

const ROOT = '/api/2.1/unity-catalog';

/**
 * Unity Catalog's names, except names that can't be file names:
 * https://docs.databricks.com/sql/language-manual/sql-ref-names
 */
const name = z
  .string()
  .regex(/^[^\s./`'\p{Cc}]{1,255}$/u, 'expected a name without spaces, dots and slashes');
const newSchema = schemaFields.extend({ catalog_name: name, name });
const newVolume = volumeFields.extend({
  catalog_name: name,
  schema_name: name,
  name,
  volume_type: z.literal('MANAGED'),
});
const { page_size: max_results, page_token } = sized(1000, 1000);
const listed = z.object({ max_results, page_token, catalog_name: name });

export function catalogRoutes(catalog: Catalog): Hono {
  const routes = new Hono();
  routes.get(`${ROOT}/schemas`, (c) => {
    const { catalog_name, max_results: page_size, page_token } = readQuery(c, listed);
    const { entries, next } = listing(catalog.schemas(catalog_name), { page_size, page_token });
    return c.json({ schemas: entries, ...next });
  });
  routes.post(`${ROOT}/schemas`, async (c) => {
    const { catalog_name, name, ...rest } = await readBody(c, newSchema);
    return c.json(await catalog.createSchema(catalog_name, name, rest));
  });
  routes.get(`${ROOT}/schemas/:full`, (c) => c.json(catalog.schema(c.req.param('full'))));
  routes.patch(`${ROOT}/schemas/:full`, async (c) =>
    c.json(catalog.updateSchema(c.req.param('full'), await readBody(c, schemaFields))),
  );
  routes.delete(`${ROOT}/schemas/:full`, async (c) => {
    await catalog.deleteSchema(c.req.param('full'), readQuery(c, z.object({ force: flag })).force);
    return c.json({});
  });

  routes.get(`${ROOT}/volumes`, (c) => {
    const shape = listed.extend({ schema_name: name });
    const { catalog_name, schema_name, max_results: page_size, page_token } = readQuery(c, shape);
    const all = catalog.volumes(catalog_name, schema_name);
    const { entries, next } = listing(all, { page_size, page_token });
    return c.json({ volumes: entries, ...next });
  });
  routes.post(`${ROOT}/volumes`, async (c) => {
    const { catalog_name, schema_name, name, ...rest } = await readBody(c, newVolume);
    return c.json(catalog.createVolume(catalog_name, schema_name, name, rest));
  });
  routes.get(`${ROOT}/volumes/:full`, (c) => c.json(catalog.volume(c.req.param('full'))));
  routes.patch(`${ROOT}/volumes/:full`, async (c) =>
    c.json(catalog.updateVolume(c.req.param('full'), await readBody(c, volumeFields))),
  );
  routes.delete(`${ROOT}/volumes/:full`, (c) => {
    catalog.deleteVolume(c.req.param('full'));
    return c.json({});
  });
  return routes;
}
