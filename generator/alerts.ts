/** Alerts of production on what a job that succeeds says nothing of: nothing arrived, or too much of it was rejected. */

import { rejectedSql, silenceSql } from '../src/databricks/quality.ts';
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

const counted = (condition: string, query: string): string =>
  `SELECT count_if(${condition}) AS datasets FROM (\n${query}\n)`;

export const alerts = (datasets: readonly Dataset[]) => ({
  silence: alert(
    `${PROJECT}-\${var.pipeline_id}: no arrivals`,
    'A dataset has had no record for longer than its file in src/project/datasets allows (quality.silentDays).',
    counted('silent', silenceSql(datasets, PREFIX)),
  ),
  rejected: alert(
    `${PROJECT}-\${var.pipeline_id}: too much rejected`,
    "A day brought more rejected records, each counted once, than the dataset's file in src/project/datasets allows (quality.rejectedShare): npm run query quality.",
    counted('too_much', rejectedSql(datasets, PREFIX)),
  ),
});
