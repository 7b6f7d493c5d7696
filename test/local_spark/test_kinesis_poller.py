"""Transient errors of a shard's calls."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.spark.kinesis import poller
from local.spark.kinesis.client import PATIENCE
from local.spark.kinesis.errors import Unavailable


def test_only_calls_that_fail_for_a_long_time_fail_the_query_not_the_first_failure_after_a_long_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(poller, "time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    answers: list[Any] = [SimpleNamespace(tip=False)]

    def fetch(_: int) -> Any:
        if answers:
            return answers.pop()
        raise EndpointConnectionError(endpoint_url="https://kinesis.test")

    reading = poller.Reading(SimpleNamespace(fetch=fetch), retention=60.0, seen=0.0)  # type: ignore[arg-type]
    call = poller.Poller(None, None, limit=1)._fetch  # type: ignore[arg-type]
    assert call(("stream", "shard"), reading)
    now = 2 * PATIENCE
    assert call(("stream", "shard"), reading) is None
    now += PATIENCE
    assert call(("stream", "shard"), reading) is None
    now += 1
    with pytest.raises(Unavailable):
        call(("stream", "shard"), reading)
