# Databricks notebook source
# MAGIC %md
# MAGIC # Checks of the pipeline on this engine
# MAGIC
# MAGIC Runs the notebooks of this bundle as its jobs run them, in a separate schema and folder, on records whose results are known
# MAGIC (`./expected`). Each difference is a failed check. The job's next task, `./verdict`, drops the schema and the folder, and fails if
# MAGIC a check failed. Nothing else is read or written.
# MAGIC
# MAGIC | step | what happens | what is checked |
# MAGIC | --- | --- | --- |
# MAGIC | tables | `0_tables/all` | all tables exist, with deletion vectors if the parameter `deletion_vectors` is true |
# MAGIC | before any file | the batch job's tasks of each dataset | no row, no error |
# MAGIC | first day | files land, the same tasks | each rule of the tests: the clean row, or the rejected row and its reasons |
# MAGIC | nothing new | the same tasks | no commit |
# MAGIC | second day | the same records again, later versions, an invalid UTF-8 byte, a gzip file, a truncated gzip file | the latest version of each row, the first position of each rejected record |
# MAGIC | same files again | the reader's checkpoint is deleted; the same tasks | the same tables |
# MAGIC | rebuild | `5_rebuild` | the same tables |
# MAGIC | retention | `6_maintenance/tables` keeps 30 days | records an hour younger are kept, records an hour older are deleted |
# MAGIC | answers | rows are written to the clean tables, then `4_answers` | the rows of each answer |
# MAGIC
# MAGIC Kinesis, what the notebooks do only with `source=kinesis`, the bucket's permissions and SQL warehouses are not checked.
# MAGIC
# MAGIC Rendered from `generator/templates/verify_checks.py.hbs` by `npm run generate`.

# COMMAND ----------

dbutils.widgets.text("catalog", "main")
dbutils.widgets.text("schema", "pinterest")
dbutils.widgets.text("checkpoints", "/Volumes/main/pinterest/checkpoints")
dbutils.widgets.dropdown("file_reader", "cloudFiles", ["cloudFiles", "binaryFile"])
dbutils.widgets.dropdown("deletion_vectors", "true", ["true", "false"])
dbutils.widgets.text("scratch", "verify")

catalog = dbutils.widgets.get("catalog")
scratch = dbutils.widgets.get("scratch")
if not (scratch.isidentifier() and scratch.startswith("verify")):
    raise ValueError(
        f"scratch is {scratch!r}, expected a name that begins with verify, because the schema and folder of this name are "
        "dropped."
    )
schema = f"{dbutils.widgets.get('schema')}_{scratch}"
files = f"{dbutils.widgets.get('checkpoints')}/{scratch}"
landing = f"{files}/landing"
checkpoints = f"{files}/checkpoints"

parameters = {
    "catalog": catalog,
    "schema": schema,
    "pipeline_id": "verify",
    "landing": landing,
    "checkpoints": checkpoints,
    "file_reader": dbutils.widgets.get("file_reader"),
    "deletion_vectors": dbutils.widgets.get("deletion_vectors"),
    "quality": "warn",  # half of the records are rejected on purpose
}

# COMMAND ----------

# MAGIC %run ./expected

# COMMAND ----------

# MAGIC %md
# MAGIC ## Functions

# COMMAND ----------

import gzip
import json
import re
from concurrent.futures import ThreadPoolExecutor

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DecimalType, TimestampType

AT_ONCE = 3  # Free Edition runs at most five tasks of an account at once, including this notebook
SHOWN = 300  # characters of an expected or seen value
datasets = list(rules)
checks = []


def check(step, what, expected, seen):
    passed = expected == seen
    checks.append((step, what, passed, *(json.dumps(value, ensure_ascii=False)[:SHOWN] for value in (expected, seen))))


def run(notebooks):
    """Runs notebooks, given as (path, parameters), one after the other. Returns the first failure, or None."""
    for path, more in notebooks:
        try:
            dbutils.notebook.run(f"../{path}", 0, {**parameters, **more})
        except Exception as error:  # the checks continue, to find further failures
            return f"{path}: {error}"
    return None


def run_for_all(step, notebooks, at_once=AT_ONCE):
    """Runs `notebooks(dataset)` for all datasets in parallel, as a job does."""
    with ThreadPoolExecutor(at_once) as pool:
        failures = [failure for failure in pool.map(run, map(notebooks, datasets)) if failure]
    check(step, "the notebooks run", [], failures)


