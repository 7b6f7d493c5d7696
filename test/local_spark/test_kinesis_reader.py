"""The kinesis source against the emulator, called as Spark calls it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from kinesis_harness import Query, Stream, assert_ordered, new_reader, shard_id

from local.spark.kinesis.errors import RecordsExpired, StreamMissing, StreamRecreated
from local.spark.kinesis.offsets import from_json, to_json
from local.spark.kinesis.reader import KinesisStreamReader


def test_all_shards_are_read_into_the_columns_of_databricks(stream: Stream) -> None:
    stream.put(100)
    stream.kinesis.put_record(StreamName=stream.name, PartitionKey="ü", Data=b"\xff\x00\n")
    query = Query(stream)
    assert query.batch()
    assert sorted(row["data"] for row in query.rows) == sorted(
        [*(each.encode() for each in stream.sent), b"\xff\x00\n"]
    )
    assert {row["shardId"] for row in query.rows} == {shard_id(0), shard_id(1)}
    row = next(row for row in query.rows if row["data"] == b"\xff\x00\n")
    assert (row["partitionKey"], row["stream"]) == ("ü", stream.name)
    assert row["sequenceNumber"].isdigit()
    assert abs((row["approximateArrivalTimestamp"] - datetime.now(timezone.utc)).total_seconds()) < 60


def test_a_running_query_reads_each_record_once_and_in_bounded_batches(stream: Stream) -> None:
    query = Query(stream, maxRecordsPerFetch="40")
    query.batch()
    stream.put(400)
    sizes = []
    while len(query.rows) < 400:
        before = len(query.rows)
        query.batch()
        sizes.append(len(query.rows) - before)
        # The driver passes the records to a single task; no task reads Kinesis.
        assert len(query.parts) <= 1
        assert all(hasattr(chunk, "num_rows") for part in query.parts for chunk in part.chunks)
    assert max(sizes) <= 2 * 40
    assert sorted(query.data) == stream.sent
    assert_ordered(query.rows)


def test_without_new_records_there_is_no_batch(stream: Stream) -> None:
    stream.put(10)
    query = Query(stream)
    assert query.batch()
    assert not query.batch()
    assert not query.batch()
    stream.put(1)
    query.until(11)
    assert query.data[-1] == stream.sent[-1]


@pytest.mark.parametrize("fetch", ["10000", "20"])
def test_splits_and_merges_neither_lose_nor_duplicate_nor_reorder_records(stream: Stream, fetch: str) -> None:
    query = Query(stream, maxRecordsPerFetch=fetch)
    for reshard in (
        lambda: stream.split(0),
        lambda: stream.split(1),
        lambda: stream.merge(2, 3),
        lambda: None,
    ):
        stream.put(60)
        query.batch()
        stream.put(60)
        reshard()
    query.drain()
    assert sorted(query.data) == stream.sent
    assert_ordered(query.rows)
    (offset,) = from_json(json.loads(query.committed or "")).values()
    assert list(offset.shards) == [shard_id(4), shard_id(5), shard_id(6)]


def test_one_batch_reads_a_resharded_history_parents_first(stream: Stream) -> None:
    for reshard in (lambda: stream.split(0), lambda: stream.merge(2, 3), lambda: stream.split(4)):
        stream.put(100)
        reshard()
    stream.put(100)
    query = Query(stream)
    query.batch()
    assert sorted(query.data) == stream.sent
    assert_ordered(query.rows)


@pytest.mark.parametrize("trigger", ["processing time", "available now"])
def test_a_query_continues_after_a_restart_and_a_split(stream: Stream, trigger: str) -> None:
    stream.put(50)
    first = Query(stream)
    first.batch()
    stream.put(50)
    stream.split(0)
    stream.put(50)
    second = Query(stream, committed=first.committed)
    if trigger == "available now":
        # Under availableNow Spark requests the end offset before it passes the start offset.
        second.reader = new_reader(stream)
    second.until(100)
    assert sorted([*first.data, *second.data]) == stream.sent
    assert_ordered([*first.rows, *second.rows])


def test_available_now_without_new_records_reads_no_batch(stream: Stream) -> None:
    stream.put(50)
    first = Query(stream)
    first.batch()
    again = Query(stream)
    again.committed = first.committed
    assert not again.batch()


def test_a_repeated_batch_has_the_same_records_even_if_more_have_arrived(stream: Stream) -> None:
    stream.put(100)
    query = Query(stream, maxRecordsPerFetch="30")
    query.batch()
    stream.put(20)
    stream.split(0)
    stream.put(20)
    before = len(query.rows)
    start = query.committed or ""
    query.until(140)
    end, rows = query.committed or "", query.rows[before:]
    stream.put(100)
    again = Query(stream, maxRecordsPerFetch="30")
    assert sorted(map(str, again.read(start, end))) == sorted(map(str, rows))


def test_latest_reads_only_new_records_also_after_a_restart(stream: Stream) -> None:
    stream.put(20)
    time.sleep(0.05)
    query = Query(stream, position="latest")
    query.batch()
    assert query.rows == []
    stream.put(5)
    query.until(5)
    assert sorted(query.data) == stream.sent[20:]
    # Restart before the next batch: the checkpoint contains the time at which the query started.
    stream.put(5)
    again = Query(stream, committed=query.committed, position="latest")
    again.until(5)
    assert sorted(again.data) == stream.sent[25:]


def test_latest_on_an_empty_stream_reads_records_that_arrived_during_a_restart(stream: Stream) -> None:
    query = Query(stream, position="latest")
    query.batch()
    stream.put(5)
    again = Query(stream, committed=query.committed, position="latest")
    again.until(5)
    assert sorted(again.data) == stream.sent


def test_a_query_reads_several_streams_and_also_a_stream_that_is_added_later(kinesis: Any) -> None:
    one, two = Stream(kinesis), Stream(kinesis)
    one.put(10)
    two.put(10)
    query = Query(one)
    query.until(10)
    both = Query(one, committed=query.committed, streamname=f"{one.name},{two.name}")
    both.until(10)
    assert {row["stream"] for row in both.rows} == {two.name}
    one.put(1)
    both.until(11)
    assert both.rows[-1]["stream"] == one.name


@pytest.mark.parametrize("trigger", ["running", "processing time", "available now"])
def test_a_recreated_stream_is_an_error(stream: Stream, trigger: str) -> None:
    stream.put(10)
    query = Query(stream)
    query.batch()
    stream.recreate()
    with pytest.raises(StreamRecreated, match=r"not the stream .* created 20\d\d-.* new checkpoint location"):
        if trigger == "available now":
            query.reader = new_reader(stream)
        elif trigger == "processing time":
            query = Query(stream, committed=query.committed)
        query.batch()


def test_the_error_names_a_stream_that_does_not_exist(stream: Stream) -> None:
    stream.name = "nowhere"
    with pytest.raises(StreamMissing, match=r"no stream nowhere .* create it"):
        Query(stream).batch()


def expired(committed: str, hours: float) -> str:
    """
    Returns a checkpoint that was last updated `hours` ago and whose last records have expired. A query that
    continues from it reads the last record of each shard in `committed` again.
    """
    offset = from_json(json.loads(committed))
    ((name, at),) = offset.items()
    # These sequence numbers are one second earlier. No record has them, as if their records had expired.
    shards = {shard: str(int(after or 0) - 16**9) for shard, after in at.shards.items()}
    return json.dumps(to_json({name: replace(at, shards=shards, seen=time.time() - hours * 3600)}))


def last_of_each_shard(rows: list[dict[str, Any]]) -> set[str]:
    return set({row["shardId"]: row["sequenceNumber"] for row in rows}.values())


def test_records_that_expired_unread_are_an_error(stream: Stream) -> None:
    stream.put(20)
    query = Query(stream)
    query.batch()
    stale = expired(query.committed or "", hours=25)
    with pytest.raises(RecordsExpired, match=r"retention period; .* new checkpoint location"):
        Query(stream, committed=stale).batch()
    with pytest.raises(RecordsExpired):
        Query(stream).read(stale, query.committed or "")


def test_a_shard_that_was_idle_for_longer_than_the_retention_is_no_error(stream: Stream) -> None:
    stream.put(20)
    query = Query(stream)
    query.batch()
    again = Query(stream, committed=expired(query.committed or "", hours=23))
    again.until(2)
    assert {row["sequenceNumber"] for row in again.rows} == last_of_each_shard(query.rows)


def test_fetching_pauses_until_a_full_batch_has_been_read(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.spark.kinesis.cache.BATCH_BYTES", 100_000)
    query = Query(stream, maxRecordsPerFetch="50")
    query.batch()
    stream.put(400)
    offsets = [query.reader.latestOffset() for _ in range(5)]
    assert offsets[0] != offsets[-2] == offsets[-1]
    assert len(query.read(query.committed or "", json.dumps(offsets[-1]))) < 300
    query.until(400)
    assert sorted(query.data) == stream.sent


def test_large_records_are_read_in_pages_of_the_maximum_size_of_a_fetch(stream: Stream) -> None:
    for number in range(13):
        data = f"{number:02d}".encode() + b"x" * 1_000_000
        stream.kinesis.put_record(StreamName=stream.name, PartitionKey="one key", Data=data)
    query = Query(stream)
    query.batch()
    assert [row["data"][:2] for row in query.rows] == [f"{number:02d}".encode() for number in range(13)]
    (part,) = query.parts
    assert len(part.chunks) == 1
    in_tasks = KinesisStreamReader(query.reader._options)
    assert [batch.num_rows for batch in in_tasks.read(part)] == [10, 3]
