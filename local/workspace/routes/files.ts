/** `/api/2.0/workspace`: the tree of notebooks, folders and files. */
import { Hono } from 'hono';
import { z } from 'zod';
import { flag, pathBehind, readBody, readQuery } from '../request.ts';
import { LANGUAGES } from '../state/notebook.ts';
import type { WorkspaceFiles } from '../state/workspace-files.ts';

const FORMATS = ['AUTO', 'SOURCE', 'RAW'] as const;

const named = z.object({ path: z.string().min(1) });
const importing = named.extend({
  content: z.base64().default(''),
  format: z.enum(FORMATS).default('SOURCE'),
  language: z.enum(LANGUAGES).optional(),
  overwrite: z.boolean().default(false),
});
const IMPORT_FILE = '/api/2.0/workspace-files/import-file/';

export function fileRoutes(files: WorkspaceFiles): Hono {
  const routes = new Hono();
  routes.get('/api/2.0/workspace/get-status', (c) => {
    const asked = readQuery(c, named.extend({ return_export_info: flag }));
    const info = files.status(asked.path);
    return c.json(
      asked.return_export_info && info.language ? { ...info, repos_export_format: 'SOURCE' } : info,
    );
  });
  routes.get('/api/2.0/workspace/list', (c) => {
    const objects = files.list(readQuery(c, named).path);
    return c.json(objects.length > 0 ? { objects } : {});
  });
  routes.post('/api/2.0/workspace/mkdirs', async (c) => {
    files.mkdirs((await readBody(c, named)).path);
    return c.json({});
  });
  routes.post('/api/2.0/workspace/import', async (c) => {
    const asked = await readBody(c, importing);
    files.import({ ...asked, content: Buffer.from(asked.content, 'base64') });
    return c.json({});
  });
  routes.post(`${IMPORT_FILE}*`, async (c) => {
    const { overwrite } = readQuery(c, z.object({ overwrite: flag }));
    const path = pathBehind(c, IMPORT_FILE);
    files.import({ path, content: new Uint8Array(await c.req.arrayBuffer()), format: 'AUTO', overwrite });
    return c.json({});
  });
  routes.get('/api/2.0/workspace/export', (c) => {
    const asked = readQuery(c, named.extend({ direct_download: flag }));
    const { content, info } = files.export(asked.path);
    if (asked.direct_download) return c.body(new Uint8Array(content));
    return c.json({ content: content.toString('base64'), file_type: info.language === 'SQL' ? 'sql' : 'py' });
  });
  routes.post('/api/2.0/workspace/delete', async (c) => {
    const { path, recursive } = await readBody(c, named.extend({ recursive: z.boolean().default(false) }));
    files.delete(path, recursive);
    return c.json({});
  });
  return routes;
}
