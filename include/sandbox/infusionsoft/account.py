"""The sandbox's Infusionsoft account and its business profile."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

TENANT = "sb100.infusionsoft.com"


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


def profile(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """The business profile, `None` before the account was opened."""
    row = connection.execute("SELECT profile FROM infusionsoft_account").fetchone()
    return json.loads(row["profile"]) if row else None
