"""The emulated dbutils: widgets, secrets and their redaction, files and mounts."""

import errno
from pathlib import Path

import pytest

from local.spark.files import Files, MountInfo
from local.spark.secrets import KnownSecrets, RedactedOutput, Secrets, redactor
from local.spark.storage import Storage, StorageError
from local.spark.widgets import InputWidgetNotDefined, Widgets


def test_a_parameter_overrides_the_default_and_an_undefined_widget_is_an_error() -> None:
    widgets = Widgets({"schema": "prod", "unasked": "yes"})
    widgets.text("schema", "dev")
    widgets.dropdown("trigger", "once", ["once", "continuous"])
    assert widgets.getAll() == {"schema": "prod", "trigger": "once", "unasked": "yes"}
    assert widgets.get("unasked") == "yes"
    with pytest.raises(InputWidgetNotDefined, match="No input widget named catalog is defined"):
        widgets.get("catalog")


def test_a_dropdown_rejects_a_default_that_is_not_a_choice() -> None:
    with pytest.raises(ValueError, match="not one of its choices: once"):
        Widgets({}).dropdown("trigger", "never", ["once"])


def test_a_secret_is_redacted_even_if_it_is_printed_in_pieces() -> None:
    shown: list[str] = []
    output = RedactedOutput(
        redactor({"aws": {"key": "hunter2", "pem": "BEGIN\nhunter2!!\nEND"}}), shown.append
    )
    for piece in ("the key is hun", "ter2\nand hunter2!!\n", "last hunter2"):
        output.write(piece)
    output.finish()
    assert "".join(shown) == "the key is [REDACTED]\nand [REDACTED]\nlast [REDACTED]"


def test_the_error_names_a_missing_secret() -> None:
    secrets = Secrets({"aws": {"key": "hunter2"}})
    assert secrets.get("aws", "key") == "hunter2"
    with pytest.raises(KeyError, match="scope: aws and key: nope"):
        secrets.get("aws", "nope")


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    folder = tmp_path / "s3" / "landing"
    (folder / "topics").mkdir(parents=True)
    (folder / "topics" / "a.json").write_text("{}")
    return folder


def storage(tmp_path: Path, buckets: str = "s3") -> Storage:
    (tmp_path / "state").mkdir(exist_ok=True)
    made = Storage(tmp_path / "state", tmp_path / buckets)
    made.prepare()
    return made


def test_a_mounted_bucket_reads_like_a_folder_and_survives_a_restart(tmp_path: Path, bucket: Path) -> None:
    assert Files(storage(tmp_path)).mount("s3a://landing", "/mnt/demo/")
    bucket.parent.rename(tmp_path / "moved")
    files = Files(storage(tmp_path, buckets="moved"))
    assert files.mounts() == [MountInfo("/mnt/demo", "s3a://landing")]
    assert [(info.path, info.name) for info in files.ls("/mnt/demo")] == [
        ("dbfs:/mnt/demo/topics/", "topics/")
    ]
    assert files.head("dbfs:/mnt/demo/topics/a.json") == "{}"


def test_a_mount_is_rejected_for_a_bad_bucket_or_a_bad_path(tmp_path: Path) -> None:
    files = Files(storage(tmp_path))
    with pytest.raises(StorageError, match=r"no bucket for s3a://\.\.: expected"):
        files.mount("s3a://..", "/mnt/x")
    with pytest.raises(StorageError, match="expected a path below /mnt"):
        files.mount("s3a://landing", "/mnt/../etc")
    files.mount("s3://landing", "/mnt/x")
    with pytest.raises(StorageError, match="already mounted"):
        files.mount("s3a://landing", "/mnt/x")
    with pytest.raises(StorageError, match="must not be nested"):
        files.mount("s3a://landing", "/mnt/x/deeper")
    assert [mount.mountPoint for mount in files.mounts()] == ["/mnt/x"]


def test_unmounting_keeps_the_files_of_the_bucket(tmp_path: Path, bucket: Path) -> None:
    files = Files(storage(tmp_path))
    files.mount("s3a://landing/topics", "/mnt/x")
    for folder in ("/mnt/x", "/mnt/x/", "/mnt"):
        with pytest.raises(StorageError, match="/mnt/x is a mount"):
            files.rm(folder, recurse=True)
        with pytest.raises(StorageError, match="/mnt/x is a mount"):
            files.mv(folder, "/Volumes/x", recurse=True)
    files.unmount("/mnt/x")
    assert (files.mounts(), (bucket / "topics" / "a.json").exists()) == ([], True)
    with pytest.raises(FileNotFoundError, match="/mnt/x"):
        files.ls("/mnt/x")


def test_files_can_be_written_moved_and_deleted_in_volumes(tmp_path: Path) -> None:
    files = Files(storage(tmp_path))
    files.put("/Volumes/main/demo/landing/a.txt", "hello")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        files.put("/Volumes/main/demo/landing/a.txt", "again")
    with pytest.raises(IsADirectoryError, match="recurse=True"):
        files.mv("/Volumes/main/demo/landing", "/Volumes/main/demo/moved")
    files.mv("/Volumes/main/demo/landing", "dbfs:/Volumes/main/demo/moved", recurse=True)
    files.put("/Volumes/main/demo/moved/b.txt", "old")
    files.mv("/Volumes/main/demo/moved/a.txt", "/Volumes/main/demo/moved/b.txt")
    assert [info.name for info in files.ls("/Volumes/main/demo")] == ["moved/"]
    assert files.head("/Volumes/main/demo/moved/b.txt") == "hello"
    assert (files.rm("/Volumes/main/demo/moved", recurse=True), files.rm("/Volumes/nowhere")) == (True, False)


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(storage(tmp_path))
    marker = tmp_path / "state" / "volumes" / "main" / "marker"
    files.put("/Volumes/main/marker", "old")

    def full(written: Path, text: str, **_: str) -> None:
        written.write_bytes(b"")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            files.put("/Volumes/main/marker", "new", overwrite=True)
    assert (marker.read_text(), list(marker.parent.iterdir())) == ("old", [marker])
    files.put("/Volumes/main/marker", "new", overwrite=True)
    assert marker.read_text() == "new"


def test_after_a_secret_changes_the_old_and_the_new_value_are_redacted() -> None:
    secrets = KnownSecrets({"aws": {"key": "hunter2"}})
    before = secrets.scopes
    secrets.replace({"aws": {"key": "swordfish"}})
    assert (before["aws"]["key"], secrets.scopes["aws"]["key"]) == ("hunter2", "swordfish")
    assert secrets.redact("hunter2 swordfish") == "[REDACTED] [REDACTED]"


def test_a_bucket_is_created_when_it_is_first_used(tmp_path: Path) -> None:
    files = Files(storage(tmp_path))
    files.mount("s3a://landing", "/mnt/landing")
    files.put("/mnt/landing/topics/a.json", "{}")
    assert (tmp_path / "s3" / "landing" / "topics" / "a.json").read_text() == "{}"


DAMAGED = [b"", b'{"/mnt/a":', b"[]", b'{"/mnt/a": 1}', b"\xff\xfe{\x00}\x00", bytes(10)]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_of_mounts_is_reported_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mounts.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"^\S+/mounts\.json [^\n]+\.$"):
        Storage(tmp_path, {}).prepare()
