"""
Starts Spark's Thrift server in the JVM of the notebooks, so that SQL can read their tables. Spark's own start
would listen on every interface and accept every client. So this module starts only one of Spark's two
services, the service for sessions, and creates its own HTTP server for the other service.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from .jvm import Jvm

LOOPBACK = "127.0.0.1"

HIVE = {
    # Statements run as the user who started the kernel, the only user.
    "hive.server2.enable.doAs": "false",
    "hive.server2.authentication": "NONE",
    # A client may disconnect without closing its session. The session is then closed after an hour, or, if
    # the client left a finished statement, after a day. Hive would keep such a statement for five days.
    "hive.server2.session.check.interval": "60s",
    "hive.server2.idle.session.timeout": "1h",
    "hive.server2.idle.session.check.operation": "true",
    "hive.server2.idle.operation.timeout": "1d",
    # When a session ends, Hive calls its metastore, which is not used here. With this address and no retries
    # the call fails immediately, instead of starting an embedded metastore.
    "hive.metastore.uris": "thrift://127.0.0.1:1",
    "hive.metastore.connect.retries": "0",
}


def start_thrift(jvm: Jvm) -> dict[str, Any]:
    """
    Starts the server and returns its port and path. At `<path>/arrow`, the same calls return rows as Arrow.
    Other users of this machine can also connect to the port. Therefore the path is secret and new at each
    start.
    """
    java = jvm.gateway.jvm
    sessions, service = _services(jvm)
    jetty = java.org.sparkproject.jetty
    path = f"/{secrets.token_hex(32)}"
    handler = jetty.servlet.ServletContextHandler()
    handler.setContextPath("/")
    for place, answering in ((path, service), (f"{path}/arrow", _arrow(jvm, sessions, service))):
        handler.addServlet(jetty.servlet.ServletHolder(_servlet(java, answering)), place)
    server = jetty.server.Server(java.java.net.InetSocketAddress(LOOPBACK, 0))
    server.setHandler(handler)
    server.start()
    return {"port": server.getConnectors()[0].getLocalPort(), "path": path}


def _servlet(java: Any, service: Any) -> Any:
    return java.org.apache.hive.service.cli.thrift.ThriftHttpServlet(
        getattr(java.org.apache.hive.service.rpc.thrift, "TCLIService$Processor")(service),
        getattr(java.org.apache.thrift.protocol, "TBinaryProtocol$Factory")(),
        HIVE["hive.server2.authentication"],
        None,
        None,
        None,
    )


def _arrow(jvm: Jvm, sessions: Any, service: Any) -> Any:
    """
    Wraps `service`, so that it returns rows as Arrow. ArrowResults.java is compiled by Janino, which Spark
    includes for the code that it generates.
    """
    java = jvm.gateway.jvm
    compiler = java.org.codehaus.janino.SimpleCompiler()
    compiler.cook(Path(__file__).with_name("ArrowResults.java").read_text("utf8"))
    compiled = compiler.getClassLoader().loadClass("ArrowResults")
    (over,) = [method for method in compiled.getMethods() if method.getName() == "over"]
    arguments = jvm.gateway.new_array(java.java.lang.Object, 2)
    arguments[0], arguments[1] = service, sessions.getSessionManager().getOperationManager()
    return over.invoke(None, arguments)


def _services(jvm: Jvm) -> tuple[Any, Any]:
    """
    Returns the started service for sessions, and the service that answers each client's calls in its Spark
    session. Does the same as Spark's own start, but does not listen.
    """
    java = jvm.gateway.jvm
    thriftserver = java.org.apache.spark.sql.hive.thriftserver
    session, context = jvm.new_session(), jvm.context._jsc.sc()
    hadoop = session.sessionState().newHadoopConf()
    conf = java.org.apache.hadoop.hive.conf.HiveConf(hadoop, hadoop.getClass())
    for name, value in {**HIVE, "hive.server2.transport.mode": "http"}.items():
        conf.set(name, value)
    hive = thriftserver.HiveThriftServer2
    # Otherwise a failing service would end the JVM and all runs.
    hive.systemExitOnError().set(False)
    getattr(hive, "eventManager_$eq")(thriftserver.ui.HiveThriftServer2EventManager(context))
    server = hive(session)
    server.init(conf)
    sessions, http = server.getServices()
    sessions.start()
    return sessions, http
