/** The outcome of a day in one pipeline: counts of records and answers, read from the tables of a schema. */
import { type Account, accountSql } from '../../src/databricks/accounts.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { LOCAL_CATALOG } from '../../src/databricks/default-catalog.ts';
import type { SqlResult, SqlRow } from '../../src/databricks/sql.ts';
import { AppError } from '../../src/errors.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import type { RunStatement } from './day.ts';
import type { Story } from './story.ts';

/**
 * Number of records of one dataset at each stage, over all days of a state folder. Each stage is counted separately.
 */
interface Counts extends Account {
  /** Number of records in the topic or the stream. */
  readonly sent: number;
  /** Number of records in the bucket; omitted for the streaming pipeline. */
  readonly landed?: number;
}

export interface Outcome {
  readonly counts: Record<string, Counts>;
  readonly answers: Record<string, SqlResult>;
}

export async function accountsOf(ask: RunStatement, schema: string): Promise<Record<string, Account>> {
  const accounts = datasets.map(async (dataset) => {
    const { rows } = await ask(accountSql(dataset, `${LOCAL_CATALOG}.${schema}`));
    return [dataset.name, rows[0] as unknown as Account] as const;
  });
  return Object.fromEntries(await Promise.all(accounts));
}

export async function answersOf(ask: RunStatement, schema: string): Promise<Record<string, SqlResult>> {
  const answers = queries.map(async ({ name }) => {
    const { columns, rows } = await ask(`SELECT * FROM ${LOCAL_CATALOG}.${schema}.${name}`);
    return [name, { columns, rows: sortAnswer(rows) as SqlRow[] }] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** Prints the answers, at most `rowsShown` rows each, and the counts. */
export function showOutcome(story: Story, { counts, answers }: Outcome, rowsShown?: number): void {
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

/** @throws AppError if a record is unaccounted for */
export function requireSums({ counts }: Outcome): void {
  for (const [name, account] of Object.entries(counts)) {
    const { sent, landed = sent, raw, clean, superseded, rejected, rejected_again, lost } = account;
    const accounted = clean + superseded + rejected + rejected_again;
    if (sent === landed && landed === raw && raw === accounted && lost === 0) continue;
    throw new AppError(
      'SUMS',
      `The counts of ${name} don't add up: ${JSON.stringify(account)}. This is a bug; please report it.`,
    );
  }
}
