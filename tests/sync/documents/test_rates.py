"""Which exchange rates are read before it is asked what is due: those that it needs, and none for the home currency."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from order_sync.settings import Store
from order_sync.sync.company.company import ChargeItems, Company
from order_sync.sync.company.products import Items
from order_sync.sync.documents.due import Due, due
from order_sync.sync.documents.rates import rates_needed
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from tests.shop import records, stores
from tests.sync.documents.test_golden import posted

TODAY = date(2026, 11, 30)
BOOKS = Company(
    Items(),
    ChargeItems("standard", "tax", "tip", "fee", "finance charge", "SHIPPING_ITEM_ID", "refund"),
    multicurrency=True,
    refund_account="7",
)


def tracked(id: str, currency: str, day: int, paid_after: int, refunded_after: int | None) -> TrackedOrder:
    """An order of 108.25 that is paid some days later, and perhaps given back."""
    at = records.NOON + timedelta(days=day)
    back = Decimal(0) if refunded_after is None else Decimal("108.25")
    order = records.order(id=id, currency=currency, ordered_at=at, refund_total=back, status="PAID")
    payments = [records.payment("108.25", f"{id}1", order_id=id, paid_at=at + timedelta(days=paid_after))]
    if refunded_after is not None:
        payments.append(records.payment("-108.25", f"{id}2", order_id=id, paid_at=at + timedelta(days=refunded_after)))
    row = OrderRow("demo", id, Status.MATCHED, content_hash="hash", posted_hash="hash")
    return TrackedOrder(row, records.snapshot(order, None, *payments), (), Customer("1", currency))


def all_due(orders: list[TrackedOrder], company: Company, store: Store) -> Due:
    """What is due of these orders, and after it is recorded as it was sent, and so on; all in one."""
    intents, refusals, still = [], {}, {one.order_id: one for one in orders}
    while still:
        wanted = due(list(still.values()), company, store, TODAY, {})
        intents += wanted.intents
        refusals |= wanted.refusals
        after = {}
        for made in wanted.intents:
            [order_id] = made.order_ids
            known = after.get(order_id, still[order_id])
            after[order_id] = replace(known, writes=(*known.writes, posted(made, "1")))
        still = {id: one for id, one in after.items() if id not in refusals}
    return Due(tuple(intents), refusals)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["USD", "EUR", "GBP"]), st.integers(-9, 9), st.integers(0, 9), st.none() | st.integers(0, 9)
    ),
    max_size=5,
).map(lambda all: [tracked(str(1000 + at), *one) for at, one in enumerate(all)])
STORES = st.builds(
    lambda post_as, day, refunds: stores.settings(
        revenue={"post_as": post_as, "transaction_date": day}, refunds={"record_as": refunds}
    ),
    st.sampled_from(["Sales receipt", "Invoice", "Invoice and payment", "Invoice, payment if paid"]),
    st.sampled_from(["order date", "payment date", "date of posting"]),
    st.sampled_from(["refund receipt", "ignore"]),
)


def test_the_rates_of_a_sale_its_payment_and_its_refund_are_those_of_their_days() -> None:
    store = stores.settings(revenue={"post_as": "Invoice and payment"})
    wanted = {("EUR", date(2026, 11, 16)), ("EUR", date(2026, 11, 18)), ("EUR", date(2026, 11, 21))}
    assert rates_needed([tracked("1", "EUR", 0, 2, 5)], BOOKS, store, TODAY) == wanted
    assert rates_needed([tracked("1", "USD", 0, 2, 5)], BOOKS, store, TODAY) == set()
    assert rates_needed([tracked("1", "EUR", 0, 2, 5)], replace(BOOKS, multicurrency=False), store, TODAY) == set()


@given(ORDERS, STORES)
def test_with_the_rates_that_are_needed_none_is_missing_and_each_document_has_that_of_its_day(
    orders: list[TrackedOrder], store: Store
) -> None:
    needed = rates_needed(orders, BOOKS, store, TODAY)
    rates = {pair: Decimal(at) / 100 for at, pair in enumerate(sorted(needed), 101)}
    found = all_due(orders, replace(BOOKS, rates=rates), store)
    assert found.refusals == {}
    for made in found.intents:
        body = json.loads(made.payload, parse_float=Decimal)
        rate = rates.get((made.currency, date.fromisoformat(body["TxnDate"])))
        assert body.get("ExchangeRate") == (None if made.currency == "USD" else rate)
        assert made.currency == "USD" or rate is not None
    assert needed == {
        (made.currency, date.fromisoformat(json.loads(made.payload)["TxnDate"]))
        for made in found.intents
        if made.currency != "USD"
    }


@given(ORDERS, STORES)
def test_without_rates_nothing_foreign_is_due_and_the_rest_is_as_ever(orders: list[TrackedOrder], store: Store) -> None:
    found = all_due(orders, BOOKS, store)
    foreign = {one.order_id for one in orders if one.snapshot.order.currency != "USD"}
    assert set(found.refusals) == foreign
    assert {error.code for error in found.refusals.values()} <= {"NO_RATE"}
    at_home = [one for one in orders if one.order_id not in foreign]
    assert found.intents == all_due(at_home, BOOKS, store).intents
    assert [one.kind for one in found.intents].count(Kind.DOCUMENT) == len(at_home)
