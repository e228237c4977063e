"""Whether the golden files say what they said: `python -m tests.sync.documents.same_golden <git-revision>`.

Compares the files of the working tree with those of an older revision, each with the whole order, contact, payments, shares, settings and
company, and with the documents and warnings. A number is compared by its digits, documents with the order of their keys too. A file of
an older revision may have either form: only what differs from the usual order (which is read as it is now), or the whole order.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.sync.documents.golden_file import FILES, FOLDER, exact, expanded

ROOT = FOLDER.parents[3]
INPUT = {"order": None, "contact": None, "payments": [], "shares": [], "settings": {}, "company": {}}


def differences(older: str, newer: str) -> list[str]:
    """The parts in which two files, given as text, are not the same."""
    old, new = whole(older), whole(newer)
    parts = [name for name, absent in INPUT.items() if digits(old.get(name, absent)) != digits(new.get(name, absent))]
    in_order = [
        (name, digits(old[name], sort=False), digits(new[name], sort=False)) for name in ("documents", "warnings")
    ]
    return parts + [name for name, before, after in in_order if before != after]


def whole(text: str) -> dict[str, Any]:
    """A file of either form with everything in it."""
    content = json.loads(text)
    return dict(exact(text)) if "order_items" in content["order"] else expanded(content)


def digits(value: Any, *, sort: bool = True) -> str:
    """A value as text, a fraction with exactly its digits (1 is not 1.0)."""
    return json.dumps(value, sort_keys=sort, default=lambda fraction: f"fraction {fraction}")


def of_revision(revision: str) -> dict[str, str]:
    """The golden files of a revision, by name."""
    names = map(
        Path, _git("ls-tree", "-r", "--name-only", revision, "tests/sync").splitlines()
    )  # they stood elsewhere once
    found = [name for name in names if name.parent.name == FOLDER.name and name.suffix == ".json"]
    return {name.name: _git("show", f"{revision}:{name.as_posix()}") for name in found}


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main(revision: str) -> int:
    """Says on standard output which files differ, and in what; 0 if none does."""
    older, newer = of_revision(revision), {file.name: file.read_text(encoding="utf-8") for file in FILES}
    same, told = 0, []
    for name in sorted(older.keys() | newer.keys()):
        if name not in older or name not in newer:
            told.append(f"{name}: only in {revision if name in older else 'the working tree'}")
            continue
        parts = differences(older[name], newer[name])
        same += not parts
        told += [f"{name}: {', '.join(parts)}"] if parts else []
    sys.stdout.write("\n".join([*told, f"{same} of {len(older)} the same\n"]))
    return 1 if told else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
