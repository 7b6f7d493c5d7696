# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the geo records of the stream
# MAGIC
# MAGIC In one step, reads the records from Kinesis, cleans them and appends them to `clean_geo`.

# COMMAND ----------

from pyspark.sql.functions import array, col, from_json, to_timestamp

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("checkpoints", "")
dbutils.widgets.text("trigger", "1 second")

schema = dbutils.widgets.get("schema")
checkpoint = f"{dbutils.widgets.get('checkpoints')}/stream_geo"

# COMMAND ----------

stream = (
    spark.readStream.format("kinesis")
    .option("streamName", f"streaming-{dbutils.widgets.get('pipeline_id')}-geo")
    .option("initialPosition", "trim_horizon")
    .load()
)

# COMMAND ----------

fields = """
  ind STRING,
  timestamp STRING,
  latitude DOUBLE,
  longitude DOUBLE,
  country STRING
"""
df_geo = stream.select(
    from_json(col("data").cast("string"), fields).alias("record"),
    col("approximateArrivalTimestamp").alias("_arrived"),  # for the latency
).select("record.*", "_arrived")

# COMMAND ----------

df_geo = df_geo.withColumn("coordinates", array("latitude", "longitude")).drop("latitude", "longitude")
df_geo = df_geo.withColumn("timestamp", to_timestamp("timestamp"))
df_geo = df_geo.withColumn("ind", col("ind").cast("int"))

df_geo = df_geo.select(
    "ind",
    "country",
    "coordinates",
    "timestamp",
    "_arrived",
)

# COMMAND ----------

(
    df_geo.writeStream.format("delta")
    .outputMode("append")
    .option("checkpointLocation", checkpoint)
    .trigger(processingTime=dbutils.widgets.get("trigger"))
    .toTable(f"{schema}.clean_geo")
    .awaitTermination()
)
