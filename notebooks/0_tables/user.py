# Databricks notebook source
# MAGIC %md
# MAGIC # Users: who posted it
# MAGIC
# MAGIC The three tables of dataset `user`, made in the current schema where they are missing: `3_clean/user` runs this first.
# MAGIC `clean_user` has one row per post: the person who made it (a person with many posts has many rows).
# MAGIC
# MAGIC Rendered from `src/project/datasets/user.ts` by `npm run generate`.

# COMMAND ----------

# MAGIC %run ./make

# COMMAND ----------

ensure_raw("user")
ensure_table(
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
ensure_rejected("user")
