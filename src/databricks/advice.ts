/** Advice for a statement that failed because the pipeline has not created its tables yet. */

import { AppError } from '../errors.ts';
import { cleanTable, quoted, rawTable, rejectedTable } from '../names.ts';
import { datasets } from '../project/datasets/index.ts';
import { queries } from '../project/queries/index.ts';
import type { Query } from '../queries/query.ts';
import type { Connection } from './connection.ts';
import { openSql, type SqlOptions } from './sql.ts';

/** The catalog and schema in which a statement looks up its tables. */
export interface Tables {
  readonly catalog: string;
  readonly schema: string;
  /** Whether the streaming pipeline writes the tables. */
  readonly stream: boolean;
}

function runFor({ stream }: Tables, { sql }: Connection): string {
  const target = sql ? 'local' : '<target>';
  const deploy = `"npm run bundle deploy ${target}", then "npm run bundle run`;
  return stream
    ? `run the jobs that create it (${deploy} stream ${target}", and for answers "npm run bundle run stream_answers ${target}")`
    : `run the job that creates it (${deploy} ${target}")`;
}

/** Every table that the jobs create. */
const OURS = new Set([
  ...queries.map(({ name }) => name),
  ...datasets.flatMap(({ name }) => [rawTable(name), cleanTable(name), rejectedTable(name)]),
]);

export const emptyAnswer = ({ name, reads }: Query): string =>
  `${name} is empty: no post in ${reads.map(cleanTable).join(' and ')} has the values it needs. Has the job run since posts arrived?`;

/** Returns the error itself, or a new error that also explains what to do. */
export async function advised(
  error: unknown,
  tables: Tables,
  connection: Connection,
  options: SqlOptions,
): Promise<unknown> {
  if (!(error instanceof AppError) || error.code !== 'SQL_FAILED') return error;
  const { catalog, schema } = tables;
  const run = runFor(tables, connection);
  if (/\[(SCHEMA_NOT_FOUND|NO_SUCH_CATALOG)/.test(error.message) && error.message.includes(schema))
    return noSchema(catalog, schema, await schemasIn(catalog, connection, options), run);
  const missing = /\[TABLE_OR_VIEW_NOT_FOUND\].*? view `?([\w`.]+?)`? cannot be found/.exec(
    error.message,
  )?.[1];
  const table = missing?.split('.').at(-1)?.replaceAll('`', '');
  if (table === undefined || !OURS.has(table)) return error;
  return new AppError('NO_TABLE', `There is no table ${catalog}.${schema}.${table} yet: ${run}.`);
}

/** @param there: the schemas of the catalog; undefined if the catalog can't be read */
function noSchema(
  catalog: string,
  schema: string,
  there: readonly string[] | undefined,
  run: string,
): AppError {
  if (there === undefined)
    return new AppError(
      'NO_CATALOG',
      `There is no catalog ${catalog} that this user can read: name another catalog with --catalog or PIPELINE_CATALOG.`,
    );
  const existing = there.length > 0 ? ` (existing schemas: ${there.join(', ')})` : '';
  return new AppError(
    'NO_SCHEMA',
    `There is no schema ${catalog}.${schema}${existing}: ${run}, or name another schema with --schema or PIPELINE_SCHEMA.`,
  );
}

/** Returns the names of the catalog's schemas; undefined if the catalog can't be read. */
async function schemasIn(
  catalog: string,
  connection: Connection,
  { warehouse }: SqlOptions,
): Promise<string[] | undefined> {
  try {
    const sql = await openSql(connection, { warehouse });
    try {
      const { columns, rows } = await sql.query(`SHOW SCHEMAS IN ${quoted(catalog)}`);
      return rows.map((row) => String(row[columns[0]?.name ?? '']));
    } finally {
      await sql.close();
    }
  } catch (error) {
    return error instanceof AppError && error.code === 'SQL_FAILED' ? undefined : [];
  }
}
