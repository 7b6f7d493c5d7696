/** What a person sees while a statement runs: nothing for two seconds, then for how long it has. */

const SILENT_MS = 2000;
const LIVE_EVERY_MS = 1000;
const PLAIN_EVERY_MS = 10_000;

/** Tells on `out` until the function that it gives is called; a live line on a terminal, a line now and then elsewhere. */
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
