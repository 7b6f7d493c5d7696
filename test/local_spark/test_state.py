"""The state folder at the start of a kernel."""

import os
from pathlib import Path

from local.spark.options import Options
from local.spark.state import KEPT_LOGS, open_state


def test_only_the_newest_logs_of_runs_are_kept(tmp_path: Path) -> None:
    options = Options(state=tmp_path, bucket_root=tmp_path / "s3", jars=tmp_path, java=tmp_path)
    options.logs.mkdir()
    (options.logs / "kernel.log").touch()
    for number in range(KEPT_LOGS + 2):
        log = options.logs / f"stream-{number}.log"
        log.touch()
        os.utime(log, (number, number))
    os.close(open_state(options))
    kept = {log.name for log in options.logs.iterdir()}
    assert kept == {"kernel.log", *(f"stream-{number}.log" for number in range(2, KEPT_LOGS + 2))}
