"""Converts records to Arrow, with the columns of the source's schema."""

from __future__ import annotations

import pyarrow as pa

from .cursor import Record

COLUMNS = pa.schema(
    {
        "partitionKey": pa.string(),
        "data": pa.binary(),
        "stream": pa.string(),
        "shardId": pa.string(),
        "sequenceNumber": pa.string(),
        "approximateArrivalTimestamp": pa.timestamp("us", "UTC"),
    }
)


def to_arrow(stream: str, shard: str, records: list[Record]) -> pa.RecordBatch:
    """Returns one Arrow batch with the records of one shard."""

    def column(name: str) -> list[object]:
        return [record[name] for record in records]

    return pa.RecordBatch.from_pydict(
        {
            "partitionKey": column("PartitionKey"),
            "data": column("Data"),
            "stream": [stream] * len(records),
            "shardId": [shard] * len(records),
            "sequenceNumber": column("SequenceNumber"),
            "approximateArrivalTimestamp": [
                round(record["ApproximateArrivalTimestamp"] * 1_000_000) for record in records
            ],
        },
        schema=COLUMNS,
    )
