"""The update of a document whose order was changed after it was recorded ("Changed orders")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from order_sync.money import with_currency
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import Company
from order_sync.sync.documents.fields import Document
from order_sync.sync.documents.receivable import applied
from order_sync.sync.documents.sale import sale
from order_sync.sync.documents.tax import TAX_FIELDS
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.overpaid import stays_unapplied
from order_sync.sync.orders.payments import received, shown_by_receipt
from order_sync.sync.orders.tracked import Customer, TrackedOrder, recorded_treatment
from order_sync.sync.orders.write import Intent

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


def is_changed(tracked: TrackedOrder, store: Store) -> bool:
    """Whether an order's document is to follow a change of the order."""
    differs = tracked.row.content_hash != tracked.row.posted_hash or tracked.doubtful_change is not None
    return store.orders.changed == "update" and tracked.stands_alone and differs


def changed_document(
    tracked: TrackedOrder, customer: Customer, company: Company, store: Store, today: date
) -> Document:
    """The document as the changed order wants it, of which only lines, tax and exchange rate are used.

    RecordRefused where it cannot be so.
    """
    recorded = tracked.body()
    document = sale(
        tracked.snapshot,
        customer,
        company,
        store,
        recorded_treatment(tracked, store),
        today=today,
        number=recorded.get("DocNumber"),
        day=date.fromisoformat(recorded["TxnDate"]),
        rate=rate_there(tracked),
    )
    _check_paid(tracked, document, store)
    body = {name: document.body[name] for name in _FROM_THE_ORDER if name in document.body}
    if store.taxes.record_as != "automatic":
        body.setdefault("TxnTaxDetail", {"TotalTax": Decimal(0)})
    # Its reference and its e-mail address stay as they were recorded, and were told of then.
    warnings = tuple(one for one in document.warnings if one[0] not in (Code.REFERENCE_SHORTENED, Code.EMAIL_LEFT_OUT))
    return Document(document.entity, body, document.total, document.tax, warnings)


_FROM_THE_ORDER = ("Line", *TAX_FIELDS, "ExchangeRate")


def rate_there(tracked: TrackedOrder) -> Decimal | None:
    """The exchange rate that a document has, whoever set it there; None where it was sent without one, and stands at QuickBooks' 1."""
    sent = tracked.body().get("ExchangeRate")
    there = (tracked.current or {}).get("ExchangeRate", sent)
    return None if there is None or (sent is None and there == 1) else Decimal(there)


def _check_paid(tracked: TrackedOrder, document: Document, store: Store) -> None:
    """RecordRefused where a sales receipt would not come to what was paid, or an invoice to less than is recorded as paid."""
    currency, recorded = tracked.snapshot.order.currency, tracked.recorded(Kind.PAYMENT).values()
    comes_to = with_currency(document.total, currency)
    if document.entity is Entity.SALES_RECEIPT:
        # What is recorded beside a receipt is money that it does not show.
        came = received(tracked.snapshot) - sum((write.total or Decimal(0) for write in recorded), Decimal(0))
        may_be_more = not recorded and stays_unapplied(tracked.snapshot, store)
        if came < document.total or (came > document.total and not may_be_more):
            raise refusal(
                Code.UNPAID if came < document.total else Code.OVERPAID,
                f"The changed order comes to {comes_to}, and {with_currency(came, currency)} were paid: a sales receipt comes to what was "
                "paid.",
                "Correct the order or its payments in Infusionsoft, and the next run reads it again; or the document by hand, and "
                f"{SKIP_THE_ORDER}.",
            )
        return
    pays = (*recorded, *tracked.recorded(Kind.APPLICATION).values())
    paid = sum((applied(write, Entity.INVOICE) for write in pays), Decimal(0))
    if document.total < paid:
        raise refusal(
            Code.OVERPAID,
            f"The changed order comes to {comes_to}, and payments and write-offs of {with_currency(paid, currency)} are recorded for its "
            "invoice.",
            "Correct the order in Infusionsoft, and the next run reads it again; or the invoice and its payments by hand, and "
            f"{SKIP_THE_ORDER}.",
        )


def change_intent(tracked: TrackedOrder, document: Document, record: Mapping[str, Any]) -> Intent:
    """The update of a document as it is in QuickBooks now (`record`): all but lines and tax stays as somebody may have set it there.

    RecordRefused where somebody edited the lines or the tax.
    """
    known, currency = tracked.doubtful_change or tracked.document, tracked.snapshot.order.currency
    is_other = known is not None and sold(json.loads(known.payload, parse_float=Decimal)) != sold(record)
    if known and known.recorded is not None and (is_other or Decimal(str(record.get("TotalAmt"))) != known.recorded):
        raise refusal(
            Code.EDITED,
            f"The order was changed, and its document has other lines or another tax in QuickBooks than it was recorded with (it "
            f"comes to {with_currency(Decimal(str(record.get('TotalAmt') or 0)), currency)}, was recorded over "
            f"{with_currency(known.recorded, currency)}): somebody edited it there.",
        )
    kept: dict[str, Any] = {"sparse": True}
    if "TxnTaxDetail" not in document.body:
        # Only a full update has QuickBooks compute the tax anew, and it takes away what it does not name: as on a new document, so nothing
        # is said of the tax but what this one says. The tax that was computed before would else be taken for one that is given.
        kept = {name: value for name, value in record.items() if name not in _COMPUTED and name not in TAX_FIELDS}
    body = {**kept, "Id": str(record["Id"]), "SyncToken": str(record["SyncToken"]), **document.body}
    return Intent(
        Kind.CHANGE,
        tracked.order_id,
        document.entity,
        encode(body),
        document.total,
        tracked.snapshot.order.currency,
        tracked.row.content_hash,
        document.tax,
        "update",
        (tracked.order_id,),
        payments_shown={tracked.order_id: shown_by_receipt(tracked.snapshot, document.total)}
        if document.entity is Entity.SALES_RECEIPT
        else {},
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


def sold(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a document sells, as far as QuickBooks gives back what it was sent; a bundle, then each item in it."""
    found: list[tuple[str, str, str]] = []
    for line in document.get("Line", []):
        kind = line.get("DetailType")
        if kind == "GroupLineDetail":
            found.append((kind, "", str(line[kind].get("GroupItemRef", {}).get("value", ""))))
            found += sold(line[kind])
        elif kind in ("SalesItemLineDetail", "DiscountLineDetail"):
            # Of a price that includes its tax, QuickBooks may round the net amount otherwise.
            own = line.get(kind, {}).get("TaxInclusiveAmt", line.get("Amount", 0))
            amount = format(Decimal(str(own)), "f").rstrip("0").rstrip(".")
            found.append((kind, amount, str(line.get(kind, {}).get("ItemRef", {}).get("value", ""))))
    return found


def _at(values: Sequence[Any], at: int) -> Any:
    return values[at] if at < len(values) else None


def _text(value: Any) -> str | None:
    return None if value is None else encode(value) if isinstance(value, Mapping | list | bool) else str(value)
