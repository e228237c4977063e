"""`python -m include.local.run MODULE …` runs a module in the local environment: `… run airflow dags list`."""

from __future__ import annotations

import os
import sys

from include.local.environment import ROOT, keep_private, local_environment


def main() -> None:
    """Becomes the module; its exit code is ours."""
    if len(sys.argv) < 2:
        raise SystemExit("Say what to run, as in: python -m include.local.run airflow dags list")
    os.chdir(ROOT)
    keep_private()
    os.execve(sys.executable, [sys.executable, "-m", *sys.argv[1:]], local_environment())  # noqa: S606


if __name__ == "__main__":
    main()
