"""A new customer's JSON: what the settings name, inside what QuickBooks takes, whatever the contact holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.entities import CUSTOMER
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Address, Shipping
from order_sync.keys import customer_keys, key_function
from order_sync.quickbooks.lengths import texts_of
from order_sync.settings import CustomerSettings
from order_sync.sync.company.company import NewCustomerDefaults
from order_sync.sync.customers.names import name_of
from order_sync.sync.customers.new_customer import LIMITS, customer_body, distinct_name, narrowed
from order_sync.sync.orders.snapshot import Snapshot, party
from tests.shop import records


def customer(*criteria: str, **create: Any) -> CustomerSettings:
    """Settings with criteria written as `First Last → DisplayName`."""
    pairs = [dict(zip(("source", "destination"), one.split(" → "), strict=True)) for one in criteria]
    return CustomerSettings(**({"criteria": pairs} if pairs else {}), create=create)  # type: ignore[arg-type]


def ann(ships_to: Shipping | None = None, **changes: Any) -> Snapshot:
    """An order of Ann Lee's, of Acme Inc."""
    known = {"company": "Acme Inc", "middle_name": "B", "phones": ("602-555-0101", "602-555-0102")}
    return records.snapshot(records.order(shipping=ships_to or Shipping()), records.contact(**(known | changes)))


def body_of(snapshot: Snapshot, settings: CustomerSettings | None = None, **how: Any) -> dict[str, Any]:
    return customer_body(snapshot, settings or customer(), NewCustomerDefaults(), **how)[0]


def warnings_of(snapshot: Snapshot, settings: CustomerSettings | None = None, **how: Any) -> list[tuple[str, str]]:
    return customer_body(snapshot, settings or customer(), NewCustomerDefaults(), **how)[1]


def test_the_contact_s_own_details() -> None:
    assert customer_body(ann(), customer(), NewCustomerDefaults()) == (
        {
            "DisplayName": "Ann Lee",
            "GivenName": "Ann",
            "MiddleName": "B",
            "FamilyName": "Lee",
            "CompanyName": "Acme Inc",
            "PrimaryEmailAddr": {"Address": "ann@example.com"},
            "PrimaryPhone": {"FreeFormNumber": "602-555-0101"},
            "AlternatePhone": {"FreeFormNumber": "602-555-0102"},
            "BillAddr": {
                "Line1": "1 Main St",
                "City": "Phoenix",
                "CountrySubDivisionCode": "AZ",
                "PostalCode": "85001",
                "Country": "USA",
            },
            "ShipAddr": {
                "Line1": "9 Oak Ave",
                "Line2": "Unit 4",
                "City": "Tucson",
                "CountrySubDivisionCode": "AZ",
                "PostalCode": "85701",
                "Country": "USA",
            },
        },
        [],
    )


def test_an_order_whose_contact_is_gone_still_makes_a_customer() -> None:
    assert body_of(Snapshot(records.order(), None, ())) == {
        "DisplayName": "Ann Lee",
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "PrimaryEmailAddr": {"Address": "ann@example.com"},
    }


@pytest.mark.parametrize(
    ("settings", "blank", "name"),
    [
        (customer(name="Last, First"), {}, "Lee, Ann"),
        (customer("Company → DisplayName"), {}, "Acme Inc"),
        (customer("Email → PrimaryEmailAddr", "Last First → DisplayName"), {}, "Lee Ann"),
        (customer("Company → DisplayName", name="{last} ({contact_id})"), {}, "Lee (77)"),
        (customer("Email → PrimaryEmailAddr"), {}, "Ann Lee"),
        (customer("Company → DisplayName"), {"company": None}, "Ann Lee"),
        (customer(), {"given_name": None, "family_name": None}, "Acme Inc"),
        (customer(), {"given_name": ":", "family_name": None}, "Acme Inc"),
        (customer(), {"given_name": None, "family_name": None, "company": None}, "ann@example.com"),
    ],
)
def test_the_name(settings: CustomerSettings, blank: dict[str, Any], name: str) -> None:
    assert body_of(ann(**blank), settings)["DisplayName"] == name


