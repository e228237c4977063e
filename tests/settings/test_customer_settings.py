"""Every setting of the Customers tab: what is accepted, and how a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from order_sync.settings import NAME_FIELDS, NAME_FORMATS, CustomerSettings, load_store
from order_sync.settings.values import ANY_EMAIL
from tests.shop.stores import SMALLEST, refusal, written


def customers(folder: Path, text: str) -> CustomerSettings:
    """The Customers tab of a file whose section holds the given flow mapping's inside."""
    return load_store(written(folder, f"{SMALLEST}customers: {{{text}}}\n")).customers


@pytest.mark.parametrize(
    "source", [*sorted(NAME_FORMATS.keys() - {ANY_EMAIL}), *("{" + name + "}" for name in NAME_FIELDS)]
)
def test_every_source(tmp_path, source):
    found = customers(tmp_path, f"criteria: [{{source: '{source}', destination: DisplayName}}]")

    assert [one.source for one in found.criteria] == [source]
    assert found.new_name == source
    assert customers(tmp_path, f"create: {{name: '{source}'}}").new_name == source


@pytest.mark.parametrize(
    "destination",
    [
        "DisplayName",
        "CompanyName",
        "GivenName + FamilyName",
        "PrintOnCheckName",
        "PrimaryEmailAddr",
        "PrimaryPhone",
        "ResaleNum",
        "Notes marker",
    ],
)
def test_every_destination(tmp_path, destination):
    found = customers(tmp_path, f"criteria: [{{source: Contact id, destination: {destination}}}]")

    assert [str(one) for one in found.criteria] == [f"Contact id → {destination}"]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("ambiguous: hold", "ambiguous", "hold"),
        ("ambiguous: oldest", "ambiguous", "oldest"),
        ("ambiguous: most recently updated", "ambiguous", "most recently updated"),
        ("ambiguous: next criterion", "ambiguous", "next criterion"),
        ("guard: hold", "guard", "hold"),
        ("guard: warn", "guard", "warn"),
        ("guard: off", "guard", "off"),
        ("guard: 'off'", "guard", "off"),
        ("not_found: create", "not_found", "create"),
        ("not_found: standard, standard_customer: Web", "not_found", "standard"),
        ("not_found: hold", "not_found", "hold"),
        ("standard_customer: ' Web sales '", "standard_customer", "Web sales"),
        ("standard_customer: null", "standard_customer", None),
        ("always_standard: true, standard_customer: Web", "always_standard", True),
        ("always_standard: false", "always_standard", False),
        ("standard_addresses: order", "standard_addresses", "order"),
        ("standard_addresses: customer", "standard_addresses", "customer"),
        ("default_customer: Unknown", "default_customer", "Unknown"),
        ("reactivate_inactive: true", "reactivate_inactive", True),
        ("reactivate_inactive: false", "reactivate_inactive", False),
        ("update_addresses: off", "update_addresses", "off"),
        ("update_addresses: Billing with Billing", "update_addresses", "Billing with Billing"),
        ("update_addresses: Shipping with Shipping", "update_addresses", "Shipping with Shipping"),
        (
            "update_addresses: Billing and Shipping with Billing and Shipping",
            "update_addresses",
            "Billing and Shipping with Billing and Shipping",
        ),
        ("update_details: off", "update_details", "off"),
        ("update_details: fill blanks", "update_details", "fill blanks"),
        ("update_details: follow", "update_details", "follow"),
        ("update_online_store: true", "update_online_store", True),
        ("update_online_store: false", "update_online_store", False),
        ("equality: {ignore_punctuation: false}", "equality.ignore_punctuation", False),
        ("equality: {ignore_accents: false}", "equality.ignore_accents", False),
        ("equality: {ampersand_is_and: false}", "equality.ampersand_is_and", False),
        ("equality: {ignore_legal_forms: true}", "equality.ignore_legal_forms", True),
        ("equality: {phone_country: DE}", "equality.phone_country", "DE"),
        ("equality: {phone_country: NO}", "equality.phone_country", "NO"),
        ("create: {suffix: ' [{contact_id}]'}", "create.suffix", " [{contact_id}]"),
        ("create: {sales_term: Net 30}", "create.sales_term", "Net 30"),
        ("create: {customer_type: Online}", "create.customer_type", "Online"),
        ("create: {tax_exempt: true, tax_exemption_reason: 9}", "create.tax_exempt", True),
        ("create: {tax_exempt: true, tax_exemption_reason: 1}", "create.tax_exemption_reason", 1),
        ("create: {tax_exempt: true, tax_exemption_reason: 15}", "create.tax_exemption_reason", 15),
        ("create: {tax_exempt: true, tax_exemption_reason: 99}", "create.tax_exemption_reason", 99),
        ("create: {preferred_delivery: Print}", "create.preferred_delivery", "Print"),
        ("create: {preferred_delivery: Email}", "create.preferred_delivery", "Email"),
        ("create: {preferred_delivery: None}", "create.preferred_delivery", "None"),
        ("create: {currency: company}", "create.currency", "company"),
        ("create: {currency: order}", "create.currency", "order"),
        ("create: {notes: 'order {order_id} of {email}'}", "create.notes", "order {order_id} of {email}"),
        ("create: {notes: From the web}", "create.notes", "From the web"),
    ],
)
def test_every_value_of_the_customers_tab(tmp_path, text, key, value):
    found = customers(tmp_path, text).model_dump()
    for part in key.split("."):
        found = found[part]

    assert found == value


