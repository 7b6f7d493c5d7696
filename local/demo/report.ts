/** The report of a half, as `npm run query report` writes it from any workspace. */
import { writeFile } from 'node:fs/promises';
import { gather } from '../../src/databricks/report/gather.ts';
import { page } from '../../src/databricks/report/page.ts';
import { lastRuns, type Place } from '../../src/databricks/report/runs.ts';
import { datasets } from '../../src/datasets/index.ts';
import { AppError } from '../../src/errors.ts';
import { queries } from '../../src/queries/index.ts';
import type { Site } from './site.ts';

/** Writes one HTML page. @throws AppError where the file can't be written */
export async function writeReport({ ask, workspace }: Site, place: Place, file: string): Promise<void> {
  const made = new Date();
  const { catalog, schema } = place;
  const rows = async (statement: string) => (await ask(statement)).rows;
  const found = await gather({ ask: rows, catalog, schema, queries, datasets });
  const runs = await lastRuns(workspace, place);
  const html = await page({ made, host: workspace.host, schema: `${catalog}.${schema}`, ...found, runs });
  await writeFile(file, html).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('REPORT_NOT_WRITABLE', `${file} can't be written (${error.code}).`);
  });
}