@pytest.mark.parametrize(
    ("criterion", "filled"),
    [
        ("Last, First → CompanyName", {"CompanyName": "Lee, Ann"}),
        ("Last, First → PrintOnCheckName", {"PrintOnCheckName": "Lee, Ann"}),
        ("{company} <{email}> → Notes marker", {"Notes": "Infusionsoft customer: Acme Inc <ann@example.com>"}),
        ("Contact id → ResaleNum", {"ResaleNum": "77"}),
        ("Contact id → Notes marker", {"Notes": "Infusionsoft customer: 77"}),
        ("Contact id → PrimaryPhone", {"PrimaryPhone": {"FreeFormNumber": "77"}}),
        ("{contact_id}@example.com → PrimaryEmailAddr", {"PrimaryEmailAddr": {"Address": "77@example.com"}}),
        ("First Last → GivenName + FamilyName", {"GivenName": "Ann", "MiddleName": "B", "FamilyName": "Lee"}),
        ("Company → GivenName + FamilyName", {"FamilyName": "Acme Inc"}),
    ],
)
def test_a_criterion_s_destination_is_filled_with_its_source(criterion: str, filled: dict[str, Any]) -> None:
    settings = customer("First Last → DisplayName", criterion)
    body = body_of(ann(), settings)
    assert filled.items() <= body.items()
    if criterion == "Company → GivenName + FamilyName":
        assert body.keys().isdisjoint({"GivenName", "MiddleName"})
    expect_found_again(body, ann(), settings)


def test_where_two_criteria_fill_a_field_the_first_that_is_not_blank_does_and_the_notes_hold_both() -> None:
    settings = customer(
        "Shipping company → CompanyName",
        "Company → CompanyName",
        "Shipping company → Notes marker",
        "Company → Notes marker",
        "Contact id → Notes marker",
    )
    assert body_of(ann(), settings)["CompanyName"] == "Acme Inc"
    assert body_of(ann(), settings)["Notes"] == "Infusionsoft customer: Acme Inc\nInfusionsoft customer: 77"
    shipped = ann(Shipping(company="Warehouse"))
    assert body_of(shipped, settings)["CompanyName"] == "Warehouse"
    assert body_of(shipped, settings)["Notes"].startswith("Infusionsoft customer: Warehouse\n")


@pytest.mark.parametrize(
    ("create", "chosen"),
    [
        ({"tax_exempt": True, "tax_exemption_reason": 9}, {"Taxable": False, "TaxExemptionReasonId": "9"}),
        ({"preferred_delivery": "Email"}, {"PreferredDeliveryMethod": "Email"}),
        ({"preferred_delivery": "None"}, {"PreferredDeliveryMethod": "None"}),
        ({"currency": "order"}, {"CurrencyRef": {"value": "USD"}}),
        ({"notes": "{first} of {company}, first order {order_id}"}, {"Notes": "Ann of Acme Inc, first order 1001"}),
    ],
)
def test_what_new_customers_are_given(create: dict[str, Any], chosen: dict[str, Any]) -> None:
    body = body_of(ann(), customer(**create))
    assert {field: body[field] for field in body.keys() - body_of(ann()).keys()} == chosen


def test_terms_and_types_are_given_by_their_ids() -> None:
    body, _ = customer_body(ann(), customer(), NewCustomerDefaults(sales_term="3", customer_type="5"))
    assert (body["SalesTermRef"], body["CustomerTypeRef"]) == ({"value": "3"}, {"value": "5"})


def test_the_marker_stands_on_a_line_of_its_own_behind_the_notes_which_give_way_to_it() -> None:
    settings = customer("Contact id → Notes marker", notes="{company}" + "x" * 2000)
    notes = body_of(ann(company="Acme\nInfusionsoft customer: 1"), settings)["Notes"]
    assert len(notes) == 2000
    assert notes.startswith("Acme Infusionsoft customer: 1xxx")
    assert notes.endswith("x\nInfusionsoft customer: 77")
    assert warnings_of(ann(), settings) == [("FIELD_SHORTENED", "Notes was shortened to QuickBooks' 2000 characters.")]


@pytest.mark.parametrize(
    ("field", "member", "left"),
    [
        ("CompanyName", "company", "x" * 100),
        ("GivenName", "given_name", "x" * 100),
        ("PrimaryPhone", "phones", None),
    ],
)
def test_what_is_too_long_is_shortened_and_a_telephone_number_left_out(field: str, member: str, left: object) -> None:
    text = "x" * 120
    snapshot = ann(**{member: (text,) if member == "phones" else text})
    assert body_of(snapshot).get(field) == left
    ((code, words),) = [one for one in warnings_of(snapshot) if one[1].startswith(field)]
    assert code == "FIELD_SHORTENED"
    assert text not in words


@pytest.mark.parametrize(
    "email",
    ["ann", "ann@example", "ann at example.com", "@example.com", "ann@ex ample.com", "a" * 100 + "@example.com"],
)
def test_what_is_no_e_mail_address_is_left_out_and_told_with_the_document(email: str) -> None:
    nobody = ann(emails=(email,))
    assert "PrimaryEmailAddr" not in body_of(nobody)
    assert warnings_of(nobody) == []
    assert nobody.passes_over_email


