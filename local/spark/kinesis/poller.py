"""
Fetches from all shards that are being read, in parallel and each at its own pace, so that a throttled shard
doesn't delay other shards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .client import CONNECTIONS, PATIENCE, Kinesis, backoff, is_transient
from .cursor import Cursor, Page
from .errors import Unavailable
from .offsets import StreamOffset
from .options import FETCH_PERIOD
from .ranges import Range

Key = tuple[str, str]
"""Stream and shard."""


@dataclass
class Reading:
    """
    The state of one shard. StreamOffset explains `seen`. `due` and `failing`, the start of the first of the
    consecutive failed calls, use the monotonic clock.
    """

    cursor: Cursor
    retention: float
    seen: float
    due: float = 0.0
    failures: int = 0
    failing: float = 0.0


class Poller:
    def __init__(self, kinesis: Kinesis, pool: ThreadPoolExecutor, limit: int) -> None:
        self._kinesis, self._pool, self._limit = kinesis, pool, limit
        self._readings: dict[Key, Reading] = {}

    def follow(self, stream: str, offset: StreamOffset, retention: float) -> None:
        """
        From now on, reads the shards in `offset` and no other shards of this stream. A new shard is read from
        its position in `offset`. A shard that is already being read continues at its current position.
        """
        for key in [key for key in self._readings if key[0] == stream and key[1] not in offset.shards]:
            del self._readings[key]
        for shard, after in offset.shards.items():
            if (stream, shard) not in self._readings:
                place = Range(stream, shard, after, None, offset.since, offset.seen + retention)
                cursor = Cursor(self._kinesis, place)
                self._readings[stream, shard] = Reading(cursor, retention, offset.seen)

    def seen(self, stream: str) -> float:
        """Returns the last instant at which no shard of the stream had unread records."""
        return min(reading.seen for key, reading in self._readings.items() if key[0] == stream)

    def round(self, room: Callable[[], bool]) -> Iterator[tuple[Key, Page]]:
        """
        Fetches once from each shard that is due, as long as `room` returns True. Waits until a shard is due,
        but at most one fetch period. Raises Unavailable, and Kinesis' errors that are not transient.
        """
        waiting = sorted(self._readings.items(), key=lambda item: item[1].due)
        if waiting:
            time.sleep(min(max(0.0, waiting[0][1].due - time.monotonic()), FETCH_PERIOD))
        due = [item for item in waiting if item[1].due <= time.monotonic()]
        # Shards omitted in this round come first in the next round, because they have been due longest.
        for first in range(0, len(due), CONNECTIONS):
            if not room():
                return
            wave = due[first : first + CONNECTIONS]
            for (key, _), page in zip(
                wave, self._pool.map(self._fetch, *zip(*wave, strict=True)), strict=True
            ):
                if page:
                    yield key, page

    def _fetch(self, key: Key, reading: Reading) -> Page | None:
        started, now = time.monotonic(), time.time()
        try:
            page = reading.cursor.fetch(self._limit)
        except Exception as error:
            if not is_transient(error):
                raise
            if not reading.failures:
                reading.failing = started  # not the last success: a long micro-batch may be in between
            if started > reading.failing + PATIENCE:
                raise Unavailable(f"{key[1]} of stream {key[0]}", started - reading.failing, error) from error
            reading.failures += 1
            reading.due = time.monotonic() + backoff(reading.failures)
            return None
        reading.failures, reading.due = 0, started + FETCH_PERIOD
        if page.tip:
            reading.seen = now
            reading.cursor.extend_safety(now + reading.retention)
        return page
