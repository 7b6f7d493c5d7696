/** The database tables that contain posts, as the project declares them. */
import { UsageError } from '../errors.ts';
import { SOURCE_TABLES } from '../project/source.ts';
import type { SourceTable } from './source-table.ts';

export interface DatasetTable extends SourceTable {
  readonly dataset: string;
}

/** The source tables. Posts are drawn at random by the numbers in the first table. */
export const TABLES: readonly DatasetTable[] = Object.entries(SOURCE_TABLES).map(([dataset, table]) => ({
  dataset,
  ...table,
}));

/** Returns the first table and the others. @throws UsageError if the project declares none */
export function requireTables(): readonly [DatasetTable, ...DatasetTable[]] {
  const [first, ...others] = TABLES;
  if (first) return [first, ...others];
  throw new UsageError(
    'src/project/source.ts declares no database tables: declare them there, or send a file.',
  );
}
