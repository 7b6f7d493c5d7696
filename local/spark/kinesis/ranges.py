"""Computes the ranges of shards between two offsets, without reading records from Kinesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import RecordsExpired
from .offsets import StreamOffset
from .shards import ShardTree


@dataclass(frozen=True)
class Range:
    """
    Consecutive records of one shard. The range begins after the sequence number `after`, or at the instant
    `since` if `after` is None. It ends with the sequence number `until`, or with the closed shard if `until`
    is None. Before the instant `safe_until`, no record of the range can have expired. Instants are seconds
    since 1970.
    """

    stream: str
    shard: str
    after: str | None
    until: str | None
    since: float
    safe_until: float


def ranges_between(
    stream: str, start: StreamOffset, end: StreamOffset, retention: float, tree: Callable[[], ShardTree]
) -> list[list[Range]]:
    """
    Returns the ranges of a batch in chains. The ranges of one chain must be read in order, because its shards
    descend from each other. `retention` is the number of seconds for which the stream keeps a record; `tree`
    is called only if shards were split or merged between the two offsets.
    """

    def of(shard: str, until: str | None) -> Range:
        return Range(stream, shard, start.shards.get(shard), until, start.since, start.seen + retention)

    if start.shards.keys() == end.shards.keys():
        moved = {
            shard: until for shard, until in end.shards.items() if until and until != start.shards[shard]
        }
        return [[of(shard, until)] for shard, until in moved.items()]

    family = tree()
    reached = {*start.shards, *family.below(start.shards)}
    for shard in end.shards.keys() - reached:
        raise RecordsExpired(stream, shard, None)
    not_begun = family.below(end.shards)
    ranges = [
        of(shard, end.shards.get(shard))
        for shard in sorted(reached)
        if shard not in not_begun
        and (shard not in end.shards or end.shards[shard] not in (None, start.shards.get(shard)))
    ]
    return _chains(ranges, family)


def _chains(ranges: list[Range], family: ShardTree) -> list[list[Range]]:
    """Groups the ranges, parents first, into chains. If a range has parents in two chains, it joins them."""
    chains: list[list[Range]] = []
    for each in ranges:
        known = family.shards.get(each.shard)
        parents = known.parents if known else ()
        related = [chain for chain in chains if any(member.shard in parents for member in chain)]
        chains = [chain for chain in chains if chain not in related]
        chains.append([member for chain in related for member in chain] + [each])
    return chains
