"""The streaming source that Databricks has and open-source Spark does not."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def offer_kinesis(spark: SparkSession) -> None:
    """
    Registers the source `kinesis` in this session when the notebook names it.

    Spark would also find it by itself in a module `pyspark_kinesis`. But then all sessions would share one
    object with a map that is not thread-safe. Streams that start at the same time could damage the map, and
    every later micro-batch of this JVM would fail ("Illegal size 4 of collection, expected 5").
    """
    reader: Any = type(spark.readStream)
    original = reader.format

    def registering(self: Any, source: str) -> Any:
        if source == "kinesis":
            # Imported here, because most runs read no stream.
            from .kinesis import KinesisSource

            reader.format = original
            spark.dataSource.register(KinesisSource)
        return original(self, source)

    reader.format = registering
