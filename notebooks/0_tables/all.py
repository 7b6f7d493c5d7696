# Databricks notebook source
# MAGIC %md
# MAGIC # All tables
# MAGIC
# MAGIC Creates the tables of every dataset where they are missing. A job runs this before answers that may find no tables yet:
# MAGIC answers only read.
# MAGIC
# MAGIC Rendered from `generator/templates/all_tables.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`')

# COMMAND ----------

# MAGIC %run ./geo

# COMMAND ----------

# MAGIC %run ./pin

# COMMAND ----------

# MAGIC %run ./user
