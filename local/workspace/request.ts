/** A request's body and query, checked against their shape. */
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
export async function readBody<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'The body is not JSON.');
  }
  return checked(shape, body);
}

/** @throws ApiError 400 that names what is wrong */
export const readQuery = <T>(c: Context, shape: z.ZodType<T>): T => checked(shape, c.req.query());

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
export function checked<T>(shape: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  const issue = error.issues[0];
  throw invalid(`${issue?.path.join('.') || 'The request'}: ${issue?.message}`);
}
