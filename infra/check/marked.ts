/** The record that is sent: it is known by its mark, and no answer counts it, as it has no key and so ends among the rejected. */
import { randomUUID } from 'node:crypto';
import { POST_DATASETS } from '../../src/project/project.ts';

/** The dataset whose topic and stream it takes. */
export const [CHECKED] = POST_DATASETS;

export interface Marked {
  readonly mark: string;
  readonly record: { readonly check: string; readonly sent: string };
}

export function markedRecord(): Marked {
  const mark = randomUUID();
  return { mark, record: { check: mark, sent: new Date().toISOString() } };
}
