"""
Spark's catalog on this machine. It is kept in memory and filled at each start. A managed Delta table is found
by the log in its folder. If the log has no commit, a CREATE failed, and the folder is removed. Therefore a
kill during a CREATE leaves nothing to repair; after a kill during a DROP, the folder's files may remain.
Views, and tables with another location or format, can't be found in this way, so their definitions are
stored in `catalog.json`.
"""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException

from .jvm import Jvm
from .options import Options
from .state import StateError
from .text import TextError, read_texts, write_texts

log = logging.getLogger(__name__)

COMMIT = re.compile(r"\d{20}\.(json|checkpoint\..*parquet)")
SCHEMA_SUFFIX = ".db"
# Number of fields of Spark 4's CatalogTable. For each field, Scala has a method that returns its default.
TABLE_FIELDS = 21
SAVE_INTERVAL_SECONDS = 5


class Catalog:
    """Fills Spark's catalog when it is created. `save` must be called before Spark stops."""

    def __init__(self, jvm: Jvm, options: Options) -> None:
        self._jvm = jvm
        self._session = jvm.session._jsparkSession
        self._external = self._session.sharedState().externalCatalog()
        self._file = options.state / "catalog.json"
        self._saving = threading.Lock()
        self._seen: list[str] = []
        for schema, folder in _schemas(options.warehouse):
            self._load_schema(schema, folder)
        try:
            self._kept = read_texts(self._file, "remove it and create its views and tables again")
        except TextError as error:
            raise StateError("STATE_BROKEN", str(error)) from None
        self._failed = self._restore(self._kept)

    def save_regularly(self) -> None:
        """Starts a background thread that saves the catalog when a table's name or a view has changed."""

        def loop() -> None:
            while True:
                try:
                    entries = self._entries()
                    if entries != self._seen:
                        self.save()
                        self._seen = entries
                except Exception:  # such as a table that was dropped meanwhile; the next attempt may succeed
                    log.exception("The catalog could not be saved")
                time.sleep(SAVE_INTERVAL_SECONDS)

        threading.Thread(target=loop, daemon=True).start()

    def save(self) -> None:
        """Stores the definitions that can't be found in the warehouse's folders."""
        with self._saving:
            definitions = {}
            for schema in _list(self._external.listDatabases()):
                for table in _list(self._external.listTables(schema)):
                    name = f"`{schema}`.`{table}`"
                    self._failed.pop(name, None)
                    if not self._is_managed_delta(schema, table):
                        definitions[name] = self._definition(schema, table)
            definitions |= self._failed
            if definitions != self._kept:
                write_texts(self._file, definitions)
                self._kept = definitions

    def _load_schema(self, schema: str, folder: Path) -> None:
        if not self._external.databaseExists(schema):
            self._jvm.session.sql(f"CREATE SCHEMA `{schema}`")
        for table in folder.iterdir():
            if not table.is_dir() or _is_schema(table):
                continue
            log = table / "_delta_log"
            if not log.exists():
                continue  # a table of another format: its definition is in catalog.json
            if any(COMMIT.fullmatch(file.name) for file in log.iterdir()):
                self._register(schema, table.name)
            else:
                shutil.rmtree(table)

    def _register(self, schema: str, table: str) -> None:
        """
        Registers a folder as a managed table, which SQL can't do for an existing folder. Delta reads the
        columns and properties from the log.
        """
        scala = self._jvm.gateway.jvm.scala
        catalog = self._jvm.gateway.jvm.org.apache.spark.sql.catalyst.catalog
        identifier = self._jvm.gateway.jvm.org.apache.spark.sql.catalyst.TableIdentifier(
            table, scala.Option.apply(schema)
        )
        storage = catalog.CatalogStorageFormat.empty()
        columns = self._jvm.gateway.jvm.org.apache.spark.sql.types.StructType()
        managed, provider = catalog.CatalogTableType.MANAGED(), scala.Option.apply("delta")
        given: list[Any] = [identifier, managed, storage, columns, provider]
        unset = range(len(given) + 1, TABLE_FIELDS + 1)
        rest = [getattr(catalog.CatalogTable, f"apply$default${number}")() for number in unset]
        definition = catalog.CatalogTable.apply(*given, *rest)
        self._session.sessionState().catalog().createTable(definition, False, False)

    def _restore(self, definitions: Mapping[str, str]) -> dict[str, str]:
        """
        Creates the tables and views. A view may read another view, so failed statements are retried as long
        as another statement succeeds. Returns the definitions that failed, such as that of a view that reads
        a missing table. They are kept for the next start.
        """
        waiting = dict(definitions)
        while True:
            failed = {name: text for name, text in waiting.items() if not self._create(text)}
            if len(failed) == len(waiting):
                break
            waiting = failed
        for name in failed:
            log.warning("%s can't be created now. Its definition is kept for the next start.", name)
        return failed

    def _create(self, text: str) -> bool:
        try:
            self._jvm.session.sql(text)
        except PySparkException:
            return False
        return True

    def _definition(self, schema: str, table: str) -> str:
        name, found = f"`{schema}`.`{table}`", self._external.getTable(schema, table)
        kind, path = found.tableType().name(), self._jvm.gateway.jvm.org.apache.hadoop.fs.Path
        folder = "" if kind == "VIEW" else _literal(path(found.location()).toString())
        if _is_delta(found):
            # The statement omits columns and properties, because Delta reads them from its log.
            return f"CREATE TABLE {name} USING DELTA LOCATION {folder}"
        text = str(self._jvm.session.sql(f"SHOW CREATE TABLE {name}").first()[0])
        # A managed table can't be created in an existing folder, so it becomes an external table.
        return f"{text} LOCATION {folder}" if kind == "MANAGED" else text

    def _is_managed_delta(self, schema: str, table: str) -> bool:
        found = self._external.getTable(schema, table)
        return _is_delta(found) and found.tableType().name() == "MANAGED"

    def _entries(self) -> list[str]:
        """Returns every schema's names, and the definition of every view, which may be replaced."""
        found = []
        for schema in _list(self._external.listDatabases()):
            found.append(self._external.listTables(schema).toString())
            for view in _list(self._external.listViews(schema, "*")):
                found.append(self._external.getTable(schema, view).toString())
        return found


def _list(names: Any) -> list[str]:
    """
    Returns the strings of a Scala sequence. They are read as one text, because Py4J ends an iteration with a
    Java exception, for which PySpark makes 40 calls.
    """
    return [name for name in names.mkString("\0").split("\0") if name]


def _is_delta(table: Any) -> bool:
    provider = table.provider()
    return bool(provider.isDefined() and provider.get().lower() == "delta")


def _literal(text: str) -> str:
    """Returns `text` as a SQL literal. Spark replaces `${…}` even in quotes, so `$` is escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024")
    return f"'{escaped}'"


def _schemas(warehouse: Path) -> Iterator[tuple[str, Path]]:
    """Yields each schema's name and the folder of its managed tables."""
    yield "default", warehouse
    for folder in warehouse.iterdir():
        if _is_schema(folder):
            yield folder.name.removesuffix(SCHEMA_SUFFIX), folder


def _is_schema(folder: Path) -> bool:
    return folder.is_dir() and folder.name.endswith(SCHEMA_SUFFIX)
