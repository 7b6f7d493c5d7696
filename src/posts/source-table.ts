/** A table of a database that the producer reads posts from. */
export interface SourceTable {
  readonly table: string;
  /** The column with the post's number. */
  readonly number: string;
  /** The other columns, in the words of CREATE TABLE. */
  readonly columns: string;
}
