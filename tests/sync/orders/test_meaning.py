"""An order as it was meant, beside what was read of it, which is kept and compared as it came."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.infusionsoft.records import Address
from order_sync.settings import Store
from order_sync.sync.orders.meaning import as_meant
from order_sync.sync.orders.snapshot import Snapshot, content_hash, from_text, reading
from tests.shop import records, stores

STORE = stores.settings()


def of(store: Store = STORE, **contact: Any) -> Any:
    """The contact as it was meant."""
    return as_meant(records.snapshot(records.order(), records.contact(**contact)), store).contact


def test_what_means_itself_stays_the_same() -> None:
    read = records.snapshot()
    assert as_meant(read, STORE) == read


def test_what_was_read_is_kept_and_compared_as_it_came() -> None:
    read = records.snapshot(records.order(title="A &amp; B"), records.contact(company="N/A", given_name="An&#110;"))
    meant = as_meant(read, STORE)
    row = reading(read, meant)
    assert (row["first"], row["company"]) == ("Ann", "")
    assert from_text(row["snapshot"]) == read
    assert (meant.order.title, read.order.title) == ("A & B", "A &amp; B")
    assert content_hash(from_text(row["snapshot"]).order) == content_hash(read.order)
    assert as_meant(meant, STORE) == meant


@pytest.mark.parametrize(
    ("given", "family", "names"),
    [
        ("Na", "Li", ("Na", "Li")),
        ("Jennifer", "Null", ("Jennifer", "Null")),
        ("Kim", "N/A", ("Kim", None)),
        ("Kim", "(none)", ("Kim", None)),
        ("Kim", "-", ("Kim", None)),
        ("No name", "Carter", (None, "Carter")),
        ("NA", "na", (None, None)),
        ("None", None, (None, None)),
        ("unknown", "n.a.", (None, None)),
        ("Xi", "O", ("Xi", "O")),
        ("李", "娜", ("李", "娜")),
    ],
)
def test_names(given: str, family: str | None, names: tuple[str | None, str | None]) -> None:
    contact = of(given_name=given, family_name=family)
    assert (contact.given_name, contact.family_name) == names


@pytest.mark.parametrize(
    "text", ["N/A", "na", "None.", "–", "...", "NULL", "[object Object]", "Not Applicable", "xxx", "♥", "000"]
)
def test_other_texts(text: str) -> None:
    contact = of(
        company=text, phones=(text, "602 555 0100"), suffix=text, billing=Address(text, text, "Phoenix", "AZ", text)
    )
    assert (contact.company, contact.phones, contact.suffix) == (None, ("602 555 0100",), None)
    assert contact.billing == Address(None, None, "Phoenix", "AZ", None)


@pytest.mark.parametrize(
    "text", ["Nona & Co", "None of the Above LLC", "Unknown Pleasures", "X", "3M", "No. 5", "N. A. Smith"]
)
def test_what_only_begins_so_stays(text: str) -> None:
    assert of(company=text).company == text


@pytest.mark.parametrize("code", ["00000", "00000-0000", "n/a"])
def test_a_postal_code_of_nowhere(code: str) -> None:
    assert of(billing=Address("1 Main St", None, "Phoenix", "AZ", code)).billing.postal_code is None


def test_a_town_may_be_called_none() -> None:
    assert of(billing=Address("Via Roma 1", None, "None", "TO", "10060", "ITA", "Italy")).billing.locality == "None"


@pytest.mark.parametrize("number", ["000-000-0000", "(555) 555-5555", "1234567890", "n/a"])
def test_a_number_that_is_nobody_s(number: str) -> None:
    assert of(phones=(number,)).phones == ()


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("noemail@noemail.com", ()),
        ("no-email@shop.example", ()),
        ("None@none.com", ()),
        ("ann@example.com; noemail@noemail.com", ("ann@example.com",)),
        ("none@example.com", ("none@example.com",)),
        ("n/a", ("n/a",)),  # no address: it is told
    ],
)
def test_e_mail_addresses_that_are_nobody_s(field: str, kept: tuple[str, ...]) -> None:
    assert of(emails=(field,)).emails == kept


def test_the_settings_add_some() -> None:
    store = stores.settings(customers={"placeholders": ["Walk-in  Customer", "test@test.com", "shop@*"]})
    contact = of(
        store, company="walk-in customer", given_name="Walk-In Customer", emails=("Test@test.com", "shop@x.com")
    )
    assert (contact.company, contact.given_name, contact.emails) == (None, None, ())


def test_an_order_has_texts_of_its_own() -> None:
    shipping = records.order().shipping
    order = records.order(contact_given_name="n/a", contact_family_name="Lee", contact_email="noemail@noemail.com")
    meant = as_meant(Snapshot(order, None, ()), STORE)
    assert (meant.name, meant.email, meant.order.shipping) == ("Lee", None, shipping)
