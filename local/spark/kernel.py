"""Answers requests for runs and SQL with one warm JVM; __main__.py documents the format of the requests."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from contextlib import suppress
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any, NoReturn, TextIO

from pyspark.sql import SparkSession

from .catalog import Catalog
from .failure import message
from .jvm import Jvm, JvmError
from .options import Options
from .rows import json_row
from .runs import Run, prepare_forks
from .secrets import KnownSecrets
from .state import StateError, full_disk, leave_state, open_state
from .thrift import start_thrift

# If an orderly stop takes longer than this, the JVM is killed.
STOP_SECONDS = 60


class Kernel:
    """Handles each request in a thread, so runs and statements are executed in parallel."""

    def __init__(self, options: Options, secrets: KnownSecrets, jvm: Jvm, answers: TextIO) -> None:
        self._options, self._secrets, self._jvm, self._answers = options, secrets, jvm, answers
        self._answering = threading.Lock()
        self._runs: dict[int, Run] = {}
        self._canceled: set[int] = set()

    def answer(self, **content: Any) -> None:
        with self._answering:
            self._answers.write(json.dumps(content) + "\n")
            self._answers.flush()

    def handle(self, request: dict[str, Any]) -> None:
        """Starts to handle a request; the answer is written later."""
        if "cancel" in request:
            # The number is stored, because the run may not have started yet.
            self._canceled.add(request["cancel"])
            if run := self._runs.get(request["cancel"]):
                run.cancel()
        elif "secrets" in request:
            self._secrets.replace(request["secrets"])
        else:
            threading.Thread(target=self._answer_to, args=(request,), daemon=True).start()

    def _answer_to(self, request: dict[str, Any]) -> None:
        number = request["id"]
        try:
            result = self._run(number, request["run"]) if "run" in request else self._sql(request["sql"])
            self.answer(id=number, result=result)
        except Exception as error:
            said = full_disk(str(error), self._options.state) or message(error)
            self.answer(id=number, error=self._secrets.redact(said))

    def _run(self, number: int, what: dict[str, Any]) -> dict[str, Any]:
        run = Run(
            self._jvm,
            self._options,
            self._secrets,
            Path(what["notebook"]),
            what["parameters"],
            what["name"],
        )
        self._runs[number] = run
        if number in self._canceled:
            run.cancel()
        try:
            return run.wait(lambda text: self.answer(id=number, output=text), what["timeout"])
        finally:
            del self._runs[number]

    def _sql(self, what: dict[str, Any]) -> list[dict[str, Any]]:
        """Runs a statement in a new session, so that it doesn't see another statement's views or schema."""
        session = SparkSession(self._jvm.context, self._jvm.new_session())
        result = session.sql(what["statement"], args=what["parameters"] or None)
        return [json_row(row, result.schema) for row in result.collect()]

    def stop(self, catalog: Catalog) -> None:
        for run in list(self._runs.values()):
            run.cancel()
        try:
            catalog.save()
        finally:
            self._jvm.stop()


def main() -> None:
    """Runs the kernel: reads options from the first line of the input, and requests from the other lines."""
    options = Options.from_json(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w")
    secrets = KnownSecrets(options.secrets)
    _log_redacted(secrets)
    try:
        lock = open_state(options)
        prepare_forks(options)
        jvm = Jvm(options, lock)
        catalog = Catalog(jvm, options)
        ready = {"thrift": start_thrift(jvm)} if options.sql else {}
    except (StateError, JvmError) as error:
        answers.write(json.dumps({"fatal": {"code": error.code, "message": str(error)}}) + "\n")
        answers.flush()
        _end(1)
    kernel = Kernel(options, secrets, jvm, answers)
    kernel.answer(ready=ready)
    catalog.save_regularly()
    stopping = threading.Event()
    threading.Thread(target=_end_without, args=(jvm, stopping), daemon=True).start()
    for line in sys.stdin:
        kernel.handle(json.loads(line))
    stopping.set()
    leave_state(lock)
    # As a daemon, it does not delay the end of this process if `stop` raises.
    timer = threading.Timer(STOP_SECONDS, _give_up, [jvm])
    timer.daemon = True
    timer.start()
    kernel.stop(catalog)
    _end(0)


def _end_without(jvm: Jvm, stopping: threading.Event) -> None:
    """Ends this process if the JVM ends before it is stopped, as when the machine has no memory left."""
    jvm.process.wait()
    if not stopping.is_set():
        _end(1)


def _give_up(jvm: Jvm) -> None:
    jvm.process.kill()
    _end(1)


def _end(code: int) -> NoReturn:
    """Ends this process at once, without its threads, and removes the folder of the socket for forks."""
    shutil.rmtree(get_temp_dir(), ignore_errors=True)
    os._exit(code)


def _log_redacted(secrets: KnownSecrets) -> None:
    """
    Redacts the secrets in all output of this process, the JVM and the runs, and writes it to the log. The log
    is the file that was standard error when the kernel started.
    """
    log = os.fdopen(os.dup(2), "w", buffering=1)
    output, printed = os.pipe()
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)

    def copy() -> None:
        with os.fdopen(output, errors="replace") as lines:
            for line in lines:
                with suppress(OSError):  # a full disk: later lines may fit again
                    log.write(secrets.redact(line))

    threading.Thread(target=copy, daemon=True).start()
