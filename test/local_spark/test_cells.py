"""Cells, which run in one namespace."""

from pathlib import Path
from typing import Any

import pytest

from local.spark.cells import Cells
from local.spark.notebook import NotebookError


def test_the_runners_future_imports_do_not_apply_to_cells(tmp_path: Path) -> None:
    notebook = tmp_path / "typed.py"
    notebook.write_text("# Databricks notebook source\ndef half(n: int) -> float:\n    return n / 2\n")
    namespace: dict[str, Any] = {}
    Cells(None, None, namespace).run(notebook)  # type: ignore[arg-type]
    assert namespace["half"].__annotations__ == {"n": int, "return": float}


def test_arguments_of_an_included_notebook_are_an_error(tmp_path: Path) -> None:
    notebook = tmp_path / "outer.py"
    notebook.write_text('# Databricks notebook source\n# MAGIC %run ./inner $day="today"\n')
    with pytest.raises(NotebookError, match="no arguments"):
        Cells(None, None, {}).run(notebook)  # type: ignore[arg-type]
