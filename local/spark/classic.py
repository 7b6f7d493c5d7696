"""Classic Spark for a run: a session in the kernel's JVM, and a Py4J server for access to this session."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from .jvm import Jvm

SESSION = "session"


@dataclass(frozen=True)
class ClassicAccess:
    """The address and secret with which the run's process attaches to its session."""

    port: int
    secret: str

    def attach(self, job_group: str, namespace: dict[str, Any]) -> SparkSession:
        """Returns the run's session, wrapped for PySpark, and adds `sc` to the notebook's namespace."""
        os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(self.port), self.secret
        gateway = launch_gateway()
        session = JavaObject(SESSION, gateway._gateway_client)
        context = gateway.jvm.JavaSparkContext.fromSparkContext(session.sparkContext())
        # A run must not stop the JVM, which all runs share.
        SparkContext.stop = SparkSession.stop = lambda self: None  # type: ignore[assignment,method-assign]
        SparkContext._ensure_initialized(gateway=gateway)
        # PySpark calls the JVM twice for each of these settings, and later replaces them by those of `jsc`.
        conf = SparkConf(loadDefaults=False, _jvm=gateway.jvm)
        conf.setMaster(context.master()).setAppName(context.appName())
        sc = SparkContext(gateway=gateway, jsc=context, conf=conf)
        # The default session is wrapped first. Otherwise PySpark would make this run's session the default.
        SparkSession(sc, gateway.jvm.SparkSession.getDefaultSession().get())
        spark = SparkSession(sc, session)
        SparkSession._instantiatedSession = SparkSession._activeSession = spark
        gateway.jvm.SparkSession.setActiveSession(session)
        sc.setJobGroup(job_group, job_group, interruptOnCancel=True)
        # Without these names, Spark takes a stack trace for each RDD to name the line that created it.
        for form in ("short", "long"):
            sc.setLocalProperty(f"callSite.{form}", job_group)
        namespace["sc"] = sc
        return spark


class ClassicSession:
    """
    The session of one run, in the kernel. Each run has its own server, because two processes on the same
    server would receive each other's foreachBatch callbacks.
    """

    def __init__(self, jvm: Jvm, job_group: str) -> None:
        self._context, self._job_group = jvm.context, job_group
        self._session = jvm.new_session()
        self._server = jvm.gateway.jvm.org.apache.spark.api.python.Py4JServer(jvm.context._jsc.sc().conf())
        self._server.start()
        self._server.server().getJavaServer().getGateway().putObject(SESSION, self._session)
        self.access = ClassicAccess(self._server.getListeningPort(), self._server.secret())

    def close(self) -> None:
        """Ends everything that the run may have left in the JVM: its streams, its jobs and its server."""
        with ExitStack() as steps:  # calls each step, the last one first, even if another step fails
            # Py4J also interrupts the threads of running calls, so that a call between two jobs ends, too.
            steps.callback(self._server.shutdown)
            steps.callback(self._context.cancelJobGroup, self._job_group)
            steps.callback(self._session.interruptAll)
            for stream in self._session.streams().active():
                steps.callback(stream.stop)
