/** Valid names of a new dataset, and its names in sentences and code. */

import * as rules from '../../src/datasets/rules.ts';
import { AppError, UsageError } from '../../src/errors.ts';
import { capital } from '../../src/format.ts';
import { DATASETS_INDEX } from '../facts.ts';
import { wordsOf } from './words.ts';

/** Names that are taken by a file in src/project/datasets, or by notebooks for all datasets. */
const TAKEN = ['all', 'index', 'make', 'records', 'write'];

const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** @throws UsageError for a name that can't be part of topics, streams and tables */
export function checkName(name: string): void {
  if (!NAME.test(name))
    throw new UsageError(
      `A dataset's name has 1 to 40 lower-case letters, digits and _ and begins with a letter, for example orders; got ${JSON.stringify(name)}.`,
    );
  if (TAKEN.includes(name))
    throw new UsageError(
      `A dataset can't be called ${name}, because a file of the project has this name: choose another name.`,
    );
}

/** Keywords of TypeScript, and names that a dataset's file already uses. */
const RESERVED = new Set(
  [
    'await break case catch class const continue debugger default delete do else enum export extends false finally for',
    'function if implements import in instanceof interface let new null package private protected public return static',
    'super switch this throw true try typeof var void while with yield async of type undefined arguments eval datasets',
    ...Object.keys(rules),
  ].flatMap((words) => words.split(' ')),
);

/** Returns the name of a dataset's constant: `webOrders` for `web_orders`. */
export function constantOf(name: string): string {
  const constant = name
    .replaceAll(/_+([a-z0-9])/g, (_, next: string) => next.toUpperCase())
    .replaceAll('_', '');
  return RESERVED.has(constant) ? `${constant}Dataset` : constant;
}

export interface Wording {
  /** "an order" */
  readonly singular: string;
  /** "order" */
  readonly thing: string;
  readonly plural: string;
  readonly title: string;
}

/** Returns the words for a dataset in sentences. Its name can be singular or plural. */
export function wordingOf(name: string): Wording {
  const words = wordsOf(name);
  const last = words.pop() ?? name;
  const one = singular(last);
  const thing = [...words, one].join(' ');
  const plural = [...words, last === one ? pluralOf(one) : last].join(' ');
  return {
    thing,
    singular: `${/^[aeiou]/.test(thing) && !/^(uni|use|one|eu)/.test(thing) ? 'an' : 'a'} ${thing}`,
    plural,
    title: capital(plural),
  };
}

/** Words with an irregular singular. */
const IRREGULAR: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  data: 'data',
  news: 'news',
  series: 'series',
};

export function singular(word: string): string {
  if (Object.hasOwn(IRREGULAR, word)) return IRREGULAR[word] as string;
  if (/(ss|us|is)$/.test(word) || word.length < 3) return word;
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y');
  if (/(ch|sh|x|ss|z)es$/.test(word)) return word.replace(/es$/, '');
  return word.replace(/s$/, '');
}

function pluralOf(word: string): string {
  if (Object.hasOwn(IRREGULAR, word)) return word;
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(ch|sh|x|s|z)$/.test(word) ? `${word}es` : `${word}s`;
}

const IMPORT = /^import (\w+) from '\.\/(\w+)\.ts';\n/gm;
const LIST = /(?<=: readonly Dataset\[\] = \[)[^\]]*(?=\];)/;

/** Returns the text of src/project/datasets/index.ts with the dataset added. @throws AppError if the file has no list of datasets */
export function withDataset(index: string, name: string): string {
  const list = LIST.exec(index)?.[0];
  if (list === undefined)
    throw new AppError(
      'INDEX',
      `${DATASETS_INDEX} has no list of datasets: write \`export const datasets: readonly Dataset[] = […]\` there.`,
    );
  const files = new Map([...index.matchAll(IMPORT)].map(([, constant = '', file = '']) => [constant, file]));
  if ([...files.values()].includes(name)) return index;
  let constant = constantOf(name);
  while (files.has(constant)) constant += 'Dataset';
  files.set(constant, name);
  const imports = [...files]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([constant, file]) => `import ${constant} from './${file}.ts';\n`);
  // Split at commas and joined by line, so that a comment in the list stays a comment.
  const names = [...list.split(','), constant].map((one) => one.trim()).filter(Boolean);
  return index
    .replaceAll(IMPORT, '')
    .replace(/(?:^import .*\n)+/m, (others) => `${others}${imports.join('')}`)
    .replace(LIST, () => names.sort().join(',\n'));
}
