/** A project's own files other than datasets and questions: its names, its package, its bundle, its guides. */
import path from 'node:path';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { readText } from '../../src/files/read.ts';
import { capital } from '../../src/format.ts';
import { packageName } from '../../src/names.ts';
import type { OwnExamples } from '../../src/posts/examples.ts';
import { DATASETS_INDEX, FACTS, PROJECT_FILE, QUERIES_INDEX } from '../facts.ts';
import { render } from '../render.ts';
import { propertyOf, stringOf } from '../sample/guess/source.ts';
import type { FirstQuestion } from './questions.ts';
import { type Names, renameFacts } from './rename.ts';

/** Empty indexes. `generate dataset` and `generate question` add entries to them. */
export const EMPTY = new Map([
  [DATASETS_INDEX, render('project/datasets.ts.hbs', {})],
  [QUERIES_INDEX, render('project/queries.ts.hbs', {})],
]);

/** Handwritten files that contain the names of the project, its datasets or its answers. */
const RENAMED = [
  ...['databricks.yml', 'airflow/README.md', 'airflow/requirements.txt'],
  ...['docs/aws.md', 'docs/databricks.md', 'docs/querying.md'],
];

/** Scripts of package.json that differ in a project. Undefined removes a script whose files are not copied. */
const SCRIPTS: Readonly<Record<string, string | undefined>> = {
  lint: 'biome check . && tsc && npm run generate check',
  test: 'npm run lint && npm run test:unit && npm run test:spark',
  'test:system': undefined,
  'test:airflow': undefined,
  'test:faults': undefined,
};

export interface ProjectFacts {
  readonly name: string;
  /** Names of the datasets. */
  readonly datasets: readonly string[];
  /** Values for emulated records. */
  readonly examples: OwnExamples;
}

/**
 * Returns texts by path, relative to the project's folder. `root` is the folder of the project whose files are copied.
 */
export function projectFiles(root: string, facts: ProjectFacts): ReadonlyMap<string, string> {
  const { name } = facts;
  const title = capital(name);
  const names = facts.datasets.map(stringOf).join(', ');
  const data = { name, title, names, examples: examplesSource(facts.examples) };
  return new Map([
    ['package.json', packageOf(root, name, title)],
    ['package-lock.json', lockOf(root, name)],
    ['.ci/run', render('project/ci.hbs', data)],
    [PROJECT_FILE, render('project/project.ts.hbs', data)],
    [`${FACTS}/posts.ts`, render('project/posts.ts.hbs', data)],
    [`${FACTS}/source.ts`, render('project/source.ts.hbs', data)],
  ]);
}

/** Returns copies of this project's files, with the new names. */
export const renamedFiles = (root: string, names: Names): ReadonlyMap<string, string> =>
  new Map(RENAMED.map((file) => [file, renameFacts(readText(path.join(root, file)), names)]));

/** Returns the project's README.md. */
export function readme(
  name: string,
  datasets: readonly Dataset[],
  questions: ReadonlyMap<string, readonly FirstQuestion[]>,
): string {
  const [{ name: first = '' } = {}] = datasets;
  const own = datasets.map((dataset) => ({ ...dataset, questions: questions.get(dataset.name) ?? [] }));
  const files = datasets.map(({ name }) => `\`${name}.jsonl\``).join(', ');
  return render('project/README.md.hbs', { name, title: capital(name), first, files, datasets: own });
}

interface Package {
  name: string;
  description: string;
  scripts: Record<string, string>;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function packageOf(root: string, name: string, title: string): string {
  const own = JSON.parse(readText(path.join(root, 'package.json'))) as Package;
  const scripts = Object.fromEntries(
    Object.entries({ ...own.scripts, ...SCRIPTS }).filter(([, script]) => script !== undefined),
  );
  const description = `${title}'s event pipeline as a Databricks notebook and job bundle with TypeScript tooling`;
  return json({ ...own, name: packageName(name), version: '0.1.0', description, scripts });
}

function lockOf(root: string, name: string): string {
  const lock = JSON.parse(readText(path.join(root, 'package-lock.json'))) as {
    packages: Record<string, object>;
  };
  const named = { name: packageName(name), version: '0.1.0' };
  return json({ ...lock, ...named, packages: { ...lock.packages, '': { ...lock.packages[''], ...named } } });
}

/** Returns the object's source, one field per line. */
function examplesSource(examples: OwnExamples): string {
  const fields = (own: OwnExamples[string]) =>
    Object.entries(own).map(
      ([field, values]) => `    ${propertyOf(field)}: [${values.map(stringOf).join(', ')}],\n`,
    );
  const lines = Object.entries(examples)
    .filter(([, own]) => Object.keys(own).length > 0)
    .map(([dataset, own]) => `  ${propertyOf(dataset)}: {\n${fields(own).join('')}  },\n`)
    .join('');
  return lines === '' ? '{}' : `{\n${lines}}`;
}
