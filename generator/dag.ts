/** Airflow's DAG: for those who schedule the batch job by MWAA rather than by Databricks. */

import { AppError } from '../src/errors.ts';
import { jobName } from '../src/names.ts';
import { PROJECT } from '../src/project/project.ts';
import { DEFAULT_ID } from '../src/settings.ts';
import { limitsOf } from './jobs/prod.ts';
import { render } from './render.ts';

/** The bundle's own daily schedule, as quartz writes it, is Airflow's too. */
export function dag(schedule: string): Map<string, string> {
  const { timeout, retries } = limitsOf('batch');
  const text = render('dag.py.hbs', {
    defaultId: DEFAULT_ID,
    jobName: jobName('<id>', 'batch'),
    jobNameOfId: jobName('{PIPELINE_ID}', 'batch'),
    cron: cronOf(schedule),
    retries,
    timeoutHours: (timeout ?? 0) / 3600,
  });
  return new Map([[`airflow/dags/${PROJECT}_daily.py`, text]]);
}

/**
 * `0 0 6 * * ?` as `0 6 * * *`.
 * @throws AppError where a cron of five fields cannot express it
 */
function cronOf(quartz: string): string {
  const [second, minute, hour, day, month, weekday, ...year] = quartz.split(/\s+/);
  const plain = [minute, hour, day, month, weekday].map((field) => (field === '?' ? '*' : field));
  // Quartz counts weekdays from Sunday as 1, has more letters, and more fields.
  if (
    second !== '0' ||
    year.length > 0 ||
    plain[4] !== '*' ||
    !plain.every((field) => /^[\d*,/-]+$/.test(field ?? ''))
  )
    throw new AppError(
      'SCHEDULE',
      `The variable schedule in databricks.yml is "${quartz}", which Airflow's DAG cannot have: expected "0 <minute> <hour> <day> <month> ?".`,
    );
  return plain.join(' ');
}
