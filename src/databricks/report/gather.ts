/** Queries the content of a report: a few small statements, and one scan of all records for each dataset. */
import type { Dataset } from '../../datasets/dataset.ts';
import { cleanTable, quoted, rawTable, rejectedTable } from '../../names.ts';
import type { Query } from '../../queries/query.ts';
import { type Account, accountSql } from '../accounts.ts';
import { type Row, sortAnswer } from '../answers.ts';
import { limitsSql } from '../quality.ts';
import type { Answer, DatasetHealth, LastDay, Reason, ReportData, Source, Version } from './data.ts';

/** Runs one statement. A timestamp is returned as text that `Date` can parse. */
type RunStatement = (statement: string) => Promise<readonly Row[]>;

/** The number of reasons shown for each dataset. */
const MAX_REASONS = 5;

/** The number of versions read from a table's history; a stream creates a version per second. */
const MAX_VERSIONS = 1000;

export interface GatherOptions {
  readonly ask: RunStatement;
  readonly catalog: string;
  readonly schema: string;
  readonly queries: readonly Query[];
  readonly datasets: readonly Dataset[];
  /** Called with the title of each completed part. */
  readonly onPart?: (part: string) => void;
}

/** Returns the current answers and health; omits tables that the jobs have not created yet. */
export async function gather({
  ask,
  catalog,
  schema: name,
  queries,
  datasets,
  onPart = () => {},
}: GatherOptions): Promise<Pick<ReportData, 'answers' | 'datasets'>> {
  const schema = `${quoted(catalog)}.${quoted(name)}`;
  const there = new Set((await ask(`SHOW TABLES IN ${schema}`)).map(({ tableName }) => tableName));
  const has = (table: string): boolean => there.has(table);
  const histories = new Map<string, readonly Version[]>();
  for (const table of datasets.map((one) => cleanTable(one.name)).filter(has))
    histories.set(table, await history(ask, `${schema}.${quoted(table)}`, MAX_VERSIONS));

  // The parts run in parallel, because each part is a few statements, which take mostly network time.
  const health = datasets.map(async (dataset): Promise<DatasetHealth> => {
    const made = [rawTable, cleanTable, rejectedTable].every((table) => has(table(dataset.name)));
    const state = made && { state: await stateOf(ask, dataset, schema) };
    onPart(dataset.title);
    return { dataset, ...state };
  });
  const answers = queries.map(async (query): Promise<Answer> => {
    const table = has(query.name) && { table: await tableOf(ask, query, schema, histories) };
    onPart(query.question);
    return { query, ...table };
  });
  const [answered, healthy] = await Promise.all([Promise.all(answers), Promise.all(health)]);
  return { answers: answered, datasets: healthy };
}

async function stateOf(
  ask: RunStatement,
  dataset: Dataset,
  schema: string,
): Promise<NonNullable<DatasetHealth['state']>> {
  const [account] = await ask(accountSql(dataset, schema));
  const [clean] = await ask(`SELECT max(_arrived) AS latest FROM ${schema}.${cleanTable(dataset.name)}`);
  const reasons = await ask(`
SELECT reason, kept, count(*) AS records
FROM ${schema}.${rejectedTable(dataset.name)} LATERAL VIEW explode(reasons) AS reason
GROUP BY ALL
ORDER BY records DESC, reason
LIMIT ${MAX_REASONS}`);
  const [lastDay] = await ask(limitsSql([dataset], `${schema}.`));
  return {
    account: account as unknown as Account,
    latest: clean?.latest ? dateOf(clean.latest) : undefined,
    reasons: reasons as unknown as Reason[],
    lastDay: lastDay as unknown as LastDay,
  };
}

/** Returns an answer's rows with their version. Reads the rows as of that version, so that a concurrent update does no harm. */
async function tableOf(
  ask: RunStatement,
  query: Query,
  schema: string,
  histories: ReadonlyMap<string, readonly Version[]>,
): Promise<NonNullable<Answer['table']>> {
  const table = `${schema}.${quoted(query.name)}`;
  const [made] = (await history(ask, table, 1)) as [Version];
  const rows = await ask(`SELECT * FROM ${table} VERSION AS OF ${made.version}`);
  return {
    rows: sortAnswer(rows),
    made,
    from: query.reads.map((name) =>
      sourceOf(cleanTable(name), histories.get(cleanTable(name)) ?? [], made.at),
    ),
  };
}

/** Returns which version of a clean table was read by an answer from the time `at`: the newest version at that time. */
function sourceOf(name: string, versions: readonly Version[], at: Date): Source {
  const read = versions.find((version) => version.at <= at);
  return { name, ...(read && { read }), since: versions.filter((version) => version.at > at).length };
}

/** Returns the versions of a table, newest first. */
async function history(ask: RunStatement, table: string, limit: number): Promise<Version[]> {
  const rows = await ask(`DESCRIBE HISTORY ${table} LIMIT ${limit}`);
  return rows.map(({ version, timestamp }) => ({ version: Number(version), at: dateOf(timestamp) }));
}

const dateOf = (value: unknown): Date => new Date(String(value));
