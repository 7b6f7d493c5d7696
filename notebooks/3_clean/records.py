# Databricks notebook source
# MAGIC %md
# MAGIC # Records as fields of text
# MAGIC
# MAGIC Parses the JSON of each record, in the same way for every dataset. The input is the view `arrivals` (`record`, `arrived`,
# MAGIC `position`) and three variables:
# MAGIC
# MAGIC - `fields`: the names of all fields
# MAGIC - `own_fields`: the names of the fields that are not in the key; a record that has none of them belongs to another dataset
# MAGIC - `singular`: the word for a record in messages
# MAGIC
# MAGIC The output is the view `records`:
# MAGIC
# MAGIC | column | contents |
# MAGIC | --- | --- |
# MAGIC | `record`, `arrived`, `position` | as in `arrivals` |
# MAGIC | `field` | a struct of texts: the value of each field as it was written, trimmed; NULL if it is missing, null or empty |
# MAGIC | `problem` | why the record cannot become a row; NULL if it can |
# MAGIC
# MAGIC JSON is parsed as strictly as RFC 8259 specifies, with two exceptions: a byte order mark may precede it, and the record may be
# MAGIC the only element of an array. If a field occurs twice, the last value counts. An object or array in a field is kept as text,
# MAGIC with every number as it was written and without whitespace between its parts. `docs/decisions/0002` explains these steps.
# MAGIC
# MAGIC Rendered from `generator/templates/clean_records.py.hbs` by `npm run generate`.

# COMMAND ----------

# MAGIC %sql
# MAGIC CREATE OR REPLACE TEMPORARY VIEW json_records AS
# MAGIC WITH marked AS (
# MAGIC   SELECT
# MAGIC     *,
# MAGIC     md5(record) AS mark,  -- a string that does not occur in the record
# MAGIC     regexp_replace(record, r'^\uFEFF', '') AS text
# MAGIC   FROM arrivals
# MAGIC ),
# MAGIC unwrapped AS (  -- takes the record out of an array of one element
# MAGIC   SELECT
# MAGIC     record, arrived, position, mark,
# MAGIC     get_json_object(concat('[', text, ',"', mark, '"]'), '\$[1]') = mark AS is_one_value,  -- false or NULL if more follows
# MAGIC     json_array_length(text) AS elements,
# MAGIC     if(elements = 1, regexp_extract(text, r'(?s)^\s*\[(.*)\]\s*\z', 1), text) AS object
# MAGIC   FROM marked
# MAGIC ),
# MAGIC quoted AS (  -- numbers become marked texts, because a JSON parser would return 1.50 as 1.5
# MAGIC   SELECT
# MAGIC     * EXCEPT (object),
# MAGIC     -- \u0001 and \u0002 replace escaped characters; of the parts between quotes, those at odd indexes are inside a string
# MAGIC     split(replace(replace(object, r'\\', '\u0001'), r'\"', '\u0002'), '"') AS parts,
# MAGIC     array_join(transform(parts, (part, i) -> if(
# MAGIC       i % 2 = 0 AND part NOT IN (':', ': ', ',', ', '),  -- these parts are the most frequent and have no number
# MAGIC       regexp_replace(part, r'-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?(?!\s*:)', concat('"', mark, '\$0"')),
# MAGIC       part
# MAGIC     )), '"') AS joined,
# MAGIC     replace(replace(joined, '\u0002', r'\"'), '\u0001', r'\\') AS object
# MAGIC   FROM unwrapped
# MAGIC )
# MAGIC SELECT * EXCEPT (parts, joined), json_object_keys(object) AS names FROM quoted

# COMMAND ----------

from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

strict = {"columnNameOfCorruptRecord": "_broken", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}
texts = StructType([StructField(name, StringType()) for name in [*fields, "_broken"]])
parsed = spark.table("json_records").withColumn("json", F.from_json("object", texts, strict))


def text_of(name):
    """Returns a field's text without the marks and quotes of its numbers."""
    value, mark = F.col("json").getField(name), F.col("mark")
    number = F.concat(F.lit('"?'), mark, F.lit('([^"]*)"?'))
    # Most texts have no mark, and this check takes less time than the regular expression.
    written = F.when(F.contains(value, mark), F.regexp_replace(value, number, F.lit("$1"))).otherwise(value)
    return F.nullif(F.btrim(written, F.lit(" \t\r\n\u00A0")), F.lit("")).alias(name)


problem = F.expr(r"""
    CASE
      WHEN record LIKE 'damaged gzip file %' AND position LIKE '%.gz %' THEN 'lines of a gzip file are missing: land all its lines again'
      WHEN NOT coalesce(is_one_value, false) OR names IS NOT NULL AND json._broken IS NOT NULL THEN 'not JSON'
      WHEN record RLIKE '[\u0001\u0002]' THEN 'not JSON'
      WHEN elements <> 1 THEN concat('an array of ', elements, ' records, expected one record')
      WHEN names IS NULL THEN 'JSON, but not an object'
    END
""")
if own_fields:
    has_own_field = F.arrays_overlap("names", F.array(*map(F.lit, own_fields)))
    no_own_field = F.lit(f"another kind of record: it has no field of {singular}")
    problem = F.coalesce(problem, F.when(~has_own_field, no_own_field))

(
    parsed.withColumn("field", F.struct(*[text_of(name) for name in fields]))
    .select("record", "arrived", "position", "field", problem.alias("problem"))
    .createOrReplaceTempView("records")
)
