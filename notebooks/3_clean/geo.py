# Databricks notebook source
# MAGIC %md
# MAGIC # Geo: where and when it was posted
# MAGIC
# MAGIC `raw_geo` → `clean_geo`, one row per post: country, coordinates and time. If a post arrived more than once, its
# MAGIC latest version replaces the earlier ones whole. Every record is accounted for: a clean row, an earlier or equal version of
# MAGIC one, or a row of `rejected_geo` with its reasons.
# MAGIC
# MAGIC | column | from | what cleaning does |
# MAGIC | --- | --- | --- |
# MAGIC | `ind INT` | `ind` | a whole number from 0 to 2147483647 |
# MAGIC | `country STRING` | `country` | text, kept as it is |
# MAGIC | `coordinates ARRAY<DOUBLE>` | `latitude`, `longitude` | `[latitude, longitude]`; NULL unless both are there; `latitude` must be a number of degrees from -90 to 90; `longitude` must be a number of degrees from -180 to 180 |
# MAGIC | `timestamp TIMESTAMP` | `timestamp` | a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14 |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version came in; a later position is a later version |
# MAGIC
# MAGIC All text is trimmed; what is missing, empty or a placeholder is NULL. A value that is there but not what the table says
# MAGIC becomes NULL too, and its record is listed in `rejected_geo` with `kept = true`. A record that is no JSON object, has no
# MAGIC usable `ind`, or is another dataset's is only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/datasets/geo.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.text("trigger", "availableNow")

# In full, because a stream's batches run in a session of their own.
schema = f"`{dbutils.widgets.get('catalog')}`.`{dbutils.widgets.get('schema')}`"
checkpoint = f"{dbutils.widgets.get('checkpoints')}/clean_geo"
trigger = dbutils.widgets.get("trigger")
when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/geo

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Only what was appended to `raw_geo` since the last run. Rows that maintenance deletes from it are ignored.

# COMMAND ----------

spark.readStream.option("skipChangeCommits", "true").table("raw_geo").createOrReplaceTempView("geo_arrivals")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Clean

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW geo_cleaned AS
# MAGIC WITH unwrapped AS (  -- out of the array of one that a record may arrive in
# MAGIC   SELECT
# MAGIC     record,
# MAGIC     arrived,
# MAGIC     position,
# MAGIC     json_array_length(concat('[', record, ', 0]')) = 2
# MAGIC       AND json_array_length(concat('[', record, ', 0, 0]')) = 3 AS is_one_value,  -- with nothing behind it
# MAGIC     json_array_length(record) AS array_length,
# MAGIC     if(json_array_length(record) = 1, regexp_extract(record, r'(?s)^\s*\[(.*)\]\s*\z', 1), record) AS object
# MAGIC   FROM geo_arrivals
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
# MAGIC         ind STRING,
# MAGIC         timestamp STRING,
# MAGIC         latitude STRING,
# MAGIC         longitude STRING,
# MAGIC         country STRING,
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
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.ind) AS ind,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.timestamp) AS timestamp,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.latitude) AS latitude,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.longitude) AS longitude,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.country) AS country
# MAGIC   FROM parsed
# MAGIC ),
# MAGIC present AS (  -- what stands for "missing" becomes NULL
# MAGIC   SELECT
# MAGIC     record, arrived, position, array_length, names, is_json,
# MAGIC     nullif(ind, '') AS ind,
# MAGIC     nullif(timestamp, '') AS timestamp,
# MAGIC     nullif(latitude, '') AS latitude,
# MAGIC     nullif(longitude, '') AS longitude,
# MAGIC     nullif(country, '') AS country
# MAGIC   FROM trimmed
# MAGIC ),
# MAGIC typed AS (  -- what is not text gets its type: NULL where it can't
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN ind RLIKE r'^\d+(\.0+)?\z' AND try_cast(split_part(ind, '.', 1) AS INT) BETWEEN 0 AND 2147483647
# MAGIC         THEN try_cast(split_part(ind, '.', 1) AS INT) END AS ind,
# MAGIC       CASE WHEN timestamp RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND timestamp NOT LIKE '0000%'
# MAGIC         THEN try_cast(concat(translate(left(timestamp, 10), ':', '-'), ' ', right(timestamp, 8)) AS TIMESTAMP) END AS timestamp,
# MAGIC       CASE WHEN latitude RLIKE r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'
# MAGIC         AND try_cast(latitude AS DOUBLE) BETWEEN -90 AND 90 THEN try_cast(latitude AS DOUBLE) END AS latitude,
# MAGIC       CASE WHEN longitude RLIKE r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'
# MAGIC         AND try_cast(longitude AS DOUBLE) BETWEEN -180 AND 180 THEN try_cast(longitude AS DOUBLE) END AS longitude
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
# MAGIC         'timestamp', 'latitude', 'longitude', 'country'
# MAGIC       )) THEN 'another kind of record: it has no field of a geo record'
# MAGIC       WHEN ind IS NULL THEN 'ind is missing'
# MAGIC       WHEN value.ind IS NULL THEN 'ind is not a whole number from 0 to 2147483647'
# MAGIC     END AS rejected_because,
# MAGIC     array_compact(array(
# MAGIC       CASE WHEN timestamp IS NOT NULL AND value.timestamp IS NULL
# MAGIC         THEN 'timestamp is not a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14' END,
# MAGIC       CASE WHEN latitude IS NOT NULL AND value.latitude IS NULL
# MAGIC         THEN 'latitude is not a number of degrees from -90 to 90' END,
# MAGIC       CASE WHEN longitude IS NOT NULL AND value.longitude IS NULL
# MAGIC         THEN 'longitude is not a number of degrees from -180 to 180' END
# MAGIC     )) AS invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   value.ind AS ind,
# MAGIC   country,
# MAGIC   CASE WHEN value.latitude IS NOT NULL AND value.longitude IS NOT NULL THEN array(value.latitude, value.longitude) END AS coordinates,
# MAGIC   value.timestamp AS timestamp,
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
    batch.createOrReplaceTempView("geo_batch")
    found = spark.sql("""
        SELECT
          min(ind) FILTER (WHERE kept) AS low,
          max(ind) FILTER (WHERE kept) AS high,
          count_if(size(reasons) > 0) AS with_reasons
        FROM geo_batch
    """).first()

    if found["low"] is not None:
        spark.sql(f"""
            MERGE INTO {schema}.clean_geo AS old
            USING (
              SELECT
                ind, country, coordinates, timestamp, _arrived, _position
              FROM (
                SELECT *, row_number() OVER (PARTITION BY ind ORDER BY _position DESC) AS nth
                FROM geo_batch
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
            MERGE INTO {schema}.rejected_geo AS old
            USING (
              SELECT
                sha2(to_json(struct('geo' AS dataset, record, reasons)), 256) AS id,
                record,
                reasons,
                kept,
                min_by(_arrived, _position) AS _arrived,
                min(_position) AS _position
              FROM geo_batch
              WHERE size(reasons) > 0
              GROUP BY record, reasons, kept
            ) AS new
            ON old.id = new.id
            WHEN MATCHED AND new._position < old._position THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """)


query = (
    spark.table("geo_cleaned")
    .writeStream.queryName("clean_geo")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .foreachBatch(write)
    .start()
)
query.awaitTermination()

# COMMAND ----------

display(spark.sql("""
    SELECT
      (SELECT count(*) FROM clean_geo) AS clean,
      (SELECT count(*) FROM rejected_geo WHERE NOT kept) AS rejected,
      (SELECT count(*) FROM rejected_geo WHERE kept) AS kept_in_part
"""))
