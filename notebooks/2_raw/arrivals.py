# Databricks notebook source
# MAGIC %md
# MAGIC # How records arrive
# MAGIC
# MAGIC `read(source, dataset)` returns the new records, with the columns of `raw_<dataset>`, and the path of the checkpoint that stores
# MAGIC how far the source was read:
# MAGIC
# MAGIC | source | reads | checkpoint |
# MAGIC | --- | --- | --- |
# MAGIC | `kinesis` | the dataset's Kinesis data stream | `raw_<dataset>/<stream_generation>` |
# MAGIC | `files` | files of the landing bucket: their records are appended to `raw_<dataset>`, which is then read as with `raw` | `clean_<dataset>` |
# MAGIC | `raw` | the rows that were appended to `raw_<dataset>`; deletions by maintenance are ignored | `clean_<dataset>` |
# MAGIC
# MAGIC Rendered from `generator/templates/arrivals.py.hbs` by `npm run generate`.

# COMMAND ----------

# MAGIC %run ./from_kinesis

# COMMAND ----------

# MAGIC %run ./from_s3

# COMMAND ----------

def exists(path):
    try:
        dbutils.fs.ls(path)
    except Exception as error:
        if "FileNotFound" in f"{type(error)} {error}":
            return False
        raise
    return True


def from_raw(dataset):
    """
    Returns the stream of the raw table's rows and its checkpoint. Without a checkpoint, the stream starts at the version in
    the file `from_version`. It reads the whole table if that file is missing, or if Delta has already deleted the log
    entries before that version.
    """
    checkpoint = f"{checkpoints}/clean_{dataset}"
    version = f"{checkpoint}/from_version"
    options = {"skipChangeCommits": "true"}
    if exists(version):
        start = int(dbutils.fs.head(version))
        newest = spark.sql(f"DESCRIBE HISTORY raw_{dataset} LIMIT 1").first()["version"]
        since = spark.sql(f"DESCRIBE HISTORY raw_{dataset} LIMIT {newest - start + 2}")  # from the commit before `start`
        if since.selectExpr("min(version) AS version").first()["version"] < start:
            options["startingVersion"] = str(start)
    return spark.readStream.options(**options).table(f"raw_{dataset}"), checkpoint


def from_files(dataset):
    if trigger != "availableNow":
        raise ValueError(
            f"trigger is {trigger!r}, expected 'availableNow': source=files reads the files that have landed, then "
            "ends. Run the notebook on a schedule, or read a stream with source=kinesis."
        )
    append_files(dataset)
    return from_raw(dataset)


def read(source, dataset):
    # Positions in files and in streams can't be compared. If both filled one table, later versions of posts could be lost.
    if source == "kinesis" and exists(f"{checkpoints}/raw_{dataset}/offsets"):
        raise ValueError(
            f"source is 'kinesis', but raw_{dataset} is filled from files (checkpoints: {checkpoints}): choose the schema and "
            "the checkpoints of a stream, such as pinterest_stream."
        )
    return {"kinesis": from_kinesis, "files": from_files, "raw": from_raw}[source](dataset)
