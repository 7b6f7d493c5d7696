"""
Runs a notebook's cells. The cells and the notebooks that they include share one namespace and one Spark
session.
"""

from __future__ import annotations

import ast
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType
from typing import Any

from . import notebook, sql
from .dbutils import DBUtils
from .notebook import Cell, Notebook, NotebookError

DISPLAYED_ROWS = 20
DISPLAYED_WIDTH = 80


@dataclass(frozen=True)
class Position:
    """The position of a run: a cell, and the line at which the cell or its current SQL statement begins."""

    notebook: Notebook
    cell: Cell
    line: int


class Cells:
    """
    Runs a notebook. After an error, `at` is the error's position, which may be in an included notebook, and
    `notebooks` contains all notebooks that were read, by path.
    """

    def __init__(self, spark: Any, dbutils: DBUtils, namespace: dict[str, Any]) -> None:
        self._spark, self._dbutils, self._namespace = spark, dbutils, namespace
        self.notebooks: dict[str, Notebook] = {}
        self.at: Position | None = None
        namespace.update(spark=spark, dbutils=dbutils, display=display, displayHTML=print, _sqldf=None)

    def run(self, path: Path) -> None:
        """Runs all cells in order; errors and NotebookExit are passed on unchanged."""
        read = notebook.read(path)
        self.notebooks[str(read.path)] = read
        for cell in read.cells:
            if cell.text.strip():
                self.at = Position(read, cell, cell.line)
                self._cell(cell)

    def _cell(self, cell: Cell) -> None:
        match cell.language:
            case "python":
                self._python(cell)
            case "sql":
                self._sql(cell)
            case "run":
                self._include(cell)
            case "md":
                pass
            case other:
                raise NotebookError(
                    f"%{other} cells don't run on this machine: expected %python, %sql, %run or %md."
                )

    def _python(self, cell: Cell) -> None:
        """Runs the cell and prints its last expression's value. Errors name lines of the file."""
        path = str(self._here.notebook.path)
        tree = ast.parse("\n" * (cell.line - 1) + cell.text, path)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(_compiled(tree, path), self._namespace)
        if isinstance(last, ast.Expr):
            value = eval(_compiled(ast.Expression(last.value), path), self._namespace)
            if value is not None:
                print(repr(value))

    def _sql(self, cell: Cell) -> None:
        """Runs the statements one by one; a `:name` is a parameter if a widget has that name."""
        widgets = self._dbutils.widgets
        for statement in sql.statements(cell.text):
            self.at = replace(self._here, line=cell.line + statement.line)
            if created := sql.created_widget(statement.text):
                widgets.text(*created)
            else:
                values = widgets.getAll()
                named = {name: values[name] for name in statement.parameters if name in values}
                result = self._spark.sql(statement.text, args=named or None)
                self._namespace["_sqldf"] = result
                if result.columns:
                    display(result)

    def _include(self, cell: Cell) -> None:
        words = shlex.split(cell.text)
        if len(words) != 1:
            raise NotebookError("Expected %run PATH: this machine supports no arguments.")
        outer = self._here
        self.run((outer.notebook.path.parent / words[0]).resolve())
        self.at = outer

    @property
    def _here(self) -> Position:
        assert self.at
        return self.at


def _compiled(tree: ast.Module | ast.Expression, path: str) -> CodeType:
    # By default, compile() applies this file's `from __future__` imports, too.
    return compile(tree, path, "exec" if isinstance(tree, ast.Module) else "eval", dont_inherit=True)


def display(value: Any = None, *_: Any, **__: Any) -> None:
    """Prints what Databricks' `display` shows: the first rows of a DataFrame, or any other value as text."""
    if not hasattr(value, "isStreaming"):
        print(value)
    elif value.isStreaming:
        print("A streaming DataFrame: its rows are displayed only on Databricks, not on this machine.")
    else:
        value.show(DISPLAYED_ROWS, truncate=DISPLAYED_WIDTH)
