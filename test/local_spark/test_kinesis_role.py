"""The kinesis source with an IAM role, whose credentials a token service issues and renews."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from kinesis_harness import Query, Stream

ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>role-{number}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class TokenService(HTTPServer):
    """Answers AssumeRole with credentials that are valid for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), TokenHandler)
        self.seconds = seconds
        self.asked: list[dict[str, list[str]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class TokenHandler(BaseHTTPRequestHandler):
    server: TokenService

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(parse_qs(self.rfile.read(length).decode()))
        expires = datetime.now(timezone.utc) + timedelta(seconds=self.server.seconds)
        number = len(self.server.asked)
        body = ANSWER.format(number=number, expires=expires.strftime("%Y-%m-%dT%H:%M:%SZ")).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@pytest.fixture(params=[3600, 60])
def tokens(request: pytest.FixtureRequest) -> Iterator[TokenService]:
    service = TokenService(request.param)
    yield service
    service.shutdown()
    service.server_close()


def test_credentials_of_a_role_are_renewed_before_they_expire(stream: Stream, tokens: TokenService) -> None:
    stream.put(10)
    query = Query(
        stream,
        roleArn="arn:aws:iam::000000000000:role/reader",
        roleExternalId="outside",
        stsEndpoint=f"http://127.0.0.1:{tokens.server_port}",
    )
    query.until(10)
    assert sorted(query.data) == stream.sent
    first = tokens.asked[0]
    assert first["RoleArn"] == ["arn:aws:iam::000000000000:role/reader"]
    assert (first["ExternalId"], first["RoleSessionName"]) == (["outside"], ["pyspark-kinesis"])
    # Credentials that are about to expire are not reused.
    assert (len(tokens.asked) > 1) == (tokens.seconds < 3600)
