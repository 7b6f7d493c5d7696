/** Parses and checks the arguments and flags of `npm run query`. */
import { commandLine } from '../../src/command.ts';
import { FORMATS } from '../../src/databricks/show/formats.ts';
import type { SqlParameter } from '../../src/databricks/sql.ts';
import { UsageError } from '../../src/errors.ts';
import { POST_DATASETS } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';
import { checkTableFlags, tableOptions } from './table-flags.ts';

/** The answer that the examples use. */
const ANSWER = queries[0]?.name ?? 'orders_by_country';

export type QueryFlags = ReturnType<typeof queryFlags>;

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query [what] -- [flags]',
    'Shows an answer, or the result of any SQL. Without arguments: lists the answers.',
    args,
    {
      format: {
        choices: FORMATS,
        default: 'table' as const,
        requiresArg: true,
        describe:
          'output format; every format writes exact values (json writes a number as text if no JSON number can hold it)',
      },
      param: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe:
          'name=value for :name in the SQL; name:INT=value for a value that is not text; may be repeated',
      },
      ...tableOptions(),
    },
  )
    .command('$0 [what]', false, (command) =>
      command.positional('what', {
        type: 'string',
        describe:
          'the name of an answer, quality, "SELECT …" in quotes, or a .sql file with one or more statements',
      }),
    )
    .example('npm run query', 'lists the answers and their questions')
    .example(`npm run query ${ANSWER}`, 'an answer, sorted')
    .example(`npm run query ${ANSWER} -- --stream --format csv`, "the streaming pipeline's answer, as CSV")
    .example(
      `npm run query "SELECT * FROM clean_${POST_DATASETS[0]} LIMIT :rows" -- --param rows:INT=7`,
      'any SQL',
    )
    .example(
      `npm run query src/project/queries/${ANSWER}.sql`,
      'a file: computes the answer from the current tables',
    )
    .example(
      'npm run query quality',
      'compares the last day of each dataset with its limits; then counts, by day, the reasons why records or values were rejected',
    )
    .example('npm run query report', 'all answers and the health of the pipeline as one HTML page')
    .epilogue(
      [
        'For other programs, run npm --silent run query, because npm otherwise prints two lines before the output.',
        'Long tables are shown in $PAGER; piped tables are plain. docs/querying.md describes how each format writes values.',
      ].join(' '),
    );

/** @throws UsageError for an invalid argument; the message names the valid arguments */
export function queryFlags(args: readonly string[]) {
  const flags = parser(args).parseSync();
  checkTableFlags(flags);
  return { ...flags, what: flags.what as string | undefined, parameters: parameters(flags.param ?? []) };
}

const PARAMETER =
  /^(?<name>[A-Za-z_]\w*)(:(?<type>[A-Za-z_]+( (MONTH|DAY))?(\(\d+(,\d+)?\))?))?=(?<value>.*)$/is;

/** Returns the parameters by name. @throws UsageError for a parameter that does not match the syntax, or is given twice */
export function parameters(given: readonly string[]): Record<string, SqlParameter> {
  const found: Record<string, SqlParameter> = {};
  for (const one of given) {
    const { name = '', type, value = '' } = PARAMETER.exec(one)?.groups ?? {};
    if (!name)
      throw new UsageError(
        `--param must be name=value or name:TYPE=value, where a name is letters, digits and _; not ${one}.`,
      );
    if (Object.hasOwn(found, name)) throw new UsageError(`The parameter ${name} was given more than once.`);
    found[name] = type === undefined ? value : { type, value };
  }
  return found;
}
