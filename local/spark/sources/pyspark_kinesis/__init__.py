"""
An open-source emulator of Databricks' `kinesis` streaming source, for Spark 4 and its Python Data Source
API.

Spark finds it by itself: it looks into every importable module `pyspark_*` for a `DefaultSource`. It takes
the options and gives the columns that Databricks documents, so a notebook doesn't see the difference; it
has not Databricks' code, speed or enhanced fan-out.

    stream = spark.readStream.format("kinesis").option("streamName", "orders")
    stream.option("initialPosition", "trim_horizon").load()

What it keeps to:

- A batch is a range of sequence numbers of each shard, so a batch that Spark runs again has the same records.
- A shard's children are read after it, so a partition key's records stay in order over splits and merges.
- A batch of a running query holds at most `BATCH_BYTES` and what one more fetch brings; it is read from
  Kinesis once, by the driver. What an earlier run of the query planned is read again, by the tasks. They
  hold one fetch at a time.
- The first batch of a new query, and the only one of `availableNow`, go up to the newest records: Spark 4.0
  asks where that is before it says where the query stands, and asks once.
- A stream that was deleted and created again, and records that expired unread, are errors.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader

SCHEMA = """
    partitionKey string, data binary, stream string, shardId string, sequenceNumber string,
    approximateArrivalTimestamp timestamp
"""


class DefaultSource(DataSource):
    """`spark.readStream.format("kinesis")`; options.py says which options it takes."""

    @classmethod
    def name(cls) -> str:
        return "kinesis"

    def schema(self) -> str:
        return SCHEMA

    def streamReader(self, schema: Any) -> DataSourceStreamReader:
        # Here, since Spark imports this module in every session, also where nobody reads a stream.
        from .options import Options
        from .reader import KinesisStreamReader

        return KinesisStreamReader(Options.parse(self.options))
