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


@pytest.mark.parametrize(
    ("locality", "region", "country", "kept"),
    [
        ("None", "TO", "Italy", ("None", "TO")),
        ("Napoli", "NA", "ITA", ("Napoli", "NA")),
        ("Nan", "Nan", "Thailand", ("Nan", "Nan")),
        ("none", "na", "Italy", (None, None)),
        ("None", "NA", "USA", (None, None)),
        ("None", "NA", "n/a", (None, None)),
        ("No", "NO", None, (None, None)),
    ],
)
def test_a_word_for_nothing_is_a_place_in_its_country_alone(
    locality: str, region: str, country: str | None, kept: tuple[str | None, str | None]
) -> None:
    billing = of(billing=Address("Via Roma 1", None, locality, region, "10060", None, country)).billing
    assert (billing.locality, billing.region) == kept


@pytest.mark.parametrize(
    ("code", "country", "kept"),
    [
        ("N/A", "n/a", (None, None)),
        ("NA", "United States", (None, "United States")),
        ("NO", "Norway", ("NO", "Norway")),
        (None, "NO", (None, "NO")),
        ("NAM", "Namibia", ("NAM", "Namibia")),
        (None, "NA", (None, None)),
    ],
)
def test_countries(code: str | None, country: str, kept: tuple[str | None, str | None]) -> None:
    billing = of(billing=Address("Storgata 1", None, "Oslo", None, "0155", code, country)).billing
    assert (billing.country_code, billing.country) == kept


@pytest.mark.parametrize(
    "text",
    [
        "~Contact.FirstName~",
        "{{first_name}}",
        "*|FNAME|*",
        "%FIRST_NAME%",
        "#REF!",
        "\\N",
        "--Select one--",
        "none none",
    ],
)
def test_what_a_program_left_where_a_text_should_be(text: str) -> None:
    contact = of(company=text, given_name=text, family_name="Carter")
    assert (contact.company, contact.given_name) == (None, None)


def test_lines_of_orders_titles_and_references() -> None:
    line = records.item(name="n/a", description="-", product_name="None", sku="N/A")
    kept = records.item(name="No. 5", description="None left", product_name="Nona", sku="NA-1")
    read = records.snapshot(records.order(line, kept, title="null"), None, records.payment("10.00", external_id="none"))
    meant = as_meant(read, STORE)
    assert meant.order.items == (records.item(name=None, description=None, product_name=None, sku=None), kept)
    assert (meant.order.title, meant.payments[0].external_id) == (None, None)


def test_a_store_s_own_placeholders_are_for_customers() -> None:
    store = stores.settings(customers={"placeholders": ["Guest"]})
    read = records.snapshot(records.order(records.item(sku="GUEST", name="Guest")))
    assert as_meant(read, store) == read


@pytest.mark.parametrize(
    "number",
    [
        "000-000-0000",
        "(555) 555-5555",
        "1234567890",
        "n/a",
        "000-000-0000 x12",
        "1-555-555-5555",
        "see notes",
        "n/a x12",
    ],
)
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
