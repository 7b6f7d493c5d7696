"""Spark's configuration on this machine, with the reason for each setting."""

from __future__ import annotations

import secrets

import pyspark

from .options import Options
from .storage import links

SPARK_4_1 = not pyspark.__version__.startswith("4.0.")

# Spark 4.1 moved this class to another package.
CHECKPOINT_FILES = (
    f"org.apache.spark.sql.execution.streaming.{'checkpointing.' if SPARK_4_1 else ''}"
    "FileSystemBasedCheckpointFileManager"
)
CONNECT_TOKEN = "spark.connect.authenticate.token"

# With a few thousand rows, tasks and code generation cost more time than they save; with a million rows they
# save time.
SMALL_DATA = {
    # Without this setting, Spark takes a stack trace for each column that Python or Delta creates, so that an
    # error can name the line of Python. That was 9 % of the time of a statement on a Delta table.
    "spark.sql.dataFrameQueryContext.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}

# Also for small data, but only in notebook sessions. Adaptive plans cost time there, because Spark runs each
# stage as a job and plans again after it. In SQL sessions they are kept, because without them a canceled
# statement would continue to run.
SMALL_DATA_RUNS = {"spark.sql.adaptive.enabled": "false"}


def run_conf(options: Options) -> dict[str, str]:
    """Returns the settings in which a notebook's session differs from the JVM's configuration.

    `options.conf` takes precedence.
    """
    settings = SMALL_DATA_RUNS if options.small else {}
    return {name: value for name, value in settings.items() if name not in options.conf}


def spark_conf(options: Options) -> dict[str, str]:
    """Returns the configuration for `options`; `options.conf` takes precedence."""
    return {
        "spark.master": "local[*]",
        "spark.app.name": "notebooks",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Otherwise any user of this machine could send Java objects to Spark's ports, which deserialize
        # them. In local mode, Spark generates the secret itself.
        "spark.authenticate": "true",
        # Relative to the state folder, in which the JVM runs. Spark splits this setting at commas, and the
        # full path may contain a comma.
        "spark.local.dir": options.scratch.name,
        **_delta_and_catalog(options),
        **_file_systems(options),
        # For the few cores of a laptop.
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.session.timeZone": "UTC",
        # Spark formats every statement's plan for its web UI, even if the UI is disabled. The short form is
        # faster.
        "spark.sql.ui.explainMode": "simple",
        # Interval at which an idle stream checks for new data. By default, it checks 100 times a second, and
        # each check lists a log.
        "spark.sql.streaming.pollingDelay": "100ms",
        # Without this setting, a restarted query with availableNow and a Python source only replays its last
        # batch and then stops.
        "spark.sql.streaming.triggerAvailableNowWrapper.enabled": "true",
        # Sends a result one partition at a time, because a large result would exhaust the JVM's memory.
        "spark.sql.thriftServer.incrementalCollect": "true",
        **(SMALL_DATA if options.small else {}),
        **(_connect_server() if options.connect else {}),
        **options.conf,
    }


def _delta_and_catalog(options: Options) -> dict[str, str]:
    return {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.sources.default": "delta",
        # Avoids Derby and Hive's client, which took a quarter of the start time and a tenth of the time
        # of each statement. catalog.py fills this catalog at each start.
        "spark.sql.catalogImplementation": "in-memory",
        # Not percent-encoded: Spark uses this location literally and does not decode it.
        "spark.sql.warehouse.dir": f"file:{options.warehouse}",
        "spark.hadoop.hive.exec.scratchdir": f"{options.scratch}/hive",
        # Delta 4.4 would compute the list of a table's files for each commit's checksum file, and would read
        # that list only to check it.
        "spark.databricks.delta.allFilesInCrc.enabled": "false",
        # Keeps columns out of the metastore, because Delta reads them from its log. Otherwise a stream can't
        # read a table that CREATE OR REPLACE created (DELTA_UNSUPPORTED_SCHEMA_DURING_READ in Delta 4.0.1).
        "spark.databricks.delta.catalog.update.longFieldTruncationThreshold": "0",
        # Spark 4.1 passes a statement's parameters to the parser, and Delta 4.4's parser drops them
        # (delta-io/delta 7640). With this setting, Spark binds the parameters after parsing, as 4.0 does.
        **({"spark.sql.legacy.parameterSubstitution.constantsOnly": "true"} if SPARK_4_1 else {}),
    }


def _file_systems(options: Options) -> dict[str, str]:
    """
    Returns the settings for Databricks' paths: `/mnt/…`, `/Volumes/…` and `dbfs:/…` are links into the state
    folder; all other paths are this machine's.
    """
    table = "spark.hadoop.fs.viewfs.mounttable.default"
    # Hadoop parses the target of a link as a URI, so a space, % or # in the target must be escaped.
    linked = {f"{table}.link.{link}": folder.as_uri() for link, folder in links(options.state).items()}
    return {
        "spark.hadoop.fs.defaultFS": "viewfs://default/",
        f"{table}.linkFallback": "file:///",
        **linked,
        "spark.hadoop.fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        # By default, Hadoop writes a checksum file for each file. Hadoop's newer interface, which Delta and
        # streams use by default, also starts two `readlink` processes for each rename. With six streams, it
        # starts 70 processes a second. The following classes do neither, and still rename a finished file
        # into place.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.sql.streaming.checkpointFileManagerClass": CHECKPOINT_FILES,
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        "spark.delta.logStore.viewfs.impl": "io.delta.storage.LocalLogStore",
        "spark.delta.logStore.dbfs.impl": "io.delta.storage.LocalLogStore",
    }


def _connect_server() -> dict[str, str]:
    """
    Returns the settings for a Spark Connect server in the same JVM. The server uses a free port of the
    loopback interface and accepts only clients with its token, which is new at each start.
    """
    return {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        CONNECT_TOKEN: secrets.token_hex(16),
    }
