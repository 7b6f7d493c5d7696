/** The commands' help: quick, independent of the machine, and on a page of its own. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { docs } from '../../cli/docs.ts';
import { staleFiles } from '../../generator/generate.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Imports that are loaded with a file: neither those of types nor `import('…')`. */
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

/** Packages and built-in modules that are loaded with a file, each with the file that imports it. */
function packagesOf(file: string, seen = new Set<string>()): Map<string, string> {
  const found = new Map<string, string>();
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
    if (!name.startsWith('.')) found.set(name, path.relative(ROOT, file));
    else if (name.endsWith('.ts'))
      for (const [deeper, by] of packagesOf(path.resolve(path.dirname(file), name), seen))
        found.set(deeper, by);
  }
  return found;
}

const fileOf = (command: string) => path.join(ROOT, 'cli', `${command}.ts`);

test('the imports of a file that is known are all found', () => {
  const found = packagesOf(path.join(ROOT, 'cli/streams/actions.ts'));
  expect([...found.keys()]).toEqual(expect.arrayContaining(['cli-table3', '@aws-sdk/client-kinesis', 'zod']));
});

/** What --help and every mistake in the flags wait for. */
describe.each(['main', 'query/report', ...Object.keys(commands)])('%s', (command) => {
  test('loads no package before its flags are parsed but yargs, zod and yaml', () => {
    expect(existsSync(fileOf(command))).toBe(true);
    const others = [...packagesOf(fileOf(command))].filter(
      ([name]) => !name.startsWith('node:') && !['yargs', 'yargs/helpers', 'zod', 'yaml'].includes(name),
    );
    expect(others).toEqual([]);
  });
});

test('help is in English, and the same for every home folder', async () => {
  const { HOME, LC_ALL } = process.env;
  const before = await docs(commands);
  Object.assign(process.env, { HOME: '/home/someone', LC_ALL: 'de_DE.UTF-8' });
  try {
    expect(await docs(commands)).toEqual(before);
  } finally {
    for (const [name, value] of Object.entries({ HOME, LC_ALL }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
});

test('a page that is missing, or differs from the help, is stale', async () => {
  const pages = await docs(commands);
  const changed = new Map([...pages, ['docs/commands.md', 'another text'], ['docs/missing.md', '']] as const);
  expect(await staleFiles(ROOT, changed)).toEqual(['docs/commands.md', 'docs/missing.md']);
});
