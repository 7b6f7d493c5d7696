"""`dbutils.secrets`, and the redaction of its secrets in outputs, errors and logs."""

from __future__ import annotations

import threading
from collections.abc import Callable

REDACTED = "[REDACTED]"
Scopes = dict[str, dict[str, str]]


class Secrets:
    """Read-only, as on Databricks: a notebook can't create secrets."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    def get(self, scope: str, key: str) -> str:
        try:
            return self._scopes[scope][key]
        except KeyError:
            raise KeyError(f"Secret does not exist with scope: {scope} and key: {key}") from None


def redactor(scopes: Scopes) -> Callable[[str], str]:
    """Returns a function that redacts every secret in a text, and also each single line of a secret."""
    return _replacer(_texts(scopes))


def _texts(scopes: Scopes) -> set[str]:
    return {
        line for scope in scopes.values() for value in scope.values() for line in (value, *value.splitlines())
    }


def _replacer(values: set[str]) -> Callable[[str], str]:
    """Returns a function that redacts the values, the longest first, because a value may contain another."""
    ordered = sorted((value for value in values if value.strip()), key=len, reverse=True)

    def redact(text: str) -> str:
        for value in ordered:
            text = text.replace(value, REDACTED)
        return text

    return redact


class KnownSecrets:
    """
    The secrets for new runs. `redact` also redacts all earlier secrets, because a run keeps the secrets with
    which it started.
    """

    def __init__(self, scopes: Scopes) -> None:
        self._ever: set[str] = set()
        self.replace(scopes)

    def replace(self, scopes: Scopes) -> None:
        self._ever = self._ever | _texts(scopes)
        self.redact = _replacer(self._ever)
        self.scopes = scopes


class RedactedOutput:
    """
    A text stream that redacts the secrets. It emits only complete lines, because a single write may end in
    the middle of a secret, which would then not be recognized.
    """

    encoding = "utf-8"

    def __init__(self, redact: Callable[[str], str], emit: Callable[[str], None]) -> None:
        self._redact, self._emit = redact, emit
        self._line = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            whole, newline, self._line = (self._line + text).rpartition("\n")
            if newline:
                self._emit(self._redact(whole + newline))
        return len(text)

    def flush(self) -> None:
        """Does nothing: an unfinished line is kept until the line or the stream ends."""

    def isatty(self) -> bool:
        return False

    def finish(self) -> None:
        """Emits the unfinished last line."""
        with self._lock:
            rest, self._line = self._line, ""
        if rest:
            self._emit(self._redact(rest))
