/** Lines as bytes: nothing is decoded, so that what is not UTF-8 is sent as it is. */

export interface Line {
  readonly bytes: Buffer;
  /** Counted from 1, empty lines too, as an editor does. */
  readonly at: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Returns the lines of a stream without their line feeds; those that are empty, or only a carriage return, are left
 * out. Holds one chunk and one line.
 */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let at = 0;
  // Joined once per line: a line over many chunks must not be copied with each of them.
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
