"""An order as it was read: whose names and addresses count, its text, and when its content counts as changed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.infusionsoft.reading import order_from
from order_sync.infusionsoft.records import Address, Payment, Shipping
from order_sync.sync.orders.snapshot import Snapshot, content_hash, from_text, to_text
from tests.shop import records

TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)


def test_the_contact_goes_before_the_order():
    order = records.order(contact_given_name="Old", contact_family_name="Name", contact_email="old@x.com")
    assert (records.snapshot(order).name, records.snapshot(order).email) == ("Ann Lee", "ann@example.com")
    gone = Snapshot(order, None, ())
    assert (gone.name, gone.email) == ("Old Name", "old@x.com")
    assert (gone.billing, gone.shipping) == (Address(), Address())
    without_email = records.snapshot(order, records.contact(emails=()))
    assert without_email.email == "old@x.com"


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [("Ann", "Lee", "Ann Lee"), ("Ann", None, "Ann"), (None, "Lee", "Lee"), (None, None, "")],
)
def test_names(given, family, name):
    assert records.snapshot(by=records.contact(given_name=given, family_name=family)).name == name


def test_an_order_is_shipped_to_its_own_address_else_to_the_contact():
    own = records.order(shipping=Shipping(address=Address(line1="5 Elm Rd")))
    only_a_country = records.order(shipping=Shipping(address=Address(country_code="USA")))
    assert records.snapshot(own).shipping == Address(line1="5 Elm Rd")
    assert records.snapshot(only_a_country).shipping == records.TUCSON
    assert Snapshot(own, None, ()).shipping == Address(line1="5 Elm Rd")
    assert records.snapshot(own).billing == records.PHOENIX


@given(TEXTS, TEXTS, AMOUNTS, st.lists(AMOUNTS, max_size=3))
def test_a_snapshot_comes_back_as_it_was(title, name, total, prices):
    lines = tuple(records.item(price=str(price), name=name) for price in prices)
    order = records.order(*lines, title=title, total=total, shipping=Shipping(given_name=name))
    payment = Payment("1", "1001", total, "APPROVED", records.NOON, None, title, None, None, None)
    snapshot = Snapshot(order, records.contact(given_name=name), (payment,))

    again = from_text(to_text(snapshot))

    assert again == snapshot
    assert [str(line.price) for line in again.order.items] == [str(line.price) for line in order.items]


def test_characters_that_no_database_keeps():
    # Half an emoji, where the service cut a text, and the character zero, which PostgreSQL refuses.
    raw = json.loads(
        '{"id": "1", "status": "PAID", "total": {"amount": 1, "currency_code": "USD"}, "title": "Gr\\u00fc\\u00dfe \\ud83c",'
        ' "creation_time": "2026-11-16T19:00:00Z", "contact": {"id": "7", "given_name": "A\\u0000nn"}}'
    )
    order = order_from(raw)

    assert (order.title, order.contact_given_name) == ("Grüße \ufffd", "Ann")
    snapshot = Snapshot(order, None, ())
    assert from_text(to_text(snapshot)) == snapshot


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal("1.00")},
        {"ordered_at": records.NOON + timedelta(1)},
        {"items": (records.item(price="108.24"),)},
        {"items": (records.item(), records.item(price="0.00"))},
        {"contact_id": "78"},
        {"shipping": Shipping(address=records.TUCSON)},
    ],
)
def test_what_the_books_would_show_differently_is_a_change(change):
    assert content_hash(replace(records.order(), **change)) != content_hash(records.order())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"modified_at": records.NOON + timedelta(1)},
        {"title": "Renamed"},
        {"total": Decimal("108.250")},
        {"total_paid": Decimal("1.00")},
        {"refund_total": Decimal("1.00")},
        {"status": "SENT"},
        {"payment_plan": True},
        {"ordered_at": records.NOON.astimezone(timezone(timedelta(hours=-7)))},
        {"items": (records.item(price="108.250", quantity=Decimal("1.0")),)},
    ],
)
def test_what_the_books_would_show_the_same_is_none(change):
    assert content_hash(replace(records.order(), **change)) == content_hash(records.order())
    assert len(content_hash(records.order())) == 64


@given(st.from_regex(r"([A-Z]{2}-)?[A-Z0-9]{1,3}", fullmatch=True), TEXTS, TEXTS)
def test_c22_another_reading_of_a_region_is_no_change(code, before, now):
    def order(region):
        return records.order(shipping=Shipping(address=replace(records.TUCSON, region=region, region_code=code)))

    assert content_hash(order(before)) == content_hash(order(now)) == content_hash(order(code.rpartition("-")[2]))
    assert content_hash(order(None)) != content_hash(records.order())
