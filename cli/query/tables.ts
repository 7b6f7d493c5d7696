/** Which tables `npm run query` and `npm run query report` read. */
import type { Tables } from '../../src/databricks/advice.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { defaultCatalog } from '../../src/databricks/default-catalog.ts';
import type { Settings } from '../../src/settings.ts';
import type { TableFlags } from './table-flags.ts';

/** Where tables are looked up, by flags, settings, and what there is. @throws AppError where the workspace has to say it, and can't */
export async function tablesOf(
  flags: TableFlags,
  { tables, databricks }: Settings,
  connection: Connection,
): Promise<Tables> {
  const catalog = flags.catalog ?? tables.catalog ?? (await defaultCatalog(connection, databricks.warehouse));
  return { catalog, schema: flags.schema ?? (flags.stream ? tables.streamSchema : tables.schema) };
}
