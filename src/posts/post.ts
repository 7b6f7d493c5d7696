/** What the producer reads: posts, each up to one record of every dataset, as the bytes that are sent. */

export interface PostRecord {
  readonly dataset: string;
  /** The record as it is sent, one line without its line break; a file's bytes are not touched. */
  readonly line: Buffer;
  /** The post's number in canonical form, `"7"`; null where the line has none that can be read. */
  readonly key: string | null;
  /** Where the record comes from, counted as its source counts: a post number or a line number. */
  readonly at: number;
}

/** The records of one post, which go out together. */
export type Post = readonly PostRecord[];

/** A source of posts. Reading is lazy, and memory does not grow with the number of posts. */
export interface Posts {
  /** The datasets whose records may come. */
  readonly datasets: readonly string[];
  /** How many posts there will be, where that is known before they are read. */
  readonly total?: number;
  read(): AsyncIterable<Post> | Iterable<Post>;
  /** Names a record to a person: "post 7", "line 12 of pin.jsonl". */
  where(record: PostRecord): string;
}
