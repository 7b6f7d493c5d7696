/** Production alerts on problems that do not fail a job: no record arrived, or too many records were rejected. */
import { limitsSql } from '../src/databricks/quality.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { PROJECT } from '../src/project/project.ts';
import { datasetFile } from './facts.ts';
import { SCHEMA } from './jobs/job.ts';

const PREFIX = `\`\${var.catalog}\`.\`${SCHEMA}\`.`;

/** Returns an alert that fires if `exceeded`, in the query's only row, is greater than 0. https://docs.databricks.com/api/workspace/alertsv2/createalert */
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

/** Returns two alerts for each dataset. */
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
          `too many rejected records of ${dataset.name}`,
          `The last day has more rejected records of dataset ${dataset.name} than ${datasetFile(dataset.name)} allows (quality.rejectedShare): see npm run query quality.`,
          exceeded('rejection', dataset),
        ),
      ],
    ]),
  );
