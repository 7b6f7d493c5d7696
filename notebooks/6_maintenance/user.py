# Databricks notebook source
# MAGIC %md
# MAGIC # Maintenance of Users: who posted it
# MAGIC
# MAGIC Keeps the three tables small and quick to read: forgets what is older than its retention, writes small files together,
# MAGIC and deletes files that nothing refers to. May run beside the batch job and beside the stream.
# MAGIC
# MAGIC | widget | what it says |
# MAGIC | --- | --- |
# MAGIC | `raw_days` | days that `raw_user` keeps a record after it arrived; `0` keeps all |
# MAGIC | `rejected_days` | days that `rejected_user` keeps a record that `raw_user` no longer holds; `0` keeps all |
# MAGIC | `vacuum_hours` | hours for which an earlier version of a table can still be read; 168 or more |
# MAGIC
# MAGIC A rebuild cleans what `raw_user` holds: older rows stay as they are.
# MAGIC
# MAGIC Rendered from `src/datasets/user.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("raw_days", "0")
dbutils.widgets.text("rejected_days", "0")
dbutils.widgets.text("vacuum_hours", "168")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/user

# COMMAND ----------

# MAGIC %md
# MAGIC ## Forget

# COMMAND ----------

# MAGIC %sql
# MAGIC DELETE FROM raw_user
# MAGIC WHERE CAST(:raw_days AS INT) > 0 AND arrived < current_timestamp() - make_dt_interval(CAST(:raw_days AS INT));
# MAGIC
# MAGIC MERGE INTO rejected_user AS old
# MAGIC USING (SELECT DISTINCT record FROM raw_user) AS held
# MAGIC ON old.record = held.record
# MAGIC WHEN NOT MATCHED BY SOURCE
# MAGIC   AND CAST(:rejected_days AS INT) > 0
# MAGIC   AND old._arrived < current_timestamp() - make_dt_interval(CAST(:rejected_days AS INT))
# MAGIC THEN DELETE;

# COMMAND ----------

# MAGIC %md
# MAGIC ## Write together, clean up

# COMMAND ----------

def compact(table, attempts=5):
    """A merge that was quicker wins: then there is something new to write together."""
    try:
        spark.sql(f"OPTIMIZE {table}")
    except Exception as error:
        if attempts == 1 or "DELTA_CONCURRENT" not in str(error):
            raise
        compact(table, attempts - 1)


def files(table):
    return spark.sql(f"DESCRIBE DETAIL {table}").first()["numFiles"]


hours = int(dbutils.widgets.get("vacuum_hours"))
done = []
for table in ["raw_user", "clean_user", "rejected_user"]:
    before = files(table)
    compact(table)
    spark.sql(f"VACUUM {table} RETAIN {hours} HOURS")
    done.append((table, before, files(table)))

display(spark.createDataFrame(done, "table STRING, files_before BIGINT, files_now BIGINT"))
