"""Makes the streaming sources importable, as the kernel does for Spark, and starts a Kinesis emulator."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "local" / "spark" / "sources"))

if TYPE_CHECKING:
    from kinesis_harness import Stream


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    port = free_port()
    serve = str(REPOSITORY / "local" / "kinesis" / "serve.ts")
    process = subprocess.Popen(["node", "--import", "tsx", serve, str(port)], cwd=REPOSITORY)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        else:
            raise RuntimeError(f"The emulator ended with exit code {process.returncode}.")
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
