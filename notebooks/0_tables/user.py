# Databricks notebook source
# MAGIC %md
# MAGIC # Users: who posted it
# MAGIC
# MAGIC The three tables of this dataset, made in the current schema where they are missing. Other notebooks run this one first.
# MAGIC
# MAGIC | table | one row per | written by |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_user` | record that arrived, text as it was | `2_raw` appends |
# MAGIC | `clean_user` | post: its latest version, cleaned | `3_clean` merges |
# MAGIC | `rejected_user` | distinct bad record and its reasons | `3_clean` merges |
# MAGIC
# MAGIC Rendered from `src/datasets/user.ts` by `npm run generate`.

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
    "raw_user",
    about="Users: who posted it. Every record as it arrived. Append-only.",
    cluster_by="arrived",
    columns=[
        ("record", "STRING", "The record as it arrived"),
        ("arrived", "TIMESTAMP", "When it arrived, as the source says it: file modification or stream arrival"),
        ("position", "STRING", "Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard"),
    ],
)

# COMMAND ----------

ensure(
    "clean_user",
    about="Users: who posted it. One row per post: the person who made it (a person with many posts has many rows).",
    cluster_by="ind",
    columns=[
        ("ind", "INT NOT NULL", "Number of the post"),
        ("user_name", "STRING", "First and last name"),
        ("age", "INT", "Age in years"),
        ("date_joined", "TIMESTAMP", "When the person joined, UTC"),
        ("_arrived", "TIMESTAMP", "When this version of the record came in, as the source says it"),
        ("_position", "STRING", "Where this version of the record came in; sorts as text in order of arrival"),
    ],
)

# COMMAND ----------

ensure(
    "rejected_user",
    about="Users: who posted it. Records that are not, or not wholly, in clean_user, one row each with the reasons.",
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
