/** `/api/2.0/secrets`: scopes and names of secrets. Values can be written but not read; only notebooks receive them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { exists, invalid, missing } from '../api-error.ts';
import type { Engine } from '../engine.ts';
import { readBody, readQuery } from '../request.ts';
import type { Collection } from '../state/collection.ts';

const NAME = /^[\w@.-]{1,128}$/;
/** The maximum size of a secret in Databricks. */
const MAX_BYTES = 128 * 1024;

const named = z.string().regex(NAME, 'at most 128 letters, digits, -, _, @ and .');
const inScope = z.object({ scope: named });
const oneKey = inScope.extend({ key: named });

/** A scope with its secrets. Only the owner of the state folder may read the scopes' files. */
export const scope = z.object({
  name: z.string(),
  secrets: z.record(z.string(), z.object({ value: z.string(), last_updated_timestamp: z.number() })),
});
type Scope = z.infer<typeof scope>;

export function secretRoutes(scopes: Collection<Scope>, engine: Engine): Hono {
  const routes = new Hono();
  const scopeOf = ({ scope }: { scope: string }): Scope => {
    const found = scopes.get(scope);
    if (!found) throw missing(`Scope ${scope} does not exist!`);
    return found;
  };
  /** Passes all secrets to Spark, for notebooks. */
  const changed = () =>
    engine.setSecrets(Object.fromEntries(scopes.values().map(({ name, secrets }) => [name, plain(secrets)])));
  const keep = (scope: Scope) => {
    scopes.put(scope.name, scope);
    changed();
  };
  changed();

  routes.post('/api/2.0/secrets/scopes/create', async (c) => {
    const asked = await readBody(
      c,
      inScope.extend({ scope_backend_type: z.literal('DATABRICKS').optional() }),
    );
    if (scopes.get(asked.scope)) throw exists(`Scope ${asked.scope} already exists!`);
    keep({ name: asked.scope, secrets: {} });
    return c.json({});
  });
  routes.post('/api/2.0/secrets/scopes/delete', async (c) => {
    scopes.delete(scopeOf(await readBody(c, inScope)).name);
    changed();
    return c.json({});
  });
  routes.get('/api/2.0/secrets/scopes/list', (c) => {
    const listed = scopes.values().map(({ name }) => ({ name, backend_type: 'DATABRICKS' }));
    return c.json(listed.length > 0 ? { scopes: listed } : {});
  });
  routes.post('/api/2.0/secrets/put', async (c) => {
    const shape = oneKey.extend({ string_value: z.string().optional(), bytes_value: z.base64().optional() });
    const asked = await readBody(c, shape);
    const value = asked.string_value ?? Buffer.from(asked.bytes_value ?? '', 'base64');
    if (value.length === 0) throw invalid('Expected a non-empty string_value or bytes_value.');
    if (Buffer.byteLength(value) > MAX_BYTES)
      throw invalid(`A secret has at most ${MAX_BYTES} bytes, this one has ${Buffer.byteLength(value)}.`);
    const scope = scopeOf(asked);
    const secret = { value: value.toString(), last_updated_timestamp: Date.now() };
    keep({ ...scope, secrets: { ...scope.secrets, [asked.key]: secret } });
    return c.json({});
  });
  routes.post('/api/2.0/secrets/delete', async (c) => {
    const asked = await readBody(c, oneKey);
    const scope = scopeOf(asked);
    if (!scope.secrets[asked.key]) throw missing(`Secret ${asked.key} does not exist in ${asked.scope}!`);
    const { [asked.key]: _, ...secrets } = scope.secrets;
    keep({ ...scope, secrets });
    return c.json({});
  });
  routes.get('/api/2.0/secrets/list', (c) => {
    const { secrets } = scopeOf(readQuery(c, inScope));
    const listed = Object.entries(secrets).map(([key, { last_updated_timestamp }]) => ({
      key,
      last_updated_timestamp,
    }));
    return c.json(listed.length > 0 ? { secrets: listed } : {});
  });
  return routes;
}

const plain = (secrets: Scope['secrets']) =>
  Object.fromEntries(Object.entries(secrets).map(([key, { value }]) => [key, value]));
