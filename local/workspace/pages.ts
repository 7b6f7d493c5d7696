/** Paginates lists: a page token is the number of entries before the page. */
import { z } from 'zod';

const page_token = z.coerce.number().int().nonnegative().optional();

/** The query's fields of a page of jobs or runs. */
export const paging = (usual: number, most: number) => ({
  limit: z.coerce.number().int().min(0).max(most).default(usual),
  page_token,
  offset: z.coerce.number().int().nonnegative().default(0),
});

interface PageRequest {
  readonly limit: number;
  readonly page_token?: number | undefined;
  readonly offset: number;
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** The response's fields for the next page. */
  readonly more: { readonly has_more: boolean; readonly next_page_token?: string };
}

/** The query's fields of a page of anything else. A size of 0 means the maximum. */
export const sized = (usual: number, most: number) => ({
  page_size: z.coerce
    .number()
    .int()
    .min(0)
    .max(most)
    .default(usual)
    .transform((size) => size || most),
  page_token,
});

/** Returns the page that fields of `sized` request, and the response's field for the next page. */
export function listing<T>(
  all: readonly T[],
  { page_size: limit, page_token }: { readonly page_size: number; readonly page_token?: number | undefined },
): { readonly entries: readonly T[]; readonly next: { readonly next_page_token?: string } } {
  const { entries, more } = page(all, { limit, page_token, offset: 0 });
  const { has_more: _, ...next } = more;
  return { entries, next };
}

export function page<T>(all: readonly T[], { limit, page_token, offset }: PageRequest): Page<T> {
  const first = page_token ?? offset;
  const next = first + limit;
  const has_more = limit > 0 && next < all.length;
  return {
    entries: all.slice(first, next),
    more: { has_more, ...(has_more && { next_page_token: String(next) }) },
  };
}
