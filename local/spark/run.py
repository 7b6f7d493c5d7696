"""One notebook run: a Python process that is attached to its own session in the kernel's JVM."""

from __future__ import annotations

import os
import queue
import sys
import threading
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .cells import Cells
from .classic import ClassicAccess
from .connect import ConnectAccess
from .dbutils import DBUtils, NotebookCommands, NotebookExit
from .failure import failure
from .files import Files
from .secrets import RedactedOutput, Secrets, redactor
from .sources import offer_kinesis
from .state import full_disk
from .storage import Storage
from .widgets import Widgets


@dataclass(frozen=True)
class Job:
    """
    The input of a run. It is sent through a pipe, so that its secrets are neither in arguments nor in the
    environment.
    """

    name: str
    notebook: Path
    parameters: dict[str, str]
    state: Path
    bucket_root: Path
    secrets: dict[str, dict[str, str]]
    access: ClassicAccess | ConnectAccess


class Kernel:
    """
    The run's end of the pipe to its kernel. The run sends `("output", text)` and finally `("done", result)`.
    To run another notebook, it sends `("run", id, …)` and later receives `(id, result)`. If the pipe closes,
    the kernel has ended, and this process ends, too.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        threading.Thread(target=self._receive, daemon=True).start()

    def send(self, *content: Any) -> None:
        with self._sending:
            self._pipe.send(content)

    def run_notebook(self, path: Path, timeout: float, arguments: dict[str, str]) -> str:
        """Runs another notebook and returns its exit value. Raises RuntimeError if that notebook fails."""
        answer: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._sending:
            number = len(self._answers)
            self._answers[number] = answer
        self.send("run", number, path, arguments, timeout)
        result = answer.get()
        if result["state"] != "success":
            reason = result["error"]["message"] if "error" in result else result["state"]
            raise RuntimeError(f"Notebook {path} did not succeed: {reason}")
        return str(result.get("exit", ""))

    def _receive(self) -> None:
        try:
            while True:
                number, result = self._pipe.recv()
                self._answers[number].put(result)
        except (EOFError, OSError):
            os._exit(1)


def run(job: Job, pipe: Connection) -> None:
    """Runs the job; the main function of the run's process."""
    kernel = Kernel(pipe)
    redact = redactor(job.secrets)
    output = RedactedOutput(redact, lambda text: kernel.send("output", text))
    sys.stdout = sys.stderr = output  # type: ignore[assignment]
    result = _result(job, kernel, redact)
    output.finish()
    kernel.send("done", result)


def _result(job: Job, kernel: Kernel, redact: Callable[[str], str]) -> dict[str, Any]:
    # The notebook's module has the name `__main__`, because Spark sends the functions of a module with this
    # name to its workers by value.
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    cells: Cells | None = None
    try:
        spark = job.access.attach(job.name, main.__dict__)
        offer_kinesis(spark)
        dbutils = DBUtils(
            Widgets(job.parameters),
            Secrets(job.secrets),
            Files(Storage(job.state, job.bucket_root)),
            NotebookCommands(job.notebook.parent, kernel.run_notebook),
        )
        cells = Cells(spark, dbutils, main.__dict__)
        cells.run(job.notebook)
        # On Databricks a job continues as long as its streams run, and fails if one of them fails.
        for stream in spark.streams.active:
            stream.awaitTermination()
    except NotebookExit as ending:
        return {"state": "success", "exit": redact(ending.value)}
    except BaseException as error:
        found = failure(error, cells.at if cells else None, cells.notebooks if cells else {})
        if full := full_disk(found.trace, job.state):
            found = replace(found, message=full)
        said = {
            key: redact(value) if isinstance(value, str) else value for key, value in asdict(found).items()
        }
        return {"state": "failed", "error": said}
    return {"state": "success"}
