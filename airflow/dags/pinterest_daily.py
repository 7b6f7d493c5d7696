"""
### The batch pipeline, once a day

Starts the Databricks job `pinterest-<id>-batch` of the deployed bundle and waits until it ends. The job turns the records that arrived
since its last run into clean tables and answers. The wait does not occupy an Airflow worker.

- The connection `databricks_default` contains the workspace's address and the token.
- The variable `pipeline_id` names the pipeline; the default is `demo`.
- The bundle selects the scheduler. While the job's schedule in Databricks is active, this DAG skips its runs. To run the job from
  here, deploy with `BUNDLE_VAR_scheduler=airflow npm run bundle deploy prod`, in addition to the bundle's other variables.

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
# A run that is started by hand may have no logical date.
RUN_DATE = "{{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}"
ATTEMPT = "{{ ti.try_number }}"


@task.short_circuit
def airflow_schedules(job_name: str) -> bool:
    """Returns whether only Airflow schedules the job. If the job also has an active schedule, each day would run twice."""
    jobs = DatabricksHook(CONNECTION).list_jobs(job_name=job_name)
    own = [job for job in jobs if job["settings"].get("schedule", {}).get("pause_status") == "UNPAUSED"]
    if own:
        print(f"{job_name} has an active schedule in Databricks: deploy it with scheduler=airflow to run it here.")
    return not own


class RunJob(DatabricksRunNowOperator):
    """
    Corrects two faults of the operator. In Airflow 3.0, a retry receives the result of the previous attempt
    (apache/airflow#56704): with this class, a retry runs the job again. The deferrable operator reports success for a run
    that failed before the first poll: with this class, the task fails.
    """

    def execute(self, context):
        context["ti"].xcom_push(key="attempt", value=context["ti"].try_number)
        # This call returns only if the run has already ended. Otherwise, it raises TaskDeferred.
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
    # Missed days are not run later, because the next run reads all records that arrived since the last run.
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
        # Requests with the same token start only one run, so a date does not run twice. A retry needs another token, because
        # the same token would return the run that failed.
        idempotency_token=f"{PIPELINE_ID}-{RUN_DATE}-{ATTEMPT}",
        deferrable=True,
        polling_period_seconds=10,
        # The operator keeps polling for half an hour if the workspace does not respond, because the run continues.
        databricks_retry_limit=60,
        databricks_retry_delay=30,
        # The task is retried if the job run failed.
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )
    airflow_schedules(JOB_NAME) >> batch


pinterest_daily()
