/** What both halves of a day come to: their accounts and answers, read back from the tables of a schema. */
import path from 'node:path';
import { datasets } from '../../src/datasets/index.ts';
import { AppError } from '../../src/errors.ts';
import { queries } from '../../src/queries/index.ts';
import { type Account, accountSql } from '../../src/workspace/accounts.ts';
import { type Row, sortAnswer } from '../../src/workspace/answers.ts';
import type { Kernel } from '../spark/kernel.ts';
import type { Story } from './story.ts';

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');
export const CATALOG = 'spark_catalog';

/** What one dataset's records came to, over all days of a state folder; each figure is counted where it lies. */
export interface Counts extends Account {
  /** In the topic; in the stream. */
  readonly sent: number;
  /** In the bucket; a stream has none. */
  readonly landed?: number;
}

export interface Half {
  readonly counts: Record<string, Counts>;
  readonly answers: Record<string, Row[]>;
}

export async function accountsOf(kernel: Kernel, schema: string): Promise<Record<string, Account>> {
  const accounts: Record<string, Account> = {};
  for (const dataset of datasets) {
    const [account] = await kernel.sql(accountSql(dataset, `${CATALOG}.${schema}`));
    accounts[dataset.name] = account as unknown as Account;
  }
  return accounts;
}

export async function answersOf(kernel: Kernel, schema: string): Promise<Record<string, Row[]>> {
  const answers: Record<string, Row[]> = {};
  for (const { name } of queries) {
    answers[name] = sortAnswer(await kernel.sql(`SELECT * FROM ${CATALOG}.${schema}.${name}`));
  }
  return answers;
}

/** At most `rowsShown` rows an answer. */
export function tell(story: Story, { counts, answers }: Half, rowsShown?: number): void {
  for (const { name, question } of queries) {
    const rows = answers[name] ?? [];
    story.say(`\n${question}  (${name})`);
    story.table(Object.keys(rows[0] ?? { 'no rows': '' }), rows, rowsShown);
  }
  story.say('\nWhat became of the records: raw = clean + superseded + rejected + rejected again');
  const rows = Object.entries(counts).map(([dataset, { kept_in_part, lost, ...counts }]) => ({
    dataset,
    ...counts,
    kept_in_part,
  }));
  story.table(Object.keys(rows[0] ?? {}), rows);
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
