"""The options of `readStream.format("kinesis")`: Databricks' names, case-insensitive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import OptionError

# The most records that one call of GetRecords returns.
MAX_RECORDS_PER_FETCH = 10_000
# Seconds between two calls of GetRecords for a shard, because Kinesis allows five calls a second.
FETCH_PERIOD = 0.2

LATEST = "latest"
HORIZON = 0.0


@dataclass(frozen=True)
class Options:
    """
    `initial` is LATEST, or HORIZON for all records. Databricks also accepts an instant (`at_timestamp`).

    This emulator reads only when a micro-batch needs records and prefetches nothing, so maxFetchDuration is
    only validated. Unknown options are ignored, as on Databricks.
    """

    streams: tuple[str, ...]
    initial: str | float = LATEST
    region: str | None = None
    endpoint: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    role_arn: str | None = None
    role_external_id: str | None = None
    role_session_name: str = "pyspark-kinesis"
    sts_endpoint: str | None = None
    records_per_fetch: int = MAX_RECORDS_PER_FETCH
    shards_per_task: int = 5

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Options:
        """Raises OptionError with the name of the invalid option."""
        options = {name.lower(): value for name, value in given.items() if value}
        streams = tuple(name.strip() for name in options.get("streamname", "").split(",") if name.strip())
        if not streams:
            raise OptionError(
                "The option streamName is missing: expected a stream's name, or several separated by commas."
            )
        _refuse_what_only_databricks_has(options)
        _check_duration(options, "maxFetchDuration")
        return cls(
            streams=streams,
            initial=_initial(options.get("initialposition", LATEST)),
            region=options.get("region"),
            endpoint=options.get("endpoint"),
            access_key=options.get("awsaccesskey"),
            secret_key=options.get("awssecretkey"),
            session_token=options.get("awssessiontoken"),
            role_arn=options.get("rolearn"),
            role_external_id=options.get("roleexternalid"),
            role_session_name=options.get("rolesessionname", cls.role_session_name),
            sts_endpoint=options.get("stsendpoint"),
            records_per_fetch=min(
                _positive(options, "maxRecordsPerFetch", cls.records_per_fetch), MAX_RECORDS_PER_FETCH
            ),
            shards_per_task=_positive(options, "shardsPerTask", cls.shards_per_task),
        )


def _refuse_what_only_databricks_has(options: Mapping[str, str]) -> None:
    if options.get("consumermode", "polling").lower() != "polling":
        raise OptionError(
            f'The option consumerMode is "{options["consumermode"]}", but outside of Databricks only '
            "polling is supported."
        )
    if "servicecredential" in options:
        raise OptionError(
            "The option serviceCredential names a credential of Unity Catalog, which only Databricks has; "
            "remove it here."
        )


def _positive(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name.lower(), str(default))
    if not re.fullmatch(r"0*[1-9]\d*", text):
        raise OptionError(f'The option {name} takes a whole number above 0, but is "{text}".')
    return int(text)


# Spark's format of a duration.
DURATION = re.compile(r"\d+\s*(us|ms|s|m|min|h|d)", re.IGNORECASE)


def _check_duration(options: Mapping[str, str], name: str) -> None:
    text = options.get(name.lower(), "1s")
    if not DURATION.fullmatch(text.strip()):
        raise OptionError(f'The option {name} takes a time such as 500ms, 2s or 1m, but is "{text}".')


def _initial(text: str) -> str | float:
    word = text.strip().lower()
    if word == LATEST:
        return LATEST
    if word in ("trim_horizon", "earliest"):
        return HORIZON
    raise OptionError(
        f"The option initialPosition takes latest, trim_horizon or earliest here, but is {text!r}."
    )
