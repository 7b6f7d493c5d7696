/** Shows the progress of a step: a progress bar on a terminal, and one line when the step is done. */
import type { WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';

export type Step = (done: number, what?: string) => void;

/** Runs `work` and shows its name, its progress and the time it took. */
export async function withProgress<T>(
  name: string,
  out: WriteStream,
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const bar = out.isTTY ? movingLine(name, out) : undefined;
  try {
    const result = await work((done, what = '') => bar?.update(done, { what }));
    bar?.stop();
    out.write(`${name}: ready after ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } finally {
    bar?.stop();
  }
}

function movingLine(name: string, out: WriteStream): SingleBar {
  const format = `${name} [{bar}] {percentage} % {what} {duration_formatted}`;
  const bar = new SingleBar({ format, stream: out, hideCursor: true, clearOnComplete: true });
  bar.start(1, 0, { what: '' });
  return bar;
}
