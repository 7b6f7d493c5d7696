"""The position of a query in its streams, and its progress. Exists in the driver while the query runs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from .cache import Cache, Run
from .client import CONNECTIONS, Kinesis, Summary, code
from .cursor import Page, Record
from .errors import StreamRecreated
from .offsets import Offset, StreamOffset
from .options import HORIZON, LATEST, Options
from .poller import Poller
from .ranges import Range, ranges_between
from .tip import find_tip

# Interval between checks whether a stream was created again.
SUMMARY_SECONDS = 10.0
# With `availableNow`, `seen` is rounded down to the hour. Every change of an offset starts a batch, even if
# there are no new records.
SEEN_STEP = 3600.0


class Progress:
    """`position` is the query's position, or None until it is known."""

    def __init__(self, kinesis: Kinesis, options: Options) -> None:
        self._kinesis, self._options = kinesis, options
        self._pool = ThreadPoolExecutor(CONNECTIONS)
        self._poller = Poller(kinesis, self._pool, options.records_per_fetch)
        self._summaries: dict[str, tuple[float, Summary]] = {}
        self._initial: Offset | None = None
        self._cache = Cache()
        self._planned: Offset | None = None
        self.position: Offset | None = None

    def initial(self) -> Offset:
        """Returns the position at which a new query begins, as its options define. It never changes."""
        if self._initial is None:
            now = time.time()
            since = now if self._options.initial == LATEST else float(self._options.initial)
            self._initial = {}
            for stream in self._options.streams:
                created, tree = self._summary(stream).created, self._kinesis.tree(stream)
                # If reading begins in the past, shards that are closed now may have records too.
                begin = tree.open() if self._options.initial == LATEST else tree.roots()
                self._initial[stream] = StreamOffset(created, since, now, dict.fromkeys(begin))
        return self._initial

    def to_tip(self) -> Offset:
        """Moves the position to the end of all shards that exist now."""
        self.position = {stream: self._tip(stream, begin) for stream, begin in self.initial().items()}
        return self.position

    def advance(self) -> Offset:
        """Moves the position by one more fetch of each shard, until the batch is full."""
        if self._planned == self.position:
            self._cache.clear()
        known = self.position or {}
        # A stream that was added to the option begins at the position of a new query.
        begin = {stream: known.get(stream) or self.initial()[stream] for stream in self._options.streams}
        for stream, offset in begin.items():
            self._poller.follow(stream, offset, self._checked(stream, offset).retention)
        pages: dict[str, dict[str, Page]] = {stream: {} for stream in begin}
        try:
            for (stream, shard), page in self._poller.round(lambda: not self._cache.full):
                pages[stream][shard] = page
                follows = begin[stream].shards[shard] or begin[stream].since
                self._cache.add(stream, shard, Run(follows, page.records, page.ended))
        except Exception as error:
            if code(error) == "InvalidArgumentException":
                # Kinesis' error for a sequence number of another stream.
                for stream, offset in begin.items():
                    self._checked(stream, offset, age=0)
            raise
        self.position = {stream: self._moved(stream, begin[stream], pages[stream]) for stream in begin}
        return self.position

    def plan(self, start: Offset, end: Offset) -> list[list[tuple[Range, list[Record] | None]]]:
        """
        Returns the ranges of a batch in chains, as ranges_between returns them. Each range comes with its
        records, or with None if they are not cached. Raises StreamRecreated if the offsets belong to another
        stream of the same name.
        """
        self._planned = end
        chains: list[list[Range]] = []
        for stream, to in end.items():
            begin = start.get(stream) or self.initial()[stream]
            self._checked(stream, begin)
            retention = self._checked(stream, to).retention
            chains += ranges_between(stream, begin, to, retention, lambda: self._kinesis.tree(stream))  # noqa: B023
        return [[(each, self._cache.part(each)) for each in chain] for chain in chains]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tip(self, stream: str, begin: StreamOffset) -> StreamOffset:
        seen, summary = time.time() // SEEN_STEP * SEEN_STEP, self._summary(stream)
        limit = self._options.records_per_fetch
        shards = self._kinesis.tree(stream).open()
        tips = self._pool.map(lambda shard: find_tip(self._kinesis, summary, stream, shard, limit), shards)
        position: dict[str, str | None] = {}
        for shard, (tip, run) in zip(shards, tips, strict=True):
            position[shard] = tip
            if run and not self._cache.full:
                self._cache.add(stream, shard, run)
        # A shard without a record is read from its beginning: all its records will be new.
        return StreamOffset(begin.created, HORIZON, seen, position)

    def _moved(self, stream: str, offset: StreamOffset, pages: dict[str, Page]) -> StreamOffset:
        """Returns the same offset if there is nothing new, because every other offset starts a batch."""
        last = {shard: page.records[-1]["SequenceNumber"] for shard, page in pages.items() if page.records}
        ended = [shard for shard, page in pages.items() if page.ended]
        if not last and not ended:
            return offset
        if not ended:
            return replace(offset, shards={**offset.shards, **last}, seen=self._poller.seen(stream))
        # The shards may have ended because the stream was deleted.
        self._checked(stream, offset, age=0)
        tree = self._kinesis.tree(stream)
        shards = {**offset.shards, **last}
        for shard in ended:
            del shards[shard]
            shards |= dict.fromkeys(tree.successors(shard, shards))
        return replace(offset, shards=shards)

    def _checked(self, stream: str, offset: StreamOffset, age: float = SUMMARY_SECONDS) -> Summary:
        summary = self._summary(stream, age)
        if summary.created != offset.created:
            raise StreamRecreated(stream, offset.created, summary.created)
        return summary

    def _summary(self, stream: str, age: float = SUMMARY_SECONDS) -> Summary:
        """Returns Kinesis' summary of the stream, which may be up to `age` seconds old."""
        asked, summary = self._summaries.get(stream, (0.0, None))
        if summary is None or time.monotonic() > asked + age:
            summary = self._kinesis.summary(stream)
            self._summaries[stream] = (time.monotonic(), summary)
        return summary
