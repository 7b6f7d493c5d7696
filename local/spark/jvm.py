"""The JVM that all runs share: starts it, creates sessions for runs, and stops it."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.serializers import UTF8Deserializer, read_int
from pyspark.sql import SparkSession

from .conf import run_conf, spark_conf
from .options import Options

START_SECONDS = 120

# Packages that Spark 4.0 and 4.1 need opened on Java 17 (org.apache.spark.launcher.JavaModuleOptions).
OPENED = [
    "java.lang",
    "java.lang.invoke",
    "java.lang.reflect",
    "java.io",
    "java.net",
    "java.nio",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "jdk.internal.ref",
    "sun.nio.ch",
    "sun.nio.cs",
    "sun.security.action",
    "sun.util.calendar",
]

# The jars that contain nearly all closures.
CLOSURES = ["spark-sql_*.jar", "spark-core_*.jar", "spark-catalyst_*.jar", "spark-sql-api_*.jar"]


class JvmError(Exception):
    """Java did not start. The message is a sentence for the user."""

    code = "JAVA_BROKEN"


class Jvm:
    """
    A JVM with Spark's Py4J gateway. It is started directly, because spark-submit would first start a second
    JVM to determine the flags. It exits when its standard input closes, so it can't outlive this process.
    """

    def __init__(self, options: Options, lock: int) -> None:
        """
        `lock` is a file descriptor with the lock on the state folder. The JVM inherits it, so the folder is
        locked until the JVM has ended.
        """
        java = options.java / "bin" / "java"
        with TemporaryDirectory(dir=options.scratch) as folder:
            address = Path(folder) / "gateway"
            try:
                self.process = subprocess.Popen(
                    [str(java), *_flags(options), "org.apache.spark.api.python.PythonGatewayServer"],
                    cwd=options.state,
                    stdin=subprocess.PIPE,
                    pass_fds=[lock],
                    env={**os.environ, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(address)},
                    # The program that started the kernel handles a Ctrl-C in the terminal.
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
                )
            except OSError as error:
                raise JvmError(
                    f"Java can't be started: expected a Java 17 or 21 at {java} ({error.strerror})."
                ) from None
            port, secret = self._gateway_address(address, java)
        os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(port), secret
        self.gateway = launch_gateway()
        # A run's process has its own gateway and must not find this one in the environment.
        del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]
        self._sign_in()
        conf = SparkConf(loadDefaults=False).setAll(list(spark_conf(options).items()))
        self.context = SparkContext(gateway=self.gateway, conf=conf)
        self.session = SparkSession.builder.getOrCreate()
        self._run_conf = run_conf(options)

    def _gateway_address(self, address: Path, java: Path) -> tuple[int, str]:
        """Waits for the file to which the JVM writes its port and secret, and returns both."""
        deadline = time.monotonic() + START_SECONDS
        while not address.exists():
            code = self.process.poll()
            if code is not None:
                raise JvmError(
                    f"Java ended with {code} instead of starting Spark: expected a Java 17 or 21 at {java}."
                )
            if time.monotonic() > deadline:
                self.process.kill()
                raise JvmError(f"Java at {java} did not start Spark within {START_SECONDS} s.")
            time.sleep(0.02)
        with address.open("rb") as file:
            return read_int(file), UTF8Deserializer().loads(file)

    def _sign_in(self) -> None:
        """
        Sets Hadoop's user. Hadoop would otherwise look the user up in the machine's list of users and fail if
        the user of a container is not in it.
        """
        users = self.gateway.jvm.org.apache.hadoop.security.UserGroupInformation
        users.setLoginUser(users.createRemoteUser(user_name()))

    def new_session(self) -> Any:
        """Returns a session with its own views, settings and current schema; tables and mounts are shared."""
        session = self.session._jsparkSession.newSession()
        for name, value in self._run_conf.items():
            session.conf().set(name, value)
        return session

    def stop(self) -> None:
        """Stops Spark in an orderly way, and then the JVM."""
        try:
            self.session.stop()
        finally:
            assert self.process.stdin
            self.process.stdin.close()
            self.process.wait()


def user_name() -> str:
    """Returns the user's name, or the user's number if the machine has no name for it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _flags(options: Options) -> list[str]:
    spark_jars = Path(pyspark.__file__).parent / "jars"
    # For each closure, Spark reads a class file, and Java searches some 280 jars for it in this order.
    first = [jar for name in CLOSURES for jar in sorted(spark_jars.glob(name))]
    return [
        "-cp",
        ":".join([f"{options.jars}/*", *map(str, first), f"{spark_jars}/*"]),
        # The client compiler and the serial collector are faster for runs of minutes on a laptop. With
        # tier 1, the default code cache has only 48 MB. Streams fill it within a minute, so it is set larger.
        "-XX:TieredStopAtLevel=1",
        "-XX:ReservedCodeCacheSize=256m",
        "-XX:+UseSerialGC",
        "-Xmx2g",
        # With the default sizes, Java would collect the young generation twice a second.
        "-Xms768m",
        "-Xmn384m",
        "-XX:-UsePerfData",
        "-Duser.timezone=UTC",
        # Hive puts the user's name into the names of its scratch folders. Without this flag, Java would set
        # "?" for a user without a name.
        f"-Duser.name={user_name()}",
        f"-Djava.io.tmpdir={options.scratch}",
        f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}",
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
        *options.jvm_flags,
    ]
