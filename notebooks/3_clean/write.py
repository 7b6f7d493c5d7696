# Databricks notebook source
# MAGIC %md
# MAGIC # Write cleaned records
# MAGIC
# MAGIC Writes the view `cleaned` to the tables of `dataset`, micro-batch by micro-batch. It uses the variables `dataset`, `key`, `version`,
# MAGIC `source`, `catalog`, `schema`, `qualified_schema` (needed because a stream's batches run in a separate session), `checkpoints`,
# MAGIC `checkpoint` and `trigger`. From `0_tables/make` it uses `differences`, `quoted` and `retried`; from `2_raw/arrivals`, `exists` and `forget`.
# MAGIC
# MAGIC | table | what a micro-batch does | why it is idempotent |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_<dataset>` | appends its records, unless they were read from this table | records that an earlier run may have appended (those of a run's first batch, and those that arrived before the run) are omitted if the table already has their positions |
# MAGIC | `clean_<dataset>` | merges its posts | a row is only replaced by a later version |
# MAGIC | `rejected_<dataset>` | merges its bad records | a row is only replaced by a row with an earlier position |
# MAGIC
# MAGIC `docs/decisions/0022` explains why one query writes all three tables, and what happens if cleaning fails.
# MAGIC
# MAGIC Rendered from `generator/templates/clean_write.py.hbs` by `npm run generate`.

# COMMAND ----------

import time
from contextlib import contextmanager

from pyspark.errors import PySparkException


def latest():
    """Returns SQL that selects the latest version of each key."""
    keys, newest_first = ", ".join(columns(key)), ", ".join(f"{name} DESC" for name in columns(version))
    return f"""
        SELECT * EXCEPT (record, reasons, kept, nth)
        FROM (
          SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY {newest_first}) AS nth
          FROM cleaned_batch
          WHERE kept
        )
        WHERE nth = 1
    """


def columns(names):
    return [quoted(name) for name in names]


def same_row():
    return " AND ".join(f"old.{name} = new.{name}" for name in columns(key))


def version_of(row):
    """Returns SQL for a row's version. Structs compare field by field, and NULL is less than any value."""
    return f"struct({', '.join(f'{row}.{name}' for name in columns(version))})"


