/** The catalog in which a workspace looks up tables by default: `workspace` on Free Edition, elsewhere the workspace's own catalog. */
import type { Connection } from './connection.ts';
import { openSql } from './sql.ts';

/** Open-source Spark's own catalog, the only catalog of the workspace on this machine. */
export const LOCAL_CATALOG = 'spark_catalog';

/** Returns the warehouse's current catalog; Spark's default catalog for the workspace on this machine. @throws AppError */
export async function defaultCatalog(connection: Connection, warehouse?: string): Promise<string> {
  if (connection.sql) return LOCAL_CATALOG;
  const sql = await openSql(connection, { warehouse });
  try {
    const { rows } = await sql.query('SELECT current_catalog() AS catalog');
    return String(rows[0]?.catalog);
  } finally {
    await sql.close();
  }
}
