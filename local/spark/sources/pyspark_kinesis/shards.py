"""A stream's shards as the tree that splits and merges make of them. Nothing here asks Kinesis."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """`parents` is none, one (it was split) or two (they were merged); they may have expired already."""

    id: str
    parents: tuple[str, ...] = ()
    open: bool = True


class ShardTree:
    """
    The reading of a stream stands at a *frontier*: the shards that are being read. What is above a frontier
    has been read, what is below it has not been begun.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self.shards = {shard.id: shard for shard in sorted(shards, key=lambda shard: shard.id)}

    def roots(self) -> list[str]:
        """The frontier at which nothing has been read."""
        return [
            shard.id for shard in self.shards.values() if not any(p in self.shards for p in shard.parents)
        ]

    def open(self) -> list[str]:
        """The frontier at which all closed shards have been read."""
        return [shard.id for shard in self.shards.values() if shard.open]

    def below(self, frontier: Collection[str]) -> list[str]:
        """The shards below a frontier, parents first."""
        found: list[str] = []
        # Kinesis numbers its shards, so a child comes after its parents.
        for shard in self.shards.values():
            if any(parent in frontier or parent in found for parent in shard.parents):
                found.append(shard.id)
        return found

    def successors(self, drained: str, frontier: Collection[str]) -> list[str]:
        """
        The children of a drained shard that may be begun when `frontier` is what else is being read. The
        child of a merge waits for its other parent.
        """
        unread = {*frontier, *self.below(frontier)}
        children = (shard for shard in self.shards.values() if drained in shard.parents)
        return [child.id for child in children if not unread.intersection(child.parents)]