@pytest.mark.parametrize(
    ("criterion", "field"), [("Email → ResaleNum", "ResaleNum"), ("Company → CompanyName", "CompanyName")]
)
def test_a_key_that_does_not_fit_is_left_out_and_not_cut(criterion: str, field: str) -> None:
    snapshot = ann(company="Acme " * 30, emails=("a.long.address@example.com",))
    assert field not in body_of(snapshot, customer(criterion))
    assert [words for _, words in warnings_of(snapshot, customer(criterion)) if words.startswith(field)] == [
        f"{field} was left out: it is longer than QuickBooks' {LIMITS[field]} characters."
    ]


def test_marker_lines_that_do_not_fit_are_left_out() -> None:
    settings = customer("Company → Notes marker", notes="Hello")
    assert "Notes" not in body_of(ann(company="x" * 2000), settings)
    assert ("FIELD_SHORTENED", "Notes were left out: they are longer than QuickBooks' 2000 characters.") in warnings_of(
        ann(company="x" * 2000), settings
    )


def test_characters_that_quickbooks_refuses_in_names_are_taken_out_with_a_warning() -> None:
    snapshot = ann(given_name="Ann:\tMarie", family_name="Lee\n")
    assert [body_of(snapshot)[field] for field in ("DisplayName", "GivenName", "FamilyName")] == [
        "Ann Marie Lee",
        "Ann Marie",
        "Lee",
    ]
    assert {code for code, _ in warnings_of(snapshot)} == {"NAME_CHANGED"}


def test_a_name_that_is_too_long_is_shortened_and_printed_on_checks_shorter_still() -> None:
    snapshot = ann(given_name="x" * 600)
    body = body_of(snapshot)
    assert (body["DisplayName"], body["PrintOnCheckName"]) == ("x" * 500, "x" * 110)
    assert ("NAME_CHANGED", "DisplayName was shortened to QuickBooks' 500 characters.") in warnings_of(snapshot)


def test_the_suffix_holds_the_contact_s_id_and_the_name_gives_way_to_it() -> None:
    assert body_of(ann(), suffix=True)["DisplayName"] == "Ann Lee (Infusionsoft 77)"
    assert body_of(ann(), customer(suffix="-{contact_id}"), suffix=True)["DisplayName"] == "Ann Lee-77"
    long = body_of(ann(given_name="x" * 600), suffix=True)["DisplayName"]
    assert long == "x" * 482 + " (Infusionsoft 77)"
    assert distinct_name("Grace", ann(), customer(suffix=" : {contact_id}")) == "Grace   77"


def test_an_address_that_is_too_long_is_shortened_with_a_warning() -> None:
    snapshot = ann(billing=Address("1 Main St", None, "P" * 300, "AZ", "85001", "USA", None))
    assert body_of(snapshot)["BillAddr"]["City"] == "P" * 255
    assert [code for code, _ in warnings_of(snapshot)] == ["ADDRESS_SHORTENED"]


def refusal(
    element: str, detail: str = "Min:0 Max:25 supported. Supplied length:40", code: str = "2050"
) -> RecordRefused:
    return RecordRefused(f"String length does not match. {detail}", element=element, code=code)


@pytest.mark.parametrize(
    ("element", "paths"),
    [
        ("GivenName", {"GivenName"}),
        ("PrimaryPhone", {"PrimaryPhone.FreeFormNumber"}),
        ("FreeFormNumber", {"PrimaryPhone.FreeFormNumber", "AlternatePhone.FreeFormNumber"}),
        ("BillAddr.Line1", {"BillAddr.Line1"}),
    ],
)
def test_a_limit_that_quickbooks_names_goes_before_ours(element: str, paths: set[str]) -> None:
    numbers = ("(602) 555-0100 ext. 1234567", "(602) 555-0101 ext. 1234567")
    long = ann(given_name="A" * 40, phones=numbers, billing=Address("1 Main St" * 4, None, "Phoenix"))
    limits = narrowed(LIMITS, body_of(long), refusal(element))
    assert limits == {**LIMITS, **dict.fromkeys(paths, 25)}
    mended = dict(texts_of(body_of(long, limits=limits)))
    assert all(len(mended.get(path, "")) <= 25 for path in paths)


@pytest.mark.parametrize(
    "error", [refusal(""), refusal("Title"), refusal("GivenName", "too long"), refusal("GivenName", code="2040")]
)
def test_a_refusal_that_names_no_field_and_length_changes_nothing(error: RecordRefused) -> None:
    assert narrowed(LIMITS, body_of(ann()), error) is None


