"""`dbutils` for notebooks, with only the parts that this project's notebooks use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .files import Files
from .secrets import Secrets
from .widgets import Widgets

RunNotebook = Callable[[Path, float, dict[str, str]], str]


class NotebookExit(BaseException):
    """Ends the run with a value. Not an Exception, so that `except Exception` doesn't catch it."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class NotebookCommands:
    """`dbutils.notebook`."""

    def __init__(self, folder: Path, run: RunNotebook) -> None:
        """
        `folder` is the base of relative paths; `run` runs a notebook as a separate run and returns its exit
        value.
        """
        self._folder, self._run = folder, run

    def run(self, path: str, timeout_seconds: float = 0, arguments: Mapping[str, str] | None = None) -> str:
        """Runs another notebook as a separate run with its own session; 0 seconds means no limit."""
        texts = {name: str(value) for name, value in (arguments or {}).items()}
        return self._run((self._folder / path).resolve(), timeout_seconds, texts)

    def exit(self, value: object = "") -> None:
        raise NotebookExit(str(value))


class DBUtils:
    def __init__(self, widgets: Widgets, secrets: Secrets, fs: Files, notebook: NotebookCommands) -> None:
        self.widgets, self.secrets, self.fs, self.notebook = widgets, secrets, fs, notebook