def batch_writer():
    """Returns a function that writes the batches of one run."""
    of_run = {"began": time.time_ns() // 1000, "is_first_batch": True, "all_new": False}

    def write(batch, _):
        with kept_in_memory(batch) as rows:
            write_rows(rows, of_run)
        of_run["is_first_batch"] = False

    return write


def write_rows(rows, of_run):
    first_key = columns(key)[0]
    found = rows.selectExpr(
        "count(*) AS records",
        "count_if(kept) AS posts",
        "count_if(size(reasons) > 0) AS with_reasons",
        # As text, because early dates and times would change on their way through Python.
        f"CAST(min({first_key}) FILTER (WHERE kept) AS STRING) AS low",
        f"CAST(max({first_key}) FILTER (WHERE kept) AS STRING) AS high",
        "unix_micros(min(_arrived)) AS first",
        "unix_micros(max(_arrived)) AS last",
    ).first()
    rows.createOrReplaceTempView("cleaned_batch")
    if source == "kinesis" and found["records"] > 0:
        # An earlier run may have appended a replayed batch or, with a new checkpoint, all that arrived before this run.
        may_be_there = of_run["is_first_batch"] or found["first"] <= of_run["began"]
        append_raw(rows, (found["first"], found["last"]) if may_be_there else None)
    if found["posts"] > 0:
        of_run["all_new"] = merge_posts(rows, found, of_run["all_new"])
    if found["with_reasons"] > 0:
        merge_rejected(rows.sparkSession)


@contextmanager
def kept_in_memory(batch):
    """Yields the batch, persisted if possible. Serverless compute cannot persist it, so each statement computes it again."""
    try:
        batch.persist()
        kept = True
    except PySparkException:
        kept = False
    try:
        yield batch
    finally:
        if kept:
            batch.unpersist()

# COMMAND ----------

def append_raw(rows, arrived_between):
    """Appends the batch. `arrived_between`, in microseconds, is given if the table may already contain some of its records."""
    records = rows.selectExpr("record", "_arrived AS arrived", "_position AS position")
    if arrived_between:
        first, last = arrived_between
        there = (
            rows.sparkSession.table(f"{qualified_schema}.raw_{dataset}")
            .where(f"arrived BETWEEN timestamp_micros({first}) AND timestamp_micros({last})")
            .select("position")
        )
        records = records.join(there, "position", "left_anti").select("record", "arrived", "position")
    retried(lambda: records.write.mode("append").saveAsTable(f"{qualified_schema}.raw_{dataset}"))


def merge_posts(rows, found, only_insert):
    """
    Merges the posts, and returns whether all of them were new to the clean table. `only_insert` is true if they are likely to
    be new. The first merge then only inserts, so it reads the table once. If it inserts only some of the posts, a second merge
    also updates rows.
    """
    if only_insert and merge_clean(rows, found, "") == found["posts"]:
        return True
    updated = ", ".join(f"{name} = new.{name}" for name in clean_columns(rows))
    later = f"WHEN MATCHED AND {version_of('new')} > {version_of('old')} THEN UPDATE SET {updated}"
    return merge_clean(rows, found, later) == found["posts"]


def merge_clean(rows, found, matched):
    """Returns how many rows were inserted."""
    names = clean_columns(rows)
    first_key, type = columns(key)[0], rows.schema[key[0]].dataType.simpleString()
    # The range of keys lets Delta skip files that have no key of this batch.
    statement = f"""
        MERGE INTO {qualified_schema}.clean_{dataset} AS old
        USING ({latest()}) AS new
        ON {same_row()} AND old.{first_key} BETWEEN CAST(:low AS {type}) AND CAST(:high AS {type})
        {matched}
        WHEN NOT MATCHED THEN INSERT ({", ".join(names)})
        VALUES ({", ".join(f"new.{name}" for name in names)})
    """
    merged = retried(lambda: rows.sparkSession.sql(statement, {"low": found["low"], "high": found["high"]}))
    return merged.first()["num_inserted_rows"]


def clean_columns(rows):
    """Returns the dataset's columns. A table that was created earlier may have more."""
    return columns(name for name in rows.columns if name not in ("record", "reasons", "kept"))


def merge_rejected(spark):
    statement = f"""
        MERGE INTO {qualified_schema}.rejected_{dataset} AS old
        USING (
          SELECT
            sha2(to_json(struct('{dataset}' AS dataset, record, reasons)), 256) AS id,
            record,
            reasons,
            kept,
            min_by(_arrived, _position) AS _arrived,
            min(_position) AS _position
          FROM cleaned_batch
          WHERE size(reasons) > 0
          GROUP BY record, reasons, kept
        ) AS new
        ON old.id = new.id
        WHEN MATCHED AND new._position < old._position THEN UPDATE SET *
        WHEN NOT MATCHED THEN INSERT *
    """
    retried(lambda: spark.sql(statement))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Run
# MAGIC
# MAGIC Two markers in the folder of the checkpoints record the state of a stream from Kinesis:
# MAGIC
# MAGIC - The file `starting_<dataset>` exists until the first batch of a run is done. It contains the version of the newest append before
# MAGIC   that run. If a run finds this file, the previous run failed. The new run then first appends all records that have arrived to
# MAGIC   `raw_<dataset>`, because Kinesis deletes records after its retention, even while a rule fails. Records that were appended from that
# MAGIC   version on are cleaned afterwards.
# MAGIC - The checkpoint `clean_<dataset>` exists if `raw_<dataset>` may contain records that are not cleaned yet: after such a failure, after
# MAGIC   a rebuild, with a new Kinesis checkpoint, or if the last append was more than an hour ago. These records are cleaned first.

# COMMAND ----------

def run(rows, **trigger):
    return (
        rows.writeStream.queryName(f"{dataset} from {source}")
        .option("checkpointLocation", checkpoint)
        .trigger(**trigger)
        .foreachBatch(batch_writer())
        .start()
    )


def append_after_failure(arrivals):
    """If the previous run failed, appends all records that have arrived. Marks the raw records that must still be cleaned."""
    if source != "kinesis":
        return
    starting, behind = f"{checkpoints}/starting_{dataset}", f"{checkpoints}/clean_{dataset}"
    previous_run_failed = exists(starting)
    if previous_run_failed:
        some_not_cleaned = True
    else:
        newest = newest_append()
        dbutils.fs.put(starting, newest["version"] if newest else "0", True)
        # Usually Spark replays the batch of the newest append. It can't with a new checkpoint or once records of the batch expired.
        hours = newest["hours"] if newest else 0
        is_too_old = hours > 24 * 6
        is_new_checkpoint = not exists(checkpoint)
        if is_too_old and not is_new_checkpoint:
            print(
                f"raw_{dataset} got no record for 6 days. If the stream was killed right after the last record, run the "
                "rebuild job: the last records may not be cleaned."
            )
        may_be_expired = hours > 1 and not is_too_old
        some_not_cleaned = newest is not None and (may_be_expired or is_new_checkpoint)
    if some_not_cleaned and not exists(behind):
        dbutils.fs.put(f"{behind}/from_version", dbutils.fs.head(starting))
    if previous_run_failed:
        as_arrived = arrivals.selectExpr(
            "record",
            "arrived AS _arrived",
            "position AS _position",
            f"CAST(NULL AS STRING) AS {columns(key)[0]}",
            "CAST(array() AS ARRAY<STRING>) AS reasons",
            "false AS kept",
        )
        run(as_arrived, availableNow=True).awaitTermination()


def newest_append():
    """
    Returns the raw table's newest append: its version as text, and the hours since. Returns None if there is no append. The
    records of earlier appends have been cleaned. The whole log is only read if no append is among the newest commits.

    After an hour, records of the append may have expired in Kinesis (of a stream that lagged by most of the retention, even
    earlier). After 6 days, the append can't be cleaned from raw_<dataset>: its files may be deleted, and each start would fail.
    """
    appended = "FILTER (WHERE operation IN ('WRITE', 'STREAMING UPDATE'))"
    for newest in ("LIMIT 100", ""):
        commits = spark.sql(f"DESCRIBE HISTORY {qualified_schema}.raw_{dataset} {newest}")
        found = commits.selectExpr(
            f"CAST(max(version) {appended} AS STRING) AS version",
            f"(unix_seconds(now()) - unix_seconds(max(timestamp) {appended})) / 3600 AS hours",
            "min(version) AS oldest",
        ).first()
        if found["version"] is not None:
            return found
        if found["oldest"] == 0:  # the table is new
            break
    return None


def require_no_differences():
    """
    With another key, a merge would fail or insert a row again. Values of another type would be converted without an error:
    5.75 would become 5 in a column of type INT.
    """
    if found := differences.get(f"clean_{dataset}"):
        raise ValueError(
            f"clean_{dataset}: {'; '.join(found)}. The key and the types of a table can't be changed: rename or drop clean_{dataset}, then "
            f"run the rebuild job, which fills a new table from raw_{dataset}."
        )


def write_batches(cleaned):
    """Writes the records that have arrived. Then ends or continues with later records, depending on `trigger`."""
    require_no_differences()
    behind = f"{checkpoints}/clean_{dataset}"
    if source == "kinesis" and exists(behind):
        print(f"Records of raw_{dataset} that are not cleaned yet are cleaned first.")
        again = {"catalog": catalog, "schema": schema, "checkpoints": checkpoints, "source": "raw"}
        dbutils.notebook.run(f"./{dataset}", 0, again)
        forget(behind)
    query = run(cleaned, **({"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}))
    if source == "kinesis":
        # The marker is removed when the query first reports progress: after its first batch, or when nothing had arrived.
        while query.isActive and query.lastProgress is None:
            time.sleep(1)
        if query.exception() is None:
            dbutils.fs.rm(f"{checkpoints}/starting_{dataset}")
    query.awaitTermination()
