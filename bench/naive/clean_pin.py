# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the pins
# MAGIC
# MAGIC Reads all landed files with the schema that Spark infers and overwrites `clean_pin`.

# COMMAND ----------

from pyspark.sql.functions import col, regexp_replace

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("landing", "")

schema = dbutils.widgets.get("schema")
topics = f"{dbutils.widgets.get('landing')}/topics/{dbutils.widgets.get('pipeline_id')}"

# COMMAND ----------

df_pin = spark.read.format("json").option("inferSchema", "true").load(f"{topics}.pin/partition=*/*.json")

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
)

# COMMAND ----------

df_pin.write.format("delta").mode("overwrite").saveAsTable(f"{schema}.clean_pin")
