/** `/api/2.0/secrets`: scopes, names of secrets, and ACLs. Values can be written but not read; only notebooks receive them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { exists, invalid, missing } from '../api-error.ts';
import type { Engine } from '../engine.ts';
import { readBody, readQuery } from '../request.ts';
import type { Scope, Vault } from '../state/vault.ts';

const NAME = /^[\w@.-]{1,128}$/;
/** The maximum size of a secret in Databricks. */
const MAX_BYTES = 128 * 1024;

const named = z.string().regex(NAME, 'at most 128 letters, digits, -, _, @ and .');
const inScope = z.object({ scope: named });
const oneKey = inScope.extend({ key: named });
const oneAcl = inScope.extend({ principal: z.string().min(1) });

export function secretRoutes(vault: Vault, engine: Engine, user: string): Hono {
  const routes = new Hono();
  const scopeOf = ({ scope }: { scope: string }): Scope => {
    const found = vault.scope(scope);
    if (!found) throw missing(`Scope ${scope} does not exist!`);
    return found;
  };
  const changed = () => engine.setSecrets(vault.plain());

  routes.post('/api/2.0/secrets/scopes/create', async (c) => {
    const asked = await readBody(
      c,
      inScope.extend({ scope_backend_type: z.literal('DATABRICKS').optional() }),
    );
    if (vault.scope(asked.scope)) throw exists(`Scope ${asked.scope} already exists!`);
    vault.keep({ name: asked.scope, acls: { [user]: 'MANAGE' }, secrets: {} });
    changed();
    return c.json({});
  });
  routes.post('/api/2.0/secrets/scopes/delete', async (c) => {
    vault.delete(scopeOf(await readBody(c, inScope)).name);
    changed();
    return c.json({});
  });
  routes.get('/api/2.0/secrets/scopes/list', (c) => {
    const scopes = vault.scopes().map(({ name }) => ({ name, backend_type: 'DATABRICKS' }));
    return c.json(scopes.length > 0 ? { scopes } : {});
  });
  routes.post('/api/2.0/secrets/put', async (c) => {
    const shape = oneKey.extend({ string_value: z.string().optional(), bytes_value: z.base64().optional() });
    const asked = await readBody(c, shape);
    const value = asked.string_value ?? Buffer.from(asked.bytes_value ?? '', 'base64');
    if (value.length === 0) throw invalid('Expected a non-empty string_value or bytes_value.');
    if (Buffer.byteLength(value) > MAX_BYTES)
      throw invalid(`A secret has at most ${MAX_BYTES} bytes, this one has ${Buffer.byteLength(value)}.`);
    vault.put(scopeOf(asked), asked.key, value.toString());
    changed();
    return c.json({});
  });
  routes.post('/api/2.0/secrets/delete', async (c) => {
    const asked = await readBody(c, oneKey);
    const scope = scopeOf(asked);
    if (!scope.secrets[asked.key]) throw missing(`Secret ${asked.key} does not exist in ${asked.scope}!`);
    const { [asked.key]: _, ...secrets } = scope.secrets;
    vault.keep({ ...scope, secrets });
    changed();
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

  routes.post('/api/2.0/secrets/acls/put', async (c) => {
    const shape = oneAcl.extend({ permission: z.enum(['READ', 'WRITE', 'MANAGE']) });
    const { principal, permission, ...asked } = await readBody(c, shape);
    const scope = scopeOf(asked);
    vault.keep({ ...scope, acls: { ...scope.acls, [principal]: permission } });
    return c.json({});
  });
  routes.post('/api/2.0/secrets/acls/delete', async (c) => {
    const { principal, ...asked } = await readBody(c, oneAcl);
    const scope = scopeOf(asked);
    const { [principal]: _, ...acls } = scope.acls;
    vault.keep({ ...scope, acls });
    return c.json({});
  });
  routes.get('/api/2.0/secrets/acls/list', (c) => {
    const { acls } = scopeOf(readQuery(c, inScope));
    const items = Object.entries(acls).map(([principal, permission]) => ({ principal, permission }));
    return c.json(items.length > 0 ? { items } : {});
  });
  return routes;
}
