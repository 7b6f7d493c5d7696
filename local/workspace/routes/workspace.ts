/** The routes of the current user and of the SQL warehouse. There is only one user and one warehouse. */
import path from 'node:path';
import { Hono } from 'hono';
import type { LocalWorkspace } from '../../../src/databricks/connection.ts';
import { missing } from '../api-error.ts';

/** The workspace's id; any number is suitable, because there is only one workspace. */
const WORKSPACE = '1';

/** @param sql: the warehouse's address, if there is a warehouse */
export function workspaceRoutes(user: string, sql?: LocalWorkspace['sql']): Hono {
  const routes = new Hono();
  routes.get('/api/2.0/preview/scim/v2/Me', (c) => {
    const me = {
      id: '1',
      userName: user,
      displayName: user.split('@')[0],
      active: true,
      emails: [{ value: user, primary: true, type: 'work' }],
      groups: [{ display: 'admins', value: '1', type: 'direct' }],
    };
    // The Databricks CLI reads the workspace's id from this header.
    return c.json(me, 200, { 'x-databricks-org-id': WORKSPACE });
  });
  const warehouses = sql
    ? [
        {
          id: path.posix.basename(sql.path),
          name: 'This machine',
          state: 'RUNNING',
          creator_name: user,
          num_clusters: 1,
          warehouse_type: 'PRO',
          odbc_params: { hostname: sql.host, port: sql.port, path: sql.path, protocol: 'https' },
        },
      ]
    : [];
  routes.get('/api/2.0/sql/warehouses', (c) => c.json({ warehouses }));
  routes.get('/api/2.0/sql/warehouses/:id', (c) => {
    const found = warehouses.find(({ id }) => id === c.req.param('id'));
    if (!found) throw missing(`SQL warehouse ${c.req.param('id')} does not exist.`);
    return c.json(found);
  });
  return routes;
}
