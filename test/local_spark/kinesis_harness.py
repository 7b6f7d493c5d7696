"""A stream of the emulator and a query that reads it, for tests of the kinesis source."""

from __future__ import annotations

import json
import pickle
import time
from collections import defaultdict
from typing import Any

from local.spark.kinesis import KinesisSource
from local.spark.kinesis.reader import KinesisStreamReader


class Stream:
    """
    A stream of the emulator. Its records are numbered in the order in which they were put; the number also
    determines the partition key.
    """

    count = 0

    def __init__(self, kinesis: Any, shards: int = 2) -> None:
        Stream.count += 1
        self.kinesis, self.name = kinesis, f"stream-{Stream.count}"
        self.sent: list[str] = []
        self.create(shards)

    def create(self, shards: int) -> None:
        self.kinesis.create_stream(StreamName=self.name, ShardCount=shards)
        self.settle()

    def settle(self) -> None:
        summary = self.kinesis.describe_stream_summary
        while summary(StreamName=self.name)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
            time.sleep(0.02)

    def put(self, count: int) -> None:
        """Puts records, distributed over 10 partition keys."""
        new = [f"{len(self.sent) + index:06d}" for index in range(count)]
        records = [{"PartitionKey": f"key-{int(each) % 10}", "Data": each.encode()} for each in new]
        for first in range(0, count, 500):
            self.kinesis.put_records(StreamName=self.name, Records=records[first : first + 500])
        self.sent += new

    def split(self, shard: int) -> None:
        ranges = self.kinesis.list_shards(StreamName=self.name)["Shards"][shard]["HashKeyRange"]
        middle = (int(ranges["StartingHashKey"]) + int(ranges["EndingHashKey"])) // 2
        self.kinesis.split_shard(
            StreamName=self.name, ShardToSplit=shard_id(shard), NewStartingHashKey=str(middle)
        )
        self.settle()

    def merge(self, shard: int, other: int) -> None:
        self.kinesis.merge_shards(
            StreamName=self.name, ShardToMerge=shard_id(shard), AdjacentShardToMerge=shard_id(other)
        )
        self.settle()

    def recreate(self) -> None:
        self.kinesis.delete_stream(StreamName=self.name)
        # The new stream differs from the old one only in its creation time, whose resolution is one second.
        time.sleep(1.1)
        self.create(2)


def shard_id(number: int) -> str:
    return f"shardId-{number:012d}"


def new_reader(stream: Stream, position: str = "trim_horizon", **options: str) -> KinesisStreamReader:
    source = KinesisSource({"streamname": stream.name, "initialposition": position, **options})
    reader = source.streamReader(None)
    assert isinstance(reader, KinesisStreamReader)
    return reader


class Query:
    """Calls a reader as Spark 4.0 does; `committed` is the offset that a checkpoint would contain."""

    def __init__(self, stream: Stream, committed: str | None = None, **options: str) -> None:
        self.committed, self.reader = committed, new_reader(stream, **options)
        self.rows: list[dict[str, Any]] = []
        self.parts: list[Any] = []
        if committed:
            # After a restart, Spark passes the last offset as start and end, except under availableNow.
            self.plan(committed, committed)

    @property
    def data(self) -> list[str]:
        return [row["data"].decode() for row in self.rows]

    def plan(self, start: str, end: str) -> list[Any]:
        return pickle.loads(pickle.dumps(self.reader.partitions(json.loads(start), json.loads(end))))

    def read(self, start: str, end: str) -> list[dict[str, Any]]:
        self.parts = self.plan(start, end)
        in_tasks = KinesisStreamReader(self.reader._options)
        return [row for part in self.parts for batch in in_tasks.read(part) for row in batch.to_pylist()]

    def batch(self) -> bool:
        """Reads the next batch. Returns False if there are no new records."""
        end = json.dumps(self.reader.latestOffset())
        if end == self.committed:
            return False
        start = self.committed or json.dumps(self.reader.initialOffset())
        self.rows += self.read(start, end)
        self.committed = end
        return True

    def until(self, count: int) -> None:
        deadline = time.monotonic() + 20
        while len(self.rows) < count and time.monotonic() < deadline:
            self.batch()

    def drain(self) -> None:
        """Reads batches until three polls in a row return nothing."""
        idle = 0
        while idle < 3:
            idle = 0 if self.batch() else idle + 1


def assert_ordered(rows: list[dict[str, Any]]) -> None:
    """Asserts that each partition key's records are in the order in which they were put."""
    by_key: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        by_key[row["partitionKey"]].append(row["data"])
    for key, data in by_key.items():
        assert data == sorted(data), key
