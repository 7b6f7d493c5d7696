/** Writes the file of a dataset in the style of handwritten files. Comments name what is uncertain. */

import { oneLine, propertyOf, stringOf } from './guess/source.ts';
import type { Inferred, InferredField } from './infer.ts';
import { constantOf, wordingOf } from './names.ts';
import { described } from './words.ts';

const LINE_WIDTH = 110;

/** Returns the text of `src/project/datasets/<name>.ts`; `sample` names the sample for its first comment. */
export function datasetSource(inferred: Inferred, sample: string): string {
  const { name, fields, key } = inferred;
  const { singular, plural, title, thing } = wordingOf(name);
  const constant = constantOf(name);
  const body = fields.flatMap((field) => [...comments(field), ...fieldLines(field)]);
  const usesMax = fields.some(({ guess }) => guess.code.includes('INT_MAX'));
  const lines = [
    `import type { Dataset } from '../../datasets/dataset.ts';`,
    ...importOf(fields),
    '',
    ...(usesMax ? ["/** The largest value of Spark's INT. */", 'const INT_MAX = 2_147_483_647;', ''] : []),
    `// Written from ${oneLine(sample)}. Comments that begin with "Check:" mark what is uncertain.`,
    `const ${constant}: Dataset = {`,
    `  name: ${stringOf(name)},`,
    `  singular: ${stringOf(singular)},`,
    `  plural: ${stringOf(plural)},`,
    `  title: ${stringOf(title)},`,
    `  grain: ${stringOf(`one row per ${key.isUnsure && key.fields.length > 1 ? key.fields.map(described).join(' and ').toLowerCase() : thing}`)},`,
    ...comment(`${key.isUnsure ? 'Check: ' : ''}${oneLine(key.reason)}.`, 2),
    ...listed(
      'key: ',
      key.fields.length === 1 ? [key.fields[0] as string] : key.fields,
      key.fields.length === 1,
    ),
    ...(key.latestBy === undefined ? [] : [`  latestBy: ${stringOf(key.latestBy)},`]),
    '  fields: {',
    ...body,
    '  },',
    ...inferred.omitted.flatMap((field) =>
      comment(`Check: the field ${shown(field.name)} is not read: it has ${field.why}.`, 2),
    ),
    '  columns: [',
    ...keyFirst(inferred).flatMap(columnLines),
    '  ],',
    '};',
    '',
    `export default ${constant};`,
    '',
  ];
  return lines.join('\n');
}

const MAX_SHOWN = 60;

/** Returns a name that is safe and short enough for a comment. */
const shown = (name: string): string => {
  const text = oneLine(JSON.stringify(name));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

/** Returns the lines of a comment, wrapped to the line width. */
function comment(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = `${' '.repeat(indent)}//`;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > LINE_WIDTH && !line.endsWith('//')) {
      lines.push(line);
      line = `${' '.repeat(indent)}//`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const comments = ({ guess }: InferredField): string[] =>
  guess.doubts.flatMap((doubt) => comment(`Check: ${oneLine(doubt)}.`, 4));

function importOf(fields: readonly InferredField[]): string[] {
  const names = [...new Set(fields.map(({ guess }) => /^\w+/.exec(guess.code)?.[0] ?? ''))].sort();
  const one = `import { ${names.join(', ')} } from '../../datasets/rules.ts';`;
  return one.length <= LINE_WIDTH
    ? [one]
    : ['import {', ...names.map((name) => `  ${name},`), "} from '../../datasets/rules.ts';"];
}

/** Returns `key: 'a',` or a list of strings, on one line if it fits. */
function listed(before: string, values: readonly string[], isOne: boolean): string[] {
  if (isOne) return [`  ${before}${stringOf(values[0] ?? '')},`];
  const one = `  ${before}[${values.map(stringOf).join(', ')}],`;
  return one.length <= LINE_WIDTH
    ? [one]
    : [`  ${before}[`, ...values.map((value) => `    ${stringOf(value)},`), '  ],'];
}

function fieldLines({ name, guess, required }: InferredField): string[] {
  const parts = [
    `description: ${stringOf(described(name) || 'Field')}`,
    `rule: ${guess.code}`,
    ...(guess.placeholders.length > 0
      ? [`placeholders: [${guess.placeholders.map(stringOf).join(', ')}]`]
      : []),
    ...(required ? ['required: true'] : []),
  ];
  const one = `    ${propertyOf(name)}: { ${parts.join(', ')} },`;
  if (one.length <= LINE_WIDTH) return [one];
  return [`    ${propertyOf(name)}: {`, ...parts.flatMap((part) => broken(part, 6)), '    },'];
}

/** Returns the lines of a property. A list or call that does not fit on one line takes several lines. */
function broken(part: string, indent: number): string[] {
  const space = ' '.repeat(indent);
  const one = `${space}${part},`;
  const [, open, items, close] = /^(\w+: (?:\w+\(|\[))(.+)([\])])$/s.exec(part) ?? [];
  if (one.length <= LINE_WIDTH || open === undefined || items === undefined) return [one];
  return [`${space}${open}`, ...itemsOf(items).map((item) => `${space}  ${item},`), `${space}${close},`];
}

/** Returns the strings and numbers of a list. */
const itemsOf = (text: string): string[] =>
  text.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,\s][^,]*/gs) ?? [];

/**
 * Returns the fields, beginning with the key, because rows are found by key and Delta collects statistics only for a table's
 * first columns.
 */
const keyFirst = ({ fields, key }: Inferred): InferredField[] => [
  ...fields.filter(({ name }) => key.fields.includes(name)),
  ...fields.filter(({ name }) => !key.fields.includes(name)),
];

function columnLines({ name, column }: InferredField): string[] {
  const parts = [`name: ${stringOf(column)}`, ...(column === name ? [] : [`from: ${stringOf(name)}`])];
  const one = `    { ${parts.join(', ')} },`;
  return one.length <= LINE_WIDTH ? [one] : ['    {', ...parts.map((part) => `      ${part},`), '    },'];
}
