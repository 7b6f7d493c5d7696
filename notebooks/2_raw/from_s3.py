# Databricks notebook source
# MAGIC %md
# MAGIC # Records from S3, one row per line
# MAGIC
# MAGIC `append_files(dataset)` appends every line of the files that the S3 sink wrote for topic `<pipeline_id>.<dataset>` to `raw_<dataset>`, its
# MAGIC text as it was. Files are read once, as they arrive; an empty line is no record; bytes that are not UTF-8 become `U+FFFD`.
# MAGIC Files may be packed with gzip. Of one that is cut off the lines before the cut become rows, of a part whose bytes are wrong none do, and one more row tells of the
# MAGIC damage: `3_clean` lists it in `rejected_<dataset>`.
# MAGIC
# MAGIC | column | what it holds |
# MAGIC | --- | --- |
# MAGIC | `record STRING` | The record as it arrived |
# MAGIC | `arrived TIMESTAMP` | When it arrived, as the source says it: file modification or stream arrival |
# MAGIC | `position STRING` | Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard |
# MAGIC
# MAGIC Auto Loader (`cloudFiles`) keeps track of the files it has seen. `allowOverwrites`, because a sink that rotates by the
# MAGIC clock may write an object again, longer: a line read twice changes nothing downstream. `binaryFile` is Spark's own
# MAGIC reader, for where there is no Auto Loader.
# MAGIC
# MAGIC Both give a file's bytes, whole: only so does a line have its number, and a damaged gzip file does not end the run. Why
# MAGIC not as text, with Spark's own unpacking: `docs/decisions/0020`.
# MAGIC
# MAGIC Rendered from `generator/templates/from_s3.py.hbs` by `npm run generate`.

# COMMAND ----------

import zlib

from pyspark.sql import functions as F


@F.udf("content BINARY, damage STRING")
def unpacked(data):
    """What a gzip file holds before its damage, and the damage if there is one. NULL gives NULL."""
    if data is None:
        return None
    content, rest = b"", bytes(data)
    while True:  # a gzip file is one or more packed parts, each with its own checksum
        part = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
        try:
            text = part.decompress(rest)
        except zlib.error:
            return content, "its bytes are not as gzip wrote them"
        content += text
        if not part.eof:
            return content, "it is cut off"
        rest = part.unused_data.lstrip(b"\0")  # zeros may follow the last part
        if not rest:
            return content, None

# COMMAND ----------

def append_files(dataset):
    """Appends what is in files that are new."""
    dbutils.widgets.text("pipeline_id", "demo")
    dbutils.widgets.text("landing", "/Volumes/main/pinterest/landing")
    dbutils.widgets.dropdown("file_reader", "cloudFiles", ["cloudFiles", "binaryFile"])

    pipeline_id = dbutils.widgets.get("pipeline_id")
    folder = f"{dbutils.widgets.get('landing')}/topics/{pipeline_id}.{dataset}/partition=*"  # a pattern, which may match nothing yet
    if dbutils.widgets.get("file_reader") == "cloudFiles":
        reader = (
            spark.readStream.format("cloudFiles")
            .option("cloudFiles.format", "binaryFile")
            .option("cloudFiles.allowOverwrites", "true")
            .option("cloudFiles.maxFilesPerTrigger", 1000)
        )
    else:
        reader = (
            spark.readStream.format("binaryFile")
            .option("maxFileAge", "36500d")  # a late, old file is read too
            .option("maxFilesPerTrigger", 1000)
        )
    files = (
        # A first run may come before the first file.
        reader.schema("path STRING, modificationTime TIMESTAMP, length LONG, content BINARY")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.json*")
        .load(folder)
        .selectExpr(
            "content",
            "_metadata.file_path AS path",
            "_metadata.file_modification_time AS modified",
        )
    )
    packed = F.expr("if(startswith(content, X'1F8B') OR endswith(path, '.gz'), content, NULL)")
    texts = files.withColumn("gzip", unpacked(packed)).selectExpr(
        "make_valid_utf8(CAST(if(gzip IS NULL, content, gzip.content) AS STRING)) AS content",
        "concat('damaged gzip file ', path, ': ', gzip.damage) AS damage",
        "path",
        "modified",
    )
    texts.createOrReplaceTempView("new_texts")
    lines = spark.sql(r"""
        SELECT
          record,
          modified AS arrived,
          format_string('%013d %s %010d', unix_millis(modified), path, line) AS position
        FROM new_texts
          LATERAL VIEW posexplode(array_append(split(content, r'\r?\n'), damage)) AS line, record
        WHERE record <> ''  -- nor is a damage that is NULL a record
    """)
    query = (
        lines.writeStream.queryName(f"raw_{dataset}")
        .option("checkpointLocation", f"{checkpoints}/raw_{dataset}")
        .trigger(availableNow=True)
        .toTable(f"raw_{dataset}")
    )
    query.awaitTermination()
    count = sum(read["numInputRows"] for batch in query.recentProgress for read in batch["sources"])
    print(f"{count} new files read")
