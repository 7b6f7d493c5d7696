"""
Reads text files that users may have edited: UTF-8, with or without a byte order mark, with line feeds or
CRLF. Any other content is an error.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from pathlib import Path


class TextError(Exception):
    """A file that can't be read as text. The message is a sentence that names the file and what to do."""


def read_text(path: Path) -> str:
    """Returns the text of a file without a byte order mark, and with line feeds instead of CRLF."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TextError(f"{path} can't be read ({error.strerror}): check its path and permissions.") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise TextError(f"{path} is UTF-16: save it as UTF-8.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextError(f"{path} isn't UTF-8 ({error.reason}): save it as UTF-8.") from None
    if "\0" in text:
        raise TextError(f"{path} contains zero bytes, so it is damaged: restore it.")
    return plain(text)


def read_texts(path: Path, remedy: str) -> dict[str, str]:
    """
    Returns the JSON object in a file, whose values are strings; an empty object if the file does not exist.
    For any other content, the error contains the advice `remedy`.
    """
    if not path.exists():
        return {}
    try:
        texts = json.loads(read_text(path))
    except ValueError:
        texts = None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise TextError(f"{path} is damaged: {remedy}.")
    return texts


def write_texts(path: Path, texts: Mapping[str, str]) -> None:
    """Writes the file that `read_texts` reads; after a kill it contains either the old or the new content."""
    written = path.with_suffix(".new")
    written.write_text(json.dumps(texts, indent=1))
    written.replace(path)


def plain(text: str) -> str:
    """Returns the text without a byte order mark, and with line feeds instead of CRLF; U+2028 is kept."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
