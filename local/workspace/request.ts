/** A request's body and query, checked against their shape. */
import { text } from 'node:stream/consumers';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { z } from 'zod';
import { ApiError, invalid } from './api-error.ts';

/** A flag in a query; Python's clients write `False`. */
export const flag = z
  .enum(['true', 'false', 'True', 'False'])
  .default('false')
  .transform((word) => word.toLowerCase() === 'true');

/** An id as JSON has it, or as text in a query. */
export const id = z.coerce.number().int().nonnegative();

/** The JSON body. @throws ApiError 400 that names what is wrong */
export const readBody = async <T>(c: Context, shape: z.ZodType<T>): Promise<T> =>
  checked(shape, parsed(await c.req.text()));

/** @throws ApiError 400 that names what is wrong */
export const readQuery = <T>(c: Context, shape: z.ZodType<T>): T => checked(shape, c.req.query());

/**
 * The query or, as Databricks takes it too and Airflow's deferred tasks send it, the body of a GET.
 * @throws ApiError 400 that names what is wrong
 */
export async function readQueryOrBody<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  if (Object.keys(c.req.query()).length > 0) return readQuery(c, shape);
  // The standard's Request has no body in a GET; Node's has.
  return checked(shape, parsed(await text((c.env as HttpBindings).incoming)));
}

function parsed(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'The body is not JSON.');
  }
}

/** The path behind `prefix`, decoded, whether a client sends its slashes as they are or as %2F; with a slash at its start. */
export function pathBehind(c: Context, prefix: string): string {
  const { pathname } = new URL(c.req.url);
  try {
    return `/${decodeURIComponent(pathname.slice(prefix.length)).replace(/^\/+/, '')}`;
  } catch {
    throw invalid(`The path ${pathname} is not well encoded.`);
  }
}

/** Names the field, and never the value: it may be a secret. @throws ApiError 400 */
function checked<T>(shape: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  const issue = error.issues[0];
  throw invalid(`${issue?.path.join('.') || 'The request'}: ${issue?.message}`);
}
