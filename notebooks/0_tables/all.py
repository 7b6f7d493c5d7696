# Databricks notebook source
# MAGIC %md
# MAGIC # All tables
# MAGIC
# MAGIC Creates the missing tables of every dataset. The job `verify` begins with this notebook. The notebooks of the pipelines create the
# MAGIC tables that they write, so no other job needs it.
# MAGIC
# MAGIC Rendered from `generator/templates/all_tables.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.dropdown("deletion_vectors", "true", ["true", "false"])

deletion_vectors = dbutils.widgets.get("deletion_vectors")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`')

# COMMAND ----------

# MAGIC %run ./geo

# COMMAND ----------

# MAGIC %run ./pin

# COMMAND ----------

# MAGIC %run ./user
