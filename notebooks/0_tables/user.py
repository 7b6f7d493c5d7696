# Databricks notebook source
# MAGIC %md
# MAGIC # Users: who posted it
# MAGIC
# MAGIC Creates the three tables of dataset `user` in the current schema if they are missing; `3_clean/user` runs this notebook
# MAGIC first. `clean_user` has one row per post: the person who made it (a person with many posts has many rows).
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
        ("_arrived", "TIMESTAMP", "When this version of the record arrived, according to the source"),
        ("_position", "STRING", "Where this version of the record arrived; sorts as text in order of arrival"),
    ],
)
ensure_rejected("user")
