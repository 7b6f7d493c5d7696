"""Cells, which run in one namespace."""

from pathlib import Path
from typing import Any

from local.spark.cells import Cells


def test_the_runners_future_imports_do_not_apply_to_cells(tmp_path: Path) -> None:
    notebook = tmp_path / "typed.py"
    notebook.write_text("# Databricks notebook source\ndef half(n: int) -> float:\n    return n / 2\n")
    namespace: dict[str, Any] = {}
    Cells(None, None, namespace).run(notebook)  # type: ignore[arg-type]
    assert namespace["half"].__annotations__ == {"n": int, "return": float}
