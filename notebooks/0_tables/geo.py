# Databricks notebook source
# MAGIC %md
# MAGIC # Geo: where and when it was posted
# MAGIC
# MAGIC The three tables of dataset `geo`, made in the current schema where they are missing: `3_clean/geo` runs this first.
# MAGIC `clean_geo` has one row per post: country, coordinates and time.
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
        ("_arrived", "TIMESTAMP", "When this version of the record came in, as the source says it"),
        ("_position", "STRING", "Where this version of the record came in; sorts as text in order of arrival"),
    ],
)
ensure_rejected("geo")
