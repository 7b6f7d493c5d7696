/** Writes the page of `npm run query report`: the answers and the pipeline's health. */
import { advised } from '../../src/databricks/advice.ts';
import { connect } from '../../src/databricks/client.ts';
import { type Connection, readConnection } from '../../src/databricks/connection.ts';
import type { Run } from '../../src/databricks/report/data.ts';
import { gather } from '../../src/databricks/report/gather.ts';
import { page } from '../../src/databricks/report/page.ts';
import { lastRuns, type PipelineTables } from '../../src/databricks/report/runs.ts';
import { openSql } from '../../src/databricks/sql.ts';
import { AppError } from '../../src/errors.ts';
import { writeWhole } from '../../src/files/write.ts';
import { interrupts } from '../../src/interrupts.ts';
import { outputFile } from '../../src/outputs.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import { readSettings } from '../../src/settings.ts';
import { printable } from '../../src/visible.ts';
import { rejectedWhenAborted } from '../../src/wait.ts';
import type { TableFlags } from './table-flags.ts';
import { tablesOf } from './tables.ts';

/**
 * Writes the page to the file `out`, and prints the file's path. Resolves with the exit code: 0, or the signal's code if the
 * signal canceled the statements.
 */
export async function writeReport(flags: TableFlags & { readonly out: string }): Promise<number> {
  const out = await outputFile('--out', flags.out);
  const settings = readSettings();
  const connection = await readConnection(settings);
  const tables = await tablesOf(flags, settings, connection);
  const options = { warehouse: settings.databricks.warehouse, ...tables };
  const made = new Date();
  const taken = interrupts();
  const interrupted = rejectedWhenAborted(taken.first);
  try {
    const sql = await Promise.race([openSql(connection, options), interrupted]);
    const found = await gather({
      ask: async (statement) => (await sql.query(statement, { signal: taken.first })).rows,
      ...tables,
      queries,
      datasets,
      onPart: progress(datasets.length + queries.length),
    }).finally(() => sql.close());
    const runs = await Promise.race([runsOf(connection, { id: settings.id, ...tables }), interrupted]);
    const html = await page({
      made,
      host: connection.host,
      schema: `${tables.catalog}.${tables.schema}`,
      ...found,
      runs,
    });
    writeWhole(out, html, { is: 'The report', mode: 0o666 });
    console.log(out);
    return 0;
  } catch (error) {
    if (!taken.first.aborted) throw await advised(error, tables, connection, options);
    console.error('canceled');
    return taken.exitCode;
  } finally {
    taken.release();
  }
}

/** Prints a line for each completed part, such as `3/11 How many people joined in each year?`. */
function progress(of: number): (part: string) => void {
  let done = 0;
  return (part) => {
    done += 1;
    console.error(`${String(done).padStart(String(of).length)}/${of} ${part}`);
  };
}

/**
 * Returns the last runs. Returns undefined if they can't be read, for example without permission on jobs; the report
 * then omits them.
 */
async function runsOf(connection: Connection, place: PipelineTables): Promise<Run[] | undefined> {
  try {
    return await lastRuns(connect(connection), place);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`The report omits the last runs: ${printable(error.message)}`);
    return undefined;
  }
}
