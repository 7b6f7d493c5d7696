"""Converts rows to JSON values without losing precision: numbers that JSON can't represent become text."""

from __future__ import annotations

import base64
import math
from datetime import datetime, timedelta, timezone
from typing import Any

from pyspark.sql.types import ArrayType, DataType, MapType, StructType, TimestampType

# Larger integers are not exact as doubles, which JSON parsers use for numbers.
SAFE_INTEGER = 2**53 - 1

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _from_micros(_: TimestampType, micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


# PySpark's method uses datetime.fromtimestamp, which fails for the first day of year 1.
TimestampType.fromInternal = _from_micros  # type: ignore[assignment,method-assign]


def json_row(row: Any, schema: StructType) -> dict[str, Any]:
    """
    Returns a row as a dict by column name. Large integers and decimals become text, timestamps ISO 8601 in
    UTC, binary values base64.
    """
    return {
        field.name: json_value(value, field.dataType) for field, value in zip(schema.fields, row, strict=True)
    }


def json_value(value: Any, kind: DataType) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(kind, TimestampType):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(kind, ArrayType):
        return [json_value(item, kind.elementType) for item in value]
    if isinstance(kind, MapType):
        return {str(key): json_value(item, kind.valueType) for key, item in value.items()}
    if isinstance(kind, StructType):
        return json_row(value, kind)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
