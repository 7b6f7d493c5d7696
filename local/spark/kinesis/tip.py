"""Finds the newest record of a shard without reading the whole shard; Kinesis has no call for this."""

from __future__ import annotations

import math
import time

from .cache import Run, size
from .client import Kinesis, Summary, patiently
from .cursor import Cursor
from .options import FETCH_PERIOD, HORIZON
from .ranges import Range

# The length of the first window in seconds, and the factor by which it grows while it contains no record.
# So the last window is at most 8 times too long.
FIRST_WINDOW, LONGER = 60.0, 8
# Maximum size of a shard's records that are kept for the next batch. It is small, because there may be
# hundreds of shards.
KEPT_BYTES = 1024 * 1024


def find_tip(
    kinesis: Kinesis, summary: Summary, stream: str, shard: str, limit: int
) -> tuple[str | None, Run | None]:
    """
    Returns the newest record's sequence number (None if there is no record), and the records that were read
    (None if they are too large to keep).
    """
    now, window = time.time(), FIRST_WINDOW
    oldest = max(summary.created, now - summary.retention)
    while True:
        since = now - window if now - window > oldest else HORIZON
        tip, run = _read_to_tip(kinesis, Range(stream, shard, None, None, since, math.inf), limit)
        if tip is not None or since == HORIZON:
            return tip, run
        window *= LONGER


def _read_to_tip(kinesis: Kinesis, wanted: Range, limit: int) -> tuple[str | None, Run | None]:
    cursor = Cursor(kinesis, wanted)
    tip: str | None = None
    run: Run | None = Run(wanted.since)
    while True:
        page = patiently(f"{wanted.shard} of stream {wanted.stream}", lambda: cursor.fetch(limit))
        if page.records:
            tip = page.records[-1]["SequenceNumber"]
        if run:
            run.records += page.records
            run.ended = page.ended
            run = run if size(run.records) <= KEPT_BYTES else None
        if page.tip:
            return tip, run
        time.sleep(FETCH_PERIOD)
