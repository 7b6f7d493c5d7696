# Databricks notebook source
# MAGIC %md
# MAGIC # Geo: where and when it was posted
# MAGIC
# MAGIC The three tables of this dataset, made in the current schema where they are missing. Other notebooks run this one first.
# MAGIC
# MAGIC | table | one row per | written by |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_geo` | record that arrived, text as it was | `2_raw` appends |
# MAGIC | `clean_geo` | post: its latest version, cleaned | `3_clean` merges |
# MAGIC | `rejected_geo` | distinct bad record and its reasons | `3_clean` merges |
# MAGIC
# MAGIC Rendered from `src/datasets/geo.ts` by `npm run generate`.

# COMMAND ----------

import time


def make(table, about, cluster_by, columns):
    """Creates a Delta table in the current schema, or adds the columns that came later, in their place."""
    definitions = [f"{name} {type} COMMENT '{says}'" for name, type, says in columns]
    if not spark.catalog.tableExists(table):
        spark.sql(f"""
            CREATE TABLE IF NOT EXISTS {table} ({", ".join(definitions)})
            USING DELTA
            CLUSTER BY ({cluster_by})
            COMMENT '{about}'
            TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')
        """)
    present = spark.table(table).columns
    for position, (name, _, _) in enumerate(columns):
        if name not in present:
            place = f"AFTER {columns[position - 1][0]}" if position else "FIRST"
            spark.sql(f"ALTER TABLE {table} ADD COLUMN {definitions[position]} {place}")


def ensure(table, attempts=5, **definition):
    """Makes a table that other tasks may be making at this moment: Delta lets one of them win, the others look again."""
    try:
        make(table, **definition)
    except Exception:
        if attempts == 1:
            raise
        time.sleep(1)
        ensure(table, attempts - 1, **definition)

# COMMAND ----------

ensure(
    "raw_geo",
    about="Geo: where and when it was posted. Every record as it arrived. Append-only.",
    cluster_by="arrived",
    columns=[
        ("record", "STRING", "The record as it arrived"),
        ("arrived", "TIMESTAMP", "When it arrived, as the source says it: file modification or stream arrival"),
        ("position", "STRING", "Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard"),
    ],
)

# COMMAND ----------

ensure(
    "clean_geo",
    about="Geo: where and when it was posted. One row per post: country, coordinates and time.",
    cluster_by="ind",
    columns=[
        ("ind", "INT NOT NULL", "Number of the post"),
        ("country", "STRING", "Country the post was made in"),
        ("coordinates", "ARRAY<DOUBLE>", "Latitude and longitude in degrees"),
        ("timestamp", "TIMESTAMP", "When the post was made, UTC"),
        ("_arrived", "TIMESTAMP", "When this version of the record came in, as the source says it"),
        ("_position", "STRING", "Where this version of the record came in; sorts as text in order of arrival"),
    ],
)

# COMMAND ----------

ensure(
    "rejected_geo",
    about="Geo: where and when it was posted. Records that are not, or not wholly, in clean_geo, one row each with the reasons.",
    cluster_by="id",
    columns=[
        ("id", "STRING NOT NULL", "Hash of dataset, record and reasons"),
        ("record", "STRING", "The record as it arrived"),
        ("reasons", "ARRAY<STRING>", "What is wrong with it, a sentence each"),
        ("kept", "BOOLEAN", "True where only the values named in reasons were left out, false where the whole record was"),
        ("_arrived", "TIMESTAMP", "When the record first came in, as the source says it"),
        ("_position", "STRING", "Where the record first came in; sorts as text in order of arrival"),
    ],
)
