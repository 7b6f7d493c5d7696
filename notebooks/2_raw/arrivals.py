# Databricks notebook source
# MAGIC %md
# MAGIC # How records arrive
# MAGIC
# MAGIC `read(source, dataset)` returns the new records, with the columns of `raw_<dataset>`, and the path of the checkpoint that stores
# MAGIC how far the source was read. It uses the variables `checkpoints` and `trigger`.
# MAGIC
# MAGIC | column | contents |
# MAGIC | --- | --- |
# MAGIC | `record STRING` | The record as it arrived |
# MAGIC | `arrived TIMESTAMP` | When the record arrived, according to the source: the file's modification time or the arrival in the stream |
# MAGIC | `position STRING` | Where the record arrived; sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard |
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

def entries(path):
    """Returns the entries of a folder, or None if the path does not exist."""
    try:
        return dbutils.fs.ls(path)
    except Exception as error:
        if "FileNotFound" in f"{type(error)} {error}":
            return None
        raise


def exists(path):
    return entries(path) is not None


def forget(checkpoint):
    """Deletes a checkpoint. Its commits first: a query can't start with commits but without offsets, as a kill could leave them."""
    for folder in (f"{checkpoint}/commits", checkpoint):
        if exists(folder):
            dbutils.fs.rm(folder, True)


def from_raw(dataset):
    """
    Returns the stream of the raw table's rows and its checkpoint. Without a checkpoint, the stream starts at the version in
    the file `from_version`. It reads the whole table if that file is missing, or if Delta has already deleted the log
    entries before that version.
    """
    checkpoint = f"{checkpoints}/clean_{dataset}"
    version_file = f"{checkpoint}/from_version"
    options = {"skipChangeCommits": "true"}
    if exists(version_file):
        start = int(dbutils.fs.head(version_file))
        if log_reaches(f"raw_{dataset}", start - 1):
            options["startingVersion"] = str(start)
    return spark.readStream.options(**options).table(f"raw_{dataset}"), checkpoint


def log_reaches(table, version):
    """Returns whether the table's log still contains the commit of this version."""
    newest = spark.sql(f"DESCRIBE HISTORY {table} LIMIT 1").first()["version"]
    commits = spark.sql(f"DESCRIBE HISTORY {table} LIMIT {newest - version + 1}")  # newest first
    return not commits.where(f"version = {version}").isEmpty()


def from_files(dataset):
    if trigger != "availableNow":
        raise ValueError(
            f"trigger is {trigger!r}, expected 'availableNow': source=files reads the files that have landed, then "
            "ends. Run the notebook on a schedule, or read a stream with source=kinesis."
        )
    append_files(dataset)
    return from_raw(dataset)


def filled_from(dataset):
    """Returns the source that fills the raw table, or None before its first batch."""
    checkpoint = f"{checkpoints}/raw_{dataset}"
    if entries(f"{checkpoint}/offsets"):
        return "files"
    generations = [entry.path.rstrip("/") for entry in entries(checkpoint) or []]
    return "kinesis" if any(entries(f"{generation}/offsets") for generation in generations) else None


def read(source, dataset):
    # Positions in files and in streams can't be compared. If both filled one table, later versions of posts could be lost.
    if source != "raw" and filled_from(dataset) not in (source, None):
        raise ValueError(
            f"source is {source!r}, but raw_{dataset} is filled from {filled_from(dataset)} (checkpoints: {checkpoints}): set "
            "`schema` and `checkpoints` to others, for example pinterest for files and pinterest_stream for a stream."
        )
    return {"kinesis": from_kinesis, "files": from_files, "raw": from_raw}[source](dataset)