TEXT = st.one_of(st.text(max_size=40), st.text("a:\t\n é漢", min_size=1, max_size=700))
SOURCES = st.sampled_from(
    ["First Last", "Company", "Email", "Phone", "Contact id", "Shipping company", "{last}:{first}"]
)
DESTINATIONS = st.sampled_from(
    [
        "DisplayName",
        "CompanyName",
        "GivenName + FamilyName",
        "PrintOnCheckName",
        "PrimaryEmailAddr",
        "PrimaryPhone",
        "ResaleNum",
        "Notes marker",
    ]
)
SETTINGS = st.builds(
    lambda pairs, name, notes, suffix: customer(
        *(" → ".join(pair) for pair in pairs), name=name, notes=notes, suffix=suffix
    ),
    st.lists(st.tuples(SOURCES, DESTINATIONS), min_size=1, max_size=4, unique=True),
    st.one_of(st.none(), SOURCES),
    st.sampled_from(["", "{company} {order_id}", "a\n{first}\t{email}"]),
    st.sampled_from([" (Infusionsoft {contact_id})", "{company}:\n{contact_id}"]),
)
ADDRESSES = st.builds(Address, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)
SNAPSHOTS = st.builds(
    lambda given, family, middle, company, emails, phones, billing, shipping: ann(
        Shipping(company=company),
        given_name=given,
        family_name=family,
        middle_name=middle,
        company=company,
        emails=tuple(emails),
        phones=tuple(phones),
        billing=billing,
        shipping=shipping,
    ),
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.lists(st.one_of(TEXT, st.emails()), max_size=2),
    st.lists(TEXT, max_size=2),
    ADDRESSES,
    ADDRESSES,
)


class Numbers:
    """All that the checks of texts and addresses want of the sandbox's books."""

    length_faults: tuple[dict[str, int], str] = ({}, "path")

    def next_number(self, _sequence: str) -> int:
        return 1


@settings(deadline=None)
@given(SNAPSHOTS, SETTINGS, st.booleans())
def test_whatever_the_contact_holds_quickbooks_takes_it(
    snapshot: Snapshot, settings: CustomerSettings, suffix: bool
) -> None:
    body = body_of(snapshot, settings, suffix=suffix)
    for field, value in body.items():
        CUSTOMER.fields[field].clean(value, field, Numbers())  # type: ignore[arg-type]
    for path, longest in LIMITS.items():
        field, _, member = path.partition(".")
        value = body.get(field, {}).get(member, "") if member else body.get(field, "")
        assert len(value) <= longest
    for field in ("DisplayName", "GivenName", "MiddleName", "FamilyName", "PrintOnCheckName"):
        assert not set(body.get(field, "")) & set(":\t\n\r")
    for code, words in warnings_of(snapshot, settings, suffix=suffix):
        assert code in ("NAME_CHANGED", "FIELD_SHORTENED", "ADDRESS_SHORTENED")
        assert words.isascii()


WORDS = st.text("abcé .'&-", min_size=1, max_size=8)


@settings(deadline=None)
@given(
    given=WORDS,
    family=WORDS,
    company=WORDS,
    criterion=st.sampled_from(
        [
            "First Last → DisplayName",
            "Last, First → DisplayName",
            "Company → CompanyName",
            "Last, First → PrintOnCheckName",
            "Company → GivenName + FamilyName",
            "First Last → GivenName + FamilyName",
            "Email → PrimaryEmailAddr",
            "Phone → PrimaryPhone",
            "Contact id → ResaleNum",
            "{company} {contact_id} → Notes marker",
        ]
    ),
)
def test_the_criteria_find_the_customer_that_they_made(given: str, family: str, company: str, criterion: str) -> None:
    snapshot, settings = ann(given_name=given, family_name=family, company=company), customer(criterion)
    expect_found_again(body_of(snapshot, settings), snapshot, settings)


def expect_found_again(body: dict[str, Any], snapshot: Snapshot, settings: CustomerSettings) -> None:
    for one in settings.criteria:
        key = key_function(one.destination, settings.equality)(name_of(party(snapshot), one.source))
        assert not key or key in customer_keys(body, one.destination, settings.equality)


def test_every_text_that_quickbooks_limits_has_its_limit() -> None:
    texts = body_of(
        ann(given_name="x" * 111, prefix="Ms.", suffix="III"), customer("Contact id → ResaleNum", notes="n")
    )
    assert texts.keys() - {"BillAddr", "ShipAddr"} == {path.partition(".")[0] for path in LIMITS}
