# Databricks notebook source
# MAGIC %md
# MAGIC # Raw records from S3, one row per line
# MAGIC
# MAGIC Every line of the files that the S3 sink wrote for topic `<pipeline_id>.<dataset>` becomes one row of `raw_<dataset>`, its
# MAGIC text as it was. Files are read once, as they arrive; an empty line is no record; bytes that are not UTF-8 become `U+FFFD`.
# MAGIC
# MAGIC | column | what it holds |
# MAGIC | --- | --- |
# MAGIC | `record STRING` | The record as it arrived |
# MAGIC | `arrived TIMESTAMP` | When it arrived, as the source says it: file modification or stream arrival |
# MAGIC | `position STRING` | Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard |
# MAGIC
# MAGIC Rendered from `generator/templates/from_s3.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("pipeline_id", "demo")
dbutils.widgets.text("dataset", "geo")
dbutils.widgets.text("landing", "/Volumes/main/pinterest/landing")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.dropdown("file_reader", "cloudFiles", ["cloudFiles", "text"])
dbutils.widgets.text("trigger", "availableNow")

pipeline_id = dbutils.widgets.get("pipeline_id")
dataset = dbutils.widgets.get("dataset")
folder = f"{dbutils.widgets.get('landing')}/topics/{pipeline_id}.{dataset}/partition=*"  # a pattern, which may match nothing yet
checkpoint = f"{dbutils.widgets.get('checkpoints')}/raw_{dataset}"
file_reader = dbutils.widgets.get("file_reader")
trigger = dbutils.widgets.get("trigger")
when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}

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
# MAGIC
# MAGIC Auto Loader (`cloudFiles`) keeps track of the files it has seen. `allowOverwrites`, because a sink that rotates by the
# MAGIC clock may write an object again, longer: a line read twice changes nothing downstream. `text` is Spark's own reader,
# MAGIC for where there is no Auto Loader.

# COMMAND ----------

if file_reader == "cloudFiles":
    reader = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "text")
        .option("cloudFiles.allowOverwrites", "true")
        .option("cloudFiles.maxFilesPerTrigger", 1000)
    )
else:
    reader = (
        spark.readStream.format("text")
        .option("maxFileAge", "36500d")  # a late, old file is read too
        .option("maxFilesPerTrigger", 1000)
    )

(
    reader.schema("value STRING")  # a first run may come before the first file
    .option("wholetext", "true")  # a file at a time: only so does a line have its number
    .option("recursiveFileLookup", "true")
    .option("pathGlobFilter", "*.json*")
    .load(folder)
    .selectExpr(
        "make_valid_utf8(value) AS content",
        "_metadata.file_path AS path",
        "_metadata.file_modification_time AS modified",
    )
    .createOrReplaceTempView("new_files")
)

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW new_lines AS
# MAGIC SELECT
# MAGIC   record,
# MAGIC   modified AS arrived,
# MAGIC   format_string('%013d %s %010d', unix_millis(modified), path, line) AS position
# MAGIC FROM new_files
# MAGIC   LATERAL VIEW posexplode(split(content, r'\r?\n')) AS line, record
# MAGIC WHERE record <> ''

# COMMAND ----------

# MAGIC %md
# MAGIC ## Append

# COMMAND ----------

query = (
    spark.table("new_lines")
    .writeStream.queryName(f"raw_{dataset}")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .toTable(f"raw_{dataset}")
)
query.awaitTermination()

# COMMAND ----------

files = sum(source["numInputRows"] for batch in query.recentProgress for source in batch["sources"])
print(f"{files} new files read")
