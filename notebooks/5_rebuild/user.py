# Databricks notebook source
# MAGIC %md
# MAGIC # Rebuild clean_user
# MAGIC
# MAGIC After a cleaning rule was changed: forgets what was cleaned and replays `raw_user`, where every record stands as it
# MAGIC arrived (for as long as maintenance keeps it). Interrupted, it is run again from its start.
# MAGIC
# MAGIC Nothing else may write the schema meanwhile: pause the batch job's schedule, or the stream job, first, and let a run that
# MAGIC is under way end. A replay that failed half way is gone on with by the batch or stream job too. For the stream schema,
# MAGIC give this notebook the schema and checkpoints of the stream.
# MAGIC
# MAGIC Rendered from `src/datasets/user.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/user

# COMMAND ----------

# MAGIC %md
# MAGIC ## Forget
# MAGIC
# MAGIC The checkpoint first: should this stop in between, the next run of `3_clean/user` replays everything, and no record
# MAGIC is left out. Rows of records that `raw_user` no longer holds stay as they are: nothing could bring them back.

# COMMAND ----------

dbutils.fs.rm(f"{dbutils.widgets.get('checkpoints')}/clean_user", True)

# COMMAND ----------

# MAGIC %sql
# MAGIC MERGE INTO clean_user AS old
# MAGIC USING (SELECT DISTINCT position FROM raw_user) AS held
# MAGIC ON old._position = held.position
# MAGIC WHEN MATCHED THEN DELETE;
# MAGIC
# MAGIC MERGE INTO rejected_user AS old
# MAGIC USING (SELECT DISTINCT record FROM raw_user) AS held
# MAGIC ON old.record = held.record
# MAGIC WHEN MATCHED THEN DELETE;

# COMMAND ----------

# MAGIC %md
# MAGIC ## Replay

# COMMAND ----------

dbutils.notebook.run(
    "../3_clean/user",
    0,
    {
        "catalog": dbutils.widgets.get("catalog"),
        "schema": dbutils.widgets.get("schema"),
        "checkpoints": dbutils.widgets.get("checkpoints"),
        "trigger": "availableNow",
    },
)
