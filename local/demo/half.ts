/** What both halves of a day come to: their accounts and answers, read back from the tables of a schema. */

import { type Account, accountSql } from '../../src/databricks/accounts.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import type { SqlResult, SqlRow } from '../../src/databricks/sql.ts';
import { datasets } from '../../src/datasets/index.ts';
import { AppError } from '../../src/errors.ts';
import { queries } from '../../src/queries/index.ts';
import type { RunStatement } from './site.ts';
import type { Story } from './story.ts';

/** Spark's own catalog is the only one of the workspace on this machine. */
export const CATALOG = 'spark_catalog';

/** What one dataset's records came to, over all days of a state folder; each figure is counted where it lies. */
interface Counts extends Account {
  /** In the topic; in the stream. */
  readonly sent: number;
  /** In the bucket; a stream has none. */
  readonly landed?: number;
}

export interface Half {
  readonly counts: Record<string, Counts>;
  readonly answers: Record<string, SqlResult>;
}

export async function accountsOf(ask: RunStatement, schema: string): Promise<Record<string, Account>> {
  const accounts: Record<string, Account> = {};
  for (const dataset of datasets) {
    const {
      rows: [account],
    } = await ask(accountSql(dataset, `${CATALOG}.${schema}`));
    accounts[dataset.name] = account as unknown as Account;
  }
  return accounts;
}

export async function answersOf(ask: RunStatement, schema: string): Promise<Record<string, SqlResult>> {
  const answers: Record<string, SqlResult> = {};
  for (const { name } of queries) {
    const { columns, rows } = await ask(`SELECT * FROM ${CATALOG}.${schema}.${name}`);
    answers[name] = { columns, rows: sortAnswer(rows) as SqlRow[] };
  }
  return answers;
}

/** At most `rowsShown` rows an answer. */
export function tell(story: Story, { counts, answers }: Half, rowsShown?: number): void {
  for (const { name, question } of queries) {
    story.say(`\n${question}  (${name})`);
    const { columns, rows } = answers[name] as SqlResult;
    story.table(columns, rows, rowsShown);
  }
  story.say('\nWhat became of the records: raw = clean + superseded + rejected + rejected again');
  const rows = Object.entries(counts).map(([dataset, { kept_in_part, lost, ...counts }]) => ({
    dataset,
    ...counts,
    kept_in_part,
  }));
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({
    name,
    type: name === 'dataset' ? 'STRING' : 'BIGINT',
  }));
  story.table(columns, rows);
}

/** @throws AppError where a record is unaccounted for. */
export function requireSums({ counts }: Half): void {
  for (const [name, account] of Object.entries(counts)) {
    const { sent, landed = sent, raw, clean, superseded, rejected, rejected_again, lost } = account;
    const told = clean + superseded + rejected + rejected_again;
    if (sent === landed && landed === raw && raw === told && lost === 0) continue;
    throw new AppError(
      'SUMS',
      `The counts of ${name} don't add up: ${JSON.stringify(account)}. This is a bug; please report it.`,
    );
  }
}
