"""Parts of what a document sold: whoever takes back part after part takes back all of it, net and each tax, to the cent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.infusionsoft.records import OrderItem
from order_sync.money import rounded
from order_sync.quickbooks.wire import encode
from order_sync.sync.company.company import ChargeItems, Company
from order_sync.sync.company.products import Items
from order_sync.sync.documents.lines import Lines, lines_total
from order_sync.sync.documents.part import Part, Sum, part_lines, part_of, taken_of, tax_of_part
from order_sync.sync.documents.sale import intent, sale
from order_sync.sync.documents.sold import Sold, portions, sold_of
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.treatment import Treatment
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from tests.shop import records, stores

BOOKS = Company(
    Items(by_name={"Widget": ("widget",), "Gadget": ("gadget",), "Book": ("book",)}),
    ChargeItems("standard", "tax", "tip", "fee", "finance charge", "SHIPPING_ITEM_ID", "refund", "discount"),
)
MODES = ("line item", "as charged", "automatic")


def money(text: str) -> Decimal:
    return Decimal(text)


def line(price: str, name: str = "Widget", *, taxable: bool = True, kind: str = "PRODUCT") -> OrderItem:
    return records.item(kind, price, name=name, taxable=taxable, quantity=Decimal(1))


def written(made: Intent) -> Write:
    values = {one.name: getattr(made, one.name, None) for one in fields(Write)}
    return Write(**values | {"status": WriteStatus.POSTED, "quickbooks_id": "1"})


def recorded(
    *items: OrderItem, record_as: str = "line item", post_as: Any = "Sales receipt", **revenue: Any
) -> TrackedOrder:
    """An order of these lines that QuickBooks holds as it was sent."""
    signs = {"DISCOUNT": -1}
    total = sum((signs.get(one.item_type, 1) * one.price for one in items), Decimal(0))
    order = records.order(*(replace(one, id=str(at)) for at, one in enumerate(items)), total=str(total))
    snapshot = records.snapshot(order, None, records.payment(str(total)))
    store = stores.settings(taxes={"record_as": record_as}, revenue=revenue)
    document = sale(snapshot, Customer("7"), BOOKS, store, Treatment(post_as), today=records.NOON.date())
    row = OrderRow("demo", order.id, Status.POSTED, content_hash="hash", posted_hash="hash", posted_as=post_as)
    return TrackedOrder(row, snapshot, (written(intent(document, order, "hash")),))


def with_taken(tracked: TrackedOrder, made: Lines, entity: Entity = Entity.REFUND_RECEIPT) -> TrackedOrder:
    """The order once these lines are recorded as a refund."""
    one = Intent(
        Kind.REFUND,
        f"{tracked.order_id}/{len(tracked.writes)}",
        entity,
        encode({"Line": list(made.lines), **made.tax_fields}),
        made.total,
        "USD",
        tax=made.tax,
    )
    return replace(tracked, writes=(*tracked.writes, written(one)))


def taken_back(tracked: TrackedOrder, *amounts: str | Decimal) -> tuple[list[Part], list[Lines]]:
    """One part after the other, each recorded before the next is made."""
    parts, made = list[Part](), list[Lines]()
    for amount in amounts:
        sold = sold_of(tracked, BOOKS)
        parts.append(part_of(Decimal(amount), sold, taken_of(tracked, sold, BOOKS)))
        made.append(part_lines(parts[-1], sold, BOOKS, item_id="refund", text="Refund"))
        tracked = with_taken(tracked, made[-1])
    return parts, made


def shown(made: Lines) -> list[str]:
    """The lines as `item amount code`, and the tax beside them."""
    found = []
    for one in made.lines:
        if detail := one.get("SalesItemLineDetail"):
            found.append(f"{detail['ItemRef']['value']} {one['Amount']:.2f} {detail['TaxCodeRef']['value']}")
        else:
            found.append(f"discount {one['Amount']:.2f}")
    return [*found, *([f"tax {made.tax:.2f}"] if made.tax else [])]


@pytest.mark.parametrize(
    ("record_as", "lines"),
    [
        ("line item", ["gadget 50.00 NON", "tax 4.30 NON"]),
        ("as charged", ["gadget 50.00 TAX", "tax 4.30"]),
        ("automatic", ["gadget 50.00 TAX", "tax 4.30"]),
    ],
)
def test_a_part_that_is_one_line_and_its_tax_is_that_line(record_as: str, lines: list[str]) -> None:
    tracked = recorded(line("100.00"), line("50.00", "Gadget"), line("12.90", kind="TAX"), record_as=record_as)
    _parts, [made] = taken_back(tracked, "54.30")
    assert shown(made) == lines
    assert made.total == money("54.30")


@pytest.mark.parametrize("record_as", MODES)
def test_an_untaxed_line_is_taken_back_without_tax(record_as: str) -> None:
    tracked = recorded(
        line("100.00"), line("50.00", "Book", taxable=False), line("8.60", kind="TAX"), record_as=record_as
    )
    parts, [made, half, rest] = taken_back(tracked, "50.00", "54.30", "54.30")
    assert shown(made) == ["book 50.00 NON"]
    assert [one.tax for one in parts] == [0, money("4.30"), money("4.30")]
    assert [half.total, rest.total] == [money("54.30")] * 2


@pytest.mark.parametrize("record_as", MODES)
def test_a_line_is_taken_back_after_its_share_of_the_discount(record_as: str) -> None:
    tracked = recorded(
        line("100.00"),
        line("50.00", "Gadget"),
        line("15.00", kind="DISCOUNT"),
        line("11.61", kind="TAX"),
        record_as=record_as,
    )
    parts, [made] = taken_back(tracked, "48.87")
    assert (parts[0].line is not None, parts[0].tax) == (True, money("3.87"))
    assert shown(made)[0].startswith("gadget 45.00")
    assert "Qty" not in made.lines[0]["SalesItemLineDetail"]


@pytest.mark.parametrize("record_as", MODES)
def test_the_charge_of_shipping_is_a_line_too(record_as: str) -> None:
    tracked = recorded(line("100.00"), line("12.50", kind="SHIPPING"), line("8.60", kind="TAX"), record_as=record_as)
    _parts, [made, rest] = taken_back(tracked, "12.50", "108.60")
    assert shown(made) == ["SHIPPING_ITEM_ID 12.50 NON"]
    assert shown(rest)[0].startswith("widget 100.00")


def test_a_part_that_may_be_either_of_two_products_is_none_of_them() -> None:
    tracked = recorded(line("50.00"), line("50.00", "Gadget"), line("20.00", "Book"), line("10.32", kind="TAX"))
    parts, [made] = taken_back(tracked, "54.30")
    assert (parts[0].line, parts[0].tax) == (None, money("4.30"))
    assert shown(made) == ["refund 50.00 NON", "tax 4.30 NON"]


def test_a_line_is_taken_back_once() -> None:
    tracked = recorded(line("100.00"), line("50.00", "Gadget"), line("12.90", kind="TAX"))
    _parts, made = taken_back(tracked, "54.30", "54.30", "54.30")
    assert [shown(one) for one in made] == [
        ["gadget 50.00 NON", "tax 4.30 NON"],
        ["refund 50.00 NON", "tax 4.30 NON"],
        ["refund 50.00 NON", "tax 4.30 NON"],
    ]


@pytest.mark.parametrize("record_as", MODES)
@pytest.mark.parametrize(
    ("amounts", "taxes"),
    [
        (["54.30", "54.30"], ["4.30", "4.30"]),
        (["36.20", "36.20", "36.20"], ["2.87", "2.87", "2.86"]),
        (["0.01", "108.59"], ["0.00", "8.60"]),
        (["108.59", "0.01"], ["8.60", "0.00"]),
        (["108.60"], ["8.60"]),
    ],
)
def test_the_last_part_has_what_rounding_left(record_as: str, amounts: list[str], taxes: list[str]) -> None:
    tracked = recorded(line("100.00"), line("8.60", kind="TAX"), record_as=record_as)
    parts, made = taken_back(tracked, *amounts)
    assert [f"{one.tax:.2f}" for one in parts] == taxes
    assert [one.total for one in made] == [money(one) for one in amounts]
    if record_as == "automatic":
        assert [one.tax_fields["TxnTaxDetail"]["TotalTax"] for one in made] == [one.tax for one in parts]


def test_all_of_it_in_one_has_the_lines_of_the_document() -> None:
    tracked = recorded(
        line("100.00"), line("10.00", kind="TIP"), line("5.00", kind="DISCOUNT"), line("8.60", kind="TAX")
    )
    _parts, [made] = taken_back(tracked, "113.60")
    assert list(made.lines) == tracked.body()["Line"]


def test_a_write_off_is_on_its_own_item_whatever_it_comes_to() -> None:
    tracked = recorded(line("100.00"), line("50.00", "Gadget"), line("12.90", kind="TAX"))
    sold = sold_of(tracked, BOOKS)
    for amount, lines in (
        ("54.30", ["bad debt 50.00 NON", "tax 4.30 NON"]),
        ("162.90", ["bad debt 150.00 NON", "tax 12.90 NON"]),
    ):
        made = part_lines(
            part_of(Decimal(amount), sold, ()), sold, BOOKS, item_id="bad debt", text="Written off", as_sold=False
        )
        assert shown(made) == lines


def test_what_a_former_version_gave_back_without_tax_counts() -> None:
    tracked = recorded(line("100.00"), line("8.60", kind="TAX"), record_as="as charged")
    former = {
        "DetailType": "SalesItemLineDetail",
        "Amount": money("54.30"),
        "SalesItemLineDetail": {"ItemRef": {"value": "refund"}, "TaxCodeRef": {"value": "NON"}},
    }
    for entity in (Entity.REFUND_RECEIPT, Entity.CREDIT_MEMO):
        tracked_so = with_taken(tracked, Lines((former,), money("54.30"), Decimal(0)), entity)
        parts, [made] = taken_back(tracked_so, "54.30")
        assert (parts[0].tax, made.total) == (money("8.60"), money("54.30"))


def test_each_of_several_taxes_comes_out() -> None:
    weights = [money("5.00"), money("9.98")]
    assert portions(money("7.49"), weights, "USD") == [money("2.50"), money("4.99")]
    assert portions(money("0.01"), weights, "USD") == [money("0.00"), money("0.01")]
    assert portions(money("14.98"), weights, "USD") == weights


cents = st.integers(1, 30_000).map(lambda amount: Decimal(amount) / 100)


@given(
    cents, st.integers(0, 100), st.lists(st.integers(1, 500), min_size=1, max_size=12), st.sampled_from(["USD", "JPY"])
)
def test_the_parts_of_any_split_make_the_whole(
    total: Decimal, percent: int, weights: Sequence[int], currency: str
) -> None:
    total = rounded(total, currency) or Decimal(1)
    whole = left = Sum(total, rounded(total * percent / 100, currency))
    for amount in portions(total, [Decimal(one) for one in weights], currency):
        tax = tax_of_part(amount, whole, left, currency)
        assert 0 <= tax <= amount
        left = Sum(left.total - amount, left.tax - tax)
        assert 0 <= left.tax <= left.total
    assert left == (0, 0)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[OrderItem], str]:
    names = itertools.cycle(["Widget", "Gadget", "Book"])
    items = [
        line(str(draw(cents)), next(names), taxable=draw(st.booleans())) for _one in range(draw(st.integers(1, 4)))
    ]
    items += [line(str(draw(cents)), kind=kind) for kind in draw(st.sets(st.sampled_from(["SHIPPING", "TIP", "FEE"])))]
    sold = sum((one.price for one in items if one.item_type == "PRODUCT"), Decimal(0))
    if draw(st.booleans()):
        items.append(line(str(rounded(sold * draw(st.integers(1, 90)) / 100, "USD")), kind="DISCOUNT"))
    taxed = [one for one in items if one.taxable and one.item_type == "PRODUCT"]
    if draw(st.booleans()):
        base = sum((one.price for one in taxed), Decimal(0)) or sold
        items.append(line(str(rounded(base * Decimal("0.086"), "USD") or Decimal("0.01")), kind="TAX"))
    return items, draw(st.sampled_from(MODES))


@given(orders(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_any_order_is_taken_back_by_its_parts(sold: tuple[list[OrderItem], str], weights: list[int]) -> None:
    items, record_as = sold
    tracked = recorded(*items, record_as=record_as)
    whole: Sold = sold_of(tracked, BOOKS)
    amounts = [one for one in portions(tracked.total, [Decimal(one) for one in weights], "USD") if one]
    parts, made = taken_back(tracked, *amounts)
    assert [one.total for one in made] == amounts
    assert {key: sum(one.taxes.get(key, 0) for one in parts) for key in whole.taxes} == whole.taxes
    for one, lines in zip(parts, made, strict=True):
        assert lines_total(lines.lines) + (lines.tax or 0) == one.amount
        assert lines.lines
        assert all(of["Amount"] > 0 for of in lines.lines) or one.amount == lines.tax
