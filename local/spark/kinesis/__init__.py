"""
An open-source emulator of Databricks' `kinesis` streaming source, for Spark 4 and its Python Data Source
API.

The source has the options and columns that Databricks documents, so a notebook runs unchanged. It is slower
than Databricks' source and has no enhanced fan-out. sources.py registers it.

    stream = spark.readStream.format("kinesis").option("streamName", "orders")
    stream.option("initialPosition", "trim_horizon").load()

Guarantees:

- A batch is a range of sequence numbers of each shard, so a batch that Spark runs again has the same records.
- A shard's children are read after the shard, so a partition key's records stay in order if shards are split
  or merged.
- A batch of a running query contains at most `BATCH_BYTES` plus the records of one more fetch. The driver
  reads the batch from Kinesis only once. After a restart of the query, the tasks read the last planned batch
  from Kinesis again, and keep one fetch at a time in memory.
- The first batch of a new query, and the only batch of `availableNow`, ends at the newest records, because
  Spark 4.0 requests this end only once, before it passes the query's position to the source.
- It is an error if a stream was deleted and created again, or if records expired before they were read.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceStreamReader

SCHEMA = """
    partitionKey string, data binary, stream string, shardId string, sequenceNumber string,
    approximateArrivalTimestamp timestamp
"""


class KinesisSource(DataSource):
    """`spark.readStream.format("kinesis")`; options.py documents its options."""

    @classmethod
    def name(cls) -> str:
        return "kinesis"

    def schema(self) -> str:
        return SCHEMA

    def streamReader(self, schema: Any) -> DataSourceStreamReader:
        # Imported here, because a notebook's process only registers this class.
        from .options import Options
        from .reader import KinesisStreamReader

        return KinesisStreamReader(Options.parse(self.options))
