"""The position at which a failure is reported, and how much of Spark's message is kept."""

from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from local.spark.cells import Position
from local.spark.failure import failure, message
from local.spark.notebook import parse

NOTEBOOK = parse(
    Path("/nb/clean.py"),
    "# Databricks notebook source\nimport math\n\n# COMMAND ----------\n\n"
    "# MAGIC %sql\n# MAGIC SELECT\n# MAGIC   nope\n",
)
SYNTAX = "[PARSE_SYNTAX_ERROR] Syntax error. (line 1, pos 9)\n\n== SQL ==\nSELECT * FORM t\n---------^^^"
NOTEBOOKS = {str(NOTEBOOK.path): NOTEBOOK}


def test_a_sql_error_is_reported_at_the_line_that_spark_names() -> None:
    at = Position(NOTEBOOK, NOTEBOOK.cells[1], 7)
    found = failure(
        RuntimeError("[UNRESOLVED_COLUMN] `nope`; line 2 pos 2;\n'Project ['nope]\n+- OneRowRelation"),
        at,
        NOTEBOOKS,
    )
    assert (found.notebook, found.cell, found.line) == ("/nb/clean.py", 2, 8)
    assert found.message == "RuntimeError: [UNRESOLVED_COLUMN] `nope`; line 2 pos 2"


def test_an_error_in_a_callback_function_is_reported_in_that_function() -> None:
    text = (
        "[STREAM_FAILED] Query [id = 1, runId = 2] terminated with exception: "
        "[FOREACH_BATCH_USER_FUNCTION_ERROR] An error occurred in the user provided function. "
        "Reason: Traceback (most recent call last):\n"
        '  File "/lib/pyspark/sql/utils.py", line 120, in call\n    raise e\n'
        '  File "/nb/clean.py", line 2, in upsert\n    math.sqrt(-1)\n'
        "ValueError: math domain error\n SQLSTATE: 39000 SQLSTATE: XXKST\n"
        "=== Streaming Query ===\nIdentifier: 1"
    )
    found = failure(PySparkException(text), Position(NOTEBOOK, NOTEBOOK.cells[0], 2), NOTEBOOKS)
    assert (found.cell, found.line, found.message) == (1, 2, "ValueError: math domain error")


def test_a_failure_is_reported_in_a_notebook_whose_path_has_quotation_marks() -> None:
    notebook = parse(Path('/nb "new"/a.py'), "# Databricks notebook source\nimport math\n")
    text = 'Traceback (most recent call last):\n  File "/nb "new"/a.py", line 2, in f\nValueError: no'
    found = failure(PySparkException(text), None, {str(notebook.path): notebook})
    assert (found.notebook, found.cell, found.line) == ('/nb "new"/a.py', 1, 2)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("[X] first\nsecond\n\nJVM stacktrace:\norg.apache", "[X] first\nsecond"),
        ("[X] it broke\n\tat org.apache.spark.Foo.bar(Foo.scala:1)\n\tat x.y(z)", "[X] it broke"),
        (f"\n{SYNTAX}\n", SYNTAX),
    ],
)
def test_a_message_omits_spark_plans_and_java_stack_traces(text: str, want: str) -> None:
    assert message(PySparkException(text)) == want
