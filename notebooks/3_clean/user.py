# Databricks notebook source
# MAGIC %md
# MAGIC # Users: who posted it
# MAGIC
# MAGIC `raw_user` → `clean_user`, one row per post: the person who made it (a person with many posts has many rows). If a post arrived more than once, its
# MAGIC latest version replaces the earlier ones whole. Every record is accounted for: a clean row, an earlier or equal version of
# MAGIC one, or a row of `rejected_user` with its reasons.
# MAGIC
# MAGIC | column | from | what cleaning does |
# MAGIC | --- | --- | --- |
# MAGIC | `ind INT` | `ind` | a whole number from 0 to 2147483647 |
# MAGIC | `user_name STRING` | `first_name`, `last_name` | `first_name last_name`; one of them alone where the other is missing |
# MAGIC | `age INT` | `age` | a whole number from 0 to 120 |
# MAGIC | `date_joined TIMESTAMP` | `date_joined` | a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14 |
# MAGIC | `_arrived TIMESTAMP`, `_position STRING` | the source | when and where this version came in; a later position is a later version |
# MAGIC
# MAGIC All text is trimmed; what is missing, empty or a placeholder is NULL. A value that is there but not what the table says
# MAGIC becomes NULL too, and its record is listed in `rejected_user` with `kept = true`. A record that is no JSON object, has no
# MAGIC usable `ind`, or is another dataset's is only there, with `kept = false`.
# MAGIC
# MAGIC Rendered from `src/datasets/user.ts` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.text("trigger", "availableNow")

# In full, because a stream's batches run in a session of their own.
schema = f"`{dbutils.widgets.get('catalog')}`.`{dbutils.widgets.get('schema')}`"
checkpoint = f"{dbutils.widgets.get('checkpoints')}/clean_user"
trigger = dbutils.widgets.get("trigger")
when = {"availableNow": True} if trigger == "availableNow" else {"processingTime": trigger}

# COMMAND ----------

# MAGIC %sql
# MAGIC USE IDENTIFIER('`' || :catalog || '`.`' || :schema || '`');
# MAGIC SET TIME ZONE 'UTC';

# COMMAND ----------

# MAGIC %run ../0_tables/user

# COMMAND ----------

# MAGIC %md
# MAGIC ## Read
# MAGIC
# MAGIC Only what was appended to `raw_user` since the last run. Rows that maintenance deletes from it are ignored.

# COMMAND ----------

