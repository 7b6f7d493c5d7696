# Databricks notebook source
# MAGIC %md
# MAGIC # Users: who posted it
# MAGIC
# MAGIC Kinesis or files → `raw_user` → `clean_user`, one row per post: the person who made it (a person with many posts has many rows).
# MAGIC Of several records with the same `ind`, the record that arrived last replaces the others completely. Every record is accounted for: it is a
# MAGIC clean row, an earlier or equal version of a clean row, or a row of `rejected_user` with its reasons.
# MAGIC
# MAGIC | column | from | what cleaning does |
# MAGIC | --- | --- | --- |
# MAGIC | `ind INT` | `ind` | a whole number from 0 to 2147483647 |
# MAGIC | `user_name STRING` | `first_name`, `last_name` | `first_name last_name`; only one of them if the other is missing |
# MAGIC | `age INT` | `age` | a whole number from 0 to 120 |
# MAGIC | `date_joined TIMESTAMP` | `date_joined` | a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14 |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version arrived; positions sort in order of arrival |
# MAGIC
# MAGIC All text is trimmed; a value that is missing, empty or a placeholder becomes NULL. An invalid value also becomes NULL, and its
# MAGIC record is listed in `rejected_user` with `kept = true`. A record that is not a JSON object, has no valid `ind`, or belongs to
# MAGIC another dataset is listed only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/project/datasets/user.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.text("trigger", "availableNow")

dbutils.widgets.dropdown("source", "raw", ["raw", "files", "kinesis"])
dbutils.widgets.dropdown("deletion_vectors", "true", ["true", "false"])

catalog, schema = dbutils.widgets.get("catalog"), dbutils.widgets.get("schema")
qualified_schema = f"`{catalog}`.`{schema}`"
checkpoints = dbutils.widgets.get("checkpoints")
trigger = dbutils.widgets.get("trigger")
source = dbutils.widgets.get("source")
deletion_vectors = dbutils.widgets.get("deletion_vectors")

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/user

# COMMAND ----------

# MAGIC %run ../2_raw/arrivals

# COMMAND ----------

# MAGIC %run ./write

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Reads only the records that are new since the last run. `source` selects what is read: Kinesis, the landing bucket's files, or
# MAGIC `raw_user`. If the last run from Kinesis failed, `append_after_failure` first appends all records that have arrived to `raw_user`,
# MAGIC because Kinesis deletes them after its retention.

# COMMAND ----------

dataset, singular = "user", "a user record"
key, version = ["ind"], ["_position"]  # columns that identify a row, and columns that order its versions
fields = [
    "ind",
    "first_name",
    "last_name",
    "age",
    "date_joined",
]
own_fields = [name for name in fields if name not in ["ind"]]

# COMMAND ----------

arrivals, checkpoint = read(source, dataset)
arrivals.createOrReplaceTempView("arrivals")
append_after_failure(arrivals)

# COMMAND ----------

# MAGIC %run ./records

# COMMAND ----------

# MAGIC %md
# MAGIC ## Clean
# MAGIC
# MAGIC To try a rule on records that have arrived, run the cells above with `source=raw`, then run
# MAGIC `spark.table("raw_user").limit(100).createOrReplaceTempView("arrivals")` and `./records` again. Change the SQL below, run it and
# MAGIC query `SELECT * FROM cleaned`. This writes nothing. The rules are in `src/project/datasets/user.ts`.

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW cleaned AS
# MAGIC WITH present AS (  -- placeholders for a missing value become NULL
# MAGIC   SELECT
# MAGIC     record AS _record, arrived AS _arrived, position AS _position, problem AS _problem,
# MAGIC     field.ind,
# MAGIC     field.first_name,
# MAGIC     field.last_name,
# MAGIC     field.age,
# MAGIC     field.date_joined
# MAGIC   FROM records
# MAGIC ),
# MAGIC typed AS (  -- a text that can't be converted to its column's type becomes NULL
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN ind RLIKE r'^\d+(\.0+)?\z'
# MAGIC         THEN try_cast(split_part(ind, '.', 1) AS INT) END AS ind,
# MAGIC       CASE WHEN age RLIKE r'^\d+(\.0+)?\z' AND try_cast(split_part(age, '.', 1) AS INT) BETWEEN 0 AND 120
# MAGIC         THEN try_cast(split_part(age, '.', 1) AS INT) END AS age,
# MAGIC       CASE WHEN date_joined RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND date_joined NOT LIKE '0000%'
# MAGIC         THEN try_cast(concat(translate(left(date_joined, 10), ':', '-'), ' ', right(date_joined, 8)) AS TIMESTAMP) END AS date_joined
# MAGIC     ) AS _value
# MAGIC   FROM present
# MAGIC ),
# MAGIC judged AS (
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     CASE
# MAGIC       WHEN _problem IS NOT NULL THEN _problem
# MAGIC       WHEN ind IS NULL THEN 'ind is missing'
# MAGIC       WHEN _value.ind IS NULL THEN 'ind is not a whole number from 0 to 2147483647'
# MAGIC     END AS _rejected_because,
# MAGIC     array_compact(array(
# MAGIC       CASE WHEN age IS NOT NULL AND _value.age IS NULL
# MAGIC         THEN 'age is not a whole number from 0 to 120' END,
# MAGIC       CASE WHEN date_joined IS NOT NULL AND _value.date_joined IS NULL
# MAGIC         THEN 'date_joined is not a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14' END
# MAGIC     )) AS _invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   _value.ind AS ind,
# MAGIC   nullif(concat_ws(' ', first_name, last_name), '') AS user_name,
# MAGIC   _value.age AS age,
# MAGIC   _value.date_joined AS date_joined,
# MAGIC   _arrived,
# MAGIC   _position,
# MAGIC   _record AS record,
# MAGIC   if(_rejected_because IS NULL, _invalid_values, array(_rejected_because)) AS reasons,
# MAGIC   _rejected_because IS NULL AS kept
# MAGIC FROM judged

# COMMAND ----------

# MAGIC %md
# MAGIC ## Write
# MAGIC
# MAGIC Every record from Kinesis is first appended to `raw_user`, as it arrived.

# COMMAND ----------

write_batches(spark.table("cleaned"))
