"""What a run would send: planned from the store alone, and posted just so by the next run that records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.plans import Planned
from order_sync.errors import ConfigurationError
from order_sync.infusionsoft.records import Address
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.recording.plan_words import in_lines
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.tokens import TokenVault
from tests.shop import records, runs
from tests.shop.fault_shop import Shop, open_shop
from tests.shop.records import paid, sale
from tests.shop.services import Controls

Opened = Callable[..., Shop]
CREATING_ITEMS = {"products": {"not_found": "create", "create": {"income_account": "Sales of Product Income"}}}
INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
UPDATING = {"orders": {"changed": "update"}}


@pytest.fixture
def opened(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Opened]:
    """Opens a shop with any settings; its books know one customer more, for the documents of a day."""
    with ExitStack() as stack:

        def open_one(**settings: Any) -> Shop:
            shop = stack.enter_context(open_shop(sandbox, engine, vault, **settings))
            shop.add("Customer", DisplayName="demo daily sales")
            refresh_lists(shop.engine, shop.quickbooks)
            return shop

        yield open_one


def plan(shop: Shop, orders: Sequence[Snapshot], run_id: str = "plan") -> list[Planned]:
    """A plan of these orders; that no service was called, and nothing went to the ledger or changed an order, is checked."""
    run = shop.read(orders, run_id)
    shop.sandbox.delete("/_sandbox/calls")
    before = _writes(shop), shop.orders()
    planned = plan_run(runs.context(shop.engine, run, shop.store), shop.quickbooks.exchange_rate)
    assert shop.sandbox.get("/_sandbox/calls") == {}
    assert (_writes(shop), shop.orders()) == before
    return planned


def record(shop: Shop, orders: Sequence[Snapshot], run_id: str) -> list[str]:
    """Reads and posts these orders; the exact JSON of all that was sent."""
    before = Counter(_writes(shop))
    run = shop.read(orders, run_id)
    shop.create_customers(run)
    shop.post(run)
    return list((Counter(_writes(shop)) - before).elements())


def _writes(shop: Shop) -> list[str]:
    kinds = ("customer", "item", "document", "change", "payment", "refund")
    return [write.payload for kind in kinds for write in shop.writes(kind)]


def resolved(shop: Shop, body: str) -> str:
    """A planned body with the ids that QuickBooks gave since."""
    ids = {f"<new customer {one['DisplayName']}>": one["Id"] for one in shop.customers()}
    ids |= {f"<new item {one['Sku']}>": one["Id"] for one in shop.records("Item") if one.get("Sku")}
    for write in shop.writes("document"):
        ids[f"<the {write.entity} of order {write.subject}>"] = write.quickbooks_id
    for stand_in, id in {**ids, "<its version>": "0"}.items():
        body = body.replace(stand_in, id)
    return body


def short(row: Any) -> str:
    """A row of a plan in a few words."""
    total = f"{row.total:.2f}" if row.total is not None else None
    return " ".join(filter(None, (row.order_id, row.action, row.entity, total, row.code)))


def order_of(*amounts: str, number: int = 1, total: str = "100.00") -> Snapshot:
    """An order of Ada's and its payments; below zero, refunds."""
    return paid(sale(number, total=total), *amounts)


def nora(number: int, **changes: Any) -> Snapshot:
    return sale(number, name="Nora New", email="nora@example.com", contact_id="8", **changes)


@dataclass(frozen=True)
class Case:
    """Settings, orders that are recorded before, those of the plan, and the plan in a few words."""

    orders: list[Snapshot]
    plan: list[str]
    settings: dict[str, Any] = field(default_factory=dict)
    before: list[Snapshot] = field(default_factory=list)


