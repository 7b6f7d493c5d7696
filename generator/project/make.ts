/** Makes a new project from samples, in its own folder. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { readText } from '../../src/files/read.ts';
import { writeFiles } from '../../src/files/write.ts';
import { datasetFile, QUERIES_INDEX, queryFile, queryRowsFile } from '../facts.ts';
import { formatted } from '../format.ts';
import { withQuery } from '../question/make.ts';
import type { InferredField } from '../sample/infer.ts';
import { type Made, makeDataset } from '../sample/make.ts';
import { isPersonal, Replacer } from '../sample/personal.ts';
import { copyEngine } from './carried.ts';
import { EMPTY, projectFiles, readme, renamedFiles } from './files.ts';
import type { Sample } from './names.ts';
import { type FirstQuestion, firstQuestions } from './questions.ts';

export interface MakeProjectOptions {
  /** The folder of the project whose engine is copied. */
  readonly root: string;
  /** An empty folder, which becomes the project's folder. */
  readonly folder: string;
  readonly name: string;
  readonly samples: readonly Sample[];
}

export interface MadeProject {
  readonly datasets: ReadonlyMap<string, Made>;
  readonly questions: ReadonlyMap<string, readonly FirstQuestion[]>;
}

/** A text field has few values if at most MAX_FEW are distinct, each occurs OFTEN times on average and has at most MAX_WORDS words. */
const MAX_FEW = 20;
const OFTEN = 3;
const MAX_WORDS = 3;

/**
 * Fills the folder with the engine, the datasets, their test rows and the first questions. Does not render notebooks or jobs.
 * @throws AppError if no dataset can be made from a sample
 * @throws FileError if a sample can't be read, or the folder can't be written
 */
export async function makeProject(options: MakeProjectOptions): Promise<MadeProject> {
  const { root, folder, name, samples } = options;
  copyEngine(root, folder);
  writeFiles(folder, EMPTY);
  const made = new Map<string, Made>();
  for (const { name, from } of samples) {
    const dataset = await makeDataset({ root: folder, name, from });
    writeFiles(folder, dataset.files);
    made.set(name, dataset);
  }
  const named = samples.map(({ name }) => name);
  const examples = Object.fromEntries([...made].map(([name, dataset]) => [name, examplesOf(dataset)]));
  writeFiles(folder, formatted(projectFiles(root, { name, datasets: named, examples })));
  fs.chmodSync(path.join(folder, '.ci/run'), 0o755);
  const datasets = await Promise.all(named.map((name) => datasetAt(folder, name)));
  const questions = new Map(
    datasets.map((dataset) => [
      dataset.name,
      firstQuestions(
        dataset,
        fewValues(made.get(dataset.name)).map(({ column }) => column),
      ),
    ]),
  );
  const all = [...questions.values()].flat();
  const answers = all.map(({ name }) => name);
  writeFiles(folder, formatted(renamedFiles(root, { name, datasets: named, answers })));
  writeFiles(folder, new Map([['README.md', readme(name, datasets, questions)]]));
  writeQuestions(folder, all);
  return { datasets: made, questions };
}

async function datasetAt(folder: string, name: string): Promise<Dataset> {
  const file = pathToFileURL(path.join(folder, datasetFile(name))).href;
  return ((await tsImport(file, import.meta.url)) as { default: Dataset }).default;
}

/** Returns the fields whose values are worth counting: enumerations, flags, and texts with few different values. */
function fewValues(made: Made | undefined): InferredField[] {
  const keys = made?.inferred.key.fields ?? [];
  return (made?.inferred.fields ?? []).filter((field) => {
    const { code, rule } = field.guess;
    if (keys.includes(field.name)) return false;
    return code.startsWith('oneOf') || rule.type === 'BOOLEAN' || (code === 'text' && isFew(field));
  });
}

const isFew = ({ name, profile }: InferredField): boolean =>
  !isPersonal(name) &&
  [...profile.distinct.keys()].every((text) => !looksPersonal(name, text)) &&
  profile.words <= MAX_WORDS &&
  profile.distinct.size > 1 &&
  profile.distinct.size <= MAX_FEW &&
  profile.distinct.size * OFTEN <= profile.values;

const looksPersonal = (name: string, text: string): boolean =>
  new Replacer().safe(name, { kind: 'text', text }).text !== text;

/** Returns the values of the text fields whose values repeat, by field. */
const examplesOf = (made: Made): Record<string, readonly string[]> =>
  Object.fromEntries(
    fewValues(made)
      .filter(({ guess }) => guess.code === 'text')
      .map(({ name, profile }) => [name, [...profile.distinct.keys()].sort()]),
  );

function writeQuestions(folder: string, questions: readonly FirstQuestion[]): void {
  let text = readText(path.join(folder, QUERIES_INDEX));
  for (const { name, source, rows } of questions) {
    text = withQuery(text, name);
    writeFiles(
      folder,
      new Map([
        [queryFile(name), source],
        [queryRowsFile(name), rows],
      ]),
    );
  }
  writeFiles(folder, formatted(new Map([[QUERIES_INDEX, text]])));
}
