"""Which details of a customer follow an order, by rule: never to a blank, never twice, never so that the customer is not found."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from order_sync.keys import customer_keys
from order_sync.settings import CustomerSettings
from order_sync.sync.customers.details import WORDS, detail_changes, text_of
from order_sync.sync.orders.decision import Decision
from tests.shop import records

WORD = st.sampled_from(["", "Ann", "ANN", "Zoë", "Lee", "Smith", "O’Hara", "Acme Inc", "a:b", "李"])
EMAIL = st.sampled_from(
    ["", "ann@example.com", "Ann@Example.com", "b@example.com", "a@example.com, b@example.com", "none"]
)
PHONE = st.sampled_from(["", "602 555 0100", "+1 (602) 555-0100", "480 555 0199", "12"])
DESTINATION = st.sampled_from(
    ["DisplayName", "CompanyName", "GivenName + FamilyName", "PrimaryEmailAddr", "PrimaryPhone"]
)
SOURCE = st.sampled_from(["First Last", "Last, First", "Company", "Email", "Phone"])


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    texts = {field: draw(WORD) for field in ("DisplayName", "GivenName", "MiddleName", "FamilyName", "CompanyName")}
    found: dict[str, Any] = {"Id": "7", **{field: text for field, text in texts.items() if text}}
    found["PrintOnCheckName"] = found.get("DisplayName", "")
    email, phone = draw(EMAIL), draw(PHONE)
    return found | {"PrimaryEmailAddr": {"Address": email}, "PrimaryPhone": {"FreeFormNumber": phone}}


@st.composite
def contacts(draw: st.DrawFn) -> Any:
    email, phone = draw(EMAIL), draw(PHONE)
    names = {name: draw(WORD) or None for name in ("given_name", "middle_name", "family_name", "company")}
    return records.contact(emails=(email,) if email else (), phones=(phone,) if phone else (), **names)


@given(
    customers(), contacts(), st.lists(st.tuples(SOURCE, DESTINATION), min_size=1, max_size=3, unique=True), st.data()
)
def test_c18_what_follows(
    customer: dict[str, Any], contact: Any, pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    criteria = [{"source": source, "destination": destination} for source, destination in pairs]
    how = data.draw(st.sampled_from(["fill blanks", "follow"]))
    settings = CustomerSettings.model_validate({"criteria": criteria, "update_details": how})
    criterion = data.draw(st.sampled_from(settings.criteria))
    keys = customer_keys(customer, criterion.destination, settings.equality)
    decision = Decision("matched", criterion=str(criterion), key=data.draw(st.sampled_from(keys)) if keys else "")
    snapshot = records.snapshot(by=contact)

    changes, _ = detail_changes(snapshot, customer, decision, settings)

    assert changes.keys() <= WORDS.keys()
    after = {**customer, **changes}
    for field in changes:
        assert text_of(after, field)
        assert text_of(after, field) != text_of(customer, field)
        assert how == "follow" or not text_of(customer, field)
    if keys:
        assert decision.key in customer_keys(after, criterion.destination, settings.equality)
    assert detail_changes(snapshot, after, decision, settings)[0] == {}


def test_c18_a_contact_that_was_not_given_changes_nothing() -> None:
    settings = CustomerSettings.model_validate({"update_details": "follow"})
    for snapshot in (
        records.replace(records.snapshot(), contact=None),
        records.replace(records.snapshot(), remembered_from="1"),
    ):
        assert detail_changes(snapshot, {"Id": "7", "DisplayName": "Bob"}, Decision("matched"), settings) == ({}, [])
