"""What stands in a checkpoint: how far each shard of each stream has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class StreamOffset:
    """
    `created` is the stream's generation: sequence numbers mean nothing in a stream made later under the
    same name. `since` is the instant from which on a shard without a sequence number is read; 0 is all
    there is. `seen` is an instant at which no shard had unread records: when it is older than the retention
    period, records that were never read may have expired. `shards` is the frontier: the shards being read,
    each with the sequence number of the last record taken, or None. Times are seconds since 1970.
    """

    created: float
    since: float
    seen: float
    shards: Mapping[str, str | None]


Offset = dict[str, StreamOffset]
"""By stream."""


def to_json(offset: Offset) -> dict[str, Any]:
    """In an order of its own, as Spark compares text to tell whether there is something new."""
    return {
        name: {**asdict(stream), "shards": dict(sorted(stream.shards.items()))}
        for name, stream in sorted(offset.items())
    }


def from_json(content: Mapping[str, Any]) -> Offset:
    return {name: StreamOffset(**stream) for name, stream in content.items()}
