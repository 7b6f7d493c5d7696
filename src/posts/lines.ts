/** Splits a stream into lines of bytes. Decodes nothing, so that invalid UTF-8 is sent unchanged. */

export interface Line {
  readonly bytes: Buffer;
  /** The line number, starting at 1 and counting empty lines, as in an editor. */
  readonly at: number;
}

export const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Yields the lines of a stream without their line feeds; skips lines that are empty or only a carriage return. Keeps
 * one chunk and one line in memory.
 */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let at = 0;
  // The parts of a line. They are joined once per line, so that a line in many chunks is not copied for each chunk.
  let parts: Buffer[] = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const rest = chunk.subarray(start, end);
      const bytes = parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
      parts = [];
      start = end + 1;
      at++;
      if (!isEmpty(bytes)) yield { bytes, at };
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  const last = Buffer.concat(parts);
  if (!isEmpty(last)) yield { bytes: last, at: at + 1 };
}

const isEmpty = (bytes: Buffer) => bytes.length === 0 || (bytes.length === 1 && bytes[0] === CARRIAGE_RETURN);

/** Returns the number of line feeds. */
export function lineCount(text: Uint8Array): number {
  let lines = 0;
  for (const byte of text) if (byte === LINE_FEED) lines += 1;
  return lines;
}
