/** Makes a new dataset from a sample: its files, its line in the index, and what was inferred. */

import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../src/errors.ts';
import { readText, readTextIfThere } from '../../src/files/read.ts';
import { counted } from '../../src/format.ts';
import { DATASETS_INDEX, datasetFile, ruleRowsFile } from '../facts.ts';
import { formatted } from '../format.ts';
import { type Inferred, infer } from './infer.ts';
import { checkName, withDataset } from './names.ts';
import { Replacer } from './personal.ts';
import { type Profile, Profiler } from './profile.ts';
import { readSample } from './read/sample.ts';
import { type Damage, isDamage, jsonLine } from './value.ts';
import { datasetSource } from './write-dataset.ts';
import { rowsSource } from './write-rows.ts';

export interface MakeOptions {
  /** The project's folder. */
  readonly root: string;
  readonly name: string;
  readonly from: string;
  /** Replaces the files of an earlier run, including any changes to them. */
  readonly force?: boolean;
  readonly stdin?: Readable;
  /** Receives each record as a line of JSON. */
  readonly onRecord?: (line: string) => void;
}

export interface Made {
  /** Texts by path, relative to the project's folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly inferred: Inferred;
  /** The first parts of the sample that are not records. */
  readonly damage: readonly Damage[];
  readonly damaged: number;
  /** Fields whose values were replaced in the rows. */
  readonly replaced: readonly string[];
}

/** Maximum number of damaged parts that are shown. All damaged parts are counted. */
const MAX_DAMAGE = 5;

/**
 * Returns the files of a dataset without writing them.
 * @throws UsageError if `name` can't be a dataset's name
 * @throws AppError if the sample contains no record, no field can be the key, or the dataset already exists
 */
export async function makeDataset({
  root,
  name,
  from,
  force = false,
  stdin,
  onRecord,
}: MakeOptions): Promise<Made> {
  checkName(name);
  const [source, rows] = [datasetFile(name), ruleRowsFile(name)];
  const index = readText(path.join(root, DATASETS_INDEX));
  for (const file of force ? [] : [source, rows])
    if (readTextIfThere(path.join(root, file)) !== undefined)
      throw new AppError(
        'EXISTS',
        `${file} already exists: choose another name, or replace it with --force.`,
      );
  const profile = new Profiler();
  const damage: Damage[] = [];
  let damaged = 0;
  for await (const read of readSample(from, stdin)) {
    if (isDamage(read)) {
      if (damaged++ < MAX_DAMAGE) damage.push(read);
    } else {
      profile.add(read);
      onRecord?.(jsonLine(read));
    }
  }
  const inferred = profile.records > 0 ? infer(name, profile) : undefined;
  if (!inferred) throw noDataset(from, profile, damage[0], damaged);
  const replacer = new Replacer();
  const sampleName = from === '-' ? 'the standard input' : path.basename(from);
  const records = counted(profile.records, 'record');
  const yml = rowsSource(inferred, profile.kept, replacer);
  const files = formatted(
    new Map([
      [source, datasetSource(inferred, `${records} of ${sampleName}`)],
      [DATASETS_INDEX, withDataset(index, name)],
      [rows, yml],
    ]),
  );
  return { files, inferred, damage, damaged, replaced: [...replacer.replaced] };
}

function noDataset(from: string, profile: Profile, first: Damage | undefined, damaged: number): AppError {
  const sample = from === '-' ? 'The standard input' : from;
  if (profile.records > 0)
    return new AppError(
      'SAMPLE',
      `${sample} has no field with a number, text or time in nearly every record, so no field can be the key: add an id to the records, or name a sample whose records are of one kind and not inside another object.`,
    );
  const why = first
    ? `; ${first.place} is ${first.problem}${damaged > 1 ? `, and ${damaged - 1} more` : ''}`
    : '';
  return new AppError(
    'SAMPLE',
    `${sample} contains no record${why}: expected JSON objects, or CSV with a header.`,
  );
}
