# Databricks notebook source
# MAGIC %md
# MAGIC # Maintenance of a dataset's tables
# MAGIC
# MAGIC Keeps the three tables of one `dataset` small and quick to read: deletes records after their retention, compacts small files, and
# MAGIC deletes files that no table refers to. This notebook may run at the same time as the batch job and the stream.
# MAGIC
# MAGIC | widget | meaning |
# MAGIC | --- | --- |
# MAGIC | `raw_days` | days for which the raw table keeps a record after its arrival; `0` keeps all |
# MAGIC | `rejected_days` | days for which the rejected table keeps a record after its arrival, if the raw table no longer contains it; `0` keeps all |
# MAGIC
# MAGIC The table's current files no longer contain the deleted records. The previous files are deleted by the first `VACUUM` after
# MAGIC `delta.deletedFileRetentionDuration` (7 days, set in `0_tables/make`). A rebuild cleans only the records that the
# MAGIC raw table contains: rows of older records do not change. A record that could not be cleaned for longer than `raw_days`, because a
# MAGIC rule fails, is deleted, too.
# MAGIC
# MAGIC If `3_clean` has not run for more than 7 days, files that it has not read yet may be deleted. `3_clean` then fails
# MAGIC and names these files. Run a rebuild, which reads the raw table from its start.
# MAGIC
# MAGIC Rendered from `generator/templates/maintain_tables.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.dropdown("dataset", "", ["", "geo", "pin", "user"])
dbutils.widgets.text("raw_days", "0")
dbutils.widgets.text("rejected_days", "0")

dataset = dbutils.widgets.get("dataset")
if dataset not in ["geo", "pin", "user"]:
    raise ValueError(f"dataset is {dataset!r}, expected one of geo, pin, user: set the widget dataset.")


def days(name):
    value = dbutils.widgets.get(name)
    if not value.isdecimal():
        raise ValueError(f"{name} is {value!r}, expected a number of days, such as 30, or 0 to keep all records.")
    return int(value)


raw_days, rejected_days = days("raw_days"), days("rejected_days")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`')

# COMMAND ----------

# MAGIC %run ../0_tables/make

# COMMAND ----------

def do(statement):
    return retried(lambda: spark.sql(statement))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Retention
# MAGIC
# MAGIC In a table with deletion vectors, a deleted row is first only marked as deleted, and `PURGE` rewrites the files that still contain
# MAGIC such rows. In other tables, the deletion itself rewrites these files.

# COMMAND ----------

if raw_days > 0 and spark.catalog.tableExists(f"raw_{dataset}"):
    do(f"DELETE FROM raw_{dataset} WHERE arrived < current_timestamp() - INTERVAL {raw_days} DAYS")
    do(f"REORG TABLE raw_{dataset} APPLY (PURGE)")

if rejected_days > 0 and spark.catalog.tableExists(f"rejected_{dataset}"):  # with 0, the raw table need not be read
    do(f"""
        MERGE INTO rejected_{dataset} AS old
        USING (SELECT DISTINCT record FROM raw_{dataset}) AS held
        ON old.record = held.record
        WHEN NOT MATCHED BY SOURCE AND old._arrived < current_timestamp() - INTERVAL {rejected_days} DAYS
        THEN DELETE
    """)
    do(f"REORG TABLE rejected_{dataset} APPLY (PURGE)")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Files

# COMMAND ----------

for table in [f"raw_{dataset}", f"clean_{dataset}", f"rejected_{dataset}"]:
    if spark.catalog.tableExists(table):
        metrics = do(f"OPTIMIZE {table}").first()["metrics"]
        spark.sql(f"VACUUM {table}")
        print(f"{table}: {metrics['numFilesRemoved']} files compacted into {metrics['numFilesAdded']}")
