import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../fixtures/command.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';

let copy: ProjectCopy;

beforeAll(() => {
  copy = new ProjectCopy();
});
afterAll(() => copy.remove());

const start = (...words: string[]) => runCommand(words, { cwd: copy.root });
const builds = () => readdirSync(path.join(copy.root, 'node_modules/.cache/programs'));

test('a start compiles once, and again after a change of a source file', () => {
  expect(start('streams', '--help').stdout).toContain('npm run streams');
  expect(start('query', '--help').stdout).toContain('npm run query');
  expect(builds()).toHaveLength(1);
  // Other users who share the checkout can use the build.
  const programs = path.join(copy.root, 'node_modules/.cache/programs');
  expect(statSync(path.join(programs, builds()[0] ?? '')).mode & 0o777).toBe(0o755);
  const main = path.join(copy.root, 'cli/main.ts');
  writeFileSync(main, `console.log('changed');\n${readFileSync(main, 'utf8')}`);
  expect(start('streams', '--help').stdout).toContain('changed');
  expect(builds()).toHaveLength(2);
});

test('a build that was used within a day is kept, because a running program may still load its files', () => {
  const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60_000);
  const programs = path.join(copy.root, 'node_modules/.cache/programs');
  const [newest = ''] = builds().sort((a, b) => age(programs, a) - age(programs, b));
  for (const build of builds()) utimesSync(path.join(programs, build), days(3), days(3));
  start('streams', '--help'); // uses the newest build
  const main = path.join(copy.root, 'cli/main.ts');
  writeFileSync(main, `${readFileSync(main, 'utf8')}\n`);
  start('streams', '--help'); // makes another, and deletes the old ones
  expect(builds()).toContain(newest);
  expect(builds()).toHaveLength(2);
});

const age = (folder: string, build: string) => Date.now() - statSync(path.join(folder, build)).mtimeMs;

test('a compile error names file and line, and leaves no build', () => {
  const file = path.join(copy.root, 'src/broken.ts');
  writeFileSync(path.join(copy.root, 'cli/main.ts'), "import '../src/broken.ts';\n");
  writeFileSync(file, 'export const a = 1;\nexport const = 2;\n');
  const before = builds();
  expect(start('streams')).toMatchObject({
    status: 1,
    stderr: 'error: src/broken.ts:2:14: Expected identifier but found "=".\n',
  });
  expect(builds()).toEqual(before);
  rmSync(file);
});
