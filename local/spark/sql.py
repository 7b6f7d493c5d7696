"""Parses a SQL cell for Spark: its statements, their parameters, and Databricks' widget statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The tokens are those of Spark's lexer: strings with backslash escapes, raw strings without escapes,
# identifiers in backticks, and comments. A string that contains a doubled quote is read as two adjacent
# strings, which makes no difference here.
TOKEN = re.compile(
    r"""
    (?P<quiet>
        --[^\n]*
      | (?<![A-Za-z0-9_])[rR]'[^']*' | (?<![A-Za-z0-9_])[rR]"[^"]*"
      | '(?:[^'\\]|\\.)*(?:'|\Z) | "(?:[^"\\]|\\.)*(?:"|\Z) | `[^`]*(?:`|\Z)
    )
  | (?P<open>/\*)
  | (?P<end>;)
  | (?P<parameter>(?<![:\w]):(?P<name>[A-Za-z_]\w*))
    """,
    re.VERBOSE | re.DOTALL,
)
BRACKET = re.compile(r"/\*|\*/")

CREATE_WIDGET = re.compile(
    r"CREATE\s+WIDGET\s+(?:TEXT|DROPDOWN)\s+`?(\w+)`?\s+DEFAULT\s+"
    r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """One statement without its semicolon; `line` counts from 0 at the first line of the cell's text."""

    text: str
    line: int
    parameters: frozenset[str]


def statements(text: str) -> list[Statement]:
    """
    Splits a cell at the semicolons outside of strings, identifiers and comments. A part that contains only
    comments is not a statement.
    """
    found: list[Statement] = []
    start, names = 0, set[str]()
    for kind, value, at in [*_tokens(text), ("end", "", len(text))]:
        if kind == "parameter":
            names.add(value)
        elif kind == "end":
            body = text[start:at]
            code = _skip_comments(body)
            if body[code:].strip():
                line = text.count("\n", 0, start + code)
                found.append(Statement(body[code:].strip(), line, frozenset(names)))
            start, names = at + 1, set()
    return found


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Yields the semicolons and `:names` of the code as (kind, name, position)."""
    at = 0
    while token := TOKEN.search(text, at):
        at = token.end()
        if token["open"]:
            at = _comment_end(text, at)
        elif token["end"]:
            yield "end", "", token.start()
        elif token["parameter"]:
            yield "parameter", token["name"], token.start()


def _comment_end(text: str, at: int) -> int:
    """Returns the end of the `/*` comment that was opened before `at`. These comments may be nested."""
    depth = 1
    while depth and (bracket := BRACKET.search(text, at)):
        depth += 1 if bracket[0] == "/*" else -1
        at = bracket.end()
    return len(text) if depth else at


def _skip_comments(text: str) -> int:
    """Returns the position of the first character that is neither white space nor part of a comment."""
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if text.startswith("--", at):
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
        elif text.startswith("/*", at):
            at = _comment_end(text, at + 2)
        else:
            return at


def created_widget(statement: str) -> tuple[str, str] | None:
    """Returns (name, default) of a CREATE WIDGET statement; None for any other statement."""
    match = CREATE_WIDGET.match(statement)
    return (match[1], re.sub(r"\\(.)", r"\1", match[2][1:-1])) if match else None
