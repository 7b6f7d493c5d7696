/** Writes the file of a dataset in the style of handwritten files. Comments name what is uncertain. */

import { oneLine, propertyOf, short, stringOf } from './guess/source.ts';
import type { Inferred, InferredField } from './infer.ts';
import { constantOf, wordingOf } from './names.ts';
import { described } from './words.ts';

const LINE_WIDTH = 110;

/** Returns the text of `src/project/datasets/<name>.ts`; `sample` names the sample for its first comment. */
export function datasetSource(inferred: Inferred, sample: string): string {
  const { name, fields, key } = inferred;
  const { singular, plural, title, thing } = wordingOf(name);
  const constant = constantOf(name);
  const body = fields.flatMap((field) => [...comments(field), fieldLine(field)]);
  const usesMax = fields.some(({ guess }) => guess.code.includes('INT_MAX'));
  const lines = [
    `import type { Dataset } from '../../datasets/dataset.ts';`,
    importOf(fields),
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
    `  key: ${key.fields.length === 1 ? stringOf(key.fields[0] as string) : `[${key.fields.map(stringOf).join(', ')}]`},`,
    ...(key.latestBy === undefined ? [] : [`  latestBy: ${stringOf(key.latestBy)},`]),
    '  fields: {',
    ...body,
    '  },',
    ...inferred.omitted.flatMap((field) =>
      comment(`Check: the field ${short(JSON.stringify(field.name))} is not read: it has ${field.why}.`, 2),
    ),
    '  columns: [',
    ...keyFirst(inferred).map(columnLine),
    '  ],',
    '};',
    '',
    `export default ${constant};`,
    '',
  ];
  return lines.join('\n');
}

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

function importOf(fields: readonly InferredField[]): string {
  const names = [...new Set(fields.map(({ guess }) => /^\w+/.exec(guess.code)?.[0] ?? ''))].sort();
  return `import { ${names.join(', ')} } from '../../datasets/rules.ts';`;
}

function fieldLine({ name, guess, required }: InferredField): string {
  const parts = [
    `description: ${stringOf(described(name) || 'Field')}`,
    `rule: ${guess.code}`,
    ...(guess.placeholders.length > 0
      ? [`placeholders: [${guess.placeholders.map(stringOf).join(', ')}]`]
      : []),
    ...(required ? ['required: true'] : []),
  ];
  return `    ${propertyOf(name)}: { ${parts.join(', ')} },`;
}

/**
 * Returns the fields, beginning with the key, because rows are found by key and Delta collects statistics only for a table's
 * first columns.
 */
const keyFirst = ({ fields, key }: Inferred): InferredField[] => [
  ...fields.filter(({ name }) => key.fields.includes(name)),
  ...fields.filter(({ name }) => !key.fields.includes(name)),
];

const columnLine = ({ name, column }: InferredField): string =>
  `    { name: ${stringOf(column)}${column === name ? '' : `, from: ${stringOf(name)}`} },`;
