"""Whose a local store is: `python -m include.local.ledger` ends with 2 where it is not the demo's alone, for `make clean` to stop at."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

STORE = Path(__file__).resolve().parents[2] / ".airflow" / "order_sync.sqlite"

_OF_OTHERS = """
    SELECT store FROM orders WHERE store <> 'demo'
    UNION SELECT connection_id FROM tokens WHERE connection_id NOT IN ('infusionsoft_demo', 'quickbooks_demo')
"""


def of_others(store: Path) -> list[str]:
    """The stores and connections, the demo's left out, that have orders or tokens in a store's file."""
    with closing(sqlite3.connect(store)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'orders'").fetchone():
            return []
        return [row[0] for row in connection.execute(_OF_OTHERS)]


if __name__ == "__main__":
    if STORE.exists() and (others := of_others(STORE)):
        print(f"{STORE} is the ledger of {', '.join(others)}: move it away first.", file=sys.stderr)
        raise SystemExit(2)
