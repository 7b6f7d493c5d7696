"""
A kernel's options: one JSON object on the first line of its standard input, so that secrets are neither in
its arguments nor in its environment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """
    `state` contains everything that outlives the kernel. A bucket is the subfolder of `bucket_root` with the
    bucket's name.
    """

    state: Path
    bucket_root: Path
    jars: Path
    java: Path
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    conf: dict[str, str] = field(default_factory=dict)
    small: bool = False
    connect: bool = False
    sql: bool = False
    # JVM flags that are added to the default ones.
    jvm_flags: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, line: str) -> Options:
        values = json.loads(line)
        for name in ("state", "bucket_root", "jars", "java"):
            values[name] = Path(values[name])
        return cls(**values)

    @property
    def warehouse(self) -> Path:
        """The folder of managed tables: `<schema>.db/<table>`, and `<table>` for the schema `default`."""
        return self.state / "warehouse"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def scratch(self) -> Path:
        """The folder of Spark's temporary files; it is emptied at each start."""
        return self.state / "tmp"
