"""The sandbox's Infusionsoft account: its name at the service, and its business profile."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

TENANT = "sb100.infusionsoft.com"
"""The account until the sandbox is told that it is another."""


def open_account(connection: sqlite3.Connection, *, name: str, time_zone: str, currency: str) -> None:
    """Opens the account, or renames the one that is there; `time_zone` is an IANA name, `currency` an ISO 4217 code."""
    profile = {
        "name": name,
        "email": "office@example.com",
        "website": "https://example.com",
        "phone": "(602) 555-0100",
        "address": {
            "line1": "1 Sandbox Way",
            "line2": None,
            "locality": "Phoenix",
            "region": "Arizona",
            "country_code": "USA",
            "postal_code": "85001",
        },
        "time_zone": time_zone,
        "currency_code": currency,
        "language_tag": "en-US",
    }
    connection.execute("INSERT OR REPLACE INTO infusionsoft_account VALUES (1, ?)", (json.dumps(profile),))


def tenant(connection: sqlite3.Connection) -> str:
    """The account that every key and token is of; empty where the service is not to tell."""
    row = connection.execute("SELECT name FROM infusionsoft_tenant").fetchone()
    return str(row["name"]) if row else TENANT


def set_tenant(connection: sqlite3.Connection, name: str) -> None:
    """From now on the same key opens this account: as if the connection were pointed to another one."""
    connection.execute("INSERT OR REPLACE INTO infusionsoft_tenant VALUES (1, ?)", (name,))


def profile(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """The business profile, `None` before the account was opened."""
    row = connection.execute("SELECT profile FROM infusionsoft_account").fetchone()
    return json.loads(row["profile"]) if row else None
