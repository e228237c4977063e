"""What is due at once: write-offs and refunds that are planned together take back one document between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from order_sync.sync.documents.due import due
from order_sync.sync.documents.part import taken_of
from order_sync.sync.documents.sold import TaxKey, portions, sold_of
from order_sync.sync.orders.kinds import Kind
from tests.shop import records, stores
from tests.sync.documents.test_part import BOOKS, line, recorded, written

ITEMS = (line("100.00"), line("33.33", "Gadget"), line("11.47", kind="TAX"))
TOTAL = Decimal("144.80")


@given(
    weights=st.lists(st.integers(1, 99), min_size=2, max_size=6),
    write_offs=st.integers(1, 5),
    record_as=st.sampled_from(["line item", "as charged", "automatic"]),
)
def test_write_offs_and_refunds_of_one_day_leave_no_cent_of_tax(
    weights: list[int], write_offs: int, record_as: str
) -> None:
    amounts = [one for one in portions(TOTAL, [Decimal(one) for one in weights], "USD") if one]
    forgiven, back = amounts[:write_offs], amounts[write_offs:]
    paid, went = sum(back, Decimal(0)), [str(-one) for one in back]
    moved = [
        *([records.payment(str(paid), "1")] if paid else []),
        *(records.payment(str(one), f"2{at}", kind="write-off") for at, one in enumerate(forgiven)),
        *(records.payment(one, f"3{at}") for at, one in enumerate(went)),
    ]
    tracked = recorded(*ITEMS, record_as=record_as, post_as="Invoice and payment")
    order = replace(tracked.snapshot.order, total_paid=paid, refund_total=paid)
    tracked = replace(tracked, snapshot=records.snapshot(order, None, *moved))
    store = stores.settings(taxes={"record_as": record_as}, revenue={"post_as": "Invoice and payment"})

    wanted = due([tracked], BOOKS, store, records.NOON.date(), {})
    assert not wanted.refusals
    taking = [*wanted.of(Kind.WRITE_OFF), *wanted.of(Kind.REFUND)]
    assert sorted(one.total or 0 for one in taking) == sorted(amounts)

    tracked = replace(tracked, writes=(*tracked.writes, *map(written, wanted.intents)))
    sold, taxes = sold_of(tracked, BOOKS), defaultdict[TaxKey, Decimal](Decimal)
    for part in taken_of(tracked, sold, BOOKS):
        for key, tax in part.taxes.items():
            taxes[key] += tax
    assert dict(taxes) == sold.taxes
