"""Orders that were changed after they were recorded, where the settings let their documents follow ("Changed orders")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks, encode
from order_sync.quickbooks.faults import ObjectNotFound, StaleObject
from order_sync.settings import Store
from order_sync.store.history import Event
from order_sync.store.orders import change_orders
from order_sync.store.writes import Intent, Write
from order_sync.sync.books import Books
from order_sync.sync.cases import Case, recorded_treatment
from order_sync.sync.delivery import Kind, Outcome
from order_sync.sync.documents import Customer, Document, Remark, sale
from order_sync.sync.payments import received
from order_sync.sync.posting import (
    Posting,
    amounts_differ,
    customer_currencies,
    customer_of,
    deliver,
    end,
    left_open,
    warn,
)
from order_sync.sync.posting import note_addition as note

_COMPUTED = frozenset(
    {
        "TotalAmt",
        "Balance",
        "HomeTotalAmt",
        "HomeBalance",
        "MetaData",
        "domain",
        "sparse",
        "LinkedTxn",
        "FreeFormAddress",
    }
)
"""Fields of a document that QuickBooks makes."""

_BY_HAND = "Compare the two and correct the document in QuickBooks by hand, then skip the order's rest."


def is_changed(case: Case, store: Store) -> bool:
    """Whether an order's document is to follow a change of the order."""
    differs = case.row.content_hash != case.row.posted_hash or case.doubtful_change is not None
    return store.orders.changed == "update" and case.stands_alone and differs


def changed_document(case: Case, customer: Customer, books: Books, store: Store, today: date) -> Document:
    """The document as the changed order wants it, of which only lines and tax are used. RecordRefused where it cannot be so."""
    recorded = case.body()
    document = sale(
        case.snapshot,
        customer,
        books,
        store,
        recorded_treatment(case, store),
        today=today,
        number=recorded.get("DocNumber"),
        day=date.fromisoformat(recorded["TxnDate"]),
    )
    _check_paid(case, document)
    body = {name: document.body[name] for name in _FROM_THE_ORDER if name in document.body}
    if store.taxes.record_as != "automatic":
        body.setdefault("TxnTaxDetail", {"TotalTax": Decimal(0)})
    return Document(document.entity, body, document.total, document.tax, document.warnings)


_FROM_THE_ORDER = ("Line", "TxnTaxDetail", "ShippingTaxIncludedInTotalTax", "GlobalTaxCalculation")


def _check_paid(case: Case, document: Document) -> None:
    """RecordRefused where a sales receipt would not come to what was paid, or an invoice to less than is recorded as paid."""
    if document.entity == "SalesReceipt":
        came = received(case.snapshot)
        if came != document.total:
            raise RecordRefused(
                f"The changed order comes to {document.total}, and {came} were paid for it; a sales receipt comes to what was paid.",
                advice="Correct the order or its payments in Infusionsoft, and the next run reads it again; or the document by hand.",
                code="UNPAID" if came < document.total else "OVERPAID",
            )
        return
    paid = sum((write.total or Decimal(0) for write in case.recorded("payment").values()), Decimal(0))
    if document.total < paid:
        raise RecordRefused(
            f"The changed order comes to {document.total}, and {paid} of payments are recorded for its invoice.",
            advice="Correct the order in Infusionsoft, and the next run reads it again; or the invoice and its payments by hand, and "
            "skip the order's rest.",
            code="OVERPAID",
        )


def change_intent(case: Case, document: Document, record: Mapping[str, Any]) -> Intent:
    """The update of a document as it is in QuickBooks now (`record`): all but lines and tax stays as somebody may have set it there.

    RecordRefused where somebody edited the lines or the tax.
    """
    known = case.doubtful_change or case.document
    is_other = known is not None and _sold(json.loads(known.payload, parse_float=Decimal)) != _sold(record)
    if known and known.recorded is not None and (is_other or Decimal(str(record.get("TotalAmt"))) != known.recorded):
        raise RecordRefused(
            f"The order was changed, and its document has other lines or another tax in QuickBooks than it was recorded with (it "
            f"comes to {record.get('TotalAmt')}, was recorded over {known.recorded}): somebody edited it there.",
            advice=_BY_HAND,
            code="EDITED",
        )
    kept: dict[str, Any] = {"sparse": True}
    if "TxnTaxDetail" not in document.body:
        # Only a full update has QuickBooks compute the tax anew, and it takes away what it does not name.
        kept = {name: value for name, value in record.items() if name not in _COMPUTED}
    body = {**kept, "Id": str(record["Id"]), "SyncToken": str(record["SyncToken"]), **document.body}
    return Intent(
        "change",
        case.order_id,
        document.entity,
        encode(body),
        document.total,
        case.snapshot.order.currency,
        case.row.content_hash,
        document.tax,
        "update",
        (case.order_id,),
    )


def difference(recorded: Any, wanted: Any, path: str = "") -> list[list[str | None]]:
    """`[path, as it is recorded, as it would be]` for each value in which two documents differ."""
    if isinstance(recorded, Mapping) and isinstance(wanted, Mapping):
        names = dict.fromkeys((*recorded, *wanted))
        pairs = [(f"{path}.{name}" if path else name, recorded.get(name), wanted.get(name)) for name in names]
    elif isinstance(recorded, list) and isinstance(wanted, list):
        size = range(max(len(recorded), len(wanted)))
        pairs = [(f"{path}[{at}]", _at(recorded, at), _at(wanted, at)) for at in size]
    else:
        return [] if recorded == wanted else [[path, _text(recorded), _text(wanted)]]
    return [one for name, left, right in pairs for one in difference(left, right, name)]


