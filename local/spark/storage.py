"""
Maps Databricks' paths to this machine: `/mnt` (mounts) and `/Volumes` are folders in the state folder; a
bucket is any other folder.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .text import TextError, read_texts, write_texts

BUCKET_URI = re.compile(r"s3[an]?://(?:[^@/]*@)?([^/]+)/?(.*)")
ROOTS = {"/mnt": "mnt", "/Volumes": "volumes"}


class StorageError(Exception):
    """A path or a mount that can't be used here. The message is a sentence for the notebook's author."""


def links(state: Path) -> dict[str, Path]:
    """Returns the folders by the root of Databricks' paths, such as `/mnt`."""
    return {root: state / name for root, name in ROOTS.items()}


class Storage:
    """
    Resolves paths and manages the mounts. A mount is a symbolic link in `<state>/mnt` and an entry in
    `mounts.json`, so a mount takes effect in the whole JVM at once and outlives the JVM, as in a workspace.
    """

    def __init__(self, state: Path, bucket_root: Path) -> None:
        """A bucket becomes a folder in `bucket_root` when it is first used."""
        self._state, self._bucket_root = state, bucket_root
        self._links = links(state)
        self._table = state / "mounts.json"

    def prepare(self) -> None:
        """
        Creates the folders, and every mount's link again, because a bucket's folder may have changed since
        the last start.
        """
        for folder in self._links.values():
            folder.mkdir(parents=True, exist_ok=True)
        for mount_point, source in self.mounts().items():
            if self._folder_of(source):
                self._link(mount_point, source)

    def local(self, path: str) -> Path:
        """Returns the local file or folder for `/…`, `dbfs:/…`, `file:/…` or a bucket's URI."""
        if BUCKET_URI.match(path):
            return self._source(path)
        if path.startswith("file:"):
            return Path("/" + path.removeprefix("file:").lstrip("/"))
        path = "/" + path.removeprefix("dbfs:").lstrip("/")
        for root, folder in self._links.items():
            if path == root or path.startswith(root + "/"):
                return folder / path[len(root) :].lstrip("/")
        return Path(path)

    def mounts(self) -> dict[str, str]:
        """Returns the sources by mount point."""
        try:
            return read_texts(self._table, "remove it and mount again with the mount notebook")
        except TextError as error:
            raise StorageError(str(error)) from None

    def mount(self, source: str, mount_point: str) -> None:
        if not re.fullmatch(r"/mnt(/[^/]+)+", mount_point.rstrip("/")) or "/../" in mount_point + "/":
            raise StorageError(
                f"Can't mount at {mount_point}: expected a path below /mnt, such as /mnt/landing."
            )
        mount_point = mount_point.rstrip("/")
        with self._changed() as mounts:
            for other in mounts:
                if other == mount_point:
                    raise StorageError(f"Directory already mounted: {mount_point}; unmount it first.")
                if other.startswith(mount_point + "/") or mount_point.startswith(other + "/"):
                    raise StorageError(
                        f"Can't mount at {mount_point}: it and the mount {other} must not be nested."
                    )
            self._source(source)
            self._link(mount_point, source)
            mounts[mount_point] = source

    def unmount(self, mount_point: str) -> None:
        mount_point = mount_point.rstrip("/")
        with self._changed() as mounts:
            if mount_point not in mounts:
                raise StorageError(f"Directory not mounted: {mount_point}.")
            del mounts[mount_point]
            self.local(mount_point).unlink(missing_ok=True)

    @contextmanager
    def _changed(self) -> Iterator[dict[str, str]]:
        """Yields the mounts for changes and then stores them, while no other process can change them."""
        with open(self._state / "mounts.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            mounts = self.mounts()
            yield mounts
            write_texts(self._table, mounts)

    def _link(self, mount_point: str, source: str) -> None:
        link = self.local(mount_point)
        link.parent.mkdir(parents=True, exist_ok=True)
        made = link.with_name(f".{link.name}.{os.getpid()}")
        made.unlink(missing_ok=True)
        made.symlink_to(self._source(source))
        made.replace(link)

    def _folder_of(self, source: str) -> Path | None:
        bucket = BUCKET_URI.fullmatch(source)
        # Only names that S3 allows. The name becomes a folder's name, and `..` would lead out of this folder.
        if bucket and re.fullmatch(r"[a-z0-9][a-z0-9.-]+", bucket[1]):
            made = self._bucket_root / bucket[1]
            made.mkdir(parents=True, exist_ok=True)
            return made / bucket[2]
        return None

    def _source(self, source: str) -> Path:
        folder = self._folder_of(source)
        if folder is None:
            raise StorageError(
                f"There is no bucket for {source}: expected s3a://<bucket> with a name that S3 allows."
            )
        return folder
