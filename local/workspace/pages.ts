/** Paginates lists: a page token is the number of entries before the page. */
import { z } from 'zod';

export const paging = (usual: number, most: number) => ({
  limit: z.coerce.number().int().min(0).max(most).default(usual),
  page_token: z.coerce.number().int().nonnegative().optional(),
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

export function page<T>(all: readonly T[], { limit, page_token, offset }: PageRequest): Page<T> {
  const first = page_token ?? offset;
  const next = first + limit;
  const has_more = limit > 0 && next < all.length;
  return {
    entries: all.slice(first, next),
    more: { has_more, ...(has_more && { next_page_token: String(next) }) },
  };
}
