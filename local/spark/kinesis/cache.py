"""Keeps the records that the driver has fetched to find the end of a batch, for use in that batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .cursor import Record
from .ranges import Range

# A batch of a running query is complete when it has this size.
BATCH_BYTES = 32 * 1024 * 1024
# Memory that a record needs in Python besides its data; measured: 413 bytes.
RECORD_BYTES = 500


def size(records: Sequence[Record]) -> int:
    return sum(len(record["Data"]) for record in records) + len(records) * RECORD_BYTES


@dataclass
class Run:
    """
    Consecutive records of a shard. `follows` is the sequence number before the first record, or the instant
    from which the records were read. `ended` means that the shard has no more records.
    """

    follows: str | float
    records: list[Record] = field(default_factory=list)
    ended: bool = False

    def part(self, wanted: Range) -> list[Record] | None:
        """Returns the records of a range, or None if the run doesn't contain all of them."""
        first = 0 if self.follows == (wanted.after or wanted.since) else self._next_to(wanted.after)
        last = (
            (len(self.records) if self.ended else None)
            if wanted.until is None
            else self._next_to(wanted.until)
        )
        return None if first is None or last is None else self.records[first:last]

    def _next_to(self, sequence_number: str | None) -> int | None:
        numbers = (record["SequenceNumber"] for record in self.records)
        return next((index + 1 for index, number in enumerate(numbers) if number == sequence_number), None)


class Cache:
    """The cached records: one run of consecutive records for each shard of each stream."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], Run] = {}
        self._bytes = 0

    @property
    def full(self) -> bool:
        return self._bytes >= BATCH_BYTES

    def add(self, stream: str, shard: str, run: Run) -> None:
        """Appends to the shard's run, or starts a new run."""
        known = self._runs.setdefault((stream, shard), Run(run.follows))
        known.records += run.records
        known.ended = run.ended
        self._bytes += size(run.records)

    def part(self, wanted: Range) -> list[Record] | None:
        run = self._runs.get((wanted.stream, wanted.shard))
        return run.part(wanted) if run else None

    def clear(self) -> None:
        self._runs.clear()
        self._bytes = 0
