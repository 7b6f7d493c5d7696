"""What a person can do something about: one sentence each."""

from __future__ import annotations

from datetime import datetime, timezone

NEW_CHECKPOINT = (
    "start the query with a new checkpoint location, and with initialPosition trim_horizon to take up what "
    "the stream still holds"
)


class KinesisSourceError(Exception):
    """The base of them all."""


class OptionError(KinesisSourceError):
    """An option that can't be used as it is."""


class StreamMissing(KinesisSourceError):
    def __init__(self, stream: str) -> None:
        super().__init__(
            f"There is no stream {stream} in this account and region; create it first or mend the option "
            "streamName."
        )


class StreamRecreated(KinesisSourceError):
    """Sequence numbers of the old stream mean nothing in the new one."""

    def __init__(self, stream: str, then: float, now: float) -> None:
        super().__init__(
            f"Stream {stream} is not the one that the checkpoint was written for (that was created "
            f"{_time(then)}, this one {_time(now)}), so the checkpoint doesn't say where to go on; "
            f"{NEW_CHECKPOINT}."
        )


class RecordsExpired(KinesisSourceError):
    """Records were trimmed, or may have been, before they were read."""

    def __init__(self, stream: str, shard: str, after: str | None) -> None:
        position = f"after sequence number {after}" if after else "from its start"
        super().__init__(
            f"Stream {stream} may no longer hold all records of {shard} {position}: they were not read "
            f"within its retention period; {NEW_CHECKPOINT}."
        )


class Unavailable(KinesisSourceError):
    """Retried for as long as it makes sense."""

    def __init__(self, what: str, seconds: float, cause: BaseException) -> None:
        super().__init__(
            f"Kinesis did not serve {what} for {seconds:.0f} s ({cause}); run the query again when it does, "
            "it goes on where it stopped."
        )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
