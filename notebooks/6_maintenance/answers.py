# Databricks notebook source
# MAGIC %md
# MAGIC # Maintenance of the answers
# MAGIC
# MAGIC Each run of an answer replaces all rows of its table. `VACUUM` deletes the files of old versions after their retention
# MAGIC (`delta.deletedFileRetentionDuration`, 7 days unless a table sets another value).
# MAGIC
# MAGIC Rendered from `generator/templates/maintain_answers.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`')

# COMMAND ----------

answers = [
    "top_category_by_country",
    "top_category_by_year",
    "top_poster_by_country",
    "top_category_by_age_group",
    "median_followers_by_age_group",
    "users_joined_by_year",
    "median_followers_by_join_year",
    "median_followers_by_join_year_and_age_group",
]

for table in answers:
    if spark.catalog.tableExists(table):
        spark.sql(f"VACUUM {table}")
