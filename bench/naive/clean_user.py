# Databricks notebook source
# MAGIC %md
# MAGIC # Clean the users
# MAGIC
# MAGIC Reads all landed files with the schema that Spark infers and overwrites `clean_user`.

# COMMAND ----------

from pyspark.sql.functions import col, concat_ws, to_timestamp

dbutils.widgets.text("schema", "default")
dbutils.widgets.text("pipeline_id", "")
dbutils.widgets.text("landing", "")

schema = dbutils.widgets.get("schema")
topics = f"{dbutils.widgets.get('landing')}/topics/{dbutils.widgets.get('pipeline_id')}"

# COMMAND ----------

df_user = spark.read.format("json").option("inferSchema", "true").load(f"{topics}.user/partition=*/*.json")

# COMMAND ----------

df_user = df_user.withColumn("user_name", concat_ws(" ", "first_name", "last_name"))
df_user = df_user.drop("first_name", "last_name")
df_user = df_user.withColumn("date_joined", to_timestamp("date_joined"))
df_user = df_user.withColumn("ind", col("ind").cast("int")).withColumn("age", col("age").cast("int"))
df_user = df_user.select("ind", "user_name", "age", "date_joined")

# COMMAND ----------

df_user.write.format("delta").mode("overwrite").saveAsTable(f"{schema}.clean_user")