def run_batch(step):
    run_for_all(step, lambda dataset: [(f"3_clean/{dataset}", {"source": "files"})])

# COMMAND ----------

landed = {dataset: [] for dataset in datasets}  # the lines of each file


def path_of(dataset, ending="json"):
    """Returns the path of the next file of a topic's partition, named as the S3 sink names it."""
    folder = f"{landing}/topics/verify.{dataset}/partition=0"
    dbutils.fs.mkdirs(folder)
    return f"{folder}/verify.{dataset}+0+{len(landed[dataset]):010d}.{ending}"


def land(dataset, lines):
    dbutils.fs.put(path_of(dataset), "".join(f"{line}\n" for line in lines))
    landed[dataset].append(lines)


def land_bytes(dataset, data, **packing):
    """Lands a file with these bytes and a line end. Spark's text writer writes it, because dbutils can only write valid text."""
    text = spark.sql(f"SELECT CAST(X'{data.hex()}' AS STRING) AS line").coalesce(1)
    text.write.mode("overwrite").options(**packing).text(f"{files}/bytes")
    written = [file.path for file in dbutils.fs.ls(f"{files}/bytes") if file.name.startswith("part-")]
    dbutils.fs.mv(written[0], path_of(dataset, "json.gz"))
    landed[dataset].append([data])


PLACE = re.compile(r"\d{13} .+\+(?P<file>\d{10})\.json(?:\.gz)? (?P<line>\d{10})")
TIME = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"


def place(position):
    """Returns the file number and line number that a position contains, or None if the position does not come from a file."""
    found = PLACE.fullmatch(position)
    return (int(found["file"]), int(found["line"])) if found else None


def whole_number(text):
    """Returns an integer. An integer of 2^53 or more is returned as text, because a double might round it."""
    return int(text) if abs(int(text)) < 2**53 else text


def as_json(field):
    """Returns a column as JSON shows it: decimals as text with all decimal places; times in UTC, without microseconds if they are 0."""
    column = F.col(f"`{field.name}`")
    if isinstance(field.dataType, DecimalType):
        column = column.cast("string")
    if isinstance(field.dataType, TimestampType):
        column = F.replace(F.date_format(column, TIME), F.lit(".000000"), F.lit(""))
    return column.alias(field.name)


def values(table):
    """Returns the rows of a table, with values as JSON shows them."""
    table = spark.table(table)
    columns = F.struct(*map(as_json, table.schema))
    rows = table.select(F.to_json(columns, {"ignoreNullFields": "false"})).collect()
    return [json.loads(row[0], parse_int=whole_number) for row in rows]


def rows(table):
    """Returns a table's rows, keyed by the file and line that each came from."""
    return {place(row.get("_position") or row["position"]): row for row in values(table)}


def in_order(rows):
    """Returns the rows, sorted. Neither the order of a row's fields nor writing 5 as 5.0 makes a difference."""
    text = lambda value: str(float(value)) if isinstance(value, (int, float)) else str(value)
    return sorted(rows, key=lambda row: [text(value) for _, value in sorted(row.items())])


def became_of(dataset):
    """Returns a function from a position to its raw text, clean row and reasons, and the rows of the three tables."""
    raw, clean, rejected = (rows(table) for table in (f"raw_{dataset}", f"clean_{dataset}", f"rejected_{dataset}"))

    def of(at):
        wrong = rejected.get(at, {"reasons": []})
        return {"record": None, **raw.get(at, {}), **clean.get(at, {}), "reasons": wrong["reasons"], "kept": at in clean}

    return of, raw, clean, rejected


def contents():
    """Returns all rows of the clean and rejected tables, as texts."""
    tables = [table for dataset in datasets for table in (f"clean_{dataset}", f"rejected_{dataset}")]
    return sorted(f"{table} {json.dumps(row)}" for table in tables for row in rows(table).values())


def difference(before, after):
    return sorted(set(before) ^ set(after))


