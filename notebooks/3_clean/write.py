# Databricks notebook source
# MAGIC %md
# MAGIC # Write what was cleaned
# MAGIC
# MAGIC Writes the view `cleaned` to the tables of `dataset`, micro-batch by micro-batch. It takes the variables `dataset`, `key`, `version`,
# MAGIC `source`, `catalog`, `schema_name`, `schema` (qualified, because a stream's batches run in a session of their own), `checkpoints`,
# MAGIC `checkpoint` and `trigger`, `quoted` of `0_tables/make` and `exists` of `2_raw/arrivals`.
# MAGIC
# MAGIC | table | what a micro-batch does | why doing it again changes nothing |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_<dataset>` | appends its records, unless they come from there | only the first batch of a run can have been appended before: it leaves out the positions that are there |
# MAGIC | `clean_<dataset>` | merges its posts; appends them where none is there | a row changes only for a later position; the first batch of a run is merged, and Delta appends no batch of a query twice |
# MAGIC | `rejected_<dataset>` | merges its bad records | a row changes only for an earlier position |
# MAGIC
# MAGIC Why in one query, and what happens where cleaning fails: `docs/decisions/0022`.
# MAGIC
# MAGIC Rendered from `generator/templates/clean_write.py.hbs` by `npm run generate`.

# COMMAND ----------

import time
from contextlib import contextmanager

from pyspark.errors import PySparkException


def latest():
    """SQL for the latest version of each key."""
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
    """Structs compare field by field, and NULL before any value."""
    return f"struct({', '.join(f'{row}.{name}' for name in columns(version))})"


def batch_writer(of_run):
    """Returns what writes the batches of one run. `of_run` holds its `query` and what the run knows after its first batch."""

    def write(batch, batch_id):
        with kept_in_memory(batch) as rows:
            write_rows(rows, batch_id, of_run)
        of_run["batches"] = True

    return write


def write_rows(rows, batch_id, of_run):
    first_key = columns(key)[0]
    found = rows.selectExpr(
        "count(*) AS records",
        "count_if(kept) AS posts",
        "count_if(size(reasons) > 0) AS with_reasons",
        f"min({first_key}) FILTER (WHERE kept) AS low",
        f"max({first_key}) FILTER (WHERE kept) AS high",
        "unix_micros(min(_arrived)) AS first",
        "unix_micros(max(_arrived)) AS last",
    ).first()
    rows.createOrReplaceTempView("cleaned_batch")
    may_be_replayed = not of_run.get("batches")
    if source == "kinesis" and found["records"] > 0:
        append_raw(rows, (found["first"], found["last"]) if may_be_replayed else None)
    if found["posts"] > 0:
        if not may_be_replayed and "query" in of_run and all_new(rows.sparkSession, found, of_run):
            append_clean(rows.sparkSession, of_run["query"], batch_id)
        else:
            merge_clean(rows.sparkSession, found)
    if found["with_reasons"] > 0:
        merge_rejected(rows.sparkSession)


@contextmanager
def kept_in_memory(batch):
    """The batch, for all that reads it. Serverless compute refuses to keep it: there each statement computes it again."""
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
    """Appends the batch. `arrived_between`, in microseconds, where some of it may be there already."""
    records = rows.selectExpr("record", "_arrived AS arrived", "_position AS position")
    if arrived_between:
        first, last = arrived_between
        there = (
            rows.sparkSession.table(f"{schema}.raw_{dataset}")
            .where(f"arrived BETWEEN timestamp_micros({first}) AND timestamp_micros({last})")
            .select("position")
        )
        records = records.join(there, "position", "left_anti").select("record", "arrived", "position")
    records.write.mode("append").saveAsTable(f"{schema}.raw_{dataset}")


def all_new(spark, found, of_run):
    """Whether no key of the batch is in the clean table: where its keys are above all of those, without looking."""
    table, first_key = f"{schema}.clean_{dataset}", columns(key)[0]
    if "highest" not in of_run:
        of_run["highest"] = spark.sql(f"SELECT max({first_key}) AS key FROM {table}").first()["key"]
    highest, low, high = of_run["highest"], found["low"], found["high"]
    of_run["highest"] = high if highest is None else max(highest, high)
    if highest is None or low > highest:
        return True
    there = f"""
        SELECT count(*) AS rows
        FROM {table} AS old
        LEFT SEMI JOIN cleaned_batch AS new ON {same_row()} AND new.kept
        WHERE old.{first_key} BETWEEN :low AND :high
    """
    return spark.sql(there, {"low": low, "high": high}).first()["rows"] == 0