spark.readStream.option("skipChangeCommits", "true").table("raw_user").createOrReplaceTempView("user_arrivals")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Clean

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW user_cleaned AS
# MAGIC WITH unwrapped AS (  -- out of the array of one that a record may arrive in
# MAGIC   SELECT
# MAGIC     record,
# MAGIC     arrived,
# MAGIC     position,
# MAGIC     json_array_length(concat('[', record, ', 0]')) = 2
# MAGIC       AND json_array_length(concat('[', record, ', 0, 0]')) = 3 AS is_one_value,  -- with nothing behind it
# MAGIC     json_array_length(record) AS array_length,
# MAGIC     if(json_array_length(record) = 1, regexp_extract(record, r'(?s)^\s*\[(.*)\]\s*\z', 1), record) AS object
# MAGIC   FROM user_arrivals
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
# MAGIC         first_name STRING,
# MAGIC         last_name STRING,
# MAGIC         age STRING,
# MAGIC         date_joined STRING,
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
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.first_name) AS first_name,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.last_name) AS last_name,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.age) AS age,
# MAGIC     trim(BOTH ' \t\r\n\u00A0' FROM field.date_joined) AS date_joined
# MAGIC   FROM parsed
# MAGIC ),
# MAGIC present AS (  -- what stands for "missing" becomes NULL
# MAGIC   SELECT
# MAGIC     record, arrived, position, array_length, names, is_json,
# MAGIC     nullif(ind, '') AS ind,
# MAGIC     nullif(first_name, '') AS first_name,
# MAGIC     nullif(last_name, '') AS last_name,
# MAGIC     nullif(age, '') AS age,
# MAGIC     nullif(date_joined, '') AS date_joined
# MAGIC   FROM trimmed
# MAGIC ),
# MAGIC typed AS (  -- what is not text gets its type: NULL where it can't
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     struct(
# MAGIC       CASE WHEN ind RLIKE r'^\d+(\.0+)?\z' AND try_cast(split_part(ind, '.', 1) AS INT) BETWEEN 0 AND 2147483647
# MAGIC         THEN try_cast(split_part(ind, '.', 1) AS INT) END AS ind,
# MAGIC       CASE WHEN age RLIKE r'^\d+(\.0+)?\z' AND try_cast(split_part(age, '.', 1) AS INT) BETWEEN 0 AND 120
# MAGIC         THEN try_cast(split_part(age, '.', 1) AS INT) END AS age,
# MAGIC       CASE WHEN date_joined RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND date_joined NOT LIKE '0000%'
# MAGIC         THEN try_cast(concat(translate(left(date_joined, 10), ':', '-'), ' ', right(date_joined, 8)) AS TIMESTAMP) END AS date_joined
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
# MAGIC         'first_name', 'last_name', 'age', 'date_joined'
# MAGIC       )) THEN 'another kind of record: it has no field of a user record'
# MAGIC       WHEN ind IS NULL THEN 'ind is missing'
# MAGIC       WHEN value.ind IS NULL THEN 'ind is not a whole number from 0 to 2147483647'
# MAGIC     END AS rejected_because,
# MAGIC     array_compact(array(
# MAGIC       CASE WHEN age IS NOT NULL AND value.age IS NULL
# MAGIC         THEN 'age is not a whole number from 0 to 120' END,
# MAGIC       CASE WHEN date_joined IS NOT NULL AND value.date_joined IS NULL
# MAGIC         THEN 'date_joined is not a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14' END
# MAGIC     )) AS invalid_values
# MAGIC   FROM typed
# MAGIC )
# MAGIC SELECT
# MAGIC   value.ind AS ind,
# MAGIC   nullif(concat_ws(' ', first_name, last_name), '') AS user_name,
# MAGIC   value.age AS age,
# MAGIC   value.date_joined AS date_joined,
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
    batch.createOrReplaceTempView("user_batch")
    found = spark.sql("""
        SELECT
          min(ind) FILTER (WHERE kept) AS low,
          max(ind) FILTER (WHERE kept) AS high,
          count_if(size(reasons) > 0) AS with_reasons
        FROM user_batch
    """).first()

    if found["low"] is not None:
        spark.sql(f"""
            MERGE INTO {schema}.clean_user AS old
            USING (
              SELECT
                ind, user_name, age, date_joined, _arrived, _position
              FROM (
                SELECT *, row_number() OVER (PARTITION BY ind ORDER BY _position DESC) AS nth
                FROM user_batch
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
            MERGE INTO {schema}.rejected_user AS old
            USING (
              SELECT
                sha2(to_json(struct('user' AS dataset, record, reasons)), 256) AS id,
                record,
                reasons,
                kept,
                min_by(_arrived, _position) AS _arrived,
                min(_position) AS _position
              FROM user_batch
              WHERE size(reasons) > 0
              GROUP BY record, reasons, kept
            ) AS new
            ON old.id = new.id
            WHEN MATCHED AND new._position < old._position THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *
        """)


query = (
    spark.table("user_cleaned")
    .writeStream.queryName("clean_user")
    .option("checkpointLocation", checkpoint)
    .trigger(**when)
    .foreachBatch(write)
    .start()
)
query.awaitTermination()

# COMMAND ----------

display(spark.sql("""
    SELECT
      (SELECT count(*) FROM clean_user) AS clean,
      (SELECT count(*) FROM rejected_user WHERE NOT kept) AS rejected,
      (SELECT count(*) FROM rejected_user WHERE kept) AS kept_in_part
"""))
