/** A database table from which the producer reads posts. */
export interface SourceTable {
  readonly table: string;
  /** The column with the post's number. */
  readonly number: string;
  /** The other columns, in the syntax of CREATE TABLE. */
  readonly columns: string;
}
