# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the geo records
# MAGIC
# MAGIC Reads all landed files with the schema that Spark infers and overwrites `clean_geo`.

# COMMAND ----------

from pyspark.sql.functions import array, col, to_timestamp

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("landing", "")

schema = dbutils.widgets.get("schema")
topics = f"{dbutils.widgets.get('landing')}/topics/{dbutils.widgets.get('pipeline_id')}"

# COMMAND ----------

df_geo = spark.read.format("json").option("inferSchema", "true").load(f"{topics}.geo/partition=*/*.json")

# COMMAND ----------

df_geo = df_geo.withColumn("coordinates", array("latitude", "longitude")).drop("latitude", "longitude")
df_geo = df_geo.withColumn("timestamp", to_timestamp("timestamp"))
df_geo = df_geo.withColumn("ind", col("ind").cast("int"))
df_geo = df_geo.select("ind", "country", "coordinates", "timestamp")

# COMMAND ----------

df_geo.write.format("delta").mode("overwrite").saveAsTable(f"{schema}.clean_geo")
