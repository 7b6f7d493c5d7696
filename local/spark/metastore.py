"""
Mends what a kill between two steps leaves behind. Delta commits a new table to its own log first and the
metastore learns of it afterwards, so the folder of a managed table may be unknown to the metastore: with a
committed log it is registered, without one it is what a failed CREATE left, and removed; either would stop
the same CREATE from ever succeeding again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .jvm import Jvm
from .options import Options

COMMIT = re.compile(r"\d{20}\.(json|checkpoint\..*parquet)")
SCHEMA_SUFFIX = ".db"
# Of Spark 4.0's CatalogTable; Scala names the default of each.
TABLE_FIELDS = 21


def repair(jvm: Jvm, options: Options) -> None:
    """To be called before anybody else uses the metastore. A folder with a committed log is never touched."""
    for schema, folder in _schemas(options.warehouse):
        tables = [table for table in folder.iterdir() if table.is_dir() and not _is_schema(table)]
        known = _known_tables(jvm, schema)
        for table in tables:
            if known is not None and table.name.lower() in known:
                continue
            if not _has_commit(table):
                shutil.rmtree(table)
                continue
            if known is None:
                jvm.session.sql(f"CREATE SCHEMA `{schema}`")
                known = set()
            _register(jvm, schema, table.name)


def _schemas(warehouse: Path) -> Iterator[tuple[str, Path]]:
    """Every schema's name and the folder that its managed tables are in."""
    yield "default", warehouse
    for folder in warehouse.iterdir():
        if _is_schema(folder):
            yield folder.name.removesuffix(SCHEMA_SUFFIX), folder


def _is_schema(folder: Path) -> bool:
    return folder.is_dir() and folder.name.endswith(SCHEMA_SUFFIX)


def _has_commit(table: Path) -> bool:
    log = table / "_delta_log"
    return log.is_dir() and any(COMMIT.fullmatch(file.name) for file in log.iterdir())


def _known_tables(jvm: Jvm, schema: str) -> set[str] | None:
    """The names the metastore has; None where it doesn't know the schema."""
    catalog = jvm.session._jsparkSession.sharedState().externalCatalog()
    if not catalog.databaseExists(schema):
        return None
    return set(jvm.gateway.jvm.scala.jdk.javaapi.CollectionConverters.asJava(catalog.listTables(schema)))


def _register(jvm: Jvm, schema: str, table: str) -> None:
    """
    As a managed table, which SQL can't say of a folder that exists; Delta reads columns and properties from
    the log.
    """
    scala = jvm.gateway.jvm.scala
    catalog = jvm.gateway.jvm.org.apache.spark.sql.catalyst.catalog
    identifier = jvm.gateway.jvm.org.apache.spark.sql.catalyst.TableIdentifier(
        table, scala.Option.apply(schema)
    )
    storage = catalog.CatalogStorageFormat.empty()
    columns = jvm.gateway.jvm.org.apache.spark.sql.types.StructType()
    managed, provider = catalog.CatalogTableType.MANAGED(), scala.Option.apply("delta")
    given: list[Any] = [identifier, managed, storage, columns, provider]
    unset = range(len(given) + 1, TABLE_FIELDS + 1)
    rest = [getattr(catalog.CatalogTable, f"apply$default${number}")() for number in unset]
    definition = catalog.CatalogTable.apply(*given, *rest)
    jvm.session._jsparkSession.sessionState().catalog().createTable(definition, False, False)
