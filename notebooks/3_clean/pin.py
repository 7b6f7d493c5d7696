# Databricks notebook source
# MAGIC %md
# MAGIC # Pins: what was posted
# MAGIC
# MAGIC `raw_pin` → `clean_pin`, one row per post: what it shows, who posted it and how many followers they had when it was collected. If a post arrived more than once, its
# MAGIC latest version replaces the earlier ones whole. Every record is accounted for: a clean row, an earlier or equal version of
# MAGIC one, or a row of `rejected_pin` with its reasons.
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
# MAGIC | `save_location STRING` | `save_location` | a path such as /data/art, also behind "Local save in" |
# MAGIC | `category STRING` | `category` | text, kept as it is |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version came in; a later position is a later version |
# MAGIC
# MAGIC All text is trimmed; what is missing, empty or a placeholder is NULL. A value that is there but not what the table says
# MAGIC becomes NULL too, and its record is listed in `rejected_pin` with `kept = true`. A record that is no JSON object, has no
# MAGIC usable `index`, or is another dataset's is only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/datasets/pin.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.text("trigger", "availableNow")

# In full, because a stream's batches run in a session of their own.
schema = f"`{dbutils.widgets.get('catalog')}`.`{dbutils.widgets.get('schema')}`"
checkpoint = f"{dbutils.widgets.get('checkpoints')}/clean_pin"
trigger = dbutils.widgets.get("trigger")
when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/pin

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Only what was appended to `raw_pin` since the last run. Rows that maintenance deletes from it are ignored.

# COMMAND ----------

