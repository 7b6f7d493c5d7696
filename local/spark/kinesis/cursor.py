"""Reads one shard: a cursor that moves with each fetch, and all records of a range."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .client import Kinesis, code, patiently
from .errors import RecordsExpired
from .options import FETCH_PERIOD
from .ranges import Range

Record = dict[str, Any]
"""PartitionKey, Data, SequenceNumber, ApproximateArrivalTimestamp in seconds since 1970."""


@dataclass(frozen=True)
class Page:
    """
    The result of one fetch, which may be empty although the shard has more records. `tip` means that there
    were no newer records. `ended` means that the shard is closed and these were its last records.
    """

    records: list[Record]
    tip: bool
    ended: bool


class Cursor:
    """
    Reads from the beginning of a range; the caller must check for the range's end.

    Reading begins *at* the last record that was read before, and this record is dropped. If Kinesis does not
    return it, it has expired. Without this check, the gap would not be noticed, because Kinesis silently
    continues with the oldest record.
    """

    def __init__(self, kinesis: Kinesis, place: Range) -> None:
        self._kinesis, self._place = kinesis, place
        self._after, self._safe_until = place.after, place.safe_until
        self._iterator = ""
        self._proven = False

    def fetch(self, limit: int) -> Page:
        """Calls GetRecords once. Raises Kinesis' errors, and RecordsExpired."""
        try:
            answer = self._kinesis.records(self._iterator or self._open(), limit)
        except Exception as error:
            if code(error) == "ExpiredIteratorException":
                self._iterator = ""
                return Page([], tip=False, ended=False)
            if code(error) == "ResourceNotFoundException":
                # A closed shard is deleted when its last record has expired.
                self._require_safe()
                return Page([], tip=True, ended=True)
            raise
        self._iterator = answer.get("NextShardIterator") or ""
        ended = not self._iterator
        # Kinesis reports how far this page is behind the newest record. The emulator often reports 0 even if
        # there are newer records, so a full page is not taken for the last one.
        tip = ended or (answer.get("MillisBehindLatest") == 0 and len(answer["Records"]) < limit)
        records = self._prove(answer["Records"], tip)
        if records:
            self._after = records[-1]["SequenceNumber"]
        return Page(records, tip, ended)

    def extend_safety(self, until: float) -> None:
        """Call this only if no record is unread: then all later records are kept at least until `until`."""
        self._safe_until = until

    def _open(self) -> str:
        stream, shard = self._place.stream, self._place.shard
        self._proven = self._after is None
        if self._after is not None:
            return self._kinesis.iterator_at(stream, shard, self._after)
        self._require_safe()
        return self._kinesis.iterator_since(stream, shard, self._place.since)

    def _prove(self, records: list[Record], tip: bool) -> list[Record]:
        """Drops the record that was read last. If it is missing, checks that no record can have expired."""
        if self._proven or not (records or tip):
            return records
        self._proven = True
        if records and records[0]["SequenceNumber"] == self._after:
            return records[1:]
        self._require_safe()
        return records

    def _require_safe(self) -> None:
        if time.time() > self._safe_until:
            raise RecordsExpired(self._place.stream, self._place.shard, self._after)


def read_range(kinesis: Kinesis, wanted: Range, limit: int) -> Iterator[list[Record]]:
    """
    Yields the records of a range, in fetches of at most `limit` records. Raises RecordsExpired if some of
    them are missing.
    """
    cursor = Cursor(kinesis, wanted)
    what = f"{wanted.shard} of stream {wanted.stream}"
    last: str | None = None
    while True:
        fetched = time.monotonic()
        page = patiently(what, lambda: cursor.fetch(limit))
        records = [record for record in page.records if _within(record, wanted.until)]
        if records:
            last = records[-1]["SequenceNumber"]
            yield records
        if wanted.until is None:
            if page.ended:
                return
        elif last == wanted.until:
            return
        elif page.tip or len(records) < len(page.records):
            if last is None and wanted.after is None and wanted.since > 0:
                # The query begins at an instant after the end of this range, so the range has no records.
                return
            raise RecordsExpired(wanted.stream, wanted.shard, last or wanted.after)
        time.sleep(max(0.0, fetched + FETCH_PERIOD - time.monotonic()))


def _within(record: Record, until: str | None) -> bool:
    return until is None or int(record["SequenceNumber"]) <= int(until)
