# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the pins of the stream
# MAGIC
# MAGIC In one step, reads the records from Kinesis, cleans them and appends them to `clean_pin`.

# COMMAND ----------

from pyspark.sql.functions import col, from_json, regexp_replace

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("checkpoints", "")
dbutils.widgets.text("trigger", "1 second")

schema = dbutils.widgets.get("schema")
checkpoint = f"{dbutils.widgets.get('checkpoints')}/stream_pin"

# COMMAND ----------

stream = (
    spark.readStream.format("kinesis")
    .option("streamName", f"streaming-{dbutils.widgets.get('pipeline_id')}-pin")
    .option("initialPosition", "trim_horizon")
    .load()
)

# COMMAND ----------

fields = """
  index STRING,
  unique_id STRING,
  title STRING,
  description STRING,
  follower_count STRING,
  poster_name STRING,
  tag_list STRING,
  is_image_or_video STRING,
  image_src STRING,
  save_location STRING,
  category STRING
"""
df_pin = stream.select(
    from_json(col("data").cast("string"), fields).alias("record"),
    col("approximateArrivalTimestamp").alias("_arrived"),  # for the latency
).select("record.*", "_arrived")

# COMMAND ----------

placeholders = {
    "title": ["No Title Data Available"],
    "description": ["No description available Story format", "No description available", "Untitled"],
    "poster_name": ["User Info Error"],
    "follower_count": ["User Info Error"],
    "tag_list": ["N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e"],
    "image_src": ["Image src error."],
}

for column, texts in placeholders.items():
    df_pin = df_pin.withColumn(column, regexp_replace(column, r"^[\s\u00a0]+|[\s\u00a0]+$", ""))
    df_pin = df_pin.replace(["", *texts], None, subset=[column])

df_pin = df_pin.withColumn("follower_count", regexp_replace("follower_count", "k$", "000"))
df_pin = df_pin.withColumn("follower_count", regexp_replace("follower_count", "M$", "000000"))
df_pin = df_pin.withColumn("follower_count", col("follower_count").cast("bigint"))
df_pin = df_pin.withColumn("save_location", regexp_replace("save_location", "^Local save in ", ""))
df_pin = df_pin.withColumnRenamed("index", "ind").withColumn("ind", col("ind").cast("int"))

df_pin = df_pin.select(
    "ind",
    "unique_id",
    "title",
    "description",
    "follower_count",
    "poster_name",
    "tag_list",
    "is_image_or_video",
    "image_src",
    "save_location",
    "category",
    "_arrived",
)

# COMMAND ----------

(
    df_pin.writeStream.format("delta")
    .outputMode("append")
    .option("checkpointLocation", checkpoint)
    .trigger(processingTime=dbutils.widgets.get("trigger"))
    .toTable(f"{schema}.clean_pin")
    .awaitTermination()
)
