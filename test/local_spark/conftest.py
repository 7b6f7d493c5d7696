"""Makes the streaming sources importable, as the kernel does for Spark, and starts a Kinesis emulator."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "local" / "spark" / "sources"))

if TYPE_CHECKING:
    from kinesis_harness import Stream


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    serve = str(REPOSITORY / "local" / "kinesis" / "serve.ts")
    command = ["node", "--import", "tsx", serve, "0"]
    # The emulator chooses a free port and sends it to its parent. Node's channel has a line for each message.
    ours, theirs = socket.socketpair()
    with ours, ours.makefile() as messages:
        with theirs:
            channel = theirs.fileno()
            environment = {**os.environ, "NODE_CHANNEL_FD": str(channel)}
            process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, pass_fds=[channel])
        try:
            # tsx sends messages too, which name the files that it loads.
            port = next((line.strip() for line in messages if line.strip().isdecimal()), None)
            if port is None:
                raise RuntimeError(f"The emulator ended with exit code {process.wait()}.")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


@pytest.fixture
def kinesis(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the emulator's address and credentials in the environment. Returns a client of the emulator."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL_KINESIS": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("kinesis")


@pytest.fixture
def stream(kinesis: Any) -> Stream:
    from kinesis_harness import Stream

    return Stream(kinesis)
