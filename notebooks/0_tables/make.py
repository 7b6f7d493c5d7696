# Databricks notebook source
# MAGIC %md
# MAGIC # How the tables are created
# MAGIC
# MAGIC Functions that create the tables of a dataset in the current schema. Each notebook creates the tables that it writes, because
# MAGIC continuous tasks start in any order. All functions are idempotent.
# MAGIC
# MAGIC | table | one row per | written by |
# MAGIC | --- | --- | --- |
# MAGIC | `raw_<dataset>` | record that arrived, with its text unchanged | `3_clean` appends |
# MAGIC | `clean_<dataset>` | key: its latest version, cleaned | `3_clean` merges |
# MAGIC | `rejected_<dataset>` | distinct bad record and its reasons | `3_clean` merges |
# MAGIC
# MAGIC By default, a merge marks replaced rows in deletion vectors and does not copy the other rows of their files. Set the parameter
# MAGIC `deletion_vectors` to false if programs that do not support deletion vectors read the tables. This affects only tables that are
# MAGIC created afterwards. The parameter belongs to the notebook that includes this one.
# MAGIC
# MAGIC A file that a table no longer refers to can be read for 7 days (`delta.deletedFileRetentionDuration`); after that
# MAGIC `VACUUM` and predictive optimization delete it.
# MAGIC
# MAGIC Rendered from `generator/tables.ts` by `npm run generate`.

# COMMAND ----------

import time

from pyspark.errors import AnalysisException


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    for char, written in {"\\": r"\\", "'": r"\'", "$": r"\u0024"}.items():  # Spark replaces ${…} in SQL
        text = text.replace(char, written)
    return f"'{text}'"


# Delta's error classes for a write that conflicts with another commit to the table.
CONFLICTS = ["DELTA_CONCURRENT", "DELTA_METADATA_CHANGED"]


def retried(write, attempts=5, pause=0.2):
    """
    Returns the result of `write`. Retries it after a conflict with another commit to the table: four times within 3 seconds, each
    pause twice as long as the one before.
    """
    try:
        return write()
    except Exception as error:
        if attempts == 1 or not any(conflict in str(error) for conflict in CONFLICTS):
            raise
        time.sleep(pause)
        return retried(write, attempts - 1, pause * 2)


differences = {}  # by table: where its key and the types of its columns differ from those of its dataset


def ensure_table(table, about, cluster_by, columns, attempts=5):
    """Creates the table, or adds missing columns at their positions."""
    try:
        create_or_extend(table, about, cluster_by, columns)
    except Exception:  # another task may create or alter the table at the same time: Delta lets only one succeed
        if attempts == 1:
            raise
        time.sleep(1)
        ensure_table(table, about, cluster_by, columns, attempts - 1)


def create_or_extend(table, about, cluster_by, columns):
    definitions = [f"{quoted(name)} {type} COMMENT {literal(description)}" for name, type, description in columns]
    try:
        present = {field.name: field for field in spark.table(table).schema}
    except AnalysisException:
        spark.sql(f"""
            CREATE TABLE IF NOT EXISTS {table} ({", ".join(definitions)})
            USING DELTA
            CLUSTER BY ({cluster_by})
            COMMENT {literal(about)}
            TBLPROPERTIES (
              'delta.enableDeletionVectors' = '{deletion_vectors}',
              'delta.deletedFileRetentionDuration' = 'interval 7 days'
            )
        """)
        return
    # The columns of the key are those that are NOT NULL. Delta can't add such a column. A copy of a table may have
    # none, but must have the key's columns.
    keys = [name for name, field in present.items() if not field.nullable]
    wanted = [name for name, type, _ in columns if type.endswith(" NOT NULL")]
    same_key = set(keys) == set(wanted) if keys else set(wanted) <= set(present)
    differences[table] = [] if same_key else [f"the key is ({', '.join(keys)}), the dataset says ({', '.join(wanted)})"]
    for position, (name, type, _) in enumerate(columns):
        if name in present:
            found = present[name].dataType.simpleString()
            if found != type.removesuffix(" NOT NULL").lower():
                differences[table].append(f"{name} is {found.upper()}, the dataset says {type}")
        elif same_key:
            place = f"AFTER {quoted(columns[position - 1][0])}" if position else "FIRST"
            spark.sql(f"ALTER TABLE {table} ADD COLUMN {definitions[position]} {place}")
    names = [name for name, _, _ in columns]
    if former := [name for name in present if name not in names]:
        print(f"{table} has columns that its dataset no longer has. They are NULL in new rows: {', '.join(former)}")

# COMMAND ----------

def ensure_raw(dataset):
    ensure_table(
        f"raw_{dataset}",
        about=f"Every {dataset} record as it arrived. Rows are appended, and deleted by maintenance after their retention.",
        cluster_by="arrived",
        columns=[
            ("record", "STRING", "The record as it arrived"),
            ("arrived", "TIMESTAMP", "When the record arrived, according to the source: the file's modification time or the arrival in the stream"),
            ("position", "STRING", "Where the record arrived; sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard"),
        ],
    )


def ensure_rejected(dataset):
    ensure_table(
        f"rejected_{dataset}",
        about=f"Records that are not in clean_{dataset}, or are there without some of their values: one row per record, with the reasons.",
        cluster_by="id",
        columns=[
            ("id", "STRING NOT NULL", "Hash of dataset, record and reasons"),
            ("record", "STRING", "The record as it arrived"),
            ("reasons", "ARRAY<STRING>", "What is wrong with the record, one sentence per reason"),
            ("kept", "BOOLEAN", "True if only the values named in reasons were omitted, false if the whole record was omitted"),
            ("_arrived", "TIMESTAMP", "When the record first arrived, according to the source"),
            ("_position", "STRING", "Where the record first arrived; sorts as text in order of arrival"),
        ],
    )
