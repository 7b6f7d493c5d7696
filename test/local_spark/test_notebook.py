"""Parsing of Databricks' source format, as a workspace exports it."""

from pathlib import Path

import pytest

from local.spark.notebook import NotebookError, find, parse, read

PYTHON = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # A title

# COMMAND ----------

# DBTITLE 1,Read
rows = spark.range(3)

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1;
# MAGIC
# MAGIC SELECT 2

# COMMAND ----------

# MAGIC %run ./setup
"""


def cells(name: str, text: str) -> list[tuple[int, str, int, str]]:
    return [(cell.number, cell.language, cell.line, cell.text) for cell in parse(Path(name), text).cells]


def test_a_python_notebook_keeps_cell_numbers_and_file_lines() -> None:
    assert cells("a.py", PYTHON) == [
        (1, "md", 3, "# A title"),
        (2, "python", 8, "rows = spark.range(3)"),
        (3, "sql", 13, "SELECT 1;\n\nSELECT 2"),
        (4, "run", 19, "./setup"),
    ]


def test_cells_of_a_sql_notebook_are_sql_unless_they_name_another_language() -> None:
    text = (
        "-- Databricks notebook source\nSELECT 1\n\n-- COMMAND ----------\n\n"
        "-- MAGIC %python\n-- MAGIC print(1)\n"
    )
    assert cells("a.sql", text) == [(1, "sql", 2, "SELECT 1"), (2, "python", 7, "print(1)")]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert cells("a.py", "\ufeff" + PYTHON.replace("\n", "\r\n")) == cells("a.py", PYTHON)


def test_only_a_line_feed_ends_a_line() -> None:
    text = "# Databricks notebook source\nseparators = '\u2028\u2029\x85\x0b\x0c\x1c'\nprint(separators)\n"
    ((_, _, line, cell),) = cells("a.py", text)
    assert (line, cell) == (2, "separators = '\u2028\u2029\x85\x0b\x0c\x1c'\nprint(separators)")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PYTHON.encode("utf-16"), r"a\.py is UTF-16: save it as UTF-8\.$"),
        (PYTHON.encode() + b"\xe9", r"a\.py isn't UTF-8 \(.*\): save it as UTF-8\.$"),
        (bytes(100), r"a\.py contains zero bytes, so it is damaged: restore it\.$"),
        (b"", 'is not a notebook: expected "# Databricks notebook source"'),
    ],
)
def test_a_file_that_is_not_text_is_rejected(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(NotebookError, match=says):
        read(tmp_path / "a")


def test_a_line_belongs_to_the_last_cell_that_begins_before_it() -> None:
    notebook = parse(Path("a.py"), PYTHON)
    assert [notebook.cell_at(line).number for line in (1, 2, 8, 9, 14, 19)] == [1, 1, 2, 2, 3, 4]


def test_a_file_without_the_header_is_rejected() -> None:
    with pytest.raises(NotebookError, match='expected "# Databricks notebook source" in its first line'):
        parse(Path("a.py"), "print(1)\n")


def test_a_notebook_is_found_with_and_without_its_extension(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    (tmp_path / "b.sql").touch()
    assert find(tmp_path / "a") == find(tmp_path / "a.py") == tmp_path / "a.py"
    assert find(tmp_path / "b") == tmp_path / "b.sql"
    with pytest.raises(NotebookError, match="There is no notebook"):
        find(tmp_path / "c")
