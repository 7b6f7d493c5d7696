# Databricks notebook source
# MAGIC %md
# MAGIC # Records from Kinesis
# MAGIC
# MAGIC `from_kinesis(dataset)` reads the Kinesis data stream `streaming-<pipeline_id>-<dataset>`: each record becomes one row, with its text unchanged. Kinesis
# MAGIC deletes records after its retention (a day by default); `raw_<dataset>` keeps them. Bytes that are not valid UTF-8 become `U+FFFD`.
# MAGIC
# MAGIC The Kinesis source is part of Databricks Runtime and needs a classic cluster. Credentials come from the first of these that is
# MAGIC set: a service credential, a role, a secret scope with `aws-access-key` and `aws-secret-key`. If none is set, they come from the
# MAGIC cluster's instance profile.
# MAGIC
# MAGIC A stream that was deleted and created again can't be read with the old checkpoint. Then set another `stream_generation`, which
# MAGIC selects another checkpoint.
# MAGIC
# MAGIC Rendered from `generator/templates/from_kinesis.py.hbs` by `npm run generate`.

# COMMAND ----------

def from_kinesis(dataset):
    """Returns the stream of a dataset's records, and the path of the checkpoint that records how far it was read."""
    dbutils.widgets.text("pipeline_id", "demo")
    dbutils.widgets.text("region", "eu-west-1")
    dbutils.widgets.dropdown("initial_position", "trim_horizon", ["trim_horizon", "latest"])
    dbutils.widgets.dropdown("consumer_mode", "polling", ["polling", "efo"])
    dbutils.widgets.text("max_fetch_duration", "2s")
    dbutils.widgets.text("stream_generation", "1")
    dbutils.widgets.text("service_credential", "")
    dbutils.widgets.text("role_arn", "")
    dbutils.widgets.text("secret_scope", "")

    pipeline_id = dbutils.widgets.get("pipeline_id")
    options = {
        "streamName": f"streaming-{pipeline_id}-{dataset}",
        "region": dbutils.widgets.get("region"),
        "initialPosition": dbutils.widgets.get("initial_position"),
        "consumerMode": dbutils.widgets.get("consumer_mode"),
        # How long Databricks collects records before a micro-batch may read them: 10 s by default.
        "maxFetchDuration": dbutils.widgets.get("max_fetch_duration"),
    }
    if dbutils.widgets.get("service_credential"):
        options["serviceCredential"] = dbutils.widgets.get("service_credential")
    elif dbutils.widgets.get("role_arn"):
        options["roleArn"] = dbutils.widgets.get("role_arn")
    elif dbutils.widgets.get("secret_scope"):
        options["awsAccessKey"] = dbutils.secrets.get(dbutils.widgets.get("secret_scope"), "aws-access-key")
        options["awsSecretKey"] = dbutils.secrets.get(dbutils.widgets.get("secret_scope"), "aws-secret-key")

    records = spark.readStream.format("kinesis").options(**options).load().selectExpr(
        "make_valid_utf8(CAST(data AS STRING)) AS record",
        "approximateArrivalTimestamp AS arrived",
        "concat(lpad(sequenceNumber, 129, '0'), ' ', shardId) AS position",
    )
    return records, f"{checkpoints}/raw_{dataset}/{dbutils.widgets.get('stream_generation')}"
