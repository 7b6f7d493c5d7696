/** The parts of the engine that a project contains: everything that the commands run, and the tests of the project's facts. */
import fs from 'node:fs';
import path from 'node:path';
import { FACTS } from '../facts.ts';

/** Files and folders of the engine. They are the same in every project. */
export const ENGINE = [
  ...[
    '.gitattributes',
    '.gitignore',
    '.npmrc',
    'LICENSE',
    'biome.jsonc',
    'tsconfig.json',
    'vitest.config.ts',
  ],
  ...['cli', 'generator', 'infra', 'local', 'src'],
  ...['docs/datasets.md', 'docs/decisions', 'docs/samples.md'],
  ...['test/spark/facts.test.ts', 'test/unit/project.test.ts'],
  ...['facts', 'job', 'pipeline', 'shared-spark', 'spark', 'spark-server'].map(
    (name) => `test/fixtures/${name}.ts`,
  ),
];

/** Files and folders that a run creates; they are not part of a project. */
const LEFT_BEHIND = ['node_modules', 'cdk.out', '__pycache__', '.pytest_cache', '.ruff_cache', '.env'];

/** Returns whether a person or the generator wrote the file or folder. */
export const isSource = (file: string): boolean =>
  !LEFT_BEHIND.includes(path.basename(file)) && !file.endsWith('.log');

/** Copies the engine of the project at `root`, without the facts and the files rendered from them. */
export function copyEngine(root: string, target: string): void {
  const facts = path.join(root, FACTS);
  const filter = (file: string) => isSource(file) && file !== facts;
  for (const part of ENGINE)
    fs.cpSync(path.join(root, part), path.join(target, part), { recursive: true, filter });
}
