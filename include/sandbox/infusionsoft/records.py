"""The records of the account: kept as the service shows them, with the values that they are found by.

Every function that writes belongs inside `State.transaction()`: a record and the values that it is found by are one step.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from include.sandbox.infusionsoft import account, refusals

KINDS = ("order", "contact", "product", "payment", "transaction")


def put(connection: sqlite3.Connection, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Adds or replaces one record, as the service would show it, and returns it with its id.

    A body without `id` gets the next one. A transaction takes an `id` too, although the service never shows it. Raises
    ValueError for an unknown kind or an id that is not a string of digits; nothing else is checked, so that a test can put what
    the service should never have sent.
    """
    _known(kind)
    id = _id(connection, kind, body)
    body = {**body, "id": str(id)}
    columns: dict[str, Any] = {"id": id, "body": json.dumps(body)}
    if kind == "order":
        columns["invoice_xid"] = invoice_xid(str(body.get("invoice_id") or ""))
    if kind == "contact":
        columns["email"] = (_emails(body) or [""])[0]
    connection.execute(
        f"INSERT OR REPLACE INTO infusionsoft_{kind} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        tuple(columns.values()),
    )
    _forget_values(connection, kind, id)
    connection.executemany(
        "INSERT OR IGNORE INTO infusionsoft_value (kind, name, value, id) VALUES (?, ?, ?, ?)",
        [(kind, name, value, id) for name, value in _values(kind, body)],
    )
    if kind == "payment":
        _share_out(connection, id, body)
    return body


def remove(connection: sqlite3.Connection, kind: str, id: str) -> None:
    """Deletes a record, as a person would in the app; ValueError when it is not there."""
    _known(kind)
    if not connection.execute(f"DELETE FROM infusionsoft_{kind} WHERE id = ?", (id,)).rowcount:
        raise ValueError(f"there is no {kind} {id}")
    _forget_values(connection, kind, int(id))
    if kind == "payment":
        connection.execute("DELETE FROM infusionsoft_share WHERE payment_id = ?", (id,))


def read(connection: sqlite3.Connection, kind: str, id: str) -> dict[str, Any]:
    """One record by its id; refuses an id that is none (404)."""
    found = find(connection, kind, id) if id.isascii() and id.isdigit() else None
    if found is None:
        raise refusals.not_found(kind, id)
    return found


def find(connection: sqlite3.Connection, kind: str, id: str) -> dict[str, Any] | None:
    """One record by its id, None where it is not there."""
    _known(kind)
    row = connection.execute(f"SELECT body FROM infusionsoft_{kind} WHERE id = ?", (id,)).fetchone()
    return json.loads(row["body"]) if row else None


def invoice_xid(invoice_id: str) -> str:
    """The UUID under which an invoice is known outside; orders can be filtered by it, though none shows it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{account.TENANT}/invoice/{invoice_id}"))


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: it is one of {', '.join(KINDS)}")


def _id(connection: sqlite3.Connection, kind: str, body: dict[str, Any]) -> int:
    given = body.get("id")
    if given is None:
        last: int = connection.execute(f"SELECT COALESCE(MAX(id), 0) FROM infusionsoft_{kind}").fetchone()[0]
        return last + 1
    if not isinstance(given, str) or not (given.isascii() and given.isdigit()):
        raise ValueError(f"the id of a {kind} is a string of digits, not {given!r}")
    return int(given)


def _emails(contact: dict[str, Any]) -> list[str]:
    return [entry["email"] for entry in contact.get("email_addresses") or [] if entry.get("email")]


def _values(kind: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    match kind:
        case "order":
            products = [item.get("product") or {} for item in body.get("order_items") or []]
            return [("product_id", product["id"]) for product in products if product.get("id")]
        case "contact":
            return [("email", email) for email in _emails(body)]
        case "payment" | "transaction":
            return [("order_id", order_id) for order_id in _order_ids(body)]
        case _:
            return []


def _order_ids(payment: dict[str, Any]) -> list[str]:
    listed = payment.get("order_ids")
    return [id for id in listed if isinstance(id, str) and id.isdecimal()] if isinstance(listed, list) else []


def _amount(payment: dict[str, Any]) -> Decimal:
    try:
        return Decimal(str(payment.get("amount") or 0))
    except InvalidOperation:
        return Decimal(0)


def _forget_values(connection: sqlite3.Connection, kind: str, id: int) -> None:
    connection.execute("DELETE FROM infusionsoft_value WHERE kind = ? AND id = ?", (kind, id))


def _share_out(connection: sqlite3.Connection, id: int, payment: dict[str, Any]) -> None:
    """Fills the payment's orders one after the other up to their totals, a refund's as well; the last takes what is left."""
    order_ids = [int(order_id) for order_id in _order_ids(payment)]
    left = _amount(payment)
    for order_id in order_ids:
        part = left
        if order_id != order_ids[-1]:
            order = find(connection, "order", str(order_id)) or {}
            part = min(abs(left), Decimal((order.get("total") or {}).get("amount") or 0) / 100).copy_sign(left)
        left -= part
        connection.execute(
            "INSERT INTO infusionsoft_share (payment_id, order_id, amount) VALUES (?, ?, ?) "
            "ON CONFLICT (payment_id, order_id) DO UPDATE SET amount = excluded.amount",
            (id, order_id, float(part)),
        )
    connection.execute(
        "DELETE FROM infusionsoft_share WHERE payment_id = ? AND order_id NOT IN (SELECT value FROM json_each(?))",
        (id, json.dumps(order_ids)),
    )