def settle_changes(posting: Posting, cases: Sequence[Case]) -> bool:
    """Settles the changes whose outcome is open, and looks again at those that were recorded otherwise than sent; whether any was.

    Done whatever the settings say now: they were sent.
    """
    follows = posting.store.orders.changed == "update"
    open_ones = {
        case.order_id: write
        for case in cases
        if (write := case.doubtful_change) and (write.content_hash == case.row.content_hash or not follows)
    }
    open_ones |= left_open(posting, "change")
    if open_ones:
        _deliver(posting, [], {case.order_id: case for case in cases}, {}, open_ones)
    return bool(open_ones)


def change_documents(posting: Posting, books: Books, cases: Sequence[Case]) -> bool:
    """Lets the documents of changed orders follow, by setting; whether any was sent."""
    changed = [case for case in cases if is_changed(case, posting.store) and not posting.is_troubled(case.order_id)]
    if not changed:
        return False
    stale = _send(posting, books, changed)
    # Somebody changed the document between our reading and our writing: read once more.
    again = [case for case in changed if case.order_id in stale]
    for order_id, error in _send(posting, books, again).items() if again else ():
        end(posting, order_id, "failed", error)
    return True


def _send(posting: Posting, books: Books, cases: Sequence[Case]) -> dict[str, RecordRefused]:
    """Sends the changes; gives those that were refused because the document had a newer version."""
    currencies = customer_currencies(
        posting.engine, posting.quickbooks.realm_id, [case.row.customer_id for case in cases if case.row.customer_id]
    )
    intents, warnings = [], {}
    for case in cases:
        try:
            customer = customer_of(case.row, posting.store, currencies)
            document = changed_document(case, customer, books, posting.store, posting.today)
            intents.append(change_intent(case, document, _read(posting.quickbooks, case)))
            warnings[case.order_id] = document.warnings
        except RecordRefused as error:
            end(posting, case.order_id, "held", error)
    return _deliver(posting, intents, {case.order_id: case for case in cases}, warnings, {})


def _deliver(
    posting: Posting,
    intents: Sequence[Intent],
    cases: Mapping[str, Case],
    warnings: Mapping[str, Sequence[Remark]],
    open_ones: Mapping[str, Write],
) -> dict[str, RecordRefused]:
    stale: dict[str, RecordRefused] = {}

    def settled(outcome: Outcome, order_ids: list[str]) -> None:
        subject = outcome.write.subject
        if isinstance(outcome.error, StaleObject) and outcome.status == "rejected":
            stale[subject] = outcome.error
            return
        note(posting, outcome, order_ids, "change")
        if outcome.status == "posted" and not outcome.error:
            warn(posting, subject, warnings.get(subject, ()), "change")
            _follow(posting, outcome.write, cases.get(subject))

    deliver(posting, CHANGE, intents, settled, name="change", what="documents changed", left_open=open_ones)
    return stale


def _read(quickbooks: QuickBooks, case: Case) -> dict[str, Any]:
    if case.original is None or case.original.quickbooks_id is None:
        raise ValueError(f"order {case.order_id} has no document")
    try:
        return quickbooks.read(case.original.entity, case.original.quickbooks_id)
    except ObjectNotFound as error:
        raise RecordRefused(
            f"The order was changed, and its document {case.original.quickbooks_id} is no longer in QuickBooks.",
            advice="If it was deleted by mistake, enter it by hand; then skip the order's rest.",
            code="DOCUMENT_GONE",
        ) from error


def _follow(posting: Posting, write: Write, case: Case | None) -> None:
    """Notes that a document is as its order was read; what was said of the former one is said no more."""
    change: dict[str, Any] = {"order_id": write.subject, "posted_hash": write.content_hash}
    warned = write.subject in posting.warned
    if case and case.row.status.startswith("posted") and (warned or case.row.code == "CHANGED"):
        status = "posted with warnings" if warned else "posted"
        change |= {"status": status, "code": None, "message": None, "advice": None}
    words = f"The document follows the order as it is now in Infusionsoft, over {write.total}."
    event = Event(write.subject, "changed", words)
    change_orders(posting.engine, posting.store.name, posting.run.run_key, [change], [event])


def _find(quickbooks: QuickBooks, write: Write) -> list[dict[str, Any]]:
    """The document, where it is as the change wanted it."""
    body = json.loads(write.payload, parse_float=Decimal)
    try:
        record = quickbooks.read(write.entity, body["Id"])
    except ObjectNotFound:
        return []
    return [record] if _follows(body, record) else []


def _follows(body: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return _sold(body) == _sold(record) and str(record.get("SyncToken")) != body["SyncToken"]


def _sold(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a document sells, as far as QuickBooks gives back what it was sent."""
    return [
        (
            line["DetailType"],
            format(Decimal(str(line.get("Amount", 0))), "f").rstrip("0").rstrip("."),
            str(line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value", "")),
        )
        for line in document.get("Line", [])
        if line["DetailType"] in ("SalesItemLineDetail", "DiscountLineDetail")
    ]


CHANGE = Kind(find=_find, difference=amounts_differ)


def _at(values: Sequence[Any], at: int) -> Any:
    return values[at] if at < len(values) else None


def _text(value: Any) -> str | None:
    return None if value is None else encode(value) if isinstance(value, Mapping | list | bool) else str(value)
