"""`python -m order_sync.store migrate`: makes or updates the tables of the store."""

from __future__ import annotations

import argparse
import sys

from order_sync.errors import ConfigurationError
from order_sync.store.database import migrate, open_database, require_migrated


def main() -> int:
    """Runs the command line; 2 when the store cannot be reached."""
    parser = argparse.ArgumentParser(prog="python -m order_sync.store")
    parser.add_argument("command", choices=["migrate"], help="make or update the tables; safe to run twice")
    parser.parse_args()
    try:
        engine = open_database()
        migrate(engine)
        require_migrated(engine)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"The store {engine.url.render_as_string(hide_password=True)} is up to date.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
