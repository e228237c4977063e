"""Which orders one new customer is made for: the groups are those that creating and matching one by one would make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.keys import customer_keys, key_function
from order_sync.settings import CustomerSettings
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.customers.names import name_of
from order_sync.sync.customers.new_customer import customer_body
from order_sync.sync.customers.people import group
from order_sync.sync.orders.snapshot import Snapshot, party
from tests.shop import records

COMPANIES = ["Shipping company → CompanyName", "Company → CompanyName"]
MARKERS = ["Contact id → Notes marker", "Company → Notes marker"]


@pytest.mark.parametrize(
    ("criteria", "orders", "groups"),
    [
        (COMPANIES, [("acme", "widgets"), ("", "acme")], [["0", "1"]]),
        (COMPANIES, [("acme", "widgets"), ("", "widgets")], [["0"], ["1"]]),
        (MARKERS, [("1", "acme"), ("2", "acme"), ("1", "widgets")], [["0", "1", "2"]]),
        (MARKERS, [("1", "acme"), ("2", "acme"), ("2", "")], [["0", "1"], ["2"]]),
    ],
    ids=["the first source fills the field", "the second does not", "notes hold all", "only the founder's count"],
)
def test_what_a_founder_is_found_by(
    criteria: list[str], orders: list[tuple[str, str]], groups: list[list[str]]
) -> None:
    pairs = [dict(zip(("source", "destination"), one.split(" → "), strict=True)) for one in criteria]
    chosen = CustomerSettings(criteria=pairs)  # type: ignore[arg-type]
    keys = {str(number): dict(zip(criteria, own, strict=True)) for number, own in enumerate(orders)}
    assert group(keys, chosen.criteria) == groups


CRITERIA = [
    ("First Last", "DisplayName"),
    ("Email", "PrimaryEmailAddr"),
    ("Company", "CompanyName"),
    ("Phone", "PrimaryPhone"),
    ("First Last", "GivenName + FamilyName"),
    ("Contact id", "ResaleNum"),
    ("Contact id", "Notes marker"),
    ("Company", "Notes marker"),
]
BUYERS = st.builds(
    lambda given, family, company, email, phone, contact_id: records.snapshot(
        records.order(contact_id=contact_id, contact_email=email),
        records.contact(
            id=contact_id,
            given_name=given,
            family_name=family,
            company=company,
            emails=(email,) if email else (),
            phones=(phone,) if phone else (),
        ),
    ),
    st.sampled_from([None, "Ann", "ANN", "Bob"]),
    st.sampled_from([None, "Lee", "Ray"]),
    st.sampled_from([None, "Acme", "ACME.", "Widgets"]),
    st.sampled_from([None, "a@example.com", "A@example.com", "b@example.com"]),
    st.sampled_from([None, "602-555-0101", "(602) 555 0101", "602-555-0102"]),
    st.sampled_from(["1", "2", "3"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(BUYERS, max_size=9), st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=4, unique=True))
def test_orders_are_grouped_as_creating_and_matching_one_by_one_would(
    buyers: list[Snapshot], pairs: list[tuple[str, str]]
) -> None:
    criteria = [{"source": source, "destination": destination} for source, destination in pairs]
    chosen = CustomerSettings(criteria=criteria)  # type: ignore[arg-type]
    keys = {str(number): _keys(buyer, chosen) for number, buyer in enumerate(buyers)}
    wanting = {order_id: own for order_id, own in keys.items() if own}
    groups = group(wanting, chosen.criteria)
    assert sorted(order_id for orders in groups for order_id in orders) == sorted(wanting)
    assert groups == _one_by_one({order_id: buyers[int(order_id)] for order_id in wanting}, wanting, chosen)


def _keys(buyer: Snapshot, chosen: CustomerSettings) -> dict[str, str]:
    found = {
        str(one): key_function(one.destination, chosen.equality)(name_of(party(buyer), one.source))
        for one in chosen.criteria
    }
    return {criterion: key for criterion, key in found.items() if key}


def _one_by_one(
    buyers: dict[str, Snapshot], keys: dict[str, dict[str, str]], chosen: CustomerSettings
) -> list[list[str]]:
    """The slow way: each order's customer is looked for among those made before, by what QuickBooks would hold of them."""
    made: list[tuple[dict[str, Any], list[str]]] = []
    for order_id, buyer in buyers.items():
        for one in chosen.criteria:
            key = keys[order_id].get(str(one))
            found = [orders for body, orders in made if key in customer_keys(body, one.destination, chosen.equality)]
            assert len(found) < 2
            if found:
                found[0].append(order_id)
                break
        else:
            made.append((customer_body(buyer, chosen, NewCustomerDefaults())[0], [order_id]))
    return [orders for _body, orders in made]
