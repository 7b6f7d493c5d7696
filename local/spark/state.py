"""
Prepares the state folder: it must be writable, is locked for one kernel, and is cleaned up after a kernel
that was killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import threading
import time
from collections.abc import Collection
from pathlib import Path

from .options import Options
from .storage import Storage, StorageError

# How long to wait until a stopping kernel, or the JVM of a killed kernel, has ended.
LEAVING_SECONDS = 20
# With less free space than this, Delta fails in the middle of a write with errors that hide the reason.
FREE_BYTES = 64 * 1024 * 1024
# A disk with less free space than this counts as full, because the files of a table would not fit.
LAST_BYTES = 1024 * 1024
# Each run of a notebook writes a log. Nothing but a person reads them.
KEPT_LOGS = 500
# Parallel runs must not remove the same log.
REMOVING = threading.Lock()
NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded")


class StateError(Exception):
    """A state folder that can't be used. `code` is short and stable; the message is a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_state(options: Options) -> int:
    """
    Prepares and locks the folder, and returns the lock's file descriptor. The lock belongs to the open file,
    which the JVM inherits. So the lock lasts until both the kernel and the JVM have ended.
    """
    try:
        for folder in (options.state, options.logs, options.warehouse):
            folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(options.state / "kernel.lock", os.O_RDWR | os.O_CREAT, 0o600)
        _lock(lock, options)
        shutil.rmtree(options.scratch, ignore_errors=True)
        options.scratch.mkdir()
        remove_old_logs(options.logs)
        Storage(options.state, options.bucket_root).prepare()
    except StorageError as error:
        raise StateError("STATE_BROKEN", str(error)) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _disk_full(options) from None
        raise StateError(
            "STATE_NOT_WRITABLE",
            f"The state folder {options.state} can't be written ({error.strerror}): "
            "fix its permissions or choose another folder.",
        ) from None
    if shutil.disk_usage(options.state).free < FREE_BYTES:
        raise _disk_full(options)
    return lock


def remove_old_logs(logs: Path, open_logs: Collection[Path] = ()) -> None:
    """Keeps the newest logs of runs, `open_logs`, and the kernel's own log."""
    with REMOVING:
        of_runs = sorted(logs.glob("*-*.log"), key=lambda log: log.stat().st_mtime)
        for log in of_runs[:-KEPT_LOGS]:
            if log not in open_logs:
                log.unlink()


def full_disk(error: str, state: Path) -> str | None:
    """
    Returns a sentence for an error that a full disk caused; None for any other error. Some of Spark's errors
    hide this reason, so the free space is checked, too.
    """
    try:
        free = shutil.disk_usage(state).free
    except OSError:  # the folder was removed
        free = LAST_BYTES
    if not NO_ROOM.search(error) and free >= LAST_BYTES:
        return None
    return f"The disk of {state} is full: free some space there or choose another folder, then try again."


def leave_state(lock: int) -> None:
    """Marks the kernel as ending, so that the next kernel waits for the lock instead of failing."""
    os.truncate(lock, 0)


def _lock(lock: int, options: Options) -> None:
    deadline = time.monotonic() + LEAVING_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            owner = os.pread(lock, 20, 0).decode(errors="replace").strip()
            if _alive(owner) or time.monotonic() > deadline:
                raise StateError(
                    "STATE_IN_USE",
                    f"The state folder {options.state} is in use by another kernel, "
                    f"process id {owner or 'unknown'}: stop that kernel or choose another folder.",
                ) from None
            time.sleep(0.1)
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True


def _disk_full(options: Options) -> StateError:
    needed = FREE_BYTES // 2**20
    return StateError(
        "DISK_FULL",
        f"The disk of {options.state} is full: expected at least {needed} MB free; "
        "free some space or choose another folder.",
    )
