/** Shows the user what was inferred. */
import Table from 'cli-table3';
import { counted } from '../../src/format.ts';
import { PLAIN_TABLE } from '../../src/plain-table.ts';
import { oneLine, short } from './guess/source.ts';
import type { Inferred, InferredField } from './infer.ts';
import type { Made } from './make.ts';
import type { Damage } from './value.ts';

/** Maximum number of fields in the table. Further fields are only in the dataset's file. */
const MAX_ROWS = 60;
const MAX_DESCRIPTION = 110;

/** Returns the lines that `npm run generate dataset` prints. */
export function shown({ inferred, damage, damaged, replaced }: Made): string {
  const { fields, key, omitted, records } = inferred;
  const table = new Table({
    head: ['field', 'column', 'type', 'present', 'description, and what to check'],
    style: PLAIN_TABLE,
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const field of fields.slice(0, MAX_ROWS))
    table.push([
      short(field.name),
      field.column === field.name ? '' : short(field.column),
      field.guess.rule.type,
      share(field, records),
      short(
        [field.guess.rule.description, ...field.guess.doubts.map((doubt) => `check: ${doubt}`)].join('; '),
        MAX_DESCRIPTION,
      ),
    ]);
  const unsure = unsureIn(inferred);
  return [
    `${counted(records, 'record')}, ${counted(fields.length + omitted.length, 'field')}`,
    table.toString(),
    ...(fields.length > MAX_ROWS ? [`and ${counted(fields.length - MAX_ROWS, 'more field')}`] : []),
    `key: ${key.fields.join(', ')}${key.latestBy === undefined ? '' : `, latest by ${key.latestBy}`}. ${oneLine(key.reason)}${key.isUnsure ? '; check it' : ''}`,
    ...omitted.slice(0, MAX_ROWS).map(({ name, why }) => `not read: ${short(JSON.stringify(name))}, ${why}`),
    ...damageLines(damage, damaged),
    ...(replaced.length > 0
      ? [
          `replaced in the test rows, because the values look personal: ${replaced.map((name) => short(name)).join(', ')}`,
        ]
      : []),
    unsure === 0
      ? 'nothing to check'
      : `to check: ${counted(unsure, 'place')}, each marked "Check:" in the file`,
  ].join('\n');
}

/** Returns lines about the parts of a sample that are not records: each of `damage`, and how many more there are. */
export const damageLines = (damage: readonly Damage[], damaged: number): string[] => [
  ...damage.map(({ place, problem }) => `not a record: ${place} is ${oneLine(problem)}`),
  ...(damaged > damage.length ? [`not a record: ${counted(damaged - damage.length, 'more place')}`] : []),
];

function share({ profile, required }: InferredField, records: number): string {
  if (profile.values === records) return required ? 'always, required' : 'always';
  if (profile.values === 0) return 'never';
  return `${Math.min(99, Math.max(1, Math.round((profile.values / records) * 100)))} %`;
}

/** Returns the number of places in a dataset's file that are marked "Check:". */
export const unsureIn = ({ fields, omitted, key }: Inferred): number =>
  fields.filter(({ guess }) => guess.doubts.length > 0).length + omitted.length + Number(key.isUnsure);