def append_clean(spark, query, batch_id):
    """Appends, where Delta has no batch of this number of this query or a later one."""
    this = {"txnAppId": query, "txnVersion": batch_id}
    spark.sql(latest()).write.options(**this).mode("append").saveAsTable(f"{schema}.clean_{dataset}")


def merge_clean(spark, found):
    # The range of keys lets Delta skip the files of others.
    do(
        spark,
        f"""
            MERGE INTO {schema}.clean_{dataset} AS old
            USING ({latest()}) AS new
            ON {same_row()} AND old.{columns(key)[0]} BETWEEN :low AND :high
            WHEN MATCHED AND {version_of('new')} > {version_of('old')} THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """,
        {"low": found["low"], "high": found["high"]},
    )


def merge_rejected(spark):
    do(
        spark,
        f"""
            MERGE INTO {schema}.rejected_{dataset} AS old
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
        """,
    )


def do(spark, statement, values=None, attempts=5):
    """Retries where maintenance was quicker."""
    try:
        return spark.sql(statement, values)
    except Exception as error:
        if attempts == 1 or "DELTA_CONCURRENT" not in str(error):
            raise
        return do(spark, statement, values, attempts - 1)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Run
# MAGIC
# MAGIC Two marks stand beside the checkpoints:
# MAGIC
# MAGIC - `starting_<dataset>` while no batch of a run is done, with the version of the newest append before it. A run that finds it there,
# MAGIC   since the one before failed, first appends all that has arrived to `raw_<dataset>`: Kinesis forgets, and must not wait for a rule
# MAGIC   that fails. What was appended from that version on is cleaned after it.
# MAGIC - the checkpoint `clean_<dataset>` where `raw_<dataset>` holds records that may not be clean yet: by such a failure, a rebuild, a
# MAGIC   checkpoint of Kinesis that is new, or the two queries that an earlier version of this project had here. They are cleaned first.

# COMMAND ----------

def run(rows, **trigger):
    of_run = {}
    query = (
        rows.writeStream.queryName(f"{dataset} from {source}")
        .option("checkpointLocation", checkpoint)
        .trigger(**trigger)
        .foreachBatch(batch_writer(of_run))
        .start()
    )
    of_run["query"] = query.id  # on Spark Connect the batches are written elsewhere, and merge
    return query


def append_after_failure(arrivals):
    """Brings the raw table up to date where the last run failed, and marks what of it is to be cleaned."""
    if source != "kinesis":
        return
    starting, behind = f"{checkpoints}/starting_{dataset}", f"{checkpoints}/clean_{dataset}"
    failed = exists(starting)
    newest = newest_append() if not failed else None
    if not failed:
        dbutils.fs.put(starting, newest or "0", True)
    if not exists(behind) and (failed or newest and not exists(checkpoint)):
        dbutils.fs.put(f"{behind}/from_version", dbutils.fs.head(starting))
    if failed:
        uncleaned = arrivals.selectExpr(
            "record",
            "arrived AS _arrived",
            "position AS _position",
            f"CAST(NULL AS STRING) AS {columns(key)[0]}",
            "CAST(array() AS ARRAY<STRING>) AS reasons",
            "false AS kept",
        )
        run(uncleaned, availableNow=True).awaitTermination()


def newest_append():
    """The version of the raw table's newest append, as text: what was appended before it is clean. None without one."""
    appends = spark.sql(f"DESCRIBE HISTORY {schema}.raw_{dataset}").where("operation IN ('WRITE', 'STREAMING UPDATE')")
    return appends.selectExpr("CAST(max(version) AS STRING) AS version").first()["version"]


def write_batches(cleaned):
    """Writes what has arrived, or all that arrives, by `trigger`."""
    behind = f"{checkpoints}/clean_{dataset}"
    if source == "kinesis" and exists(behind):
        again = {"catalog": catalog, "schema": schema_name, "checkpoints": checkpoints, "trigger": "availableNow"}
        dbutils.notebook.run(f"./{dataset}", 0, {**again, "source": "raw"})
        dbutils.fs.rm(behind, True)
    query = run(cleaned, **({"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}))
    if source == "kinesis":
        # An idle query reports no progress: the mark stays until a batch is done.
        while query.isActive and query.lastProgress is None:
            time.sleep(1)
        if query.exception() is None:
            dbutils.fs.rm(f"{checkpoints}/starting_{dataset}")
    query.awaitTermination()
    records = sum(read["numInputRows"] for batch in query.recentProgress for read in batch["sources"])
    print(f"{records} new records read")
