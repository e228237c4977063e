"""What the sandbox's user sets in the company from behind: its habits, its sales tax, its preferences."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal

from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.company import books_of
from include.sandbox.quickbooks.entities import PREFERENCES
from include.sandbox.quickbooks.records import merged
from include.sandbox.quickbooks.versions import rewrite

SECTIONS = tuple(PREFERENCES.fields)
SWITCHES = (
    "keep_inactive_names",
    "compute_tax_always",
    "negative_lines",
    "inclusive_amounts_are_net",
    "exchange_rate_required",
)


def current_settings(connection: sqlite3.Connection, realm_id: str) -> Body:
    """All settings by their names; the preferences as QuickBooks answers them, without their envelope."""
    books = books_of(connection, realm_id)
    kept = books.preferences()
    return {
        **{name: books.is_set(name) for name in SWITCHES},
        "sales_tax_percent": books.sales_tax_percent,
        "text_limits": books.length_faults[0],
        "text_spelling": books.length_faults[1],
        "preferences": {name: kept[name] for name in SECTIONS if name in kept},
    }


def change_settings(connection: sqlite3.Connection, realm_id: str, changes: Body) -> Body:
    """Changes those that are given, and gives back all; in a section of the preferences None takes a key away."""
    books = books_of(connection, realm_id)
    for name in SWITCHES:
        if name in changes:
            value = str(int(changes[name]))
            connection.execute("INSERT OR REPLACE INTO qbo_settings VALUES (?, ?)", (name, value))
    for name in ("text_limits", "text_spelling"):
        if name in changes:
            value = json.dumps(changes[name])
            connection.execute("INSERT OR REPLACE INTO qbo_settings VALUES (?, ?)", (name, value))
    if "sales_tax_percent" in changes:
        _charge_sales_tax(books, changes["sales_tax_percent"])
    old = books.find("Preferences", "1")
    if old and changes.get("preferences"):
        rewrite(books, old, merged(old.body, changes["preferences"]))
    return current_settings(connection, realm_id)


def _charge_sales_tax(books: Books, percent: Decimal | None) -> None:
    books.connection.execute(
        "UPDATE qbo_companies SET sales_tax_percent = ? WHERE realm_id = ?",
        (None if percent is None else str(percent), books.realm_id),
    )
