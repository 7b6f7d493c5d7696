"""`dbutils.fs`: Databricks' file commands on this machine's folders."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from .storage import Storage, StorageError


@dataclass(frozen=True)
class FileInfo:
    """One entry of a listing. A folder's name ends in `/`; `modificationTime` is milliseconds since 1970."""

    path: str
    name: str
    size: int
    modificationTime: int


@dataclass(frozen=True)
class MountInfo:
    mountPoint: str
    source: str


class Files:
    """
    Paths are `/…`, `dbfs:/…`, `file:/…` or a bucket's URI. A missing path raises FileNotFoundError with the
    path as the notebook wrote it.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def ls(self, path: str) -> list[FileInfo]:
        local = self._existing(path)
        if local.is_file():
            return [_info(local, path)]
        return [_info(entry, f"{path.rstrip('/')}/{entry.name}") for entry in sorted(local.iterdir())]

    def head(self, file: str, maxBytes: int = 65536) -> str:
        with self._existing(file).open("rb") as content:
            return content.read(maxBytes).decode(errors="replace")

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        local = self._storage.local(file)
        if local.exists() and not overwrite:
            raise FileExistsError(f"{file} already exists: pass overwrite=True to replace it.")
        local.parent.mkdir(parents=True, exist_ok=True)
        # Written beside the file and renamed, so that a kill or a full disk leaves no half-written file.
        target = local.resolve()  # a rename would replace a link instead of the file behind it
        written = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            written.write_text(contents, encoding="utf-8")
            written.replace(target)
        finally:
            written.unlink(missing_ok=True)
        return True

    def mkdirs(self, dir: str) -> bool:
        self._storage.local(dir).mkdir(parents=True, exist_ok=True)
        return True

    def mv(self, source: str, destination: str, recurse: bool = False) -> bool:
        origin, target = self._without_mounts(source), self._storage.local(destination)
        if self._existing(source).is_dir() and not recurse:
            raise IsADirectoryError(f"{source} is a folder: pass recurse=True to move it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(origin, target)
        return True

    def rm(self, dir: str, recurse: bool = False) -> bool:
        """Returns False if the path does not exist."""
        local = self._without_mounts(dir)
        if not local.exists():
            return False
        if local.is_file():
            local.unlink()
        elif recurse:
            shutil.rmtree(local)
        else:
            local.rmdir()
        return True

    def mount(self, source: str, mount_point: str) -> bool:
        self._storage.mount(source, mount_point)
        return True

    def unmount(self, mount_point: str) -> bool:
        self._storage.unmount(mount_point)
        return True

    def mounts(self) -> list[MountInfo]:
        return [MountInfo(mount_point, source) for mount_point, source in self._storage.mounts().items()]

    def _without_mounts(self, path: str) -> Path:
        """Returns the local path. Raises StorageError for a mount, or a folder above it."""
        local = self._storage.local(path)
        for mount in self._storage.mounts():
            link = self._storage.local(mount)
            if local in (link, *link.parents):
                raise StorageError(f"{mount} is a mount: use dbutils.fs.unmount.")
        return local

    def _existing(self, path: str) -> Path:
        local = self._storage.local(path)
        if not local.exists():
            raise FileNotFoundError(f"No such file or directory: {path}")
        return local


def _info(local: Path, path: str) -> FileInfo:
    stat = local.stat()
    folder = local.is_dir()
    full = path if ":" in path.partition("/")[0] else f"dbfs:{path}"
    return FileInfo(
        f"{full}/" if folder else full,
        f"{local.name}/" if folder else local.name,
        0 if folder else stat.st_size,
        int(stat.st_mtime * 1000),
    )
