/** `/api/2.0/fs`: the Files API, for files in volumes. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { Hono } from 'hono';
import { z } from 'zod';
import { listing, sized } from '../pages.ts';
import { flag, pathBehind, readQuery } from '../request.ts';
import type { VolumeFiles } from '../state/volume-files.ts';

const FILES = '/api/2.0/fs/files/';
const DIRECTORIES = '/api/2.0/fs/directories/';

/** The default and maximum page size in Databricks' reference. */
const listed = z.object(sized(1000, 1000));

export function volumeFileRoutes(volumes: VolumeFiles): Hono {
  const routes = new Hono();
  routes.put(`${FILES}*`, async (c) => {
    const { overwrite } = readQuery(c, z.object({ overwrite: flag }));
    await volumes.write(pathBehind(c, FILES), c.req.raw.body as NodeStream | null, overwrite);
    return c.body(null, 204);
  });
  routes.get(`${FILES}*`, (c) => {
    const { file, stats } = volumes.file(pathBehind(c, FILES));
    const headers = {
      'content-length': String(stats.size),
      'content-type': 'application/octet-stream',
      'last-modified': stats.mtime.toUTCString(),
    };
    // Hono also calls this function for a HEAD request and discards the body, so the file need not be opened.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream, 200, headers);
  });
  routes.delete(`${FILES}*`, (c) => {
    volumes.deleteFile(pathBehind(c, FILES));
    return c.body(null, 204);
  });
  routes.put(`${DIRECTORIES}*`, (c) => {
    volumes.makeDirectory(pathBehind(c, DIRECTORIES));
    return c.body(null, 204);
  });
  routes.get(`${DIRECTORIES}*`, (c) => {
    const asked = readQuery(c, listed);
    const { entries, next } = listing(volumes.directory(pathBehind(c, DIRECTORIES)), asked);
    return c.json({ contents: entries, ...next });
  });
  routes.delete(`${DIRECTORIES}*`, (c) => {
    volumes.deleteDirectory(pathBehind(c, DIRECTORIES));
    return c.body(null, 204);
  });
  return routes;
}
