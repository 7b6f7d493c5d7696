# Databricks notebook source
# MAGIC %md
# MAGIC # The verdict
# MAGIC
# MAGIC Drops the scratch schema and folder of `./checks`, and fails if a check failed or the checks did not finish. The job runs this
# MAGIC notebook even if `./checks` failed. `keep=true` keeps the schema and the folder for inspection, until the next run.
# MAGIC
# MAGIC Rendered from `generator/templates/verify_verdict.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.text("scratch", "verify")
dbutils.widgets.dropdown("keep", "false", ["false", "true"])

scratch = dbutils.widgets.get("scratch")
if not (scratch.isidentifier() and scratch.startswith("verify")):
    raise ValueError(
        f"scratch is {scratch!r}, expected a name that begins with verify, because the schema and folder of this name are "
        "dropped."
    )
qualified_schema = f"`{dbutils.widgets.get('catalog')}`.`{dbutils.widgets.get('schema')}_{scratch}`"
files = f"{dbutils.widgets.get('checkpoints')}/{scratch}"

# COMMAND ----------

from pyspark.errors import AnalysisException

try:
    checks = spark.table(f"{qualified_schema}.checks").collect()
except AnalysisException:
    checks = []

# COMMAND ----------

if dbutils.widgets.get("keep") != "true":
    spark.sql(f"DROP SCHEMA IF EXISTS {qualified_schema} CASCADE")
    dbutils.fs.rm(files, True)

# COMMAND ----------

SHOWN = 3

failed = [check for check in checks if not check["passed"]]
shown = [
    f"{one['step']}, {one['check']} (expected {one['expected'][:80]}, seen {one['seen'][:80]})" for one in failed[:SHOWN]
]
more = f"; and {len(failed) - SHOWN} more" if len(failed) > SHOWN else ""

if not checks:
    raise AssertionError("The checks did not finish: see the error of the task checks.")
if failed:
    raise AssertionError(f"{len(failed)} of {len(checks)} checks failed: {'; '.join(shown)}{more}.")
print(f"All {len(checks)} checks passed.")
