/** Where a workspace looks tables up when nobody names a catalog: `workspace` on Free Edition, the workspace's own elsewhere. */
import type { Connection } from './connection.ts';
import { openSql } from './sql.ts';

/** Returns the warehouse's current catalog; Spark's own where the workspace is on this machine. @throws AppError */
export async function defaultCatalog(connection: Connection, warehouse?: string): Promise<string> {
  if (connection.sql) return 'spark_catalog';
  const sql = await openSql(connection, { warehouse });
  try {
    const { rows } = await sql.query('SELECT current_catalog() AS catalog');
    return String(rows[0]?.catalog);
  } finally {
    await sql.close();
  }
}