def commits():
    """Returns how often each table was written. Compaction, which Databricks may run at any time, does not count."""
    tables = [table for dataset in datasets for table in (f"raw_{dataset}", f"clean_{dataset}", f"rejected_{dataset}")]
    writes = "operation IN ('STREAMING UPDATE', 'MERGE', 'WRITE')"
    return {table: spark.sql(f"DESCRIBE HISTORY {table}").where(writes).count() for table in tables}

# COMMAND ----------

# MAGIC %md
# MAGIC ## Tables

# COMMAND ----------

spark.sql("SET TIME ZONE 'UTC'")
spark.sql(f"DROP SCHEMA IF EXISTS `{catalog}`.`{schema}` CASCADE")
dbutils.fs.rm(files, True)
spark.sql(f"CREATE SCHEMA `{catalog}`.`{schema}` COMMENT 'Scratch schema of the job verify, which drops it'")
spark.sql(f"USE `{catalog}`.`{schema}`")

failure = run([("0_tables/all", {})])
check("tables", "the notebook runs", None, failure)
tables = sorted(f"{kind}_{dataset}" for kind in ("raw", "clean", "rejected") for dataset in datasets)
present = {row["tableName"] for row in spark.sql("SHOW TABLES").collect()}
check("tables", "all tables exist", [], [table for table in tables if table not in present])
vectors = {
    spark.sql(f"SHOW TBLPROPERTIES {table} ('delta.enableDeletionVectors')").first()["value"]
    for table in present
}
check("tables", "deletion vectors are as in the parameter", [parameters["deletion_vectors"]], sorted(vectors))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Before any file

# COMMAND ----------

run_batch("before any file")
check("before any file", "no row", [], contents())

# COMMAND ----------

# MAGIC %md
# MAGIC ## First day

# COMMAND ----------

days = [{dataset: [record for _, record, _ in rules[dataset]] for dataset in datasets} for _ in range(2)]
for dataset in datasets:
    for _, (first, second), _, _ in arrivals[dataset]:
        days[0][dataset] += first
        days[1][dataset] += second

for dataset in datasets:
    land(dataset, days[0][dataset])
run_batch("first day")

plain = {}  # by dataset: a line whose record is an object and became a row
for dataset in datasets:
    of, raw, clean, _ = became_of(dataset)
    objects = (line for line, (_, record, _) in enumerate(rules[dataset]) if re.fullmatch(r"\{.*\}", record))
    plain[dataset] = next((line for line in objects if (0, line) in clean), None)
    for line, (what, _, expected) in enumerate(rules[dataset]):
        seen = of((0, line))
        check("first day", f"{dataset}: {what}", expected, {name: seen.get(name) for name in expected})
    wrong = {at: line for at, line in enumerate(days[0][dataset]) if line != raw.get((0, at), {"record": ""})["record"]}
    check("first day", f"{dataset}: every line is a raw row, at its position", {}, wrong)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Nothing new

# COMMAND ----------

before = commits()
run_batch("nothing new")
check("nothing new", "no table is written", before, commits())

# COMMAND ----------

# MAGIC %md
# MAGIC ## Second day
# MAGIC
# MAGIC Lands all records of the first day again, as a replay does, and the second day's records of `arrivals`. Then lands a gzip
# MAGIC file whose line has an invalid UTF-8 byte, and a gzip file that is truncated after its first line.

# COMMAND ----------

odd = {}
for dataset in datasets:
    land(dataset, days[1][dataset])
    if plain[dataset] is not None:
        line = rules[dataset][plain[dataset]][1]
        odd[dataset] = line[:-1] + ', "of no dataset": "P\ufffdru"}'
        land_bytes(dataset, odd[dataset].encode().replace("\ufffd".encode(), b"\xff"), compression="gzip")
        content = f"{line}\n{line}\n".encode()
        stored = gzip.compress(content, compresslevel=0)  # uncompressed, so that the end of a line can be found
        land_bytes(dataset, stored[: stored.index(content) + len(line.encode())])
run_batch("second day")

