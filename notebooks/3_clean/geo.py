# Databricks notebook source
# MAGIC %md
# MAGIC # Geo: where and when it was posted
# MAGIC
# MAGIC Kinesis or files → `raw_geo` → `clean_geo`, one row per post: country, coordinates and time.
# MAGIC Of several records with the same `ind`, the record that arrived last replaces the others completely. Every record is accounted for: it is a
# MAGIC clean row, an earlier or equal version of a clean row, or a row of `rejected_geo` with its reasons.
# MAGIC
# MAGIC | column | from | what cleaning does |
# MAGIC | --- | --- | --- |
# MAGIC | `ind INT` | `ind` | a whole number from 0 to 2147483647 |
# MAGIC | `country STRING` | `country` | text, kept as it is |
# MAGIC | `coordinates ARRAY<DOUBLE>` | `latitude`, `longitude` | `[latitude, longitude]`; NULL if either is missing; `latitude` must be a number of degrees from -90 to 90; `longitude` must be a number of degrees from -180 to 180 |
# MAGIC | `timestamp TIMESTAMP` | `timestamp` | a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14 |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version arrived; positions sort in order of arrival |
# MAGIC
# MAGIC All text is trimmed; a value that is missing, empty or a placeholder becomes NULL. An invalid value also becomes NULL, and its
# MAGIC record is listed in `rejected_geo` with `kept = true`. A record that is not a JSON object, has no valid `ind`, or belongs to
# MAGIC another dataset is listed only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/project/datasets/geo.ts` by `npm run generate`.

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

# MAGIC %run ../0_tables/geo

# COMMAND ----------

# MAGIC %run ../2_raw/arrivals

# COMMAND ----------

# MAGIC %run ./write

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Reads only the records that are new since the last run. `source` selects what is read: Kinesis, the landing bucket's files, or
# MAGIC `raw_geo`. If the last run from Kinesis failed, `append_after_failure` first appends all records that have arrived to `raw_geo`,
# MAGIC because Kinesis deletes them after its retention.

# COMMAND ----------

dataset, singular = "geo", "a geo record"
key, version = ["ind"], ["_position"]  # columns that identify a row, and columns that order its versions
fields = [
    "ind",
    "timestamp",
    "latitude",
    "longitude",
    "country",
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
# MAGIC `spark.table("raw_geo").limit(100).createOrReplaceTempView("arrivals")` and `./records` again. Change the SQL below, run it and
# MAGIC query `SELECT * FROM cleaned`. This writes nothing. The rules are in `src/project/datasets/geo.ts`.

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW cleaned AS
# MAGIC WITH present AS (  -- placeholders for a missing value become NULL
# MAGIC   SELECT
# MAGIC     record AS _record, arrived AS _arrived, position AS _position, problem AS _problem,
# MAGIC     field.ind,
# MAGIC     field.timestamp,
# MAGIC     field.latitude,
# MAGIC     field.longitude,
# MAGIC     field.country
# MAGIC   FROM records
# MAGIC ),
# MAGIC typed AS (  -- a text that can't be converted to its column's type becomes NULL
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN ind RLIKE r'^\d+(\.0+)?\z'
# MAGIC         THEN try_cast(split_part(ind, '.', 1) AS INT) END AS ind,
# MAGIC       CASE WHEN timestamp RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND timestamp NOT LIKE '0000%'
# MAGIC         THEN try_cast(concat(translate(left(timestamp, 10), ':', '-'), ' ', right(timestamp, 8)) AS TIMESTAMP) END AS timestamp,
# MAGIC       CASE WHEN latitude RLIKE r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'
# MAGIC         AND try_cast(latitude AS DOUBLE) BETWEEN -90 AND 90 THEN try_cast(latitude AS DOUBLE) END AS latitude,
# MAGIC       CASE WHEN longitude RLIKE r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'
# MAGIC         AND try_cast(longitude AS DOUBLE) BETWEEN -180 AND 180 THEN try_cast(longitude AS DOUBLE) END AS longitude
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
# MAGIC       CASE WHEN timestamp IS NOT NULL AND _value.timestamp IS NULL
# MAGIC         THEN 'timestamp is not a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14' END,
# MAGIC       CASE WHEN latitude IS NOT NULL AND _value.latitude IS NULL
# MAGIC         THEN 'latitude is not a number of degrees from -90 to 90' END,
# MAGIC       CASE WHEN longitude IS NOT NULL AND _value.longitude IS NULL
# MAGIC         THEN 'longitude is not a number of degrees from -180 to 180' END
# MAGIC     )) AS _invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   _value.ind AS ind,
# MAGIC   country,
# MAGIC   CASE WHEN _value.latitude IS NOT NULL AND _value.longitude IS NOT NULL THEN array(_value.latitude, _value.longitude) END AS coordinates,
# MAGIC   _value.timestamp AS timestamp,
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
# MAGIC Every record from Kinesis is first appended to `raw_geo`, as it arrived.

# COMMAND ----------

write_batches(spark.table("cleaned"))
