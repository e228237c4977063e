"""What the sandbox's user sets in the account from behind: habits of the service that its documentation leaves open."""

from __future__ import annotations

import sqlite3

# The unit of an order's payments, and the sign of refunds.
SWITCHES = ("shares_in_cents", "refunds_positive")


def current_settings(connection: sqlite3.Connection) -> dict[str, bool]:
    """Which of `SWITCHES` are on."""
    found = dict(connection.execute("SELECT name, is_on FROM infusionsoft_setting").fetchall())
    return {name: bool(found.get(name)) for name in SWITCHES}


def change_settings(connection: sqlite3.Connection, changes: dict[str, bool]) -> dict[str, bool]:
    """Turns the named switches on or off, and gives back all."""
    connection.executemany("INSERT OR REPLACE INTO infusionsoft_setting VALUES (?, ?)", changes.items())
    return current_settings(connection)