for dataset in datasets:
    of, raw, clean, rejected = became_of(dataset)
    # Both files have the same record at the same line. The plain record is excluded, because it arrived again later.
    lines = [line for line, (_, record, _) in enumerate(rules[dataset]) if record and line != plain[dataset]]
    lost = [line for line in lines if (1, line) not in clean and (0, line) not in rejected]
    check("second day", f"{dataset}: each record is a row with its later position, or rejected with its first", [], lost)
    left = [line for line in lines if (0, line) in clean or (1, line) in rejected]
    check("second day", f"{dataset}: no other position is left", [], left)

    if dataset in odd:
        seen = raw.get((2, 0), {}).get("record")
        check("second day", f"{dataset}: an invalid UTF-8 byte in a gzip file becomes U+FFFD", odd[dataset], seen)
        cut = {"kept": True, "reasons": ["lines of a gzip file are missing: land all its lines again"]}
        seen = {"kept": (3, 0) in clean, "reasons": of((3, 2))["reasons"]}
        check("second day", f"{dataset}: of a truncated gzip file, a line before the cut is a row and the cut is rejected", cut, seen)

    start = [len(rules[dataset])] * 2  # the first line of the first case, in the file of each day
    for what, texts, expected_clean, expected_rejected in arrivals[dataset]:
        places = [(day, start[day] + line) for day in (0, 1) for line in range(len(texts[day]))]
        start = [start[day] + len(texts[day]) for day in (0, 1)]
        for kind, table, expected in (("clean", clean, expected_clean), ("rejected", rejected, expected_rejected)):
            found = [{"of": number, **table[at]} for number, at in enumerate(places, 1) if at in table]
            names = expected[0].keys() if expected else ["of"]
            check("second day", f"{dataset}, {kind}: {what}", expected, [{name: row.get(name) for name in names} for row in found])

# COMMAND ----------

# MAGIC %md
# MAGIC ## The same files again

# COMMAND ----------

before = contents()
for dataset in datasets:
    dbutils.fs.rm(f"{checkpoints}/raw_{dataset}", True)
run_batch("same files again")
check("same files again", "the same tables", [], difference(before, contents()))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Rebuild

# COMMAND ----------

# Each rebuild starts 3_clean as another run. So two rebuilds at the same time are four runs.
run_for_all("rebuild", lambda dataset: [("5_rebuild", {"dataset": dataset})], at_once=2)
check("rebuild", "the same tables", [], difference(before, contents()))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Retention

# COMMAND ----------

DAYS = 30
old, young = "verify: an hour older", "verify: an hour younger"

for dataset in datasets:
    spark.sql(f"""
        INSERT INTO raw_{dataset} (record, arrived, position)
        SELECT record, current_timestamp() - make_dt_interval({DAYS}, hours), record
        FROM VALUES ('{old}', 1), ('{young}', -1) AS (record, hours)
    """)
days_kept = {"raw_days": str(DAYS), "rejected_days": str(DAYS)}
run_for_all(
    "retention",
    lambda dataset: [(f"3_clean/{dataset}", {}), ("6_maintenance/tables", {"dataset": dataset, **days_kept})],
)
for dataset in datasets:
    for table in (f"raw_{dataset}", f"rejected_{dataset}"):
        left = spark.table(table).where(F.col("record").isin(old, young))
        check("retention", f"{table}: {DAYS} days", [young], [row["record"] for row in left.collect()])
check("retention", "nothing else is deleted", [], difference(before, [row for row in contents() if "verify: an hour" not in row]))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Answers

# COMMAND ----------

for answer, cases in answers.items():
    for what, given, expected in cases:
        for table, lines in given.items():
            parsed = F.from_json(F.lit(json.dumps(lines)), ArrayType(spark.table(table).schema))
            spark.range(1).select(F.inline(parsed)).write.insertInto(table, overwrite=True)
        failure = run([(f"4_answers/{answer}", {})])
        seen = in_order(values(answer)) if failure is None else failure
        check("answers", f"{answer}: {what}", in_order(expected), seen)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Result

# COMMAND ----------

try:
    runtime = spark.sql("SELECT current_version().dbr_version").first()[0]
except AnalysisException:  # Spark without Databricks
    runtime = None

columns = "step STRING, check STRING, passed BOOLEAN, expected STRING, seen STRING"
result = spark.createDataFrame(checks, columns)
result.write.mode("overwrite").saveAsTable("checks")
display(result.orderBy("passed"))

# COMMAND ----------

names = ["step", "check", "passed", "expected", "seen"]
found = {"spark": spark.version, "runtime": runtime, "checks": [dict(zip(names, one)) for one in checks]}
dbutils.notebook.exit(json.dumps(found))
