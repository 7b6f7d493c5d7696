/** The post up to which every record is settled: an interrupted run resumes after it. */

/** A post on its way: how many of its records are not settled yet. */
export interface OnItsWay {
  open: number;
  readonly position: number;
  readonly fingerprint: number | undefined;
}

/** Settled posts at the front of the queue are dropped in runs of this length: shifting one by one would cost more. */
const COMPACT = 1024;

/** Holds the posts from the first unsettled one on: at most as many as are in flight. */
export class Watermark {
  #posts: OnItsWay[] = [];
  #head = 0;
  #position: number | undefined;
  #fingerprint: number | undefined;

  constructor(position?: number) {
    this.#position = position;
  }

  /** The position of the last post before which, itself included, none is open; undefined before the first. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Of the posts up to that position, where their source has fingerprints. */
  get fingerprint(): number | undefined {
    return this.#fingerprint;
  }

  /** Records that a post of `records` records was read. Called in the order of the source. */
  begin(position: number, records: number, fingerprint?: number): OnItsWay {
    const post = { open: records, position, fingerprint };
    this.#posts.push(post);
    return post;
  }

  /** One record of the post is delivered, or refused for good. */
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
