"""The tree of a stream's shards, which results from splits and merges. Makes no calls to Kinesis."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """A shard has no parent, one (after a split) or two (after a merge). Parents may have expired."""

    id: str
    parents: tuple[str, ...] = ()
    open: bool = True


class ShardTree:
    """
    The position in a stream is a *frontier*: the shards that are being read. The shards above a frontier have
    been read; the shards below it have not been started.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self.shards = {shard.id: shard for shard in sorted(shards, key=lambda shard: shard.id)}

    def roots(self) -> list[str]:
        """Returns the frontier at which nothing has been read."""
        return [
            shard.id for shard in self.shards.values() if not any(p in self.shards for p in shard.parents)
        ]

    def open(self) -> list[str]:
        """Returns the frontier at which all closed shards have been read."""
        return [shard.id for shard in self.shards.values() if shard.open]

    def below(self, frontier: Collection[str]) -> list[str]:
        """Returns the shards below a frontier, parents first."""
        found: list[str] = []
        # Kinesis numbers shards in order of creation, so a child comes after its parents.
        for shard in self.shards.values():
            if any(parent in frontier or parent in found for parent in shard.parents):
                found.append(shard.id)
        return found

    def successors(self, drained: str, frontier: Collection[str]) -> list[str]:
        """
        Returns the shards to start when the shard `drained` has been read to its end: its children. A child
        of two parents (a merge) is omitted if its other parent is unread: if it is in `frontier` or below it.
        """
        unread = {*frontier, *self.below(frontier)}
        children = (shard for shard in self.shards.values() if drained in shard.parents)
        return [child.id for child in children if not unread.intersection(child.parents)]
