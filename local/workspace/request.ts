/** Parses and validates a request's body and query. */
import { text } from 'node:stream/consumers';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { z } from 'zod';
import { ApiError, invalid } from './api-error.ts';

/** A boolean in a query. Clients in Python write `False` with a capital letter. */
export const flag = z
  .enum(['true', 'false', 'True', 'False'])
  .default('false')
  .transform((word) => word.toLowerCase() === 'true');

/** An id: a number in JSON, or text in a query. */
export const id = z.coerce.number().int().nonnegative();

/** Returns the JSON body. @throws ApiError 400 that names the invalid field */
export const readBody = async <T>(c: Context, shape: z.ZodType<T>): Promise<T> =>
  checked(shape, parsed(await c.req.text()));

/** Returns the query. @throws ApiError 400 that names the invalid field */
export const readQuery = <T>(c: Context, shape: z.ZodType<T>): T => checked(shape, c.req.query());

/**
 * Returns the query or, if the query is empty, the body of the GET request. Databricks accepts a body in a GET request,
 * and Airflow's deferred tasks send one.
 * @throws ApiError 400 that names the invalid field
 */
export async function readQueryOrBody<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  if (Object.keys(c.req.query()).length > 0) return readQuery(c, shape);
  // A standard Request has no body for GET; Node's request has one.
  return checked(shape, parsed(await text((c.env as HttpBindings).incoming)));
}

function parsed(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'The body is not JSON.');
  }
}

/** Returns the decoded path after `prefix`, with a leading slash. A client may send slashes unencoded or as %2F. */
export function pathBehind(c: Context, prefix: string): string {
  const { pathname } = new URL(c.req.url);
  try {
    return `/${decodeURIComponent(pathname.slice(prefix.length)).replace(/^\/+/, '')}`;
  } catch {
    throw invalid(`The path ${pathname} has an invalid percent-encoding.`);
  }
}

/** Returns the valid value. @throws ApiError 400 that names the field, never the value, which may be a secret */
function checked<T>(shape: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  const issue = error.issues[0];
  throw invalid(`${issue?.path.join('.') || 'The request'}: ${issue?.message}`);
}
