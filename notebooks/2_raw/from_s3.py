# Databricks notebook source
# MAGIC %md
# MAGIC # Records from S3, one row per line
# MAGIC
# MAGIC `append_files(dataset)` appends every line of the files that the S3 sink wrote for topic `<pipeline_id>.<dataset>` to `raw_<dataset>`, with its
# MAGIC text unchanged. Each file is read once; empty lines are skipped; bytes that are not valid UTF-8 become `U+FFFD`. A file whose
# MAGIC name ends in `.gz` is decompressed. If it is truncated, the lines before the cut become rows; a part with corrupt bytes gives no rows.
# MAGIC A file that unpacks to more than `MAX_UNPACKED_MIB` gives no rows. One more row then describes the damage, and `3_clean` lists it in `rejected_<dataset>`.
# MAGIC
# MAGIC Auto Loader (`cloudFiles`) records which files it has read. `allowOverwrites` is set because a sink that rotates by the clock may
# MAGIC write an object again with more lines. A line that is read again counts as its post's latest version. `binaryFile` is Spark's own reader,
# MAGIC for engines without Auto Loader.
# MAGIC
# MAGIC Both readers return the bytes of a whole file. This gives each line a number, and a damaged gzip file does not fail the run.
# MAGIC `docs/decisions/0020` explains why files are not read as text, which Spark would decompress.
# MAGIC
# MAGIC Rendered from `generator/templates/from_s3.py.hbs` by `npm run generate`.

# COMMAND ----------

import re
import zlib

from pyspark.sql import functions as F

MAX_UNPACKED_MIB = 128  # all lines of a file are in memory at once: local Spark and serverless Python can hold this much


@F.udf("content BINARY, damage STRING")
def unpacked(data):
    """Returns a gzip file's contents up to any damage, and a description of the damage or None. Returns None for NULL."""
    if data is None:
        return None
    content, at = bytearray(), 0
    while True:  # a gzip file is one or more compressed parts, each with its own checksum
        part, start = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16), len(content)
        while not part.eof:
            piece = data[at : at + 4096]  # small, because each piece may unpack to 1000 times its size
            if not piece:
                return bytes(content), "it is cut off"
            try:
                content += part.decompress(piece)
            except zlib.error:
                return bytes(content[:start]), "its bytes are not as gzip wrote them"
            if len(content) > MAX_UNPACKED_MIB * 2**20:  # no line is kept, so none arrives twice
                return b"", f"it unpacks to more than {MAX_UNPACKED_MIB} MiB: land it in smaller files"
            at += len(piece) - len(part.unused_data)
        at = re.compile(rb"\0*").match(data, at).end()  # zeros may follow the last part
        if at == len(data):
            return bytes(content), None

# COMMAND ----------

def append_files(dataset):
    """Appends the lines of new files to the raw table."""
    dbutils.widgets.text("pipeline_id", "demo")
    dbutils.widgets.text("landing", "/Volumes/main/pinterest/landing")
    dbutils.widgets.dropdown("file_reader", "cloudFiles", ["cloudFiles", "binaryFile"])

    pipeline_id = dbutils.widgets.get("pipeline_id")
    folder = f"{dbutils.widgets.get('landing')}/topics/{pipeline_id}.{dataset}/partition=*"  # a pattern; it may not match any folder yet
    if dbutils.widgets.get("file_reader") == "cloudFiles":
        reader = (
            spark.readStream.format("cloudFiles")
            .option("cloudFiles.format", "binaryFile")
            .option("cloudFiles.allowOverwrites", "true")
            # From file events and a listing, a file may have two times: with allowOverwrites it would be read twice.
            .option("cloudFiles.useManagedFileEvents", "false")
            .option("cloudFiles.maxFilesPerTrigger", 1000)
        )
    else:
        reader = (
            spark.readStream.format("binaryFile")
            .option("maxFileAge", "36500d")  # files of any age are read
            .option("maxFilesPerTrigger", 1000)
        )
    files = (
        # The schema is explicit, because at the first run there may be no file yet.
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
    packed = F.expr("if(endswith(path, '.gz'), content, NULL)")
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
        WHERE record <> ''  -- also drops the `damage` element if it is NULL
    """)
    query = (
        lines.writeStream.queryName(f"raw_{dataset}")
        .option("checkpointLocation", f"{checkpoints}/raw_{dataset}")
        .trigger(availableNow=True)
        .toTable(f"raw_{dataset}")
    )
    query.awaitTermination()
    batches = query.recentProgress  # Spark keeps the newest 100
    count = sum(read["numInputRows"] for batch in batches for read in batch["sources"])
    print(f"{count} new files read" + (" in the last 100 micro-batches" if len(batches) == 100 else ""))
