# Databricks notebook source
# MAGIC %md
# MAGIC # Merge what was cleaned
# MAGIC
# MAGIC Writes the view `cleaned` to the clean and the rejected table of `dataset`, micro-batch by micro-batch. It takes the
# MAGIC variables `dataset`, `key`, `version`, `schema` (qualified, because a stream's batches run in a session of their own), `checkpoint` and `trigger`.
# MAGIC
# MAGIC Both merges are idempotent: they give the same tables however often and in whatever batches the records come. A clean row
# MAGIC changes only for a later version, a rejected one only for an earlier position.
# MAGIC
# MAGIC Rendered from `generator/templates/clean_merge.py.hbs` by `npm run generate`.

# COMMAND ----------

key_columns, version_columns = [[quoted(name) for name in names] for names in (key, version)]
same_row = " AND ".join(f"old.{name} = new.{name}" for name in key_columns)
latest_first = ", ".join(f"{name} DESC" for name in version_columns)


def version_of(row):
    """Structs compare field by field, and NULL before any value."""
    return f"struct({', '.join(f'{row}.{name}' for name in version_columns)})"


def write(batch, batch_id):
    spark = batch.sparkSession
    batch.createOrReplaceTempView("cleaned_batch")
    found = spark.sql(f"""
        SELECT
          min({key_columns[0]}) FILTER (WHERE kept) AS low,
          max({key_columns[0]}) FILTER (WHERE kept) AS high,
          count_if(size(reasons) > 0) AS with_reasons
        FROM cleaned_batch
    """).first()

    if found["low"] is not None:  # the range of keys lets Delta skip the files of others
        between = {"low": found["low"], "high": found["high"]}
        spark.sql(f"""
            MERGE INTO {schema}.clean_{dataset} AS old
            USING (
              SELECT * EXCEPT (record, reasons, kept, nth)
              FROM (
                SELECT *, row_number() OVER (PARTITION BY {', '.join(key_columns)} ORDER BY {latest_first}) AS nth
                FROM cleaned_batch
                WHERE kept
              )
              WHERE nth = 1
            ) AS new
            ON {same_row} AND old.{key_columns[0]} BETWEEN :low AND :high
            WHEN MATCHED AND {version_of('new')} > {version_of('old')} THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """, between)

    if found["with_reasons"] > 0:
        spark.sql(f"""
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
        """)

# COMMAND ----------

when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}
query = (
    spark.table("cleaned")
    .writeStream.queryName(f"clean_{dataset}")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .foreachBatch(write)
    .start()
)
query.awaitTermination()
