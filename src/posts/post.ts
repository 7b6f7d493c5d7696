/** What the producer reads: posts, each up to one record of every dataset, as the bytes that are sent. */

export interface PostRecord {
  readonly dataset: string;
  /** The record as it is sent, one line without its line break; a file's bytes are not touched. */
  readonly line: Buffer;
  /** The post's number in canonical form, `"7"`; null where the line has none that can be read. */
  readonly key: string | null;
  /** Where the record comes from, counted as its source counts: a post number or a line number. */
  readonly at: number;
  /** What the dataset's type says against the record; it is sent all the same, and cleaning decides what becomes of it. */
  readonly flaw?: string;
}

/** The records of one post, which go out together. */
export type Post = readonly PostRecord[];

/** Returns the post of a number; another version than 0 is the same post, changed. */
export type MakePost = (seed: number, number: number, version?: number) => Post;

/** A source of posts. Reading is lazy, and memory does not grow with the number of posts. */
export interface Posts {
  /** The datasets whose records may come. */
  readonly datasets: readonly string[];
  /** How many posts there will be, where that is known before they are read. */
  readonly total?: number;
  /**
   * Reads from the start, or what comes after a post whose position was `after`. A source with fingerprints throws where the posts up
   * to that one don't have this `fingerprint`: they were replaced.
   */
  read(after?: number, fingerprint?: number): AsyncIterable<Post> | Iterable<Post>;
  /** Returns a checksum of a post that was read and all before it; left out where posts can't be replaced. */
  fingerprint?(post: Post): number | undefined;
  /** Where a post stands; left out where that is how many posts were read until then, it included. */
  position?(post: Post): number;
  /** Names a record to a person: "post 7", "line 12 of orders.jsonl". */
  where(record: PostRecord): string;
}
