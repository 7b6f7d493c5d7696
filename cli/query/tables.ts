/** Selects the tables that `npm run query` and `npm run query report` read. */
import type { Tables } from '../../src/databricks/advice.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { defaultCatalog } from '../../src/databricks/default-catalog.ts';
import type { Settings } from '../../src/settings.ts';
import type { TableFlags } from './table-flags.ts';

/**
 * Returns the catalog and the schema. Flags take precedence over settings. Without both, the catalog is the workspace's
 * default.
 * @throws AppError if the default can't be read
 */
export async function tablesOf(
  flags: TableFlags,
  { tables, databricks }: Settings,
  connection: Connection,
): Promise<Tables> {
  const catalog = flags.catalog ?? tables.catalog ?? (await defaultCatalog(connection, databricks.warehouse));
  const schema = flags.schema ?? (flags.stream ? tables.streamSchema : tables.schema);
  return { catalog, schema, stream: schema === tables.streamSchema };
}
