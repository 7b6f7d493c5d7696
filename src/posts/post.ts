/** Posts as the producer reads them: the records of each post, as the bytes that are sent. */

export interface PostRecord {
  readonly dataset: string;
  /** The record's bytes as they are sent: one line without its line break. Lines of a file are unchanged. */
  readonly line: Buffer;
  /** The key in canonical form, such as `"7"`; null if the line has no readable key. */
  readonly key: string | null;
  /** The record's position in its source: a post number or a line number. */
  readonly at: number;
  /** Why the record does not match its dataset's type. The record is sent nevertheless, and cleaning decides whether to reject it. */
  readonly flaw?: string;
}

/** The records of one post, which are sent together. */
export type Post = readonly PostRecord[];

/** Returns the post with this number. A version other than 0 is the same post with changes. */
export type MakePost = (seed: number, number: number, version?: number) => Post;

/** A source of posts. Reading is lazy, and memory does not grow with the number of posts. */
export interface Posts {
  /** The datasets whose records the source may contain. */
  readonly datasets: readonly string[];
  /** The number of posts, if known before they are read. */
  readonly total?: number;
  /**
   * Reads from the start, or after the post whose position is `after`. A source with fingerprints throws if the posts up to `after`
   * do not have this `fingerprint`, because they must have been replaced.
   */
  read(after?: number, fingerprint?: number): AsyncIterable<Post> | Iterable<Post>;
  /** Returns a checksum of a post and all posts before it. A source whose contents can't change does not have this function. */
  fingerprint?(post: Post): number | undefined;
  /** Returns the position of a post; if omitted, the position is the number of posts read so far, including this one. */
  position?(post: Post): number;
  /** Returns the name of a record for messages: "post 7", "line 12 of orders.jsonl". */
  where(record: PostRecord): string;
}
