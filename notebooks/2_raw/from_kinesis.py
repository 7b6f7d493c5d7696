# Databricks notebook source
# MAGIC %md
# MAGIC # Raw records from Kinesis
# MAGIC
# MAGIC Every record of Kinesis data stream `streaming-<pipeline_id>-<dataset>` becomes one row of `raw_<dataset>`, its text as it was. Kinesis
# MAGIC forgets after its retention (a day by default), this table does not. Bytes that are not UTF-8 become `U+FFFD`.
# MAGIC
# MAGIC | column | what it holds |
# MAGIC | --- | --- |
# MAGIC | `record STRING` | The record as it arrived |
# MAGIC | `arrived TIMESTAMP` | When it arrived, as the source says it: file modification or stream arrival |
# MAGIC | `position STRING` | Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard |
# MAGIC
# MAGIC Kinesis is a source of Databricks Runtime: it needs a classic cluster. Credentials come from a service credential, else
# MAGIC a role, else a secret scope with `aws-access-key` and `aws-secret-key`, else the cluster's instance profile.
# MAGIC
# MAGIC A stream that was deleted and made again counts its records anew: give it another `stream_generation`, and with it
# MAGIC another checkpoint.
# MAGIC
# MAGIC Rendered from `generator/templates/from_kinesis.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest_stream")
dbutils.widgets.text("pipeline_id", "demo")
dbutils.widgets.text("dataset", "geo")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest_stream/checkpoints")
dbutils.widgets.text("trigger", "5 seconds")
dbutils.widgets.text("region", "eu-west-1")
dbutils.widgets.dropdown("initial_position", "trim_horizon", ["trim_horizon", "latest"])
dbutils.widgets.dropdown("consumer_mode", "polling", ["polling", "efo"])
dbutils.widgets.text("stream_generation", "1")
dbutils.widgets.text("service_credential", "")
dbutils.widgets.text("role_arn", "")
dbutils.widgets.text("secret_scope", "")

pipeline_id = dbutils.widgets.get("pipeline_id")
dataset = dbutils.widgets.get("dataset")
stream = f"streaming-{pipeline_id}-{dataset}"
trigger = dbutils.widgets.get("trigger")
when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}

checkpoint = f"{dbutils.widgets.get('checkpoints')}/raw_{dataset}/{dbutils.widgets.get('stream_generation')}"

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/make

# COMMAND ----------

ensure_raw(dataset)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read

# COMMAND ----------

options = {
    "streamName": stream,
    "region": dbutils.widgets.get("region"),
    "initialPosition": dbutils.widgets.get("initial_position"),
    "consumerMode": dbutils.widgets.get("consumer_mode"),
}

if dbutils.widgets.get("service_credential"):
    options["serviceCredential"] = dbutils.widgets.get("service_credential")
elif dbutils.widgets.get("role_arn"):
    options["roleArn"] = dbutils.widgets.get("role_arn")
elif dbutils.widgets.get("secret_scope"):
    options["awsAccessKey"] = dbutils.secrets.get(dbutils.widgets.get("secret_scope"), "aws-access-key")
    options["awsSecretKey"] = dbutils.secrets.get(dbutils.widgets.get("secret_scope"), "aws-secret-key")

spark.readStream.format("kinesis").options(**options).load().createOrReplaceTempView("kinesis_records")

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW new_records AS
# MAGIC SELECT
# MAGIC   make_valid_utf8(CAST(data AS STRING)) AS record,
# MAGIC   approximateArrivalTimestamp AS arrived,
# MAGIC   concat(lpad(sequenceNumber, 129, '0'), ' ', shardId) AS position
# MAGIC FROM kinesis_records

# COMMAND ----------

# MAGIC %md
# MAGIC ## Append

# COMMAND ----------

query = (
    spark.table("new_records")
    .writeStream.queryName(f"raw_{dataset}")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .toTable(f"raw_{dataset}")
)
query.awaitTermination()

# COMMAND ----------

records = sum(batch["numInputRows"] for batch in query.recentProgress)
print(f"{records} new records read")
