# Databricks notebook source
# MAGIC %md
# MAGIC # Pins: what was posted
# MAGIC
# MAGIC The three tables of this dataset, made in the current schema where they are missing. Other notebooks run this one first.
# MAGIC
# MAGIC | table | one row per | written by |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_pin` | record that arrived, text as it was | `2_raw` appends |
# MAGIC | `clean_pin` | post: its latest version, cleaned | `3_clean` merges |
# MAGIC | `rejected_pin` | distinct bad record and its reasons | `3_clean` merges |
# MAGIC
# MAGIC Rendered from `src/datasets/pin.ts` by `npm run generate`.

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
    "raw_pin",
    about="Pins: what was posted. Every record as it arrived. Append-only.",
    cluster_by="arrived",
    columns=[
        ("record", "STRING", "The record as it arrived"),
        ("arrived", "TIMESTAMP", "When it arrived, as the source says it: file modification or stream arrival"),
        ("position", "STRING", "Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard"),
    ],
)

# COMMAND ----------

ensure(
    "clean_pin",
    about="Pins: what was posted. One row per post: what it shows, who posted it and how many followers they had when it was collected.",
    cluster_by="ind",
    columns=[
        ("ind", "INT NOT NULL", "Number of the post"),
        ("unique_id", "STRING", "Id of the post at Pinterest"),
        ("title", "STRING", "Title"),
        ("description", "STRING", "Description"),
        ("follower_count", "BIGINT", "Followers of the poster when the post was collected"),
        ("poster_name", "STRING", "Who posted it"),
        ("tag_list", "STRING", "Tags, separated by commas"),
        ("is_image_or_video", "STRING", "image, video or multi-video(story page format)"),
        ("image_src", "STRING", "Address of the picture"),
        ("save_location", "STRING", "Path the picture was saved under"),
        ("category", "STRING", "Category"),
        ("_arrived", "TIMESTAMP", "When this version of the record came in, as the source says it"),
        ("_position", "STRING", "Where this version of the record came in; sorts as text in order of arrival"),
    ],
)

# COMMAND ----------

ensure(
    "rejected_pin",
    about="Pins: what was posted. Records that are not, or not wholly, in clean_pin, one row each with the reasons.",
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
