"""What may be under way when a process dies: documents, payments, write-offs, refunds, expenses, changes, voids, new items; four of each.

Payments are those of invoices, and what was paid too much beside a sales receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from order_sync.database.runs import Run
from tests.faults import moments
from tests.shop import records
from tests.shop.fault_shop import Shop
from tests.shop.records import paid, sale

NUMBERS = range(1, 5)
PAID_INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
UNAPPLIED = {"orders": {"overpaid": "unapplied"}}
VOID_AND_HOLD = {"taxes": {"record_as": "as charged", "if_differs": "void and hold"}}
NEW_ITEMS = {"products": {"not_found": "create", "create": {"income_account": "Sales of Product Income"}}}


@dataclass(frozen=True)
class Scene:
    """`prepare` leaves a run in which only these writes are due, but for `before`: so many writes in `plans - 1` deliveries go out first.

    `sends` is the client's method, `notes` the moment when the orders are told.
    """

    kind: str
    prepare: Callable[[Shop], Run]
    check: Callable[[Shop], None]
    sends: str
    notes: str
    plans: int
    before: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    def steps(self, *, in_batches: bool) -> dict[str, tuple[str, int]]:
        """After which call of which function the process is killed."""
        claim = moments.BATCH_CLAIMED if in_batches else moments.CLAIMED
        send = "batch" if in_batches else self.sends
        nth = (2 if self.before else 1) if in_batches else self.before + 2
        sent = nth if in_batches or self.sends == "create" else 2
        return {
            "intents committed": (moments.PLANNED, self.plans),
            "claimed": (claim, nth),
            "answered": (moments.answered(send), sent),
            "settled": (moments.SETTLED, self.before + 2),
            "noted": (self.notes, 1),
        }


def _documents(shop: Shop) -> Run:
    return shop.read(map(sale, NUMBERS))


def _check_documents(shop: Shop) -> None:
    shop.expect_each_posted_once([sale(number) for number in NUMBERS])


def _paid_later(shop: Shop) -> Run:
    assert shop.post(shop.read(paid(sale(number)) for number in NUMBERS)) == {"posted": 4}
    return shop.read((_in_two(number) for number in NUMBERS), "tuesday")


def _in_two(number: int) -> Any:
    return paid(sale(number), "4.00", str(sale(number).order.total - 4))


def _check_payments(shop: Shop) -> None:
    snapshots = [_in_two(number) for number in NUMBERS]
    shop.expect_each_posted_once(snapshots)
    shop.expect_money_once(snapshots)


def _overpaid_later(shop: Shop) -> Run:
    assert shop.post(shop.read(map(sale, NUMBERS))) == {"posted": 4}
    return shop.read(map(_overpaid, NUMBERS), "tuesday")


def _overpaid(number: int) -> Any:
    return paid(sale(number), str(sale(number).order.total), "5.00")


def _check_unapplied(shop: Shop) -> None:
    shop.expect_each_posted_once(list(map(_overpaid, NUMBERS)))
    payments = shop.records("Payment")
    assert sorted(one["PrivateNote"] for one in payments) == [
        f"Infusionsoft order {sale(number).order.id} (store demo), payment {sale(number).order.id}01"
        for number in NUMBERS
    ]
    assert [(one["TotalAmt"], one["UnappliedAmt"]) for one in payments] == [(5, 5)] * 4
    assert [write.status for write in shop.writes("payment")] == ["posted"] * 4


def _written_off_later(shop: Shop) -> Run:
    assert shop.post(shop.read(paid(sale(number)) for number in NUMBERS)) == {"posted": 4}
    return shop.read(map(_written_off, NUMBERS), "tuesday")


def _written_off(number: int) -> Any:
    of = paid(sale(number), "4.00")
    [payment] = of.payments
    return replace(of, payments=(replace(payment, method="Adjustment"),))


def _check_write_offs(shop: Shop) -> None:
    shop.expect_each_posted_once(list(map(_written_off, NUMBERS)))
    memos, payments = shop.records("CreditMemo"), shop.records("Payment")
    assert [(one["TotalAmt"], one["Balance"]) for one in memos] == [(4, 0)] * 4
    assert [one["TotalAmt"] for one in payments] == [0] * 4
    for kind in ("write-off", "application"):
        assert [write.status for write in shop.writes(kind)] == ["posted"] * 4
    for invoice in shop.records("Invoice"):
        assert round(invoice["TotalAmt"] - invoice["Balance"], 2) == 4


def _refunded_later(shop: Shop) -> Run:
    assert shop.post(shop.read(map(sale, NUMBERS))) == {"posted": 4}
    return shop.read(map(_refunded, NUMBERS), "tuesday")


def _refunded(number: int) -> Any:
    total = sale(number).order.total
    return paid(sale(number), str(total), f"-{total if number % 2 else Decimal(3)}")


def _check_refunds(shop: Shop) -> None:
    snapshots = list(map(_refunded, NUMBERS))
    shop.expect_each_posted_once(snapshots)
    shop.expect_money_once(snapshots)


def _owed_again_later(shop: Shop) -> Run:
    assert shop.post(shop.read(paid(sale(number), "4.00") for number in NUMBERS)) == {"posted": 4, "payments": 4}
    return shop.read(map(_owed_again, NUMBERS), "tuesday")


def _owed_again(number: int) -> Any:
    return paid(sale(number), "4.00", "-3.00")


def _check_expenses(shop: Shop) -> None:
    shop.expect_each_posted_once(list(map(_owed_again, NUMBERS)))
    assert sorted((one["PrivateNote"].split(",")[0], one["TotalAmt"]) for one in shop.records("Purchase")) == [
        (f"Infusionsoft order {sale(number).order.id} (store demo)", 3) for number in NUMBERS
    ]
    assert shop.records("RefundReceipt") == []
    assert [write.status for write in shop.writes("refund")] == ["posted"] * 4
    assert len({write.quickbooks_id for write in shop.writes("refund")}) == 4


def _changed_later(shop: Shop) -> Run:
    assert shop.post(shop.read(map(sale, NUMBERS))) == {"posted": 4}
    return shop.read(map(_changed, NUMBERS), "tuesday")


def _changed(number: int) -> Any:
    return sale(number, total=f"20.0{number}")


def _check_changes(shop: Shop) -> None:
    shop.expect_each_posted_once(list(map(_changed, NUMBERS)))
    assert {row.posted_hash == row.content_hash for row in shop.orders().values()} == {True}
    assert [write.status for write in shop.writes("change")] == ["posted"] * 4
    assert {document["SyncToken"] for document in shop.documents()} == {"1"}


def _taxed(shop: Shop) -> Run:
    shop.sandbox.put("/_sandbox/company", {"sales_tax_percent": 7, "compute_tax_always": True})
    return shop.read(map(_with_tax, NUMBERS))


def _with_tax(number: int) -> Any:
    order, tax = sale(number).order, records.item("TAX", "2.00", id="2")
    total = order.total + tax.price
    return replace(sale(number), order=replace(order, items=(*order.items, tax), total=total, total_paid=total))


def _check_voids(shop: Shop) -> None:
    shop.post(shop.read(map(_with_tax, NUMBERS), "tuesday"))
    assert [document["TotalAmt"] for document in shop.documents()] == [0] * 4
    assert {(row.status, row.code) for row in shop.orders().values()} == {("held", "TAX_DIFFERS")}
    assert [write.status for write in shop.writes("document")] == ["rejected"] * 4
    assert [write.status for write in shop.writes("void")] == ["posted"] * 4


def _of_new_products(shop: Shop) -> Run:
    return shop.read(map(_of_new_product, NUMBERS))


def _of_new_product(number: int) -> Any:
    return sale(number, sku=f"Gadget {number}")


def _check_items(shop: Shop) -> None:
    shop.expect_each_posted_once(list(map(_of_new_product, NUMBERS)))
    made = {item["Name"]: item["Id"] for item in shop.records("Item") if item["Name"].startswith("Gadget")}
    assert sorted(made) == [f"Gadget {number}" for number in NUMBERS]
    assert len([item for item in shop.records("Item") if "Gadget" in item["Name"]]) == 4
    sold = {
        line["SalesItemLineDetail"]["ItemRef"]["value"]
        for document in shop.documents()
        for line in document["Line"]
        if line["DetailType"] == "SalesItemLineDetail"
    }
    assert sold == set(made.values())


SCENES = {
    "documents": Scene("document", _documents, _check_documents, "create", moments.DOCUMENTS_TOLD, 1),
    "payments": Scene(
        "payment", _paid_later, _check_payments, "create", moments.ADDITIONS_TOLD, 2, settings=PAID_INVOICES
    ),
    "payments beside receipts": Scene(
        "payment", _overpaid_later, _check_unapplied, "create", moments.ADDITIONS_TOLD, 2, settings=UNAPPLIED
    ),
    "write-offs": Scene(
        "write-off", _written_off_later, _check_write_offs, "create", moments.ADDITIONS_TOLD, 3, settings=PAID_INVOICES
    ),
    "refunds": Scene("refund", _refunded_later, _check_refunds, "create", moments.ADDITIONS_TOLD, 5),
    "expenses": Scene(
        "refund", _owed_again_later, _check_expenses, "create", moments.ADDITIONS_TOLD, 3, settings=PAID_INVOICES
    ),
    "changes": Scene(
        "change",
        _changed_later,
        _check_changes,
        "update",
        moments.CHANGES_TOLD,
        2,
        settings={"orders": {"changed": "update"}},
    ),
    "voids": Scene("void", _taxed, _check_voids, "void", moments.VOIDS_TOLD, 2, 4, VOID_AND_HOLD),
    "items": Scene("item", _of_new_products, _check_items, "create", moments.ITEMS_CACHED, 1, settings=NEW_ITEMS),
}
