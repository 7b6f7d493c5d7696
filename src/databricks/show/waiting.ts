/** Progress while a statement runs: nothing for two seconds, then the elapsed time. */

const SILENT_MS = 2000;
const LIVE_EVERY_MS = 1000;
const PLAIN_EVERY_MS = 10_000;

/** Prints the elapsed time on `out` until the returned function is called: as a live line on a terminal, otherwise every ten seconds. */
export function waiting(out: NodeJS.WriteStream): () => void {
  const started = Date.now();
  let live = false;
  const tell = () => {
    const line = `running for ${Math.round((Date.now() - started) / 1000)} s; Ctrl-C cancels it`;
    if (out.isTTY) out.write(`\r\u001b[K${line}`);
    else out.write(`${line}\n`);
    live = out.isTTY;
    timer = setTimeout(tell, out.isTTY ? LIVE_EVERY_MS : PLAIN_EVERY_MS);
  };
  let timer = setTimeout(tell, SILENT_MS);
  return () => {
    clearTimeout(timer);
    if (live) out.write('\r\u001b[K');
    live = false;
  };
}
