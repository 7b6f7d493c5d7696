/** Renders Airflow's DAG, for users who schedule the batch job with MWAA instead of Databricks. */

import { AppError } from '../src/errors.ts';
import { jobName } from '../src/names.ts';
import { PROJECT } from '../src/project/project.ts';
import { DEFAULT_ID } from '../src/settings.ts';
import { limitsOf } from './jobs/prod.ts';
import { render } from './render.ts';

/** Returns the text of the DAG's file by its path. The DAG runs on the bundle's `schedule`, a Quartz expression. */
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
 * Returns a Quartz schedule as a cron schedule, for example `0 6 * * *` for `0 0 6 * * ?`.
 * @throws AppError if five cron fields cannot express the schedule
 */
function cronOf(quartz: string): string {
  const [second, minute, hour, day, month, weekday, ...year] = quartz.split(/\s+/);
  const plain = [minute, hour, day, month, weekday].map((field) => (field === '?' ? '*' : field));
  // Rejects what cron can't express: seconds, years and special characters such as L. Weekdays are rejected too, because
  // their numbers differ: Sunday is 1 in Quartz and 0 in cron.
  if (
    second !== '0' ||
    year.length > 0 ||
    plain[4] !== '*' ||
    !plain.every((field) => /^[\d*,/-]+$/.test(field ?? ''))
  )
    throw new AppError(
      'SCHEDULE',
      `The variable schedule in databricks.yml is "${quartz}", which Airflow's DAG cannot express: expected "0 <minute> <hour> <day> <month> ?".`,
    );
  return plain.join(' ');
}
