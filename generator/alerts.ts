/** Production alerts on problems that do not fail a job: no record arrived, or too many records were rejected. */
import { limitsSql } from '../src/databricks/quality.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { PROJECT } from '../src/project/project.ts';
import { datasetFile } from './facts.ts';
import { SCHEMA, STREAM_SCHEMA } from './jobs/job.ts';

/** A pipeline whose tables the alerts check. Its alerts' keys begin with `key`, and their titles end with `title`. */
interface Checked {
  readonly key: string;
  readonly title: string;
  readonly schema: string;
  readonly pause_status: string;
}

const PIPELINES: readonly Checked[] = [
  { key: '', title: '', schema: SCHEMA, pause_status: 'UNPAUSED' },
  {
    key: 'stream_',
    title: ' from the stream',
    schema: STREAM_SCHEMA,
    // A stream that does not run would be silent every day.
    pause_status: '${var.stream_status}',
  },
];

/** Returns an alert that fires if `exceeded`, in the query's only row, is greater than 0. https://docs.databricks.com/api/workspace/alertsv2/createalert */
const alert = (what: string, custom_summary: string, query_text: string, pause_status: string) => ({
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
    pause_status,
  },
});

const exceeded = (measure: 'rejection' | 'silence', dataset: Dataset, schema: string): string =>
  `SELECT count_if(${measure} <> 'good') AS exceeded FROM (\n${limitsSql([dataset], `\`\${var.catalog}\`.\`${schema}\`.`)}\n)`;

/** Returns two alerts for each dataset and pipeline. */
export const alerts = (datasets: readonly Dataset[]) =>
  Object.fromEntries(
    PIPELINES.flatMap(({ key, title, schema, pause_status }) =>
      datasets.flatMap((dataset) => [
        [
          `${key}silence_${dataset.name}`,
          alert(
            `no arrivals of ${dataset.name}${title}`,
            `Dataset ${dataset.name} has had no record for longer than ${datasetFile(dataset.name)} allows (quality.silentDays).`,
            exceeded('silence', dataset, schema),
            pause_status,
          ),
        ],
        [
          `${key}rejected_${dataset.name}`,
          alert(
            `too many rejected records of ${dataset.name}${title}`,
            `The last day has more rejected records of dataset ${dataset.name} than ${datasetFile(dataset.name)} allows (quality.rejectedShare): see npm run query quality.`,
            exceeded('rejection', dataset, schema),
            pause_status,
          ),
        ],
      ]),
    ),
  );
