/** Alerts of production on what a job that succeeds says nothing of: nothing arrived, or too much of it was rejected. */
import { limitsSql } from '../src/databricks/quality.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { PROJECT } from '../src/project/project.ts';
import { datasetFile } from './facts.ts';
import { SCHEMA } from './jobs/job.ts';

const PREFIX = `\`\${var.catalog}\`.\`${SCHEMA}\`.`;

/** Fires where the only row of a query counts it. https://docs.databricks.com/api/workspace/alertsv2/createalert */
const alert = (what: string, custom_summary: string, query_text: string) => ({
  display_name: `${PROJECT}-\${var.pipeline_id}: ${what}`,
  custom_summary,
  query_text,
  warehouse_id: '${var.warehouse_id}',
  evaluation: {
    source: { name: 'exceeded' },
    comparison_operator: 'GREATER_THAN',
    threshold: { value: { double_value: 0 } },
    notification: { notify_on_ok: false, subscriptions: [{ user_email: '${var.alerts}' }] },
  },
  schedule: {
    quartz_cron_schedule: '${var.alerts_schedule}',
    timezone_id: 'UTC',
    pause_status: 'UNPAUSED',
  },
});

const exceeded = (measure: 'rejection' | 'silence', dataset: Dataset): string =>
  `SELECT count_if(${measure} <> 'good') AS exceeded FROM (\n${limitsSql([dataset], PREFIX)}\n)`;

/** Two of each dataset, which they name. */
export const alerts = (datasets: readonly Dataset[]) =>
  Object.fromEntries(
    datasets.flatMap((dataset) => [
      [
        `silence_${dataset.name}`,
        alert(
          `no arrivals of ${dataset.name}`,
          `Dataset ${dataset.name} has had no record for longer than ${datasetFile(dataset.name)} allows (quality.silentDays).`,
          exceeded('silence', dataset),
        ),
      ],
      [
        `rejected_${dataset.name}`,
        alert(
          `too much of ${dataset.name} rejected`,
          `The last day brought more rejected records of dataset ${dataset.name} than ${datasetFile(dataset.name)} allows (quality.rejectedShare): npm run query quality.`,
          exceeded('rejection', dataset),
        ),
      ],
    ]),
  );
