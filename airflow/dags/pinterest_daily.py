"""
### The batch pipeline, once a day

Starts the Databricks job `pinterest-<id>-batch` of the deployed bundle and waits for its end: what arrived since the last run
becomes clean tables and the answers. Airflow's worker is free while it waits.

- The connection `databricks_default` says which workspace, and holds the token.
- The variable `pipeline_id` names the pipeline; without it, `demo`.
- The bundle decides who schedules: while its job has a schedule of its own, the days are skipped here.
  `BUNDLE_VAR_scheduler=airflow npm run bundle deploy prod`, beside its other variables, hands them over.

Rendered from `databricks.yml` and the project's names by `npm run generate`.
"""

from datetime import datetime, timedelta

from airflow.exceptions import AirflowException
from airflow.providers.databricks.hooks.databricks import DatabricksHook, RunState
from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator
from airflow.providers.databricks.utils.databricks import extract_failed_task_errors
from airflow.sdk import dag, task

CONNECTION = "databricks_default"
PIPELINE_ID = "{{ var.value.get('pipeline_id', 'demo') }}"
JOB_NAME = f"pinterest-{PIPELINE_ID}-batch"
# A run that somebody starts by hand may have no logical date.
RUN_DATE = "{{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}"
ATTEMPT = "{{ ti.try_number }}"


@task.short_circuit
def airflow_schedules(job_name: str) -> bool:
    """Whether the days are Airflow's: a day must not run twice, once here and once by the job's own schedule."""
    jobs = DatabricksHook(CONNECTION).list_jobs(job_name=job_name)
    own = [job for job in jobs if job["settings"].get("schedule", {}).get("pause_status") == "UNPAUSED"]
    if own:
        print(f"{job_name} has a schedule of its own in Databricks: deploy it with scheduler=airflow to run it here.")
    return not own


class RunJob(DatabricksRunNowOperator):
    """
    Whose retries run the job again: Airflow 3.0 hands them the end of the attempt before (apache/airflow#56704). And for
    which a run that had failed before anybody looked has failed: the deferrable operator takes its end for a success.
    """

    def execute(self, context):
        context["ti"].xcom_push(key="attempt", value=context["ti"].try_number)
        # Leaves by deferring, unless the run has ended already.
        super().execute(context)
        run = self._hook.get_run(self.run_id)
        state = RunState(**run["state"])
        if not state.is_successful:
            errors = extract_failed_task_errors(self._hook, run, state)
            raise AirflowException(f"Job run failed with terminal state: {state} and with the errors {errors}")

    def execute_complete(self, context, event=None):
        attempt = context["ti"].xcom_pull(task_ids=self.task_id, key="attempt")
        if attempt != context["ti"].try_number:
            return self.execute(context)
        return super().execute_complete(context, event)


@dag(
    dag_id="pinterest_daily",
    schedule="0 6 * * *",
    start_date=datetime(2026, 1, 1),
    # The job reads all that has arrived since its last run: days that were missed need no runs of their own.
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["pinterest"],
)
def pinterest_daily():
    batch = RunJob(
        task_id="batch",
        databricks_conn_id=CONNECTION,
        job_name=JOB_NAME,
        job_parameters={"run_date": RUN_DATE},
        # The same date asked for twice is one run. A retry is another attempt: the same token would only be told of
        # the run that failed.
        idempotency_token=f"{PIPELINE_ID}-{RUN_DATE}-{ATTEMPT}",
        deferrable=True,
        polling_period_seconds=10,
        # While the workspace does not answer, its run goes on: it is asked again for half an hour.
        databricks_retry_limit=60,
        databricks_retry_delay=30,
        # The job itself failing.
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
    airflow_schedules(JOB_NAME) >> batch


pinterest_daily()
