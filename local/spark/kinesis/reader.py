"""The reader that Spark calls: in the driver for offsets, in the tasks for records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import pyarrow as pa
from pyspark.sql.datasource import DataSourceStreamReader, InputPartition

from .client import Kinesis
from .cursor import read_range
from .offsets import from_json, to_json
from .options import Options
from .progress import Progress
from .ranges import Range
from .records import to_arrow


@lru_cache(maxsize=4)
def connect(options: Options) -> Kinesis:
    """Returns one client for all batches of a process, because creating one takes a third of a second."""
    return Kinesis(options)


Chunk: TypeAlias = pa.RecordBatch | Range
"""Records that the driver has read, or a range that the task must read."""


class Part(InputPartition):
    """The chunks that one task returns, in this order."""

    def __init__(self, chunks: list[Chunk]) -> None:
        self.chunks = chunks


class KinesisStreamReader(DataSourceStreamReader):
    """Spark serializes the reader for the tasks, so it is created without a connection."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._progress: Progress | None = None

    def initialOffset(self) -> dict[str, Any]:
        return to_json(self._driver().initial())

    def latestOffset(self) -> dict[str, Any]:
        """
        Returns the end of the next batch. For a new query and for `availableNow`, Spark calls this method
        before the query's position is known. Then the end must include all records, because for
        `availableNow` Spark calls this method only once.
        """
        progress = self._driver()
        return to_json(progress.to_tip() if progress.position is None else progress.advance())

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> list[InputPartition]:
        """
        Returns the tasks of a batch. When a query is restarted, Spark also calls this method with an empty
        batch at the position where the query continues.
        """
        progress, begin, to = self._driver(), from_json(start), from_json(end)
        if progress.position is None:
            progress.position = to
        read: list[list[Chunk]] = []
        unread: list[list[Chunk]] = []
        for chain in progress.plan(begin, to):
            chunks = [
                each if records is None else to_arrow(each.stream, each.shard, records)
                for each, records in chain
            ]
            (unread if any(records is None for _, records in chain) else read).append(chunks)
        width = self._options.shards_per_task
        together = [read[first : first + width] for first in range(0, len(read), width)]
        return [
            Part([chunk for chain in some for chunk in chain])
            for some in [*together, *([chain] for chain in unread)]
        ]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, Part)
        for chunk in partition.chunks:
            if isinstance(chunk, Range):
                for records in read_range(connect(self._options), chunk, self._options.records_per_fetch):
                    yield to_arrow(chunk.stream, chunk.shard, records)
            else:
                yield chunk

    def commit(self, end: dict[str, Any]) -> None:
        """Does nothing: Kinesis deletes records by their age, whether they were read or not."""

    def stop(self) -> None:
        if self._progress:
            self._progress.close()

    def _driver(self) -> Progress:
        if self._progress is None:
            self._progress = Progress(connect(self._options), self._options)
        return self._progress
