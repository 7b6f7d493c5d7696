# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the users of the stream
# MAGIC
# MAGIC In one step, reads the records from Kinesis, cleans them and appends them to `clean_user`.

# COMMAND ----------

from pyspark.sql.functions import col, concat_ws, from_json, to_timestamp

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("checkpoints", "")
dbutils.widgets.text("trigger", "1 second")

schema = dbutils.widgets.get("schema")
checkpoint = f"{dbutils.widgets.get('checkpoints')}/stream_user"

# COMMAND ----------

stream = (
    spark.readStream.format("kinesis")
    .option("streamName", f"streaming-{dbutils.widgets.get('pipeline_id')}-user")
    .option("initialPosition", "trim_horizon")
    .load()
)

# COMMAND ----------

fields = """
  ind STRING,
  first_name STRING,
  last_name STRING,
  age STRING,
  date_joined STRING
"""
df_user = stream.select(
    from_json(col("data").cast("string"), fields).alias("record"),
    col("approximateArrivalTimestamp").alias("_arrived"),  # for the latency
).select("record.*", "_arrived")

# COMMAND ----------

df_user = df_user.withColumn("user_name", concat_ws(" ", "first_name", "last_name"))
df_user = df_user.drop("first_name", "last_name")
df_user = df_user.withColumn("date_joined", to_timestamp("date_joined"))
df_user = df_user.withColumn("ind", col("ind").cast("int")).withColumn("age", col("age").cast("int"))

df_user = df_user.select(
    "ind",
    "user_name",
    "age",
    "date_joined",
    "_arrived",
)

# COMMAND ----------

(
    df_user.writeStream.format("delta")
    .outputMode("append")
    .option("checkpointLocation", checkpoint)
    .trigger(processingTime=dbutils.widgets.get("trigger"))
    .toTable(f"{schema}.clean_user")
    .awaitTermination()
)
