/**
 * A dataset is written once, here and in its own file, as data: what arrives (fields), what is kept (columns) and the
 * rules between the two. Notebooks, tables, the producer's types and the reasons of rejected records come from it.
 */
import type { z } from 'zod';

export type SqlType = 'INT' | 'BIGINT' | 'DOUBLE' | 'STRING' | 'TIMESTAMP' | 'ARRAY<DOUBLE>';

/** How a field's text becomes a value. */
export interface Rule {
  /** The sentence a reader sees: "a whole number from 0 to 120". A value that is not that becomes NULL and is reported. */
  readonly says: string;
  readonly type: SqlType;
  /** One SQL expression over the trimmed text of the field; NULL where the text is not what the rule says. */
  sql(text: string): string;
  /** False where every text is a valid value, so that nothing can be reported. */
  readonly canFail: boolean;
}

/** One field of the record as it arrives. */
export interface Field {
  readonly says: string;
  readonly rule: Rule;
  /** Texts that stand for "missing" in this field, besides the empty one. */
  readonly placeholders?: readonly string[];
  /** What a well-formed producer sends. */
  readonly sent: z.ZodType;
  /** True for a field that is known but not kept. */
  readonly dropped?: boolean;
}

/**
 * One column of the clean table, in the order of the table: the field of the same name (or `from`), unless `sql` makes
 * it out of several, written `{field}` in the expression; such a column says its own type and meaning.
 */
export type Column =
  | { readonly name: string; readonly from?: string }
  | {
      readonly name: string;
      readonly type: SqlType;
      readonly says: string;
      /** What cleaning does to get it, in a reader's words. */
      readonly cleaning: string;
      readonly sql: string;
    };

export interface Dataset {
  /** `pin`: the last part of topic, stream and table names. */
  readonly name: string;
  /** What one record is, for sentences: "a pin". */
  readonly one: string;
  /** Many of them: "pins". */
  readonly plural: string;
  readonly title: string;
  readonly grain: string;
  /** The field that numbers the post; its clean column is always `ind`. */
  readonly key: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly columns: readonly Column[];
}

/** The clean column every dataset shares: the number of the post. */
export const KEY_COLUMN = 'ind';
