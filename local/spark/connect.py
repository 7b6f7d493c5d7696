"""
Spark Connect for a run, the nearest thing here to serverless compute: the notebook's process is a client
without a JVM and without `sc`. The server is a part of the kernel's JVM, so tables, mounts and settings are
the same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pyspark.sql import SparkSession

from .conf import CONNECT_TOKEN
from .jvm import Jvm

USER = "notebooks"


@dataclass(frozen=True)
class ConnectAccess:
    """What the run's process needs to attach itself."""

    port: int
    token: str
    session: str

    def attach(self, job_group: str, namespace: dict[str, Any]) -> SparkSession:
        """
        A client of the server. The host is a name, since gRPC takes a token without TLS for that one only.
        """
        options = {"token": self.token, "user_id": USER, "session_id": self.session}
        text = ";".join(f"{name}={quote(value)}" for name, value in options.items())
        return SparkSession.builder.remote(f"sc://localhost:{self.port}/;{text}").getOrCreate()


class ConnectSession:
    """
    The kernel's side of it: a client that was killed leaves its session, and the streams in it, to the
    server.
    """

    def __init__(self, jvm: Jvm, job_group: str) -> None:
        service = jvm.gateway.jvm.org.apache.spark.sql.connect.service
        # Scala's singleton itself: its class has no static way to these two.
        server = service.__getattr__("SparkConnectService$").__getattr__("MODULE$")
        self._manager = server.sessionManager()
        session = str(uuid.uuid4())
        self._key = service.SessionKey(USER, session)
        token = jvm.context.getConf().get(CONNECT_TOKEN)
        self.access = ConnectAccess(server.localPort(), str(token), session)

    def close(self) -> None:
        """Ends what the run may have left on the server."""
        self._manager.closeSession(self._key, False)
