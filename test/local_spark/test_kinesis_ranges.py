"""The records of a batch and their order, when shards are split and merged."""

import pytest

from local.spark.kinesis.errors import RecordsExpired
from local.spark.kinesis.offsets import StreamOffset, from_json, to_json
from local.spark.kinesis.ranges import ranges_between
from local.spark.kinesis.shards import Shard, ShardTree

# 0 was split into 2 and 3; then 3 and 1 were merged into 4; then 2 was split into 5 and 6.
FAMILY = ShardTree(
    [
        Shard("0", open=False),
        Shard("1", open=False),
        Shard("2", ("0",), open=False),
        Shard("3", ("0",), open=False),
        Shard("4", ("3", "1")),
        Shard("5", ("2",)),
        Shard("6", ("2",)),
    ]
)


def at(**shards: str | None) -> StreamOffset:
    return StreamOffset(1.0, 0.0, 100.0, {name.lstrip("s"): after for name, after in shards.items()})


def chains(start: StreamOffset, end: StreamOffset, family: ShardTree = FAMILY) -> list[list[str]]:
    """Returns chains of ranges. A range is `shard:after-until`; `.` means a shard's beginning or end."""
    return [
        [f"{each.shard}:{each.after or '.'}-{each.until or '.'}" for each in chain]
        for chain in ranges_between("pin", start, end, 60.0, lambda: family)
    ]


def test_a_query_starts_at_the_oldest_shards_or_at_the_open_shards() -> None:
    assert FAMILY.roots() == ["0", "1"]
    assert FAMILY.open() == ["4", "5", "6"]


def test_child_shards_are_read_after_all_their_parents() -> None:
    assert FAMILY.successors("0", ["1"]) == ["2", "3"]
    assert FAMILY.successors("1", ["0"]) == []
    assert FAMILY.successors("1", ["2", "3"]) == []
    assert FAMILY.successors("3", ["1", "2"]) == []
    assert FAMILY.successors("3", ["2"]) == ["4"]
    assert FAMILY.successors("2", ["3", "1"]) == ["5", "6"]


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (at(s0="10", s1="10"), at(s0="10", s1="10"), []),
        (at(s0=None, s1="10"), at(s0="12", s1="10"), [["0:.-12"]]),
        (at(s0="10", s1="10"), at(s0="12", s1="11"), [["0:10-12"], ["1:10-11"]]),
        # A shard that was read to its end is no longer in the offset; its children have not been read.
        (at(s0="10", s1="10"), at(s1="10", s2=None, s3=None), [["0:10-."]]),
        (at(s0="10", s1="10"), at(s1="11", s2="20", s3=None), [["1:10-11"], ["0:10-.", "2:.-20"]]),
        # The merged shard 4 is not read yet, because its other parent, shard 3, is still being read.
        (at(s1="10", s2="20", s3="30"), at(s2="20", s3="30"), [["1:10-."]]),
        (at(s2="20", s3="30"), at(s2="20", s4="40"), [["3:30-.", "4:.-40"]]),
        # The whole history in one batch is one chain, since all shards are related.
        (
            at(s0=None, s1=None),
            at(s4="40", s5="50", s6=None),
            [["1:.-.", "0:.-.", "2:.-.", "3:.-.", "4:.-40", "5:.-50"]],
        ),
        (at(s4="40", s5=None, s6="60"), at(s4="41", s5=None, s6="60"), [["4:40-41"]]),
    ],
)
def test_a_batch_reads_the_ranges_between_two_offsets_parents_first(
    start: StreamOffset, end: StreamOffset, wanted: list[list[str]]
) -> None:
    found = chains(start, end)
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted))
    for chain in found:
        order = [each.split(":")[0] for each in chain]
        for shard in order:
            assert all(
                order.index(p) < order.index(shard) for p in FAMILY.shards[shard].parents if p in order
            )


def test_shards_that_expired_between_two_offsets_cause_an_error() -> None:
    later = ShardTree([Shard("8", ("7",)), Shard("7", ("5",), open=False)])
    with pytest.raises(RecordsExpired, match="new checkpoint location"):
        chains(at(s4="40"), at(s8="80"), later)


def test_an_expired_shard_is_found_as_the_parent_of_its_child() -> None:
    assert chains(at(s5="50"), at(s7="70"), ShardTree([Shard("7", ("5",))])) == [["5:50-.", "7:.-70"]]


def test_an_offset_is_restored_from_json_and_its_keys_are_sorted() -> None:
    offset = {"pin": at(s2="5", s10=None), "geo": at(s0="1")}
    assert from_json(to_json(offset)) == offset
    assert list(to_json(offset)) == ["geo", "pin"]
    assert list(to_json(offset)["pin"]["shards"]) == ["10", "2"]
