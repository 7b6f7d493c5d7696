/** Which tables `npm run query` and `npm run query report` read. */
import type { Tables } from '../../src/databricks/advice.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import type { Settings } from '../../src/settings.ts';
import type { TableFlags } from './table-flags.ts';

/** Where tables are looked up, by flags, settings, and what there is. */
export function tablesOf(flags: TableFlags, { tables }: Settings, connection: Connection): Tables {
  // Spark's own catalog is the only one of the workspace on this machine.
  const catalog = flags.catalog ?? tables.catalog ?? (connection.sql ? 'spark_catalog' : 'main');
  return { catalog, schema: flags.schema ?? (flags.stream ? tables.streamSchema : tables.schema) };
}
