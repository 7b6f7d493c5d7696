/** Alerts of production on what a job that succeeds says nothing of: nothing arrived, or too much of it was rejected. */
import { limitsSql } from '../src/databricks/quality.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { PROJECT } from '../src/project/project.ts';
import { SCHEMA } from './jobs/job.ts';

/** After the batch job, as its default schedule has it; in quartz. */
const DAILY = '0 0 9 * * ?';

const PREFIX = `\`\${var.catalog}\`.\`${SCHEMA}\`.`;

/** Fires where `query` counts a dataset. https://docs.databricks.com/api/workspace/alertsv2/createalert */
const alert = (display_name: string, custom_summary: string, query_text: string) => ({
  display_name,
  custom_summary,
  query_text,
  warehouse_id: '${var.warehouse_id}',
  evaluation: {
    source: { name: 'datasets' },
    comparison_operator: 'GREATER_THAN',
    threshold: { value: { double_value: 0 } },
    notification: { notify_on_ok: false, subscriptions: [{ user_email: '${var.alerts}' }] },
  },
  schedule: { quartz_cron_schedule: DAILY, timezone_id: 'UTC', pause_status: 'UNPAUSED' },
});

const counted = (measure: 'rejection' | 'silence', datasets: readonly Dataset[]): string =>
  `SELECT count_if(${measure} <> 'good') AS datasets FROM (\n${limitsSql(datasets, PREFIX)}\n)`;

export const alerts = (datasets: readonly Dataset[]) => ({
  silence: alert(
    `${PROJECT}-\${var.pipeline_id}: no arrivals`,
    'A dataset has had no record for longer than its file in src/project/datasets allows (quality.silentDays).',
    counted('silence', datasets),
  ),
  rejected: alert(
    `${PROJECT}-\${var.pipeline_id}: too much rejected`,
    "The last day brought more rejected records than the dataset's file in src/project/datasets allows (quality.rejectedShare): npm run query quality.",
    counted('rejection', datasets),
  ),
});
