/** The tables of a database that hold posts, as the project names them. */
import { UsageError } from '../errors.ts';
import { SOURCE_TABLES } from '../project/source.ts';
import type { SourceTable } from './source-table.ts';

export interface DatasetTable extends SourceTable {
  readonly dataset: string;
}

/** The first one's numbers are those of the posts. */
export const TABLES: readonly DatasetTable[] = Object.entries(SOURCE_TABLES).map(([dataset, table]) => ({
  dataset,
  ...table,
}));

/** Returns the first table and the others. @throws UsageError where the project names none */
export function requireTables(): readonly [DatasetTable, ...DatasetTable[]] {
  const [first, ...others] = TABLES;
  if (first) return [first, ...others];
  throw new UsageError(
    'src/project/source.ts names no tables of a database: name them there, or send a file.',
  );
}
