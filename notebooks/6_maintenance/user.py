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
# MAGIC A rebuild cleans what `raw_user` holds: older rows stay as they are. Where `3_clean/user` stood still for longer than
# MAGIC `vacuum_hours`, files that it has yet to read may be gone, and it says so: then `5_rebuild/user` reads `raw_user` from its start.
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

def do(statement, attempts=5):
    """A merge of the batch job or the stream that was quicker wins: then it is tried again, on what that left."""
    try:
        spark.sql(statement)
    except Exception as error:
        if attempts == 1 or "DELTA_CONCURRENT" not in str(error):
            raise
        do(statement, attempts - 1)


raw_days = int(dbutils.widgets.get("raw_days"))
if raw_days > 0:
    do(f"DELETE FROM raw_user WHERE arrived < current_timestamp() - INTERVAL {raw_days} DAYS")

rejected_days = int(dbutils.widgets.get("rejected_days"))
if rejected_days > 0:  # else raw_user need not be read
    do(f"""
        MERGE INTO rejected_user AS old
        USING (SELECT DISTINCT record FROM raw_user) AS held
        ON old.record = held.record
        WHEN NOT MATCHED BY SOURCE AND old._arrived < current_timestamp() - INTERVAL {rejected_days} DAYS
        THEN DELETE
    """)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Write together, clean up

# COMMAND ----------

def files(table):
    return spark.sql(f"DESCRIBE DETAIL {table}").first()["numFiles"]


hours = int(dbutils.widgets.get("vacuum_hours"))
done = []
for table in ["raw_user", "clean_user", "rejected_user"]:
    before = files(table)
    do(f"OPTIMIZE {table}")
    spark.sql(f"VACUUM {table} RETAIN {hours} HOURS")
    done.append((table, before, files(table)))

display(spark.createDataFrame(done, "table STRING, files_before BIGINT, files_now BIGINT"))