spark.readStream.option("skipChangeCommits", "true").table("raw_pin").createOrReplaceTempView("pin_arrivals")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Clean

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW pin_cleaned AS
# MAGIC WITH unwrapped AS (  -- out of the array of one that a record may arrive in
# MAGIC   SELECT
# MAGIC     record,
# MAGIC     arrived,
# MAGIC     position,
# MAGIC     json_array_length(concat('[', record, ', 0]')) = 2
# MAGIC       AND json_array_length(concat('[', record, ', 0, 0]')) = 3 AS is_one_value,  -- with nothing behind it
# MAGIC     json_array_length(record) AS array_length,
# MAGIC     if(json_array_length(record) = 1, regexp_extract(record, r'(?s)^\s*\[(.*)\]\s*\z', 1), record) AS object
# MAGIC   FROM pin_arrivals
# MAGIC ),
# MAGIC numbers_as_text AS (  -- a JSON reader would give 12345678.0 back as 1.2345678E7: fractions go between quotes
# MAGIC   SELECT
# MAGIC     * EXCEPT (object),
# MAGIC     -- \u0001 and \u0002 stand in for what is escaped; every other part between quotes is inside a text
# MAGIC     split(replace(replace(object, r'\\', '\u0001'), r'\"', '\u0002'), '"') AS parts,
# MAGIC     array_join(transform(parts, (part, i) -> if(
# MAGIC       i % 2 = 0, regexp_replace(part, r'(-?\d+(\.\d+([eE][-+]?\d+)?|[eE][-+]?\d+))', '"\$1"'), part
# MAGIC     )), '"') AS joined,
# MAGIC     replace(replace(joined, '\u0002', r'\"'), '\u0001', r'\\') AS object
# MAGIC   FROM unwrapped
# MAGIC ),
# MAGIC parsed AS (  -- every field as text
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     json_object_keys(object) AS names,
# MAGIC     from_json(
# MAGIC       object,
# MAGIC       '
# MAGIC         index STRING,
# MAGIC         unique_id STRING,
# MAGIC         title STRING,
# MAGIC         description STRING,
# MAGIC         poster_name STRING,
# MAGIC         follower_count STRING,
# MAGIC         tag_list STRING,
# MAGIC         is_image_or_video STRING,
# MAGIC         image_src STRING,
# MAGIC         save_location STRING,
# MAGIC         category STRING,
# MAGIC         broken STRING
# MAGIC       ',
# MAGIC       map('columnNameOfCorruptRecord', 'broken', 'allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')
# MAGIC     ) AS field
# MAGIC   FROM numbers_as_text
# MAGIC ),
# MAGIC trimmed AS (
# MAGIC   SELECT
# MAGIC     record, arrived, position, array_length, names,
# MAGIC     is_one_value AND (names IS NULL OR field.broken IS NULL) AND NOT record RLIKE '[\u0001\u0002]' AS is_json,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.index) AS index,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.unique_id) AS unique_id,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.title) AS title,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.description) AS description,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.poster_name) AS poster_name,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.follower_count) AS follower_count,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.tag_list) AS tag_list,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.is_image_or_video) AS is_image_or_video,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.image_src) AS image_src,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.save_location) AS save_location,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.category) AS category
# MAGIC   FROM parsed
# MAGIC ),
# MAGIC present AS (  -- what stands for "missing" becomes NULL
# MAGIC   SELECT
# MAGIC     record, arrived, position, array_length, names, is_json,
# MAGIC     nullif(index, '') AS index,
# MAGIC     nullif(unique_id, '') AS unique_id,
# MAGIC     CASE WHEN title NOT IN ('', 'No Title Data Available') THEN title END AS title,
# MAGIC     CASE WHEN description NOT IN ('', 'No description available Story format', 'No description available', 'Untitled') THEN description END AS description,
# MAGIC     CASE WHEN poster_name NOT IN ('', 'User Info Error') THEN poster_name END AS poster_name,
# MAGIC     CASE WHEN follower_count NOT IN ('', 'User Info Error') THEN follower_count END AS follower_count,
# MAGIC     CASE WHEN tag_list NOT IN ('', 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e') THEN tag_list END AS tag_list,
# MAGIC     nullif(is_image_or_video, '') AS is_image_or_video,
# MAGIC     CASE WHEN image_src NOT IN ('', 'Image src error.') THEN image_src END AS image_src,
# MAGIC     nullif(save_location, '') AS save_location,
# MAGIC     nullif(category, '') AS category
# MAGIC   FROM trimmed
# MAGIC ),
# MAGIC typed AS (  -- what is not text gets its type: NULL where it can't
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN index RLIKE r'^\d+(\.0+)?\z' AND try_cast(split_part(index, '.', 1) AS INT) BETWEEN 0 AND 2147483647
# MAGIC         THEN try_cast(split_part(index, '.', 1) AS INT) END AS index,
# MAGIC       CASE WHEN follower_count RLIKE r'^\d+(\.\d+)?[kKmMbB]?\z' THEN try_cast(concat(
# MAGIC         regexp_extract(follower_count, r'^\d+', 0),
# MAGIC         rpad(regexp_extract(follower_count, r'\.(\d+)', 1),
# MAGIC           CASE lower(right(follower_count, 1)) WHEN 'k' THEN 3 WHEN 'm' THEN 6 WHEN 'b' THEN 9 ELSE 0 END, '0')
# MAGIC       ) AS BIGINT) END AS follower_count,
# MAGIC       nullif(regexp_extract(save_location, r'(?s)^(Local save in )?(/data/.+)\z', 2), '') AS save_location
# MAGIC     ) AS value
# MAGIC   FROM present
# MAGIC ),
# MAGIC judged AS (
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     CASE
# MAGIC       WHEN is_json IS NOT TRUE THEN 'not JSON'
# MAGIC       WHEN array_length <> 1 THEN concat('an array of ', array_length, ' records, expected one record')
# MAGIC       WHEN names IS NULL THEN 'JSON, but not an object'
# MAGIC       WHEN NOT arrays_overlap(names, array(
# MAGIC         'unique_id', 'title', 'description', 'poster_name', 'follower_count', 'tag_list',
# MAGIC         'is_image_or_video', 'image_src', 'downloaded', 'save_location', 'category'
# MAGIC       )) THEN 'another kind of record: it has no field of a pin'
# MAGIC       WHEN index IS NULL THEN 'index is missing'
# MAGIC       WHEN value.index IS NULL THEN 'index is not a whole number from 0 to 2147483647'
# MAGIC     END AS rejected_because,
# MAGIC     array_compact(array(
# MAGIC       CASE WHEN follower_count IS NOT NULL AND value.follower_count IS NULL
# MAGIC         THEN 'follower_count is not a count such as 7, 5k, 2.01M or 1B' END,
# MAGIC       CASE WHEN save_location IS NOT NULL AND value.save_location IS NULL
# MAGIC         THEN 'save_location is not a path such as /data/art, also behind "Local save in"' END
# MAGIC     )) AS invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   value.index AS ind,
# MAGIC   unique_id,
# MAGIC   title,
# MAGIC   description,
# MAGIC   value.follower_count AS follower_count,
# MAGIC   poster_name,
# MAGIC   tag_list,
# MAGIC   is_image_or_video,
# MAGIC   image_src,
# MAGIC   value.save_location AS save_location,
# MAGIC   category,
# MAGIC   arrived AS _arrived,
# MAGIC   position AS _position,
# MAGIC   record,
# MAGIC   if(rejected_because IS NULL, invalid_values, array(rejected_because)) AS reasons,
# MAGIC   rejected_because IS NULL AS kept
# MAGIC FROM judged

