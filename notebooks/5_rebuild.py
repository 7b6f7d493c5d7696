# Databricks notebook source
# MAGIC %md
# MAGIC # Rebuild a clean table
# MAGIC
# MAGIC Run this notebook after you change a cleaning rule. It deletes the clean and rejected rows of one `dataset` and replays its raw
# MAGIC table, which contains every record as it arrived (for as long as maintenance keeps it). If this notebook is interrupted, run it
# MAGIC again.
# MAGIC
# MAGIC Nothing else may write to the schema during a rebuild. So deploy the changed rule with `--var scheduler=none`, which pauses the batch
# MAGIC job and its maintenance. If Airflow starts the job, pause its DAG. Wait until runs in progress have ended. If a replay fails, the next
# MAGIC run of the batch or stream job resumes it.
# MAGIC
# MAGIC For the tables of the stream, deploy with `--var stream_status=PAUSED` instead, and set the widgets `schema` and `checkpoints` to
# MAGIC those of the stream.
# MAGIC
# MAGIC Rendered from `generator/templates/rebuild.py.hbs` by `npm run generate`.

# COMMAND ----------

import re

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.dropdown("dataset", "", ["", "geo", "pin", "user"])
dbutils.widgets.dropdown("deletion_vectors", "true", ["true", "false"])

catalog = dbutils.widgets.get("catalog")
schema = dbutils.widgets.get("schema")
checkpoints = dbutils.widgets.get("checkpoints")
dataset = dbutils.widgets.get("dataset")
if dataset not in ["geo", "pin", "user"]:
    raise ValueError(f"dataset is {dataset!r}, expected one of geo, pin, user: set the widget dataset.")

volume = re.fullmatch(r"/Volumes/([^/]+)/([^/]+)/[^/]+/?", checkpoints)
if volume and volume.groups() != (catalog, schema):
    raise ValueError(
        f"checkpoints is {checkpoints!r}, a volume of another schema than {catalog}.{schema}: set the widgets schema and "
        "checkpoints to those of the batch job, or both to those of the stream."
    )

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`')

# COMMAND ----------

# MAGIC %md
# MAGIC ## Delete
# MAGIC
# MAGIC The checkpoint is replaced with an empty checkpoint before rows are deleted. If this notebook stops in between, the next run of
# MAGIC `3_clean` replays everything, and no record is lost. Rows whose record the raw table no longer contains are kept, because they
# MAGIC could not be restored.

# COMMAND ----------

# MAGIC %run ./0_tables/make

# COMMAND ----------

# MAGIC %run ./2_raw/arrivals

# COMMAND ----------

forget(f"{checkpoints}/clean_{dataset}")
dbutils.fs.mkdirs(f"{checkpoints}/clean_{dataset}")

# COMMAND ----------

if spark.catalog.tableExists(f"clean_{dataset}"):
    statement = f"""
        MERGE INTO clean_{dataset} AS old
        USING (SELECT DISTINCT position FROM raw_{dataset}) AS held
        ON old._position = held.position
        WHEN MATCHED THEN DELETE
    """
    retried(lambda: spark.sql(statement))

if spark.catalog.tableExists(f"rejected_{dataset}"):
    statement = f"""
        MERGE INTO rejected_{dataset} AS old
        USING (SELECT DISTINCT record FROM raw_{dataset}) AS held
        ON old.record = held.record
        WHEN MATCHED THEN DELETE
    """
    retried(lambda: spark.sql(statement))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Replay

# COMMAND ----------

dbutils.notebook.run(
    f"./3_clean/{dataset}",
    0,
    {
        "catalog": catalog,
        "schema": schema,
        "checkpoints": checkpoints,
        "deletion_vectors": dbutils.widgets.get("deletion_vectors"),
    },
)
