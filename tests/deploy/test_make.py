"""What make says before anything is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _make(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make
    return subprocess.run(
        [make, "-f", str(ROOT / "Makefile"), *arguments],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_is_the_default_and_lists_every_target() -> None:
    said = _make(ROOT, path="/usr/bin:/bin").stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^  (\w+) +\w", said, re.MULTILINE) == phony.split()
    assert {"help", "setup", "demo", "up", "sandbox", "pictures", "test", "check", "clean"} == set(phony.split())


def test_setup_says_which_pythons_it_takes_when_there_is_none(tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        (shims / name).write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
        (shims / name).chmod(0o755)
    (tmp_path / "requirements.txt").touch()
    done = _make(tmp_path, "setup", path=str(shims))
    assert done.returncode != 0
    assert "This needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / ".venv").exists()
