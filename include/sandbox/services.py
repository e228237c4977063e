"""Both services over one state: opened, emptied, counted, looked into."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from include.sandbox import infusionsoft, quickbooks
from include.sandbox.infusionsoft import account, records
from include.sandbox.infusionsoft import oauth as infusionsoft_oauth
from include.sandbox.quickbooks import company
from include.sandbox.quickbooks import oauth as quickbooks_oauth
from include.sandbox.state import State

NAME = "Sandbox Company"
TIME_ZONE = "America/Phoenix"
CURRENCY = "USD"


def open_state(path: Path) -> State:
    """The state in a file, made where it is missing, with the tables of both services."""
    state = State(path)
    state.create(infusionsoft.SCHEMA, quickbooks.SCHEMA)
    return state


def open_books(state: State) -> None:
    """Opens an account and a company, each with its first refresh token and no customers, unless the state holds them."""
    with state.transaction() as connection:
        if connection.execute("SELECT 1 FROM qbo_companies").fetchone():
            return
        account.open_account(connection, name=NAME, time_zone=TIME_ZONE, currency=CURRENCY)
        infusionsoft_oauth.issue_tokens(connection, infusionsoft_oauth.FIRST_REFRESH_TOKEN)
        company.found(connection, company.REALM_ID, name=NAME, country="US", time_zone=TIME_ZONE, currency=CURRENCY)
        quickbooks_oauth.issue_tokens(connection, company.REALM_ID, quickbooks_oauth.FIRST_REFRESH_TOKEN)


def empty(state: State) -> None:
    """Takes everything out: records, companies and tokens."""
    with state.transaction() as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            connection.execute(f"DELETE FROM {table}")


def is_untouched(state: State) -> bool:
    """Whether there is nothing in it that somebody would miss: no order and no customer."""
    counts = summary(state)
    return not (counts["infusionsoft"]["order"] or counts["quickbooks"].get("Customer"))


def summary(state: State) -> dict[str, dict[str, int]]:
    """How many records each service holds, by kind; deleted ones do not count, inactive ones do."""
    connection = state.connection()
    entities = connection.execute("SELECT entity, COUNT(*) FROM qbo_records WHERE NOT deleted GROUP BY 1 ORDER BY 1")
    return {
        "infusionsoft": {
            kind: connection.execute(f"SELECT COUNT(*) FROM infusionsoft_{kind}").fetchone()[0]
            for kind in records.KINDS
        },
        "quickbooks": dict(entities),
    }


def infusionsoft_records(state: State, kind: str) -> Iterator[dict[str, Any]]:
    """Every record of a kind (one of `records.KINDS`) as it is kept, by id."""
    for row in state.connection().execute(f"SELECT body FROM infusionsoft_{kind} ORDER BY id"):
        yield json.loads(row["body"])


def quickbooks_records(state: State, entity: str) -> Iterator[dict[str, Any]]:
    """Every record of an entity (`"SalesReceipt"`) as QuickBooks answers it, by id, without the deleted ones."""
    rows = state.connection().execute(
        "SELECT body FROM qbo_records WHERE entity = ? AND NOT deleted ORDER BY id", (entity,)
    )
    for row in rows:
        yield json.loads(row["body"])
