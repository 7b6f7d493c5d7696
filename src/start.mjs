/**
 * `node src/start.mjs PROGRAM [argument…]`: runs a program of the project from JavaScript that esbuild has compiled. It compiles
 * again after a source file has changed, which takes half a second, and keeps the result in node_modules/.cache/programs. If that
 * folder can't be written, tsx runs the sources, which adds 0.7 s to every start.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '..');
const ROOMS = ['cli', 'generator', 'infra', 'local', 'src'];
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'programs');

/** The files that run as separate processes; esbuild puts their shared code in chunks. */
const PROGRAMS = [
  'cli/generate/changes.ts',
  'cli/main.ts',
  'infra/app.ts',
  'local/kafka/rest-proxy/serve.ts',
  'local/kafka/sink/main.ts',
  'local/kinesis/gateway/serve.ts',
  'local/kinesis/serve.ts',
];

/** The time for which an unused build is kept, because a running program may still load its chunks. */
const KEPT_MS = 24 * 60 * 60_000;

const [, , program] = process.argv;
process.argv.splice(1, 2, path.join(ROOT, program));
process.setSourceMapsEnabled(true);
requireTemporaryFolder();
const folder = await built();
if (folder === undefined) (await import('tsx/esm/api')).register();
await import(
  pathToFileURL(folder ? path.join(folder, program.replace(/\.ts$/, '.js')) : process.argv[1]).href
);

/** Returns the folder with the JavaScript of the current sources; undefined if this user can't write to the cache. */
async function built() {
  const folder = path.join(CACHE, keyOfSources());
  if (fs.existsSync(folder)) {
    markUsed(folder);
    return folder;
  }
  const scratch = makeFolder();
  if (scratch === undefined) return undefined;
  await build(scratch);
  fs.chmodSync(scratch, 0o755); // mkdtemp allows only the owner to open it, and other users may share the checkout
  try {
    fs.renameSync(scratch, folder);
  } catch {
    fs.rmSync(scratch, { recursive: true }); // another process has built it in the meantime
  }
  removeOld();
  return folder;
}

function keyOfSources() {
  const hash = createHash('sha256').update(ROOT);
  for (const room of ROOMS)
    for (const entry of fs.readdirSync(path.join(ROOT, room), { recursive: true, withFileTypes: true })) {
      if (!/\.m?[jt]s$/.test(entry.name)) continue;
      const file = path.join(entry.parentPath, entry.name);
      const { mtimeMs, size } = fs.statSync(file);
      hash.update(`${file}\0${mtimeMs}\0${size}\n`);
    }
  return hash.digest('hex').slice(0, 32);
}

async function build(outdir) {
  const { build } = await import('esbuild');
  try {
    await build({
      entryPoints: PROGRAMS.map((file) => ({ in: `./${file}`, out: file.replace(/\.ts$/, '') })),
      outdir,
      absWorkingDir: ROOT,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      sourcemap: true,
      logLevel: 'silent',
      plugins: [{ name: 'own place', setup: (made) => made.onLoad({ filter: /\.ts$/ }, withItsOwnPlace) }],
    });
  } catch (error) {
    fs.rmSync(outdir, { recursive: true });
    const [first] = error.errors ?? [];
    if (!first) throw error;
    const { file, line, column } = first.location ?? {};
    fail(`${file ? `${file}:${line}:${column + 1}: ` : ''}${first.text}.`);
  }
}

/**
 * Replaces `import.meta` paths with the source file's paths, because templates and settings are found relative to the source
 * file, not to a chunk.
 */
function withItsOwnPlace({ path: file }) {
  const contents = fs
    .readFileSync(file, 'utf8')
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
    .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)));
  return { contents, loader: 'ts' };
}

function makeFolder() {
  try {
    fs.mkdirSync(CACHE, { recursive: true });
    return fs.mkdtempSync(path.join(CACHE, 'new-'));
  } catch {
    return undefined; // the checkout of another user, or a read-only or full disk
  }
}

/** Sets the time from which `removeOld` counts. */
function markUsed(folder) {
  try {
    fs.utimesSync(folder, new Date(), new Date());
  } catch {
    // The checkout of another user, who may then delete the build after a day.
  }
}

function removeOld() {
  for (const name of fs.readdirSync(CACHE)) {
    const folder = path.join(CACHE, name);
    try {
      if (fs.statSync(folder).mtimeMs < Date.now() - KEPT_MS) fs.rmSync(folder, { recursive: true });
    } catch {
      // Another process has deleted it, or it belongs to another user of the checkout.
    }
  }
}

/**
 * Checks at the start that temporary folders can be created, so that a command does not fail later. Creates none, because a
 * signal would leave it behind.
 */
function requireTemporaryFolder() {
  const folder = os.tmpdir();
  try {
    fs.accessSync(`${folder}/.`, fs.constants.W_OK | fs.constants.X_OK); // with /., a file gives ENOTDIR
  } catch (error) {
    fail(
      `Temporary files need a writable folder, and ${folder} is not writable (${error.code}): create it, or set TMPDIR to another folder.`,
    );
  }
}

function fail(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(1);
}
