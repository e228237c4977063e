"""What can be done with a record: create, read, update in full or sparsely, delete, void."""

from __future__ import annotations

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.documents import check_open_period, settle_sale, voided_sale
from include.sandbox.quickbooks.entities import ENVELOPE, SALES, TRANSACTIONS, Entity
from include.sandbox.quickbooks.expenses import settle_expense
from include.sandbox.quickbooks.fields import clean_fields
from include.sandbox.quickbooks.links import txn_type_of
from include.sandbox.quickbooks.names import rename_below, settle_named
from include.sandbox.quickbooks.payments import apply_payment, release_payments, settle_payment, voided_payment
from include.sandbox.quickbooks.versions import bury, write


def change(books: Books, entity: Entity, operation: str, body: Body, options: frozenset[str]) -> Body:
    """Carries out `create`, `update`, `delete` or `void`, and gives back the record, or the tombstone of a deleted one.

    Options are those of the `include` parameter: `allowduplicatedocnum`.
    """
    if operation not in entity.operations:
        raise refusals.unsupported_operation(f"{operation} of {entity.name}")
    if operation == "delete":
        return _delete(books, entity, body)
    if operation == "void":
        return _void(books, entity, body)
    allow_duplicate_number = "allowduplicatedocnum" in options
    if operation == "create":
        return create(books, entity, body, allow_duplicate_number=allow_duplicate_number)
    return _update(books, entity, body, allow_duplicate_number=allow_duplicate_number)


def read(books: Books, entity: Entity, record_id: str) -> Body:
    """The record as the service answers it; refuses one that is not there or deleted (610)."""
    return _existing(books, entity, record_id).body


def create(books: Books, entity: Entity, body: Body, *, allow_duplicate_number: bool = False) -> Body:
    """Makes a record from the fields of a request."""
    fields = clean_fields(body, entity.fields, (*entity.read_only, *ENVELOPE), books)
    return _save(books, entity, fields, None, allow_duplicate_number)


def _update(books: Books, entity: Entity, body: Body, *, allow_duplicate_number: bool = False) -> Body:
    """A sparse update keeps the top-level fields that it does not mention; a full one empties them."""
    old = _current(books, entity, body)
    fields = clean_fields(body, entity.fields, (*entity.read_only, *ENVELOPE), books)
    if body.get("sparse") is True or entity.name == "Preferences":
        untouched = entity.fields.keys() - body.keys()
        if "Line" in body and books.computes_tax_from_codes:
            untouched -= {"TxnTaxDetail"}  # other lines have another tax
        fields = {name: value for name, value in old.body.items() if name in untouched} | fields
    return _save(books, entity, fields, old, allow_duplicate_number)


def _save(books: Books, entity: Entity, fields: Body, old: Record | None, allow_duplicate_number: bool) -> Body:
    if entity.name in SALES:
        _require(entity, fields)
        fields = settle_sale(books, entity, fields, old, allow_duplicate_number=allow_duplicate_number)
    elif entity.name == "Payment":
        _require(entity, fields)
        fields = settle_payment(books, fields, old)
    elif entity.name == "Purchase":
        _require(entity, fields)
        fields = settle_expense(books, fields, old)
    elif entity.name == "Preferences" and old:
        fields = merged(old.body, fields)
    elif entity.named_by:
        _require(entity, fields)
        fields = settle_named(books, entity, fields, old)
    written = write(books, entity, fields, old)
    if old and written.body.get("FullyQualifiedName") != old.body.get("FullyQualifiedName"):
        rename_below(books, written)
    if entity.name == "Payment":
        apply_payment(books, written.id, fields.get("Line", []))
    return written.body


def merged(preferences: Body, sections: Body) -> Body:
    """The sections of the preferences with their changes; None takes a key away."""
    if not all(isinstance(section, dict) for section in sections.values()):
        raise refusals.unsupported_property()
    return {
        name: {key: value for key, value in {**preferences.get(name, {}), **section}.items() if value is not None}
        for name, section in sections.items()
    }


def _delete(books: Books, entity: Entity, body: Body) -> Body:
    old = _current(books, entity, body)
    check_open_period(books, old.body["TxnDate"], old)
    _let_go_of_links(books, old)
    bury(books, old)
    return {"domain": "QBO", "status": "Deleted", "Id": old.id}


def _void(books: Books, entity: Entity, body: Body) -> Body:
    old = _current(books, entity, body)
    check_open_period(books, old.body["TxnDate"], old)
    _let_go_of_links(books, old)
    fields = voided_payment(old) if entity.name == "Payment" else voided_sale(old)
    return write(books, entity, {**fields, "LinkedTxn": []}, old).body


def _let_go_of_links(books: Books, record: Record) -> None:
    if record.entity == "Payment":
        apply_payment(books, record.id, [])
    elif record.entity in TRANSACTIONS:
        release_payments(books, txn_type_of(record.entity), record.id)


def _require(entity: Entity, fields: Body) -> None:
    for name in entity.required:
        if name not in fields:
            raise refusals.missing(name)


def _existing(books: Books, entity: Entity, record_id: str) -> Record:
    record = books.find(entity.name, record_id)
    if record is None:
        raise refusals.not_found()
    if record.deleted:
        raise refusals.deleted()
    return record


def _current(books: Books, entity: Entity, body: Body) -> Record:
    """The record that a request is about, provided that the request has seen its newest version (else 5010)."""
    for name in ("Id", "SyncToken"):
        if body.get(name) in (None, ""):
            raise refusals.missing(name)
    record = _existing(books, entity, str(body["Id"]))
    if str(body["SyncToken"]) != str(record.sync_token):
        raise refusals.invalid(
            "5010",
            "Stale Object Error : You and another user were working on this at the same time. "
            "The other user finished before you did, so your work was not saved.",
        )
    return record
