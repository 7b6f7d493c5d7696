/** Tracks the position up to which every record is settled. An interrupted run is resumed after this position. */

/** A post in flight; `open` is the number of its records that are not settled. */
export interface OnItsWay {
  open: number;
  readonly position: number;
  readonly fingerprint: number | undefined;
}

/** Settled posts at the front of the queue are removed in groups of this size, because removing them one by one is slower. */
const COMPACT = 1024;

/** Contains the posts from the first unsettled post on. */
export class Watermark {
  #posts: OnItsWay[] = [];
  #head = 0;
  #position: number | undefined;
  #fingerprint: number | undefined;

  constructor(position?: number) {
    this.#position = position;
  }

  /** The position up to which all posts are settled; undefined before the first post is settled. */
  get position(): number | undefined {
    return this.#position;
  }

  /** The fingerprint of the posts up to `position`; undefined if their source has no fingerprints. */
  get fingerprint(): number | undefined {
    return this.#fingerprint;
  }

  /** Adds a post that was read and has `records` records. Must be called in the order of the source. */
  begin(position: number, records: number, fingerprint?: number): OnItsWay {
    const post = { open: records, position, fingerprint };
    this.#posts.push(post);
    return post;
  }

  /** Marks one record of the post as settled, because it was delivered or rejected. */
  settle(post: OnItsWay): void {
    post.open--;
    for (let head = this.#posts[this.#head]; head?.open === 0; head = this.#posts[this.#head]) {
      this.#position = head.position;
      this.#fingerprint = head.fingerprint;
      this.#head++;
    }
    if (this.#head < COMPACT) return;
    this.#posts.splice(0, this.#head);
    this.#head = 0;
  }
}
