"""Errors that the user can resolve. Each message is one sentence."""

from __future__ import annotations

from datetime import datetime, timezone

NEW_CHECKPOINT = (
    "start the query with a new checkpoint location, and with initialPosition trim_horizon to read the "
    "records that the stream still has"
)


class KinesisSourceError(Exception):
    """The base class of all errors of this source."""


class OptionError(KinesisSourceError):
    """An option with an invalid or unsupported value."""


class StreamMissing(KinesisSourceError):
    def __init__(self, stream: str) -> None:
        super().__init__(
            f"There is no stream {stream} in this account and region; create it or fix the option streamName."
        )


class StreamRecreated(KinesisSourceError):
    """The stream was created again. The old stream's sequence numbers are invalid in the new stream."""

    def __init__(self, stream: str, then: float, now: float) -> None:
        super().__init__(
            f"Stream {stream} is not the stream that the checkpoint was written for (the checkpoint's stream "
            f"was created {_time(then)}, the current stream {_time(now)}), so the checkpoint's position is "
            "invalid; "
            f"{NEW_CHECKPOINT}."
        )


class RecordsExpired(KinesisSourceError):
    """Records expired, or may have expired, before they were read."""

    def __init__(self, stream: str, shard: str, after: str | None) -> None:
        position = f"after sequence number {after}" if after else "from its start"
        super().__init__(
            f"Stream {stream} may no longer contain all records of {shard} {position}: they were not read "
            f"within its retention period; {NEW_CHECKPOINT}."
        )


class Unavailable(KinesisSourceError):
    """Kinesis still failed after all retries."""

    def __init__(self, what: str, seconds: float, cause: BaseException) -> None:
        super().__init__(
            f"Kinesis did not serve {what} for {seconds:.0f} s ({cause}); run the query again later: "
            "it continues where it stopped."
        )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
