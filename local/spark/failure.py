"""
Finds where and why a run failed: notebook, cell and line, and the message without the long Java stack trace
around it.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.logger import PySparkLogger

from .cells import Position
from .notebook import Notebook, NotebookError
from .storage import StorageError

# Without this, PySpark would log each error that it raises, as JSON with the whole Java stack trace.
for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
    PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)

MESSAGE_CHARACTERS = 4000

# A path may contain a quotation mark, which Python does not escape.
FRAME = re.compile(r'File "(.+)", line (\d+)')
# The end of Spark's message and the beginning of the text after it.
NOISE = re.compile(
    r"""
      ;\n(?=['A-Z+:])              # the logical plan of an analysis error
    | \n\s+at\ [\w.$]+\(           # a Java frame
    | \n+JVM\ stacktrace
    | \n===\ Streaming\ Query\ ===
    | \n\ SQLSTATE:                # Spark's suffix of a Python traceback
    """,
    re.VERBOSE,
)
STREAM = re.compile(r"\[STREAM_FAILED\] Query \[.*?\] terminated with exception: ")
SPARK_LINE = re.compile(r"\bline (\d+),? (?:pos|position) \d+")


@dataclass(frozen=True)
class Failure:
    """
    `cell` counts from 1 and includes markdown; `line` is a line of the file. Both are 0 if unknown.
    """

    notebook: str
    cell: int
    line: int
    message: str
    trace: str


def failure(error: BaseException, at: Position | None, notebooks: Mapping[str, Notebook]) -> Failure:
    """Returns the message of `error` and its place in `notebooks`; `at` is the run's position."""
    text = message(error)
    path, line = _place(error, at, notebooks, text)
    cell = notebooks[path].cell_at(line).number if path in notebooks else 0
    return Failure(path, cell, line, text, _trace(error, notebooks))


def message(error: BaseException) -> str:
    """Returns the error's message, and the error's type if the message is unclear without it."""
    if isinstance(error, Py4JJavaError):
        return _shortened(_root_cause(error))
    if isinstance(error, PySparkException):
        text = str(error)
        inner = (
            text.rpartition("Traceback (most recent call last):\n")[2] if "Traceback (most" in text else ""
        )
        # In a Python traceback, the error follows the indented lines.
        said = re.search(r"^(?:[\w.]+\.)?(\w+(?:: .*)?)", _without_frames(inner), re.MULTILINE | re.DOTALL)
        return _shortened(said[1] if said else text)
    if isinstance(error, NotebookError | StorageError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return _shortened(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _place(
    error: BaseException, at: Position | None, notebooks: Mapping[str, Notebook], text: str
) -> tuple[str, int]:
    """
    Returns the notebook and the line that caused the error. The error's text names them if the error happened
    in a function that Spark called; otherwise, Python's traceback names them. If neither names a notebook,
    returns the run's position.
    """
    called_back = [(path, int(line)) for path, line in FRAME.findall(str(error)) if path in notebooks]
    if called_back:
        return called_back[-1]
    if isinstance(error, SyntaxError) and error.filename in notebooks:
        return str(error.filename), error.lineno or 0
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in notebooks]
    if frames:
        return frames[-1].filename, frames[-1].lineno or 0
    if at is None:
        return "", 0
    within = SPARK_LINE.search(text) if at.cell.language == "sql" else None
    return str(at.notebook.path), at.line + (int(within[1]) - 1 if within else 0)


def _trace(error: BaseException, notebooks: Mapping[str, Notebook]) -> str:
    """Returns the traceback, starting at the first call in a notebook."""
    start: TracebackType | None = error.__traceback__
    while start and start.tb_frame.f_code.co_filename not in notebooks:
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start or error.__traceback__))


def _root_cause(error: Py4JJavaError) -> str:
    cause = error.java_exception
    while inner := cause.getCause():
        cause = inner
    return str(cause.toString())


def _without_frames(inner: str) -> str:
    return "\n".join(line for line in inner.split("\n") if not line.startswith("  "))


def _shortened(text: str) -> str:
    text = STREAM.sub("", NOISE.split(text, maxsplit=1)[0], count=1).strip()
    return text if len(text) <= MESSAGE_CHARACTERS else text[:MESSAGE_CHARACTERS] + " …"