def test_a_new_customer_is_named_as_it_is_matched(tmp_path):
    by_company = "{source: Company, destination: CompanyName}, {source: 'Last, First', destination: DisplayName}"

    assert customers(tmp_path, f"criteria: [{by_company}]").new_name == "Last, First"
    assert customers(tmp_path, f"criteria: [{by_company}], create: {{name: Email}}").new_name == "Email"
    assert customers(tmp_path, "criteria: [{source: Email, destination: ResaleNum}]").new_name == "First Last"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("criterias: []", "customers.criterias: there is no such setting; did you mean criteria?"),
        (
            "x: 1",
            "customers.x: there is no such setting; allowed are criteria, equality, placeholders, ambiguous, guard",
        ),
        ("equality: {ignore_accent: true}", "customers.equality.ignore_accent: there is no such setting; did you mean"),
        ("equality: {x: 1}", "customers.equality.x: there is no such setting; allowed are ignore_punctuation,"),
        ("create: {term: Net 30}", "customers.create.term: there is no such setting; allowed are name, suffix,"),
        (
            "create: {sale_term: Net 30}",
            "customers.create.sale_term: there is no such setting; did you mean sales_term?",
        ),
        (
            "criteria: [{sorce: Email, destination: PrimaryEmailAddr}]",
            "customers.criteria.0.sorce: there is no such setting; did you mean source?",
        ),
        (
            "criteria: [{x: Email}]",
            "customers.criteria.0.x: there is no such setting; allowed are source, destination",
        ),
        (
            "criteria: [{source: Frist Last, destination: DisplayName}]",
            "customers.criteria.0.source: 'Frist Last' is no name format; did you mean 'First Last'? Allowed are 'First",
        ),
        (
            "criteria: [{source: Nickname, destination: DisplayName}]",
            "customers.criteria.0.source: 'Nickname' is no name format; allowed are 'First Last', 'Last, First', ",
        ),
        (
            "criteria: [{source: '{surname}', destination: DisplayName}]",
            "customers.criteria.0.source: '{surname}' is not a readable template; it may hold {prefix}, {first}",
        ),
        (
            "criteria: [{source: '{order_id}', destination: DisplayName}]",
            "customers.criteria.0.source: '{order_id}' is not a readable template",
        ),
        (
            "criteria: [{source: '{first} {last', destination: DisplayName}]",
            "customers.criteria.0.source: '{first} {last' is not a readable template",
        ),
        (
            "criteria: [{source: '{company}|Guest', destination: DisplayName}]",
            "customers.criteria.0.source: '{company}|Guest' is not a readable template; on each side of | stands a field",
        ),
        (
            "criteria: [{source: 7, destination: DisplayName}]",
            "customers.criteria.0.source: 7 is not allowed; allowed is text",
        ),
        (
            "criteria: [{source: Email, destination: Fax}]",
            "customers.criteria.0.destination: 'Fax' is not allowed; allowed is 'DisplayName', 'CompanyName', 'GivenName +",
        ),
        ("criteria: [{source: Email}]", "customers.criteria.0.destination: is required and missing"),
        ("criteria: []", "customers.criteria: needs one criterion at least, as {source: Email, "),
        ("criteria: Email", "customers.criteria: 'Email' is not allowed; allowed is a list"),
        ("criteria: [Email]", "customers.criteria.0: 'Email' is not allowed; allowed is a section"),
        (
            "criteria: [{source: Email, destination: ResaleNum}, {source: Email, destination: ResaleNum}]",
            "customers.criteria: Email → ResaleNum stands twice; ",
        ),
        (
            "ambiguous: guess",
            "customers.ambiguous: 'guess' is not allowed; allowed is 'hold', 'oldest', 'most recently updated' or 'next",
        ),
        ("guard: on", "customers.guard: True is not allowed; allowed is 'hold', 'warn' or 'off'"),
        ("not_found: skip", "customers.not_found: 'skip' is not allowed; allowed is 'create', 'standard' or 'hold'"),
        ("not_found: standard", "customers: standard_customer is required where always_standard is true or not_found"),
        ("always_standard: true", "customers: standard_customer is required where always_standard is true"),
        ("standard_customer: ' '", "customers.standard_customer: ' ' is blank"),
        (
            "standard_customer: 12",
            "customers.standard_customer: 12 is not allowed; allowed is text; numbers and dates are",
        ),
        ("always_standard: never", "customers.always_standard: 'never' is not allowed; allowed is true or false"),
        (
            "standard_addresses: store",
            "customers.standard_addresses: 'store' is not allowed; allowed is 'order' or 'customer'",
        ),
        ("default_customer: ''", "customers.default_customer: '' is blank"),
        ("reactivate_inactive: [1]", "customers.reactivate_inactive: [1] is not allowed; allowed is true or false"),
        ("update_addresses: yes", "customers.update_addresses: True is not allowed; allowed is 'off', 'Billing with"),
        (
            "update_details: yes",
            "customers.update_details: True is not allowed; allowed is 'off', 'fill blanks' or 'follow'",
        ),
        ("update_online_store: both", "customers.update_online_store: 'both' is not allowed; allowed is true or false"),
        (
            "equality: {ignore_accents: some}",
            "customers.equality.ignore_accents: 'some' is not allowed; allowed is true",
        ),
        ("equality: {phone_country: us}", "customers.equality.phone_country: 'us' is not a country's code; write two"),
        ("equality: {phone_country: XX}", "customers.equality.phone_country: 'XX' is not a country's code; write two"),
        ("equality: off", "customers.equality: False is not allowed; allowed is a section"),
        ("create: {name: Nick}", "customers.create.name: 'Nick' is no name format; "),
        ("create: {suffix: ' (2)'}", "customers.create.suffix: ' (2)' must hold {contact_id}"),
        ("create: {suffix: '{contact_id} {order_id}'}", "customers.create.suffix: '{contact_id} {order_id}' is not a"),
        (
            "create: {notes: '{order}'}",
            "customers.create.notes: '{order}' is not a readable template; it may hold {prefix}",
        ),
        ("create: {sales_term: 30}", "customers.create.sales_term: 30 is not allowed; allowed is text"),
        ("create: {customer_type: ''}", "customers.create.customer_type: '' is blank"),
        (
            "create: {tax_exempt: true, tax_exemption_reason: 0}",
            "customers.create.tax_exemption_reason: 0 is not one of QuickBooks' reasons: ",
        ),
        (
            "create: {tax_exempt: true, tax_exemption_reason: 16}",
            "customers.create.tax_exemption_reason: 16 is not one of QuickBooks' reasons: 1 to 15, as 9 for resale, or 99",
        ),
        (
            "create: {tax_exempt: true, tax_exemption_reason: resale}",
            "customers.create.tax_exemption_reason: 'resale' is not allowed; allowed is a whole number",
        ),
        (
            "create: {tax_exempt: true}",
            "customers.create: tax_exempt: true needs a tax_exemption_reason; write 1 to 15, as 9 for resale, or 99",
        ),
        ("create: {tax_exemption_reason: 7}", "customers.create: tax_exemption_reason is only for tax_exempt: true; "),
        (
            "create: {preferred_delivery: Fax}",
            "customers.create.preferred_delivery: 'Fax' is not allowed; allowed is 'Print', 'Email' or 'None'",
        ),
        ("create: {currency: EUR}", "customers.create.currency: 'EUR' is not allowed; allowed is 'company' or 'order'"),
    ],
)
def test_a_wrong_value_of_the_customers_tab(tmp_path, text, said):
    message = refusal(tmp_path, f"{SMALLEST}customers: {{{text}}}\n")

    assert f"\n  {said}" in message
    assert "pydantic" not in message


@pytest.mark.parametrize("create", ["tax_exempt: true", "tax_exempt: true, tax_exemption_reason: null"])
def test_c27_an_exemption_needs_a_reason(tmp_path, create):
    message = refusal(tmp_path, f"{SMALLEST}customers: {{create: {{{create}}}}}\n")
    for part in ("customers.create", "tax_exemption_reason", "1 to 15", "99"):
        assert part in message


@pytest.mark.parametrize("reason", ["0", "16", "98", "100", "-1", "true", "five", "5.5", "[5]"])
def test_c27_a_reason_is_one_of_quickbooks(tmp_path, reason):
    text = f"customers: {{create: {{tax_exempt: true, tax_exemption_reason: {reason}}}}}"
    assert "customers.create.tax_exemption_reason" in refusal(tmp_path, f"{SMALLEST}{text}\n")


@pytest.mark.parametrize("create", ["tax_exemption_reason: 9", "tax_exempt: false, tax_exemption_reason: 9"])
def test_c27_a_reason_alone_exempts_nobody_and_is_refused(tmp_path, create):
    assert "is only for tax_exempt: true" in refusal(tmp_path, f"{SMALLEST}customers: {{create: {{{create}}}}}\n")
