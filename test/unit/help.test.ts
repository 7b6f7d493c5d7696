/** The commands' help is fast, independent of the machine, and rendered into a page. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { docs } from '../../cli/docs.ts';
import { changesIn } from '../../generator/generate.ts';
import { ROOT } from '../../src/root.ts';

/** Matches the imports that are loaded together with a file. It does not match imports of types and `import('…')`. */
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

/** Returns the packages and built-in modules that are loaded with a file, each with the file that imports it. */
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

test('the imports of a known file are all found', () => {
  const found = packagesOf(path.join(ROOT, 'cli/streams/actions.ts'));
  expect([...found.keys()]).toEqual(expect.arrayContaining(['cli-table3', '@aws-sdk/client-kinesis', 'zod']));
});

/** The packages that must be loaded before --help or an error in the flags can be printed. */
describe.each(['main', 'query/report', ...Object.keys(commands)])('%s', (command) => {
  test('loads only yargs, zod and yaml before its flags are parsed', () => {
    expect(existsSync(fileOf(command))).toBe(true);
    const others = [...packagesOf(fileOf(command))].filter(
      ([name]) => !name.startsWith('node:') && !['yargs', 'yargs/helpers', 'zod', 'yaml'].includes(name),
    );
    expect(others).toEqual([]);
  });
});

test('help is in English and does not depend on the home folder', async () => {
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

test('no help names a folder that another user of the machine could create first', async () => {
  expect((await docs(commands)).get('docs/commands.md')).not.toContain('/tmp');
});

test('no example is cut inside a quoted address, which could not be copied', async () => {
  expect((await docs(commands)).get('docs/commands.md')).not.toMatch(/"mysql:\/\/[^"\s]*\s/);
});

test('a page that is missing or differs from the help is reported as stale', async () => {
  const pages = await docs(commands);
  const changed = new Map([...pages, ['docs/commands.md', 'another text'], ['docs/missing.md', '']] as const);
  expect([...(await changesIn(ROOT, changed)).keys()]).toEqual(['docs/commands.md', 'docs/missing.md']);
});
