"""The calls to Kinesis that the source needs, with retries after transient errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .errors import StreamMissing, Unavailable
from .options import Options
from .shards import Shard, ShardTree

# The maximum number of simultaneous calls.
CONNECTIONS = 8
# The query fails when calls have failed, or got no response, for this number of seconds.
PATIENCE = 300.0
# Full jitter: a wait is a random time from 0 to a limit that doubles with every failure.
FIRST_BACKOFF, MAX_BACKOFF = 0.2, 5.0

TRANSIENT = {
    "InternalFailure",
    "InternalServerError",
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
}

Answer = TypeVar("Answer")


def code(error: BaseException) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def is_transient(error: BaseException) -> bool:
    """Returns whether the same call may succeed later."""
    status = (
        error.response["ResponseMetadata"].get("HTTPStatusCode", 0) if isinstance(error, ClientError) else 0
    )
    return isinstance(error, ConnectionError | HTTPClientError) or code(error) in TRANSIENT or status >= 500


def backoff(failures: int) -> float:
    """Returns the seconds to wait after a number of consecutive failures, 1 or more."""
    return random.uniform(0, min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** min(failures, 16)))


def patiently(what: str, call: Callable[[], Answer]) -> Answer:
    """Retries the call after transient errors; raises Unavailable after PATIENCE seconds."""
    started, failures = time.monotonic(), 0
    while True:
        try:
            return call()
        except Exception as error:
            waited = time.monotonic() - started
            if not is_transient(error):
                raise
            if waited > PATIENCE:
                raise Unavailable(what, waited, error) from error
            failures += 1
            time.sleep(backoff(failures))


@dataclass(frozen=True)
class Summary:
    """`created` is in seconds since 1970; `retention` is the number of seconds that a record is kept."""

    created: float
    retention: float


class Kinesis:
    """Is created in the driver or task that uses it, because a client can't be serialized. Thread-safe."""

    def __init__(self, options: Options) -> None:
        self._client = _client(options)

    def summary(self, stream: str) -> Summary:
        """Waits for a stream that is being created; raises StreamMissing if it does not exist."""

        def ask() -> dict[str, Any]:
            answer = self._client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
            return dict(answer)

        try:
            while (found := patiently(f"stream {stream}", ask))["StreamStatus"] == "CREATING":
                time.sleep(FIRST_BACKOFF)
        except self._client.exceptions.ResourceNotFoundException:
            raise StreamMissing(stream) from None
        return Summary(float(found["StreamCreationTimestamp"]), found["RetentionPeriodHours"] * 3600.0)

    def tree(self, stream: str) -> ShardTree:
        shards: list[Shard] = []
        page: dict[str, Any] = {"StreamName": stream}
        while page:
            asked = page
            answer = patiently(f"the shards of {stream}", lambda: self._client.list_shards(**asked))  # noqa: B023
            shards += map(_shard, answer["Shards"])
            page = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
        return ShardTree(shards)

    def iterator_at(self, stream: str, shard: str, sequence_number: str) -> str:
        return self._iterator(stream, shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=sequence_number)

    def iterator_since(self, stream: str, shard: str, since: float) -> str:
        """Returns an iterator at the first record since `since`; at the oldest record if `since` is 0."""
        if since == 0:
            return self._iterator(stream, shard, "TRIM_HORIZON")
        moment = datetime.fromtimestamp(since, timezone.utc)
        return self._iterator(stream, shard, "AT_TIMESTAMP", Timestamp=moment)

    def records(self, iterator: str, limit: int) -> dict[str, Any]:
        return dict(self._client.get_records(ShardIterator=iterator, Limit=limit))

    def _iterator(self, stream: str, shard: str, kind: str, **start: Any) -> str:
        answer = self._client.get_shard_iterator(
            StreamName=stream, ShardId=shard, ShardIteratorType=kind, **start
        )
        return str(answer["ShardIterator"])


def _shard(answer: dict[str, Any]) -> Shard:
    parents = (answer.get("ParentShardId"), answer.get("AdjacentParentShardId"))
    return Shard(
        answer["ShardId"],
        tuple(parent for parent in parents if parent),
        "EndingSequenceNumber" not in answer["SequenceNumberRange"],
    )


def _client(options: Options) -> Any:
    session = _session(options, _in_role(options) if options.role_arn else None)
    config = Config(
        # botocore must not retry: its waits for a throttled shard would block the other shards.
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=CONNECTIONS,
    )
    return session.client("kinesis", endpoint_url=options.endpoint, config=config)


def _session(options: Options, credentials: RefreshableCredentials | None = None) -> boto3.Session:
    inner = botocore.session.get_session()
    # Times are kept as they are sent, as seconds since 1970: converting them to dates takes as long as
    # parsing the rest of a record.
    inner.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda sent: sent)
    if credentials:
        # botocore has no public API to set refreshable credentials in a session.
        inner._credentials = credentials
        return boto3.Session(region_name=options.region, botocore_session=inner)
    return boto3.Session(
        region_name=options.region,
        botocore_session=inner,
        aws_access_key_id=options.access_key,
        aws_secret_access_key=options.secret_key,
        aws_session_token=options.session_token,
    )


def _in_role(options: Options) -> RefreshableCredentials:
    """Returns the role's credentials, which are renewed automatically before they expire."""
    sts = _session(options).client("sts", endpoint_url=options.sts_endpoint)
    wanted = {"RoleArn": options.role_arn, "RoleSessionName": options.role_session_name}
    if options.role_external_id:
        wanted["ExternalId"] = options.role_external_id

    def renew() -> dict[str, str]:
        given = sts.assume_role(**wanted)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"],
        }

    return RefreshableCredentials.create_from_metadata(renew(), renew, method="sts-assume-role")
