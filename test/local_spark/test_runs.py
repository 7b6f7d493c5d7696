"""Notebooks that a notebook runs in parallel."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from local.spark import runs
from local.spark.options import Options
from local.spark.secrets import KnownSecrets
from local.spark.state import KEPT_LOGS

RUNS = 4


class Pipe:
    """A run's pipe: the notebook asks for RUNS other runs and ends. Counts messages sent at once."""

    def __init__(self) -> None:
        self._requests = iter([*(("run", n, Path("nested.py"), {}, 0) for n in range(RUNS)), ("done", {})])
        self._lock = threading.Lock()
        self._sending = 0
        self.most = 0
        self.answered: set[int] = set()

    def recv(self) -> Any:
        return next(self._requests)

    def send(self, message: tuple[int, dict[str, Any]]) -> None:
        with self._lock:
            self._sending += 1
            self.most = max(self.most, self._sending)
        time.sleep(0.02)  # as a long message takes
        with self._lock:
            self._sending -= 1
            self.answered.add(message[0])

    def close(self) -> None:
        pass


class QuietPipe:
    """The pipe of a run that prints nothing until it ends."""

    def __init__(self) -> None:
        self.waiting, self.end = threading.Event(), threading.Event()

    def recv(self) -> Any:
        self.waiting.set()
        self.end.wait()
        return ("done", {})

    def close(self) -> None:
        pass


class Idle:
    """A session, a process or a run that does nothing."""

    access: Any = None

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, _: str) -> Any:
        return lambda *_: {"state": "success"}


class Dying(Pipe):
    """The pipe of a notebook that asks for RUNS other runs and whose process then dies."""

    def recv(self) -> Any:
        kind, *content = super().recv()
        if kind == "done":
            raise EOFError
        return kind, *content


class Endless(Idle):
    """A run that ends when it is canceled, or after some time. Notes which of both happened."""

    canceled: ClassVar[list[bool]] = []

    def __init__(self, *_: Any) -> None:
        self._cancel = threading.Event()

    def wait(self, *_: Any) -> dict[str, Any]:
        self.canceled.append(self._cancel.wait(5))
        return {"state": "canceled"}

    def cancel(self) -> None:
        self._cancel.set()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., runs.Run]:
    """Starts a run with this pipe. The runs that it asks for are of the type `nested`."""

    def started(pipe: Pipe, nested: type = Idle, name: str = "") -> runs.Run:
        monkeypatch.setattr(runs, "FORKS", SimpleNamespace(Pipe=lambda: (pipe, Idle()), Process=Idle))
        monkeypatch.setattr(runs, "ClassicSession", Idle)
        options = Options(state=tmp_path, bucket_root=tmp_path, jars=tmp_path, java=tmp_path)
        options.logs.mkdir()
        run = runs.Run(Idle(), options, KnownSecrets({}), Path("outer.py"), {}, name)  # type: ignore[arg-type]
        monkeypatch.setattr(runs, "Run", nested)
        return run

    return started


def test_results_of_parallel_runs_are_sent_one_after_another(start: Callable[..., runs.Run]) -> None:
    pipe = Pipe()
    start(pipe).wait(lambda _: None)
    assert pipe.answered == set(range(RUNS))
    assert pipe.most == 1


def test_the_death_of_a_run_cancels_the_runs_that_it_started(start: Callable[..., runs.Run]) -> None:
    result = start(Dying(), Endless).wait(lambda _: None)
    assert "process ended" in result["error"]["message"]
    assert Endless.canceled == [True] * RUNS


def test_a_run_with_a_long_name_has_a_log(start: Callable[..., runs.Run]) -> None:
    run = start(Pipe(), name="Ä" * 264)
    run.wait(lambda _: None)
    assert (run._options.logs / f"{run.name}.log").exists()


def test_the_end_of_a_run_removes_old_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FORKS", SimpleNamespace(Pipe=lambda: (Pipe(), Idle()), Process=Idle))
    monkeypatch.setattr(runs, "ClassicSession", Idle)
    options = Options(state=tmp_path, bucket_root=tmp_path, jars=tmp_path, java=tmp_path)
    options.logs.mkdir()
    for number in range(KEPT_LOGS):
        log = options.logs / f"stream-{number}.log"
        log.touch()
        os.utime(log, (number, number))
    run = runs.Run(Idle(), options, KnownSecrets({}), Path("outer.py"), {})  # type: ignore[arg-type]
    monkeypatch.setattr(runs, "Run", Idle)
    run.wait(lambda _: None)
    kept = {log.name for log in options.logs.iterdir()}
    assert kept == {f"{run.name}.log", *(f"stream-{number}.log" for number in range(1, KEPT_LOGS))}


def test_the_old_log_of_a_run_that_is_running_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet, ending = QuietPipe(), QuietPipe()
    ending.end.set()
    pipes = iter([quiet, ending])
    monkeypatch.setattr(runs, "FORKS", SimpleNamespace(Pipe=lambda: (next(pipes), Idle()), Process=Idle))
    monkeypatch.setattr(runs, "ClassicSession", Idle)
    options = Options(state=tmp_path, bucket_root=tmp_path, jars=tmp_path, java=tmp_path)
    options.logs.mkdir()
    for number in range(KEPT_LOGS):
        (options.logs / f"stream-{number}.log").touch()
    running, ended = (
        runs.Run(Idle(), options, KnownSecrets({}), Path("outer.py"), {})  # type: ignore[arg-type]
        for _ in range(2)
    )
    thread = threading.Thread(target=running.wait, args=(lambda _: None,))
    thread.start()
    assert quiet.waiting.wait(60)
    log = options.logs / f"{running.name}.log"
    os.utime(log, (0, 0))
    ended.wait(lambda _: None)
    kept = log.exists()
    quiet.end.set()
    thread.join()
    assert kept
