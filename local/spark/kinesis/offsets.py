"""The offsets in a checkpoint: how far each shard of each stream has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class StreamOffset:
    """
    `created` identifies the stream: sequence numbers are invalid in a stream that was created later with the
    same name. `since` is the instant from which a shard without a sequence number is read; 0 means all
    records. `seen` is an instant at which no shard had unread records: if it is older than the retention
    period, records may have expired before they were read. `shards` is the frontier: the shards being read,
    each with the sequence number of the last record read, or None. Times are seconds since 1970.
    """

    created: float
    since: float
    seen: float
    shards: Mapping[str, str | None]


Offset = dict[str, StreamOffset]
"""Offsets by stream."""


def to_json(offset: Offset) -> dict[str, Any]:
    """Returns sorted JSON, because Spark compares offsets as text to detect new records."""
    return {
        name: {**asdict(stream), "shards": dict(sorted(stream.shards.items()))}
        for name, stream in sorted(offset.items())
    }


def from_json(content: Mapping[str, Any]) -> Offset:
    return {name: StreamOffset(**stream) for name, stream in content.items()}
