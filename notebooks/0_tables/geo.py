# Databricks notebook source
# MAGIC %md
# MAGIC # Geo: where and when it was posted
# MAGIC
# MAGIC Creates the three tables of dataset `geo` in the current schema if they are missing; `3_clean/geo` runs this notebook
# MAGIC first. `clean_geo` has one row per post: country, coordinates and time.
# MAGIC
# MAGIC Rendered from `src/project/datasets/geo.ts` by `npm run generate`.

# COMMAND ----------

# MAGIC %run ./make

# COMMAND ----------

ensure_raw("geo")
ensure_table(
    "clean_geo",
    about="Geo: where and when it was posted. One row per post: country, coordinates and time.",
    cluster_by="ind",
    columns=[
        ("ind", "INT NOT NULL", "Number of the post"),
        ("country", "STRING", "Country the post was made in"),
        ("coordinates", "ARRAY<DOUBLE>", "Latitude and longitude in degrees"),
        ("timestamp", "TIMESTAMP", "When the post was made, UTC"),
        ("_arrived", "TIMESTAMP", "When this version of the record arrived, according to the source"),
        ("_position", "STRING", "Where this version of the record arrived; sorts as text in order of arrival"),
    ],
)
ensure_rejected("geo")
