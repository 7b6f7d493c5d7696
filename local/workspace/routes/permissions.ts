/** Permissions: stored and returned, but not enforced. The local workspace has one user, who may do everything. */
import { Hono } from 'hono';
import { z } from 'zod';
import { readBody } from '../request.ts';
import type { Collection } from '../state/collection.ts';

const grants = z.object({ principal: z.string(), privileges: z.array(z.string()) });
const entry = z.object({
  user_name: z.string().optional(),
  group_name: z.string().optional(),
  service_principal_name: z.string().optional(),
  permission_level: z.string(),
});

/** The permissions of one object, stored under `<type>/<id>`. */
export const permissions = z.object({ entries: z.array(entry), grants: z.array(grants) });
export type Permissions = z.infer<typeof permissions>;

type Entry = z.infer<typeof entry>;

const acl = z.object({ access_control_list: z.array(entry).default([]) });
const changes = z.object({
  changes: z
    .array(
      z.object({
        principal: z.string(),
        add: z.array(z.string()).default([]),
        remove: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

const OBJECT = '/api/2.0/permissions/:type/:id';
const SECURABLE = '/api/2.1/unity-catalog/permissions/:type/:name';

export function permissionRoutes(kept: Collection<Permissions>): Hono {
  const routes = new Hono();
  const of = (place: string): Permissions => kept.get(place) ?? { entries: [], grants: [] };

  routes.get(OBJECT, (c) => {
    const { type, id } = c.req.param();
    return c.json(shown(type, id, of(`${type}/${id}`).entries));
  });
  routes.on(['PUT', 'PATCH'], OBJECT, async (c) => {
    const { type = '', id = '' } = c.req.param();
    const { access_control_list } = await readBody(c, acl);
    const before = of(`${type}/${id}`);
    const others = before.entries.filter((old) => !access_control_list.some((one) => who(one) === who(old)));
    const entries = c.req.method === 'PUT' ? access_control_list : [...others, ...access_control_list];
    kept.put(`${type}/${id}`, { ...before, entries });
    return c.json(shown(type, id, entries));
  });

  routes.get(SECURABLE, (c) => {
    const { type, name } = c.req.param();
    return c.json({ privilege_assignments: of(`${type}/${name.toLowerCase()}`).grants });
  });
  routes.patch(SECURABLE, async (c) => {
    const { type, name } = c.req.param();
    const place = `${type}/${name.toLowerCase()}`;
    const { changes: asked } = await readBody(c, changes);
    const before = of(place);
    const granted = new Map(before.grants.map((one) => [one.principal, new Set(one.privileges)]));
    for (const { principal, add, remove } of asked) {
      const privileges = granted.get(principal) ?? new Set();
      for (const privilege of add) privileges.add(privilege);
      for (const privilege of remove) privileges.delete(privilege);
      granted.set(principal, privileges);
    }
    const grants = [...granted]
      .filter(([, privileges]) => privileges.size > 0)
      .map(([principal, privileges]) => ({ principal, privileges: [...privileges].sort() }));
    kept.put(place, { ...before, grants });
    return c.json({ privilege_assignments: grants });
  });
  return routes;
}

const who = (one: Entry): string => one.user_name ?? one.group_name ?? one.service_principal_name ?? '';

const shown = (type: string, id: string, entries: readonly Entry[]) => ({
  object_id: `/${type}/${id}`,
  object_type: type.replace(/ies$/, 'y').replace(/s$/, ''),
  access_control_list: entries.map(({ permission_level, ...principal }) => ({
    ...principal,
    all_permissions: [{ permission_level, inherited: false }],
  })),
});