# COMMAND ----------

# MAGIC %md
# MAGIC ## Write
# MAGIC
# MAGIC Both merges give the same tables however often and in whatever batches the records come: a clean row changes only for a
# MAGIC later version, a rejected one only for an earlier position. The range of `ind` lets Delta skip the files of other posts.

# COMMAND ----------

def write(batch, batch_id):
    spark = batch.sparkSession
    batch.createOrReplaceTempView("pin_batch")
    found = spark.sql("""
        SELECT
          min(ind) FILTER (WHERE kept) AS low,
          max(ind) FILTER (WHERE kept) AS high,
          count_if(size(reasons) > 0) AS with_reasons
        FROM pin_batch
    """).first()

    if found["low"] is not None:
        spark.sql(f"""
            MERGE INTO {schema}.clean_pin AS old
            USING (
              SELECT
                ind, unique_id, title, description, follower_count, poster_name, tag_list,
                is_image_or_video, image_src, save_location, category, _arrived, _position
              FROM (
                SELECT *, row_number() OVER (PARTITION BY ind ORDER BY _position DESC) AS nth
                FROM pin_batch
                WHERE kept
              )
              WHERE nth = 1
            ) AS new
            ON old.ind = new.ind AND old.ind BETWEEN {found["low"]} AND {found["high"]}
            WHEN MATCHED AND new._position > old._position THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """)

    if found["with_reasons"] > 0:
        spark.sql(f"""
            MERGE INTO {schema}.rejected_pin AS old
            USING (
              SELECT
                sha2(to_json(struct('pin' AS dataset, record, reasons)), 256) AS id,
                record,
                reasons,
                kept,
                min_by(_arrived, _position) AS _arrived,
                min(_position) AS _position
              FROM pin_batch
              WHERE size(reasons) > 0
              GROUP BY record, reasons, kept
            ) AS new
            ON old.id = new.id
            WHEN MATCHED AND new._position < old._position THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """)


query = (
    spark.table("pin_cleaned")
    .writeStream.queryName("clean_pin")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .foreachBatch(write)
    .start()
)
query.awaitTermination()

# COMMAND ----------

display(spark.sql("""
    SELECT
      (SELECT count(*) FROM clean_pin) AS clean,
      (SELECT count(*) FROM rejected_pin WHERE NOT kept) AS rejected,
      (SELECT count(*) FROM rejected_pin WHERE kept) AS kept_in_part
"""))
