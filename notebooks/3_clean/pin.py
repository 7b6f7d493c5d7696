# Databricks notebook source
# MAGIC %md
# MAGIC # Pins: what was posted
# MAGIC
# MAGIC Kinesis or files → `raw_pin` → `clean_pin`, one row per post: its content, its poster and the poster's number of followers when the post was collected.
# MAGIC Of several records with the same `index`, the record that arrived last replaces the others completely. Every record is accounted for: it is a
# MAGIC clean row, an earlier or equal version of a clean row, or a row of `rejected_pin` with its reasons.
# MAGIC
# MAGIC | column | from | what cleaning does |
# MAGIC | --- | --- | --- |
# MAGIC | `ind INT` | `index` | a whole number from 0 to 2147483647 |
# MAGIC | `unique_id STRING` | `unique_id` | text, kept as it is |
# MAGIC | `title STRING` | `title` | text, kept as it is; NULL for `No Title Data Available` |
# MAGIC | `description STRING` | `description` | text, kept as it is; NULL for `No description available Story format`, `No description available`, `Untitled` |
# MAGIC | `follower_count BIGINT` | `follower_count` | a count such as 7, 5k, 2.01M or 1B; NULL for `User Info Error` |
# MAGIC | `poster_name STRING` | `poster_name` | text, kept as it is; NULL for `User Info Error` |
# MAGIC | `tag_list STRING` | `tag_list` | text, kept as it is; NULL for `N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e` |
# MAGIC | `is_image_or_video STRING` | `is_image_or_video` | text, kept as it is |
# MAGIC | `image_src STRING` | `image_src` | text, kept as it is; NULL for `Image src error.` |
# MAGIC | `save_location STRING` | `save_location` | a path such as /data/art, with or without "Local save in" before it |
# MAGIC | `category STRING` | `category` | text, kept as it is |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version arrived; positions sort in order of arrival |
# MAGIC
# MAGIC All text is trimmed; a value that is missing, empty or a placeholder becomes NULL. An invalid value also becomes NULL, and its
# MAGIC record is listed in `rejected_pin` with `kept = true`. A record that is not a JSON object, has no valid `index`, or belongs to
# MAGIC another dataset is listed only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/project/datasets/pin.ts` by `npm run generate`.

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

# MAGIC %run ../0_tables/pin

# COMMAND ----------

# MAGIC %run ../2_raw/arrivals

# COMMAND ----------

# MAGIC %run ./write

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Reads only the records that are new since the last run. `source` selects what is read: Kinesis, the landing bucket's files, or
# MAGIC `raw_pin`. If the last run from Kinesis failed, `append_after_failure` first appends all records that have arrived to `raw_pin`,
# MAGIC because Kinesis deletes them after its retention.

# COMMAND ----------

dataset, singular = "pin", "a pin"
key, version = ["ind"], ["_position"]  # columns that identify a row, and columns that order its versions
fields = [
    "index",
    "unique_id",
    "title",
    "description",
    "poster_name",
    "follower_count",
    "tag_list",
    "is_image_or_video",
    "image_src",
    "downloaded",
    "save_location",
    "category",
]
own_fields = [name for name in fields if name not in ["index"]]

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
# MAGIC `spark.table("raw_pin").limit(100).createOrReplaceTempView("arrivals")` and `./records` again. Change the SQL below, run it and
# MAGIC query `SELECT * FROM cleaned`. This writes nothing. The rules are in `src/project/datasets/pin.ts`.

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW cleaned AS
# MAGIC WITH present AS (  -- placeholders for a missing value become NULL
# MAGIC   SELECT
# MAGIC     record AS _record, arrived AS _arrived, position AS _position, problem AS _problem,
# MAGIC     field.index,
# MAGIC     field.unique_id,
# MAGIC     nullif(field.title, 'No Title Data Available') AS title,
# MAGIC     CASE WHEN field.description NOT IN ('No description available Story format', 'No description available', 'Untitled') THEN field.description END AS description,
# MAGIC     nullif(field.poster_name, 'User Info Error') AS poster_name,
# MAGIC     nullif(field.follower_count, 'User Info Error') AS follower_count,
# MAGIC     nullif(field.tag_list, 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e') AS tag_list,
# MAGIC     field.is_image_or_video,
# MAGIC     nullif(field.image_src, 'Image src error.') AS image_src,
# MAGIC     field.save_location,
# MAGIC     field.category
# MAGIC   FROM records
# MAGIC ),
# MAGIC typed AS (  -- a text that can't be converted to its column's type becomes NULL
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN index RLIKE r'^\d+(\.0+)?\z'
# MAGIC         THEN try_cast(split_part(index, '.', 1) AS INT) END AS index,
# MAGIC       CASE WHEN follower_count RLIKE r'^\d+(\.\d+)?[kKmMbB]?\z' THEN try_cast(concat(
# MAGIC         regexp_extract(follower_count, r'^\d+', 0),
# MAGIC         rpad(regexp_extract(follower_count, r'\.(\d+)', 1),
# MAGIC           CASE lower(right(follower_count, 1)) WHEN 'k' THEN 3 WHEN 'm' THEN 6 WHEN 'b' THEN 9 ELSE 0 END, '0')
# MAGIC       ) AS BIGINT) END AS follower_count,
# MAGIC       nullif(regexp_extract(save_location, r'(?s)^(Local save in )?(/data/.+)\z', 2), '') AS save_location
# MAGIC     ) AS _value
# MAGIC   FROM present
# MAGIC ),
# MAGIC judged AS (
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     CASE
# MAGIC       WHEN _problem IS NOT NULL THEN _problem
# MAGIC       WHEN index IS NULL THEN 'index is missing'
# MAGIC       WHEN _value.index IS NULL THEN 'index is not a whole number from 0 to 2147483647'
# MAGIC     END AS _rejected_because,
# MAGIC     array_compact(array(
# MAGIC       CASE WHEN follower_count IS NOT NULL AND _value.follower_count IS NULL
# MAGIC         THEN 'follower_count is not a count such as 7, 5k, 2.01M or 1B' END,
# MAGIC       CASE WHEN save_location IS NOT NULL AND _value.save_location IS NULL
# MAGIC         THEN 'save_location is not a path such as /data/art, with or without "Local save in" before it' END
# MAGIC     )) AS _invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   _value.index AS ind,
# MAGIC   unique_id,
# MAGIC   title,
# MAGIC   description,
# MAGIC   _value.follower_count AS follower_count,
# MAGIC   poster_name,
# MAGIC   tag_list,
# MAGIC   is_image_or_video,
# MAGIC   image_src,
# MAGIC   _value.save_location AS save_location,
# MAGIC   category,
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
# MAGIC Every record from Kinesis is first appended to `raw_pin`, as it arrived.

# COMMAND ----------

write_batches(spark.table("cleaned"))
