"""`python benchmarks/once.py WAY TASK`: one way, once, in this process; prints as JSON how long it took and how much memory it needed.

Counted are the work alone, not the start of Python and the imports; `extra_bytes` is how far the resident memory rose above what it was
before the work, at its peak (null where the system does not tell).
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from benchmarks.ways import WAYS, Task  # noqa: E402 (the path comes first)

_PROCESS = Path("/proc/self")


def main() -> None:
    """Runs the way that the arguments name."""
    name, task = sys.argv[1], Task(**json.loads(sys.argv[2]))
    gc.collect()
    before = _reset_peak()
    start = time.perf_counter()
    WAYS[name](task)
    seconds = time.perf_counter() - start
    extra = None if before is None else _memory("VmHWM") - before
    sys.stdout.write(json.dumps({"seconds": seconds, "extra_bytes": extra}))


def _reset_peak() -> int | None:
    try:
        (_PROCESS / "clear_refs").write_text("5")  # makes the peak what it is now
        return _memory("VmRSS")
    except OSError:
        return None


def _memory(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", (_PROCESS / "status").read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"{_PROCESS}/status has no {name}")
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
