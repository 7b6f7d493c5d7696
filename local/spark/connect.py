"""
Spark Connect for a run, the closest local equivalent of serverless compute: the notebook's process is a
client without a JVM and without `sc`. The server is part of the kernel's JVM, so tables, mounts and settings
are the same.
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
    """The address and token with which the run's process attaches to its session."""

    port: int
    token: str
    session: str

    def attach(self, job_group: str, namespace: dict[str, Any]) -> SparkSession:
        """
        Returns a client of the server. The host is `localhost`, the only host for which gRPC accepts a token
        without TLS.
        """
        options = {"token": self.token, "user_id": USER, "session_id": self.session}
        text = ";".join(f"{name}={quote(value)}" for name, value in options.items())
        return SparkSession.builder.remote(f"sc://localhost:{self.port}/;{text}").getOrCreate()


class ConnectSession:
    """
    The session of one run, in the kernel. The kernel must close it, because a killed client leaves its
    session and its streams on the server.
    """

    def __init__(self, jvm: Jvm, job_group: str) -> None:
        service = jvm.gateway.jvm.org.apache.spark.sql.connect.service
        # The Scala singleton is used, because its class has no static methods for session manager and port.
        server = service.__getattr__("SparkConnectService$").__getattr__("MODULE$")
        self._manager = server.sessionManager()
        session = str(uuid.uuid4())
        self._key = service.SessionKey(USER, session)
        token = jvm.context.getConf().get(CONNECT_TOKEN)
        self.access = ConnectAccess(server.localPort(), str(token), session)

    def close(self) -> None:
        """Ends everything that the run may have left on the server."""
        self._manager.closeSession(self._key, False)
