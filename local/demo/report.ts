/** Writes the report of one pipeline, the same as `npm run query report` writes for any workspace. */
import { gather } from '../../src/databricks/report/gather.ts';
import { page } from '../../src/databricks/report/page.ts';
import { lastRuns, type PipelineTables } from '../../src/databricks/report/runs.ts';
import { writeWhole } from '../../src/files/write.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import type { Site } from './site.ts';

/** Writes one HTML page. @throws AppError if the file can't be written */
export async function writeReport(
  { ask, workspace }: Site,
  place: PipelineTables,
  file: string,
): Promise<void> {
  const made = new Date();
  const { catalog, schema } = place;
  const rows = async (statement: string) => (await ask(statement)).rows;
  const found = await gather({ ask: rows, catalog, schema, queries, datasets });
  const runs = await lastRuns(workspace, place);
  const html = await page({ made, host: workspace.host, schema: `${catalog}.${schema}`, ...found, runs });
  writeWhole(file, html, { is: 'The report', mode: 0o666, code: 'REPORT_NOT_WRITABLE' });
}
