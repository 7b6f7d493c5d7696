"""
Parses Databricks' source format: a .py or .sql file is a list of cells, each with its language and its line
in the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .text import TextError, plain, read_text

COMMENT = {".py": "#", ".sql": "--"}
LANGUAGE = {".py": "python", ".sql": "sql"}
MAGIC = re.compile(r"\s*%(\w+)\s*")


class NotebookError(Exception):
    """
    A notebook that can't be read or a cell that can't be run here. The message is a sentence for the author.
    """


@dataclass(frozen=True)
class Cell:
    """
    One cell. `number` counts from 1 and includes markdown, as on Databricks; `line` is the line of the file
    at which `text` begins.
    """

    number: int
    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Notebook:
    path: Path
    cells: tuple[Cell, ...]

    def cell_at(self, line: int) -> Cell:
        """Returns the cell that contains a line of the file."""
        return [cell for cell in self.cells if cell.line <= line or cell.number == 1][-1]


def find(path: Path) -> Path:
    """Returns the notebook's file. As on Databricks, the extension may be omitted from `path`."""
    if path.suffix in COMMENT and path.is_file():
        return path
    found = [candidate for suffix in COMMENT if (candidate := path.with_name(path.name + suffix)).is_file()]
    if not found:
        raise NotebookError(
            f"There is no notebook {path}: expected this file, or one with the extension .py or .sql."
        )
    return found[0]


def read(path: Path) -> Notebook:
    """Reads a notebook's file."""
    path = find(path)
    try:
        text = read_text(path)
    except TextError as error:
        raise NotebookError(str(error)) from None
    return parse(path, text)


def parse(path: Path, text: str) -> Notebook:
    """Parses `text`, the content of the file `path`. The file's extension determines the default language."""
    comment, language = COMMENT[path.suffix], LANGUAGE[path.suffix]
    # splitlines() would also split at U+2028 and U+0085, which may be part of a string.
    lines = plain(text).split("\n")
    header = f"{comment} Databricks notebook source"
    if lines[0].rstrip() != header:
        raise NotebookError(f'{path} is not a notebook: expected "{header}" in its first line.')
    separator = re.compile(rf"{comment} COMMAND -+\s*")
    starts = [1, *(at + 1 for at, line in enumerate(lines) if separator.fullmatch(line))]
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    cells = (
        _cell(number, lines[start:end], start + 1, comment, language)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    )
    return Notebook(path, tuple(cells))


def _cell(number: int, lines: list[str], line: int, comment: str, language: str) -> Cell:
    title, magic = f"{comment} DBTITLE", f"{comment} MAGIC"
    while lines and (not lines[0].strip() or lines[0].startswith(title)):
        lines, line = lines[1:], line + 1
    if not any(text.startswith(magic) for text in lines):
        return Cell(number, language, "\n".join(lines).rstrip(), line)
    # A line without the prefix becomes an empty line, so that line numbers still match the file.
    text = "\n".join(re.sub(f"^{magic} ?", "", text) if text.startswith(magic) else "" for text in lines)
    named = MAGIC.match(text)
    if not named:
        return Cell(number, language, text.rstrip(), line)
    rest = text[named.end() :]
    return Cell(number, named[1], rest.rstrip(), line + text[: named.end()].count("\n"))
