/** Folders can have any name: two days of the demo read and write only folders with unusual names, in the C locale. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { Kernel } from '../../local/spark/kernel.ts';
import { readSettings } from '../../src/settings.ts';
import { REPOSITORY } from '../fixtures/pipeline.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';

/** Characters with a meaning in a URI, a pattern, a properties file, a list, SQL, a shell or a template. */
const ODD = `José's 100% [x] a%20b #1 + 中文 😀, {y};&"$HOME.`;
/** Adds characters that a checkout's path can't contain, because of Node (backslash, *), tsx (?) and npm (colon). */
const ODDER = `\\ a?b * c:d ${ODD}`;
/** ODDER without the colon, which separates folders in Java and Python. */
const NO_COLON = ODDER.replaceAll(':', '');

const base = mkdtempSync(path.join(os.tmpdir(), 'paths-'));
const names: Record<string, string> = { checkout: `checkout ${ODD}`, cache: `cache ${NO_COLON}` };
for (const name of ['from', 'home', 'kernel', 'out', 'state', 'tmp']) names[name] = `${name} ${ODDER}`;
const at = (name: string) => path.join(base, names[name] as string);
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Links the cache's parts into a folder with another name, since installing them there would take minutes. */
beforeAll(async () => {
  const settings = readSettings();
  await install(settings);
  mkdirSync(at('cache'));
  // Class archives are made again, since they contain the paths of the jars.
  for (const name of readdirSync(settings.cache).filter((name) => name !== 'archives'))
    symlinkSync(path.join(settings.cache, name), path.join(at('cache'), name));
  for (const name of ['home', 'tmp', 'out', 'from', 'kernel']) mkdirSync(at(name));
  const inds = [9001, 9002, 9003];
  const records = {
    pin: inds.map((index) => ({ index, category: 'art' })),
    geo: inds.map((ind) => ({ ind, country: 'Chad' })),
    user: inds.map((ind) => ({ ind, age: 20 })),
  };
  for (const [name, rows] of Object.entries(records))
    writeFileSync(path.join(at('from'), `${name}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'));
});

async function demo(project: ProjectCopy, ...words: string[]) {
  const { PATH, JAVA_HOME } = process.env;
  const child = spawn('npm', ['run', '--silent', 'demo', '--', ...words], {
    cwd: project.root,
    env: {
      ...{ PATH, ...(JAVA_HOME !== undefined && { JAVA_HOME }) },
      ...{ HOME: at('home'), TMPDIR: at('tmp'), PIPELINE_CACHE: at('cache'), LC_ALL: 'C' },
    },
  });
  let printed = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (data: Buffer) => {
      printed += data;
    });
  const [code] = await once(child, 'close');
  return { code, printed };
}

test('two days of the demo run in folders with any name, and nothing is written outside them', async () => {
  const project = new ProjectCopy(at('checkout'));
  const sources = readdirSync(project.root).sort();
  const [state, from, json, report] = [
    at('state'),
    at('from'),
    path.join(at('out'), `json ${ODDER}`),
    path.join(at('out'), `report ${ODDER}`),
  ];
  const told = () => JSON.parse(readFileSync(json, 'utf8'));

  const first = ['--keep', state, '--json', json, '--report', report];
  const one = await demo(project, ...first, '--from', from, '--batch-only');
  expect(one.code, one.printed).toBe(0);
  expect(told().counts.pin).toMatchObject({ landed: 3, clean: 3 });
  expect(readFileSync(report, 'utf8')).toContain('</html>');

  const two = await demo(
    project,
    '--keep',
    state,
    '--json',
    json,
    '--batch-only',
    '--count',
    '4',
    '--resend',
    '0',
  );
  expect(two.code, `${two.printed}\n${readFileSync(path.join(state, 'spark/logs/kernel.log'), 'utf8')}`).toBe(
    0,
  );
  expect(told().counts.pin).toMatchObject({ landed: 7, clean: 7 });

  expect(readdirSync(base).sort()).toEqual(Object.values(names).sort());
  expect(readdirSync(project.root).sort()).toEqual(sources);
}, 1_200_000);

test('Spark finds its Python, its sources and its tables in folders with any name', async () => {
  const state = path.join(at('kernel'), ODDER);
  const installed = await install({ ...readSettings(), cache: at('cache') });
  const kernel = await Kernel.start({ installed, state, small: true });
  try {
    const notebook = path.join(at('out'), `notebook ${ODDER}.py`);
    const cells = [
      '# Databricks notebook source',
      'spark.sql("CREATE TABLE t AS SELECT 1 AS x")',
      'stream = spark.readStream.format("kinesis").option("streamName", "s").load()',
      'dbutils.notebook.exit(stream.columns[0])',
    ];
    writeFileSync(notebook, cells.join('\n'));
    expect(await kernel.run(notebook)).toMatchObject({ state: 'success', exit: 'partitionKey' });
    expect(await kernel.sql('SELECT x FROM t')).toEqual([{ x: 1 }]);
    expect(readdirSync(path.join(state, 'warehouse'))).toEqual(['t']);
  } finally {
    await kernel.stop();
  }
  // A second start opens the state of the first.
  const again = await Kernel.start({ installed, state, small: true });
  try {
    expect(await again.sql('SELECT x FROM t')).toEqual([{ x: 1 }]);
  } finally {
    await again.stop();
  }
  expect(readdirSync(at('kernel'))).toEqual([ODDER]);
});

const notListed = ['setpriv', '--reuid', '12345', '--regid', '12345', '--clear-groups'];
/**
 * Lets the user read all files, since checkout, cache and Python can be in root's home, and write only its own files. Node
 * checks with access(2) whether a file exists, and access(2) ignores this capability without the securebit.
 */
const readsAll = [
  ...['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'],
  ...['--securebits', '+no_setuid_fixup'],
];
const mayTry = spawnSync('setpriv', [...notListed.slice(1), ...readsAll, 'true']).status === 0;

// Only root can become another user, and macOS has no setpriv.
test.skipIf(!mayTry)(
  'the workspace starts for a user that has neither a name nor a home folder',
  async () => {
    const own = path.join(base, 'of user 12345');
    mkdirSync(own);
    chmodSync(base, 0o755);
    chownSync(own, 12345, 12345);
    const { cache } = readSettings();
    const words = ['src/start.mjs', 'cli/main.ts', 'local', '--port', '0'];
    const [command = '', ...args] = [...notListed, ...readsAll, process.execPath, ...words];
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      env: {
        ...{ PATH: process.env.PATH, TMPDIR: own, PIPELINE_CACHE: cache },
        ...{ PIPELINE_LOCAL: path.join(own, 'local.json'), PIPELINE_STATE: path.join(own, 'state') },
      },
    });
    let printed = '';
    for (const output of [child.stdout, child.stderr])
      output.on('data', (data: Buffer) => {
        const wasReady = printed.includes('ready:');
        printed += data;
        // Only once, since a second signal would end the workspace at once.
        if (!wasReady && printed.includes('ready:')) child.kill('SIGTERM');
      });
    const [code] = await once(child, 'close');
    expect(printed).toContain('ready:');
    expect(code, printed).toBe(0);
    expect(readdirSync(path.join(own, 'state', 'files', 'Users'))).toEqual(['12345@localhost']);
    expect(readdirSync(path.join(own, 'state', 'spark')).filter((name) => name.includes('?'))).toEqual([]);
  },
);
