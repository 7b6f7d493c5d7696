/** The words of `npm run query`, checked. */
import { commandLine, refuseFlagsTakenByNpm } from '../../src/command.ts';
import { FORMATS } from '../../src/databricks/show/formats.ts';
import type { SqlParameter } from '../../src/databricks/sql.ts';
import { UsageError } from '../../src/errors.ts';
import { POST_DATASETS } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';
import { checkTableFlags, tableOptions } from './table-flags.ts';

/** An answer, for the examples. */
const ANSWER = queries[0]?.name ?? 'orders_by_country';

export type QueryFlags = ReturnType<typeof queryFlags>;

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query [what] -- [flags]',
    'Shows an answer, or what any SQL gives. Alone: lists the answers.',
    args,
  )
    .command('$0 [what]', false, (command) =>
      command.positional('what', {
        type: 'string',
        describe:
          'an answer by its name, quality, "SELECT …" in quotes, or a .sql file of one or more statements',
      }),
    )
    .options({
      format: {
        choices: FORMATS,
        default: 'table' as const,
        requiresArg: true,
        describe:
          'how rows are written; every value is exact in each, and in json text where no number of JSON holds it',
      },
      param: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'name=value for :name in the SQL; name:INT=value for a value that is no text',
      },
      ...tableOptions(),
    })
    .example('npm run query', 'the answers and their questions')
    .example(`npm run query ${ANSWER}`, 'an answer, in order')
    .example(`npm run query ${ANSWER} -- --stream --format csv`, "the stream's, as CSV")
    .example(
      `npm run query "SELECT * FROM clean_${POST_DATASETS[0]} LIMIT :rows" -- --param rows:INT=7`,
      'any SQL',
    )
    .example(`npm run query src/project/queries/${ANSWER}.sql`, 'a file: the answer as of now')
    .example(
      'npm run query quality',
      'the last day of each dataset against its limits; then by day what was wrong, with how much',
    )
    .example('npm run query report', 'all answers and the health of the pipeline as one HTML page')
    .epilogue(
      [
        'Long tables go through $PAGER. Piped tables are plain: no boxes, no bars, digits not grouped, nothing cut.',
        'A TIMESTAMP is the moment in UTC and ends in Z, whatever SET TIME ZONE says; a TIMESTAMP_NTZ does not. BINARY is',
        'hexadecimal digits, a MAP or STRUCT is a JSON object. NULL is blank in table and markdown, empty in csv where empty text',
        'is "" (in a result of one column both are "", since readers skip blank lines), and null in json. csv',
        'does not escape text that a spreadsheet would read as a formula; json requires distinct column names.',
      ].join(' '),
    );

/** @throws UsageError for words that can't be used, with what could be */
export function queryFlags(args: readonly string[]) {
  refuseFlagsTakenByNpm('query', ['format', 'param', 'stream', 'schema', 'catalog']);
  const flags = parser(args).parseSync();
  checkTableFlags(flags);
  return { ...flags, what: flags.what as string | undefined, parameters: parameters(flags.param ?? []) };
}

const PARAMETER =
  /^(?<name>[A-Za-z_]\w*)(:(?<type>[A-Za-z_]+( (MONTH|DAY))?(\(\d+(,\d+)?\))?))?=(?<value>.*)$/is;

/** By name. @throws UsageError for a parameter that is not of the form, or is given twice */
export function parameters(given: readonly string[]): Record<string, SqlParameter> {
  const found: Record<string, SqlParameter> = {};
  for (const one of given) {
    const { name = '', type, value = '' } = PARAMETER.exec(one)?.groups ?? {};
    if (!name)
      throw new UsageError(
        `--param is name=value, or name:TYPE=value; a name is letters, digits and _; not ${one}.`,
      );
    if (Object.hasOwn(found, name)) throw new UsageError(`The parameter ${name} was given more than once.`);
    found[name] = type === undefined ? value : { type, value };
  }
  return found;
}
