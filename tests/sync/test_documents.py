"""Documents: from an order to the exact JSON, by golden files, through the sandbox, and for any order that may come.

Each file of `golden/` holds an order and its contact as Infusionsoft gives them, the settings that differ from the usual ones, and the
document that comes of it. After a change that is meant, `UPDATE_GOLDEN=1 pytest tests/sync/test_documents.py` writes the documents
anew; then read the difference, line by line, as an accountant would.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.app import create_app
from include.sandbox.quickbooks import company
from include.sandbox.services import open_state
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.reading import contact_from, order_from
from order_sync.money import from_minor
from order_sync.quickbooks.client import encode
from order_sync.settings import Store
from order_sync.sync.books import Books, read_books
from order_sync.sync.documents import document_number, intent, marker, sales_receipt
from order_sync.sync.refresh import refresh_lists
from order_sync.sync.snapshot import Snapshot, from_text, to_text
from tests import stores
from tests.conftest import Sandbox

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
YEN_REALM_ID = "9341450000000002"


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def books(**changes: Any) -> Books:
    """A company that knows two items by SKU and two by name; the ids say what they are."""
    values: dict[str, Any] = {
        "items_by_sku": {"W-1": ("item of SKU W-1",), "G-2": ("item of SKU G-2",)},
        "items_by_name": {"Gadget": ("item named Gadget",), "Sales": ("item named Sales",)},
        "standard_item": "standard item",
        "tax_item": "tax item",
        "tip_item": "tip item",
        "fee_item": "fee item",
        "discount_account": None,
        "home_currency": "USD",
        "allows_shipping": True,
        "allows_discount": True,
    }
    return Books(**(values | changes))


def case(file: Path) -> tuple[Snapshot, Store, dict[str, Any]]:
    content = exact(file.read_text(encoding="utf-8"))
    contact = contact_from(content["contact"]) if content["contact"] else None
    return Snapshot(order_from(content["order"]), contact, ()), stores.settings(**content["settings"]), content


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_the_document_of_an_order(file):
    snapshot, store, content = case(file)
    account = store.revenue.discount_account and f"account {store.revenue.discount_account}"
    known = books(discount_account=account, home_currency=snapshot.order.currency)

    document = sales_receipt(snapshot, "customer 7", known, store)

    found = {"entity": document.entity, "body": document.body, "total": document.total, "warnings": document.warnings}
    if os.environ.get("UPDATE_GOLDEN"):
        changed = json.loads(file.read_text(encoding="utf-8")) | {"document": json.loads(encode(found))}
        file.write_text(json.dumps(changed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert exact(encode(found)) == content["document"]
    assert document.total == snapshot.order.total


@pytest.fixture
def companies(serve, tmp_path) -> Sandbox:
    """A sandbox with the items of `books`, and a second company that keeps its books in yen."""
    path = tmp_path / "sandbox.sqlite"
    app = create_app(path, limits=False)
    state = open_state(path)
    with state.transaction() as connection:
        given = {"country": "US", "time_zone": "Asia/Tokyo", "currency": "JPY"}
        company.found(connection, YEN_REALM_ID, name="Yen Company", **given)
        company.issue_tokens(connection, YEN_REALM_ID, f"first-refresh-token-{YEN_REALM_ID}")
        for realm_id in (stores.REALM_ID, YEN_REALM_ID):
            for name, sku in (("Widget", "W-1"), ("Gift", "G-2"), ("Gadget", None)):
                body = {"Name": name, "Type": "Service", **({"Sku": sku} if sku else {})}
                company.add(connection, realm_id, "Item", {**body, "IncomeAccountRef": {"value": "1"}})
    return Sandbox(serve(app))


def test_quickbooks_takes_every_document_as_it_is(companies, vault, engine):
    assert len(GOLDEN) >= 15
    for realm_id in (stores.REALM_ID, YEN_REALM_ID):
        with stores.quickbooks(companies, vault, realm_id) as client:
            refresh_lists(engine, client)
            buyer = client.create("Customer", {"DisplayName": "Ann Lee"}, request_id=f"{realm_id}-ann")["Id"]
            for file in GOLDEN:
                snapshot, store, _ = case(file)
                if (snapshot.order.currency == "JPY") != (realm_id == YEN_REALM_ID):
                    continue
                known = read_books(engine, realm_id, store)
                body = sales_receipt(snapshot, buyer, known, store).body | {"DocNumber": file.stem[:21]}
                made = client.create("SalesReceipt", body, request_id=f"{realm_id}-{file.stem}"[:50])
                assert made["TotalAmt"] == snapshot.order.total, file.stem
                assert made["PrivateNote"] == marker(snapshot.order.id, store.name)
                assert made["TxnTaxDetail"]["TotalTax"] == 0
    receipts = companies.get("/_sandbox/quickbooks/SalesReceipt")
    assert {receipt["DocNumber"] for receipt in receipts} == {file.stem[:21] for file in GOLDEN}


def receipt_of(*items, known: Books | None = None, **changes: Any):
    order = stores.order(*items, **changes)
    return sales_receipt(stores.snapshot(order), "7", known or books(), stores.settings())


def item_ids(document) -> list[str]:
    return [line["SalesItemLineDetail"]["ItemRef"]["value"] for line in document.body["Line"]]


@pytest.mark.parametrize(
    ("product", "id", "warnings"),
    [
        ({"sku": " W-1 ", "product_name": "Gadget"}, "item of SKU W-1", 0),
        ({"sku": "W-9", "product_name": "Gadget"}, "item named Gadget", 0),
        ({"product_name": "Gadget", "name": "Another"}, "item named Gadget", 0),
        ({"name": "Gadget"}, "item named Gadget", 0),
        ({"name": "gadget"}, "standard item", 1),
        ({"sku": "w-1", "name": None}, "standard item", 1),
        ({"sku": "", "name": " "}, "standard item", 1),
    ],
)
def test_the_item_of_a_product(product, id, warnings):
    document = receipt_of(stores.item(**product))
    assert (item_ids(document), len(document.warnings)) == ([id], warnings)


def test_two_items_of_one_sku_hold_the_order():
    known = books(items_by_sku={"W-1": ("3", "4")}, items_by_name={"Widget": ("5",)})
    with pytest.raises(RecordRefused, match="2 active items with the SKU 'W-1'") as caught:
        receipt_of(stores.item(sku="W-1"), known=known)
    assert caught.value.code == "ITEM_AMBIGUOUS"


@pytest.mark.parametrize(
    ("items", "changes", "known", "code"),
    [
        ([], {"currency": "EUR"}, {}, "CURRENCY"),
        ([stores.item(), stores.item("SHIPPING", "5.00")], {}, {"allows_shipping": False}, "SHIPPING_OFF"),
        ([stores.item(), stores.item("DISCOUNT", "-5.00")], {}, {"allows_discount": False}, "DISCOUNT_OFF"),
        ([], {"total": Decimal("108.26")}, {}, "TOTAL_DIFFERS"),
        ([], {"total": Decimal("108.24")}, {}, "TOTAL_DIFFERS"),
        ([stores.item("DISCOUNT", "5.00")], {"total": Decimal("5.00")}, {}, "TOTAL_DIFFERS"),
        ([], {"id": "1" * 19}, {}, "NUMBER_LENGTH"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_reason(items, changes, known, code):
    with pytest.raises(RecordRefused) as caught:
        receipt_of(*items, known=books(**known), **changes)
    assert caught.value.code == code
    assert caught.value.advice


def test_a_difference_is_named_to_the_cent():
    with pytest.raises(RecordRefused, match=r"lines come to 108\.25 USD, its total is 108\.26: a difference of 0\.01"):
        receipt_of(total=Decimal("108.26"))


def test_numbers():
    assert document_number(stores.order(id="1001"), stores.settings()) == "IS-1001"
    longest = stores.order(id="1" * 18)
    assert len(document_number(longest, stores.settings())) == 21
    assert document_number(longest, stores.settings(revenue={"number_prefix": ""})) == "1" * 18


def test_an_amount_is_never_a_fraction_of_a_cent():
    # 1.5 times 3.33 is 4.995: QuickBooks books 5.00, and so do we.
    odd = stores.item(price="3.33", quantity=Decimal("1.5"))
    document = receipt_of(odd, total=Decimal("5.00"))
    assert [line["Amount"] for line in document.body["Line"]] == [Decimal("5.00")]
    # Two halves of a cent are two cents to QuickBooks, not one.
    halves = [stores.item(price="0.01", quantity=Decimal("0.5")) for _ in range(2)]
    with pytest.raises(RecordRefused, match="difference"):
        receipt_of(*halves, total=Decimal("0.01"))


def test_a_long_address_of_e_mail_is_left_out():
    at_the_limit, beyond = "a" * 94 + "@x.com", "a" * 95 + "@x.com"
    for email, kept in ((at_the_limit, True), (beyond, False)):
        snapshot = stores.snapshot(stores.order(), stores.contact(emails=(email,)))
        body = sales_receipt(snapshot, "7", books(), stores.settings()).body
        assert ("BillEmail" in body) == kept


@pytest.mark.parametrize(
    ("ordered_at", "zone", "date"),
    [
        (datetime(2026, 11, 17, 6, 59, tzinfo=UTC), "America/Phoenix", "2026-11-16"),
        (datetime(2026, 11, 17, 7, 0, tzinfo=UTC), "America/Phoenix", "2026-11-17"),
        (datetime(2026, 11, 16, 23, 0, tzinfo=UTC), "Europe/Berlin", "2026-11-17"),
        (datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "Europe/Berlin", "2026-03-30"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "Pacific/Auckland", "2027-01-01"),
    ],
)
def test_the_day_is_the_day_of_the_company(ordered_at, zone, date):
    snapshot = stores.snapshot(stores.order(ordered_at=ordered_at))
    assert sales_receipt(snapshot, "7", books(), stores.settings(time_zone=zone)).body["TxnDate"] == date


def test_the_intent_is_the_exact_text():
    order = stores.order()
    document = sales_receipt(stores.snapshot(order), "7", books(), stores.settings())

    wanted = intent(document, order, "hash")

    assert (wanted.kind, wanted.subject, wanted.entity) == ("document", "1001", "SalesReceipt")
    assert (wanted.total, wanted.currency) == (Decimal("108.25"), "USD")
    assert exact(wanted.payload) == exact(encode(document.body))
    again = sales_receipt(from_text(to_text(stores.snapshot(order))), "7", books(), stores.settings())
    assert intent(again, order, "hash") == wanted


KINDS = st.sampled_from(
    [
        "PRODUCT",
        "SHIPPING",
        "TAX",
        "TIP",
        "FEE",
        "FINANCE_CHARGE",
        "SERVICE",
        "OTHER",
        "DISCOUNT",
        "DISCOUNT_PRODUCT",
        "UNKNOWN",
    ]
)
CENTS = st.integers(-300, 10**9).map(lambda cents: from_minor(cents, "USD"))
QUANTITIES = st.integers(0, 50).map(Decimal) | st.decimals("0.1", 9, places=2)
ITEMS = st.builds(
    lambda kind, price, quantity, discount: replace(
        stores.item(kind), price=price, quantity=quantity, discount=discount if kind.startswith("DISCOUNT") else None
    ),
    KINDS,
    CENTS,
    QUANTITIES,
    st.none() | CENTS,
)


@given(st.lists(ITEMS, min_size=1, max_size=6), CENTS)
def test_the_document_comes_to_the_total_or_there_is_none(items, total):
    document = document_or_code(items, total)
    if document == "TOTAL_DIFFERS":
        return
    assert came_to(document) == document.total == total


@given(st.lists(ITEMS, min_size=1, max_size=6), st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("-0.01")]))
def test_a_cent_more_or_less_is_refused(items, difference):
    signed = [
        -(abs(half_up(one)) or abs(one.discount or Decimal(0)))
        if one.item_type.startswith("DISCOUNT")
        else half_up(one)
        for one in items
    ]
    document = document_or_code(items, sum(signed) + difference)
    assert (document == "TOTAL_DIFFERS") == bool(difference)


def document_or_code(items, total):
    try:
        return receipt_of(*items, total=total)
    except RecordRefused as refused:
        return refused.code


def half_up(item) -> Decimal:
    return (item.price * item.quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(st.lists(st.tuples(st.integers(0, 10**11), st.integers(1, 99)), min_size=1, max_size=6))
def test_amounts_arrive_exactly(lines):
    items = [stores.item(price=str(from_minor(price, "USD")), quantity=Decimal(number)) for price, number in lines]
    document = receipt_of(*items)

    arrived = exact(encode(document.body))["Line"]

    assert [Decimal(line["Amount"]) * 100 for line in arrived] == [price * number for price, number in lines]
    assert [Decimal(line["SalesItemLineDetail"]["UnitPrice"]) * 100 for line in arrived] == [
        price for price, _ in lines
    ]
    assert "e" not in encode([line["Amount"] for line in document.body["Line"]]).lower()


def came_to(document) -> Decimal:
    """What the lines of a document come to, as QuickBooks adds them up: cents, discounts taken off."""
    total = Decimal(0)
    for line in exact(encode(document.body))["Line"]:
        amount = Decimal(line["Amount"])
        assert amount == round(amount, 2)
        total += -amount if line["DetailType"] == "DiscountLineDetail" else amount
    return total
