/**
 * The record that the check sends, with a unique mark that identifies it. The record has no key, so cleaning rejects it and no
 * answer counts it.
 */
import { randomUUID } from 'node:crypto';
import { POST_DATASETS } from '../../src/project/project.ts';

/** The dataset whose topic and stream receive the record. */
export const [CHECKED] = POST_DATASETS;

export interface Marked {
  readonly mark: string;
  readonly record: { readonly check: string; readonly sent: string };
}

export function markedRecord(): Marked {
  const mark = randomUUID();
  return { mark, record: { check: mark, sent: new Date().toISOString() } };
}
