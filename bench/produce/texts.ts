import { emulatedPost } from '../../src/project/posts.ts';

export const TEXT_BYTES = 580;

/**
 * Texts of pins of one size, so that all contestants send equally many bytes and gzip compresses real text. Longer texts
 * are truncated, shorter ones repeated.
 */
export const texts = Array.from({ length: 500 }, (_, n) => {
  const [pin] = emulatedPost(1, n);
  return Buffer.alloc(TEXT_BYTES, pin?.line);
});