CASES = {
    "a sale": Case([sale(1)], ["1 create SalesReceipt 10.01"]),
    "a sale that was given back": Case(
        [order_of("100.00", "-30.00")], ["1 create SalesReceipt 100.00", "1 create RefundReceipt 30.00"]
    ),
    "one new customer for both orders of a person": Case(
        [nora(1), nora(2)], ["2 create Customer", "1 create SalesReceipt 10.01", "2 create SalesReceipt 10.02"]
    ),
    "a namesake of a new customer": Case(
        [
            nora(1, address=records.PHOENIX),
            sale(
                2, name="Nora New", email="other@example.com", contact_id="9", address=Address("2 Far Rd", locality="X")
            ),
        ],
        ["2 create Customer", "1 none CONTRADICTED", "2 create SalesReceipt 10.02"],
    ),
    "a new item": Case(
        [sale(1, sku="Gadget"), sale(2, sku="Gadget")],
        ["1 create Item", "1 create SalesReceipt 10.01", "2 create SalesReceipt 10.02"],
        CREATING_ITEMS,
    ),
    "an invoice with payments and a refund": Case(
        [order_of("40.00", "60.00", "-25.00"), order_of(number=2)],
        [
            "1 create Invoice 100.00",
            "1 create Payment 40.00",
            "1 create Payment 60.00",
            "1 create RefundReceipt 25.00",
            "2 create Invoice 100.00",
        ],
        INVOICES,
    ),
    "a day on one document, and what went back of it": Case(
        [sale(1), order_of("100.00", "-30.00", number=2)],
        [
            "1 create SalesReceipt 10.01",
            "2 create SalesReceipt 100.00",
            "2 create RefundReceipt 30.00",
        ],
        {"revenue": {"consolidate": True}},
    ),
    "several orders on one document": Case(
        [order_of("100.00", number=1), order_of("100.00", "-30.00", number=2)],
        ["1 create SalesReceipt 200.00", "2 none", "2 create RefundReceipt 30.00"],
        {"revenue": {"consolidate": True}},
    ),
    "held orders": Case(
        [sale(1, currency="EUR"), replace(sale(2), order=replace(sale(2).order, total=Decimal(9))), sale(3)],
        ["3 create SalesReceipt 10.03", "1 none CURRENCY", "2 none TOTAL_DIFFERS"],
    ),
    "nothing due": Case([sale(1)], ["1 none"], before=[sale(1)]),
    "a changed order that is only flagged": Case([order_of("100.00")], ["1 none"], before=[sale(1)]),
    "a changed order": Case([sale(1, total="9.00")], ["1 update SalesReceipt 9.00"], UPDATING, [sale(1)]),
    "a changed order with a new item": Case(
        [sale(1, total="9.00", sku="Gadget")],
        ["1 create Item", "1 update SalesReceipt 9.00"],
        {**UPDATING, **CREATING_ITEMS},
        [sale(1)],
    ),
    "a changed invoice that is paid as it is now": Case(
        [order_of("150.00", total="150.00")],
        ["1 update Invoice 150.00", "1 create Payment 150.00"],
        {**UPDATING, **INVOICES},
        [order_of()],
    ),
    "a changed invoice that comes to less than was paid": Case(
        [order_of("40.00", total="30.00")], ["1 none OVERPAID"], {**UPDATING, **INVOICES}, [order_of("40.00")]
    ),
    "a late refund": Case(
        [order_of("100.00", "-30.00")], ["1 create RefundReceipt 30.00"], before=[order_of("100.00")]
    ),
    "a refund that does not fit": Case(
        [replace(one, order=replace(one.order, refund_total=Decimal(5))) for one in [order_of("100.00", "-30.00")]],
        ["1 none REFUND_DISAGREES"],
        before=[order_of("100.00")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_what_the_next_run_posts(opened: Opened, name: str) -> None:
    case = CASES[name]
    shop = opened(**case.settings)
    if case.before:
        record(shop, case.before, "before")
    rows = plan(shop, case.orders)
    assert [short(row) for row in rows] == case.plan
    assert all(row.message for row in rows)

    sent = record(shop, case.orders, "record")
    assert sorted(sent) == sorted(resolved(shop, row.body) for row in rows if row.body)
    reasons = {row.order_id: row.code for row in rows if row.code}
    assert {id: shop.orders()[id].code for id in reasons} == reasons


def test_what_a_changed_document_would_become_is_told_field_by_field(opened: Opened) -> None:
    shop = opened(**UPDATING)
    record(shop, [sale(1)], "before")
    [row] = plan(shop, [sale(1, total="9.00")])
    unit = "Line[0].SalesItemLineDetail.UnitPrice"
    changed = [[path, was, becomes] for path, was, becomes in row.difference if path != "TxnTaxDetail"]
    assert {path: (Decimal(was), Decimal(becomes)) for path, was, becomes in changed if "Tax" not in path} == {
        "Line[0].Amount": (Decimal("10.01"), Decimal(9)),
        unit: (Decimal("10.01"), Decimal(9)),
    }


def test_inactive_items_and_customers_would_be_made_active_again(opened: Opened) -> None:
    shop = opened(products={"reactivate_inactive": True}, customers={"reactivate_inactive": True})
    item, ida = shop.add_item("Gadget"), shop.add("Customer", DisplayName="Ida Asleep", Active=False)
    shop.change("Item", item["Id"], Active=False, Name="Gadget")
    refresh_lists(shop.engine, shop.quickbooks)
    orders = [sale(1, sku="Gadget", name="Ida Asleep", email=None, contact_id="8")]
    rows = plan(shop, orders)
    assert [short(row) for row in rows] == ["1 update Item", "1 update Customer", "1 create SalesReceipt 10.01"]
    [sent] = record(shop, orders, "record")
    assert sent == rows[2].body
    assert json.loads(sent)["CustomerRef"] == {"value": ida["Id"]}


def test_a_document_whose_answer_was_lost_is_not_planned_once_more(opened: Opened) -> None:
    shop = opened()
    shop.fail("quickbooks create SalesReceipt", "drop_after")
    shop.fail("quickbooks query SalesReceipt", "503", next=50)
    record(shop, [sale(1)], "before")
    [row] = plan(shop, [sale(1)])
    assert (row.action, row.body, row.code) == ("none", None, "UNANSWERED")
    shop.sandbox.delete("/_sandbox/faults")
    assert record(shop, [sale(1)], "record") == []
    shop.expect_each_posted_once([sale(1)])


def test_the_words_of_a_plan_hold_no_name(opened: Opened) -> None:
    shop = opened()
    lines = list(in_lines(plan(shop, [nora(1), sale(2)]), {}))
    assert lines == [
        "create customer                    1",
        "create sales receipt               2  20.03 USD",
        "order 1: create customer",
        "order 1: create sales receipt 10.01 USD",
        "order 2: create sales receipt 10.02 USD",
    ]
    assert list(in_lines([], {})) == []


def test_settings_that_do_not_fit_the_company_are_an_error_and_no_plan(opened: Opened) -> None:
    shop = opened(revenue={"deposit_account": "Chequing"})
    run = shop.read([sale(1)])
    with pytest.raises(ConfigurationError, match=r"revenue\.deposit_account"):
        plan_run(runs.context(shop.engine, run, shop.store), shop.quickbooks.exchange_rate)
    assert shop.orders()["1"].status == "matched"
