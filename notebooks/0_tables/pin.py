# Databricks notebook source
# MAGIC %md
# MAGIC # Pins: what was posted
# MAGIC
# MAGIC Creates the three tables of dataset `pin` in the current schema if they are missing; `3_clean/pin` runs this notebook
# MAGIC first. `clean_pin` has one row per post: its content, its poster and the poster's number of followers when the post was collected.
# MAGIC
# MAGIC Rendered from `src/project/datasets/pin.ts` by `npm run generate`.

# COMMAND ----------

# MAGIC %run ./make

# COMMAND ----------

ensure_raw("pin")
ensure_table(
    "clean_pin",
    about="Pins: what was posted. One row per post: its content, its poster and the poster's number of followers when the post was collected.",
    cluster_by="ind",
    columns=[
        ("ind", "INT NOT NULL", "Number of the post"),
        ("unique_id", "STRING", "Id of the post at Pinterest"),
        ("title", "STRING", "Title"),
        ("description", "STRING", "Description"),
        ("follower_count", "BIGINT", "Followers of the poster when the post was collected"),
        ("poster_name", "STRING", "Name of the poster"),
        ("tag_list", "STRING", "Tags, separated by commas"),
        ("is_image_or_video", "STRING", "image, video or multi-video(story page format)"),
        ("image_src", "STRING", "Address of the picture"),
        ("save_location", "STRING", "Path the picture was saved under"),
        ("category", "STRING", "Category"),
        ("_arrived", "TIMESTAMP", "When this version of the record arrived, according to the source"),
        ("_position", "STRING", "Where this version of the record arrived; sorts as text in order of arrival"),
    ],
)
ensure_rejected("pin")
