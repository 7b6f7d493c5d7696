"""Spark's configuration on this machine, each setting with its reason."""

from __future__ import annotations

import secrets

import pyspark

from .options import Options
from .storage import links

SPARK_4_1 = not pyspark.__version__.startswith("4.0.")

# Spark 4.1 moved its package.
CHECKPOINT_FILES = (
    f"org.apache.spark.sql.execution.streaming.{'checkpointing.' if SPARK_4_1 else ''}"
    "FileSystemBasedCheckpointFileManager"
)
CONNECT_TOKEN = "spark.connect.authenticate.token"

# On a few thousand rows a task costs more than the rows it works on, and code generation more than it saves;
# at a million it is the other way round.
SMALL_DATA = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}


def spark_conf(options: Options) -> dict[str, str]:
    """The configuration of the JVM that `options` describe; `options.conf` has the last word."""
    return {
        "spark.master": "local[*]",
        "spark.app.name": "notebooks",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Below the state folder, which the JVM runs in: in the folder's own path a comma would begin another.
        "spark.local.dir": options.scratch.name,
        **_delta_and_catalog(options),
        **_file_systems(options),
        # A laptop's cores, not a cluster's.
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.session.timeZone": "UTC",
        # Every statement's plan is written out for a web page that nobody sees: the short form is enough.
        "spark.sql.ui.explainMode": "simple",
        # How often an idle stream looks for news: by default 100 times a second, each time listing a log.
        "spark.sql.streaming.pollingDelay": "100ms",
        # A Python source under availableNow otherwise stops after the batch that a restart replays.
        "spark.sql.streaming.triggerAvailableNowWrapper.enabled": "true",
        # A result goes to its client a partition at a time: a large one, whole, would take the JVM's memory.
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
        # Derby and Hive's client take a quarter of the start and a tenth of each statement (catalog.py).
        "spark.sql.catalogImplementation": "in-memory",
        # Spark keeps locations as they stand here, and decodes nothing in them.
        "spark.sql.warehouse.dir": f"file:{options.warehouse}",
        "spark.hadoop.hive.exec.scratchdir": f"{options.scratch}/hive",
        # Keeps columns out of the metastore: with them there, a stream can't read a table that CREATE OR
        # REPLACE made (DELTA_UNSUPPORTED_SCHEMA_DURING_READ in Delta 4.0.1). Delta reads them from its log
        # anyway.
        "spark.databricks.delta.catalog.update.longFieldTruncationThreshold": "0",
        # Spark 4.1 gives a statement's parameters to the parser, and Delta 4.4's drops them (delta-io/delta
        # 7640); this way Spark binds them after parsing, as 4.0 does.
        **({"spark.sql.legacy.parameterSubstitution.constantsOnly": "true"} if SPARK_4_1 else {}),
    }


def _file_systems(options: Options) -> dict[str, str]:
    """
    Paths as on Databricks: `/mnt/…`, `/Volumes/…` and `dbfs:/…` are links into the state folder, the rest is
    this machine's.
    """
    table = "spark.hadoop.fs.viewfs.mounttable.default"
    # Hadoop reads the target of a link as a URI: a blank, % or # in it must be escaped.
    linked = {f"{table}.link.{link}": folder.as_uri() for link, folder in links(options.state).items()}
    return {
        "spark.hadoop.fs.defaultFS": "viewfs://default/",
        f"{table}.linkFallback": "file:///",
        **linked,
        "spark.hadoop.fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        # Hadoop's default keeps a checksum file beside each file, and its newer interface, which Delta and
        # streams use by default, starts two `readlink` processes for each rename: seventy processes a second
        # with six streams. These do without either; all of them still rename a finished file into place.
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "spark.sql.streaming.checkpointFileManagerClass": CHECKPOINT_FILES,
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        "spark.delta.logStore.viewfs.impl": "io.delta.storage.LocalLogStore",
        "spark.delta.logStore.dbfs.impl": "io.delta.storage.LocalLogStore",
    }


def _connect_server() -> dict[str, str]:
    """
    A Spark Connect server in the same JVM: on a free port of the loopback interface, for those who have this
    start's token.
    """
    return {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        CONNECT_TOKEN: secrets.token_hex(16),
    }
