"""Notebook runs in the kernel: starts and ends the session, the gateway and the process of each run."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .classic import ClassicSession
from .connect import ConnectSession
from .failure import message
from .jvm import Jvm
from .options import Options
from .run import Job, run
from .secrets import KnownSecrets
from .state import full_disk, remove_old_logs

Emit = Callable[[str], None]

# Runs are forked from a process that has already imported the modules and has no threads or sockets yet.
FORKS = multiprocessing.get_context("forkserver")

NUMBERS = itertools.count(1)

# Logs of the runs that are running. A run that prints little may write to an old log.
OPEN_LOGS: set[Path] = set()


def prepare_forks(options: Options) -> None:
    """Starts the process that runs are forked from; it imports the modules while the JVM starts."""
    # PySpark's functions import its module for tests, to find out whether NumPy is installed. That module
    # imports PyArrow, whose allocator would start a thread.
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    client = "pyspark.sql.connect.session" if options.connect else "pyspark.sql.functions"
    FORKS.set_forkserver_preload(["local.spark.run", "pyspark.testing.utils", client])
    FORKS.Process(target=int).start()


class Run:
    """One run. `wait()` returns its result; `cancel()` may be called at any time, even before `wait()`."""

    def __init__(
        self,
        jvm: Jvm,
        options: Options,
        secrets: KnownSecrets,
        notebook: Path,
        parameters: dict[str, str],
        name: str = "",
    ) -> None:
        # Shortened, because it becomes part of a file's name.
        said = re.sub(r"[^A-Za-z0-9_.-]", "-", name or notebook.stem)[:100]
        self.name = f"{said}-{next(NUMBERS)}"
        self._jvm, self._options, self._secrets = jvm, options, secrets
        self._ending: str | None = None
        self._nested: list[Run] = []
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._session = (ConnectSession if options.connect else ClassicSession)(jvm, self.name)
        self._pipe, theirs = FORKS.Pipe()
        job = Job(
            name=self.name,
            notebook=notebook,
            parameters=parameters,
            state=options.state,
            bucket_root=options.bucket_root,
            secrets=secrets.scopes,
            access=self._session.access,
        )
        self._process = FORKS.Process(target=run, args=(job, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def wait(self, emit: Emit, timeout: float = 0) -> dict[str, Any]:
        """
        Blocks until the run has ended, and passes its output to `emit` as it is printed. A timeout of 0
        seconds means no timeout.
        """
        started = time.monotonic()
        timer = threading.Timer(timeout, self._kill, ["timedout"])
        path = self._options.logs / f"{self.name}.log"
        OPEN_LOGS.add(path)
        try:
            with path.open("w", errors="backslashreplace") as log:

                def show(text: str) -> None:
                    log.write(text)
                    log.flush()
                    emit(text)

                if timeout:
                    timer.start()
                result = self._messages(show)
                if "error" in result:
                    log.write(result["error"]["trace"])
        finally:
            timer.cancel()
            OPEN_LOGS.discard(path)
            self._close()
        result["seconds"] = round(time.monotonic() - started, 3)
        return result

    def cancel(self) -> None:
        self._kill("canceled")

    def _messages(self, emit: Emit) -> dict[str, Any]:
        with ThreadPoolExecutor() as pool:
            while True:
                try:
                    kind, *content = self._pipe.recv()
                except (EOFError, OSError):
                    return self._broken()
                if kind == "done":
                    return content[0] if self._ending is None else {"state": self._ending}
                if kind == "output":
                    emit(content[0])
                else:
                    pool.submit(self._run_nested, emit, *content)

    def _broken(self) -> dict[str, Any]:
        if self._ending:
            return {"state": self._ending}
        self._process.join()
        code, log = self._process.exitcode, self._options.logs / "kernel.log"
        self._kill("failed")  # the notebooks that it started, too
        return _failed(f"The run's Python process ended with exit code {code}: see {log}.")

    def _run_nested(
        self, emit: Emit, number: int, notebook: Path, parameters: dict[str, str], timeout: float
    ) -> None:
        try:
            nested = Run(self._jvm, self._options, self._secrets, notebook, parameters)
            with self._lock:
                self._nested.append(nested)
            if self._ending:
                nested.cancel()
            try:
                result = nested.wait(emit, timeout)
            finally:
                with self._lock:
                    self._nested.remove(nested)
        except Exception as error:  # without an answer, the calling notebook would wait forever
            said = full_disk(str(error), self._options.state) or message(error)
            result = _failed(self._secrets.redact(said))
        with self._sending:  # long messages that two threads send at once would be mixed
            self._pipe.send((number, result))

    def _kill(self, state: str) -> None:
        with self._lock:
            self._ending = self._ending or state
            nested = list(self._nested)
        self._process.kill()
        for each in nested:
            each.cancel()

    def _close(self) -> None:
        """Ends the process first, so that nothing is started in the session while the session closes."""
        self._process.join(1)
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._session.close()
        remove_old_logs(self._options.logs, OPEN_LOGS)


def _failed(said: str) -> dict[str, Any]:
    """Returns the result of a run that failed outside of its notebook's cells."""
    return {"state": "failed", "error": {"notebook": "", "cell": 0, "line": 0, "message": said, "trace": ""}}
