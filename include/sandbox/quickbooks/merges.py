"""Two customers made one, as somebody does it on QuickBooks' own pages: no call of the API does it, and none tells it afterwards."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.entities import CUSTOMER, TRANSACTIONS
from include.sandbox.quickbooks.fields import Reference
from include.sandbox.quickbooks.names import settle_named
from include.sandbox.quickbooks.versions import put_again, rewrite, write

BALANCES = ("Balance", "BalanceWithJobs")
NAMED_BY = ("CustomerRef", "EntityRef")


def merge_customers(books: Books, duplicate_id: str, survivor_id: str, *, new_versions: bool = True) -> Body:
    """Makes the duplicate inactive and its transactions, sub-customers and balance the survivor's; gives the duplicate as it is then.

    Whether the transactions become new versions by that is not known: without `new_versions` they keep token and times.
    """
    duplicate, survivor = _customer(books, duplicate_id), _customer(books, survivor_id)
    _check(duplicate, survivor)
    reference = Reference("Customer").clean({"value": survivor.id}, "CustomerRef", books) or {}
    for record in _naming(books, TRANSACTIONS, duplicate.id):
        changes = _renamed(record.body, duplicate.id, reference)
        (rewrite if new_versions else put_again)(books, record, changes)
    for record in _naming(books, ("Customer",), duplicate.id):
        if record.body.get("ParentRef", {}).get("value") == duplicate.id:
            moved = settle_named(books, CUSTOMER, {**record.body, "ParentRef": reference}, record)
            write(books, CUSTOMER, moved, record)
    rewrite(books, survivor, {name: survivor.body.get(name, 0) + duplicate.body.get(name, 0) for name in BALANCES})
    empty = {**duplicate.body, "Active": False}
    gone = settle_named(books, CUSTOMER, empty, duplicate)
    return write(books, CUSTOMER, {**gone, **dict.fromkeys(BALANCES, 0)}, duplicate).body


def _customer(books: Books, record_id: str) -> Record:
    record = books.find("Customer", record_id)
    if record is None or record.deleted:
        raise refusals.not_found()
    return record


def _check(duplicate: Record, survivor: Record) -> None:
    if duplicate.id == survivor.id:
        raise refusals.business("A customer cannot be merged with itself.")
    if not (duplicate.active and survivor.active):
        raise refusals.business("An inactive customer cannot be merged: make it active first.")
    if duplicate.body.get("IsProject") or survivor.body.get("IsProject"):
        raise refusals.business("A project cannot be merged.")
    if duplicate.body.get("CurrencyRef") != survivor.body.get("CurrencyRef"):
        raise refusals.business("Customers of different currencies cannot be merged.")
    if survivor.body.get("ParentRef", {}).get("value") == duplicate.id:
        raise refusals.business("A customer cannot be merged into a sub-customer of its own.")


def _naming(books: Books, entities: tuple[str, ...], record_id: str) -> list[Record]:
    """The records that may name a customer somewhere."""
    rows = books.connection.execute(
        f"SELECT entity, id FROM qbo_records WHERE realm_id = ? AND entity IN ({', '.join('?' * len(entities))})"
        " AND NOT deleted AND instr(body, ?) ORDER BY id",
        (books.realm_id, *entities, f'"value": "{record_id}"'),
    ).fetchall()
    found = (books.find(row["entity"], str(row["id"])) for row in rows)
    return [record for record in found if record]


def _renamed(value: Any, duplicate_id: str, reference: Body) -> Any:
    """The same, with the survivor wherever the duplicate is named as the customer."""
    if isinstance(value, list):
        return [_renamed(part, duplicate_id, reference) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {**part, **reference}
        if name in NAMED_BY and part.get("value") == duplicate_id and part.get("type", "Customer") == "Customer"
        else _renamed(part, duplicate_id, reference)
        for name, part in value.items()
    }
