"""The settings against the company: every name is found once, or refused with what the company has, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.cache import save_entries
from order_sync.errors import ConfigurationError
from order_sync.sync.company.company import Company, NewCustomerDefaults, NewItemAccounts
from order_sync.sync.company.reading import new_customer_defaults, read_company
from tests.shop.companies import SampleCompany, cache
from tests.shop.services import REALM_ID
from tests.shop.stores import settings

NO_NUMBERS = {"SalesFormsPrefs": {"CustomTxnNumbers": False}}
NO_CLASSES = {"AccountingInfoPrefs": {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False}}
NO_LOCATIONS = {"AccountingInfoPrefs": {"TrackDepartments": False}}
ABROAD = SampleCompany(country="GB", currency="GBP")
TRACKS = SampleCompany(preferences={"AccountingInfoPrefs": {"ClassTrackingPerTxn": True, "TrackDepartments": True}})
STOCK = {
    "type": "Inventory",
    "income_account": "Services",
    "expense_account": "Cost of Goods Sold",
    "asset_account": "Inventory Asset",
    "inventory_start": date(2026, 1, 1),
}
RULES = [
    {"when": {"tag": 1}, "post_as": "Invoice", "class": "Retail", "location": "Warehouse"},
    {"when": {"tag": 2}, "post_as": "Invoice", "class": "Online"},
    {"when": "anything else", "post_as": "Sales receipt"},
]


def company_of(engine: Engine, company: SampleCompany = TRACKS, **of: Any) -> Company:
    """What is read for a store with these settings, of the company of the golden files."""
    cache(engine, REALM_ID, company)
    return read_company(engine, REALM_ID, settings(**of))


def refusal(engine: Engine, company: SampleCompany = TRACKS, **of: Any) -> tuple[list[str], list[str]]:
    """What is said, and what is advised, a line each."""
    with pytest.raises(ConfigurationError) as caught:
        company_of(engine, company, **of)
    return caught.value.message.splitlines(), caught.value.advice.splitlines()


def add(engine: Engine, entity: str, *rows: dict[str, Any]) -> None:
    save_entries(engine, REALM_ID, entity, [{"FullyQualifiedName": row["Name"], **row} for row in rows])


def test_the_shortest_settings(engine):
    found = company_of(engine)

    usual = {"standard": "item Sales", "tax": "item Sales Tax Collected", "tip": "item Tips", "fee": "item Fees"}
    others = {"finance_charge": "item Fees", "shipping": "SHIPPING_ITEM_ID", "refund": "item Sales"}
    others |= {"discount": None, "write_off": None}
    assert asdict(found.lines) == usual | others
    assert (found.deposit_account, found.discount_account, found.payment_method, found.sales_term) == (None,) * 4
    assert not any((found.deposit_accounts, found.payment_methods, found.classes, found.locations))
    assert (found.refund_account, found.undeposited_funds) == (None, "account Undeposited Funds")
    assert found.new_item.income is None
    assert (found.taxed_lines, found.untaxed_lines, found.tax_code) == ("TAX", "NON", None)
    assert (found.home_currency, found.country, found.multicurrency, found.closed_until) == ("USD", "US", False, None)
    assert (found.allows_shipping, found.allows_discount) == (True, True)


def test_every_name_becomes_an_id(engine):
    found = company_of(
        engine,
        revenue={
            "finance_charge_item": "Finance charges",
            "shipping_item": "Shipping and handling",
            "discount_account": "Discounts given",
            "deposit_account": "Card clearing",
            "deposit_accounts": {" CASH ": "Till", "Check": "Undeposited Funds"},
            "payment_method": "Visa",
            "sales_term": "Net 15",
            "class": "Wholesale",
            "location": "Main Store",
            "rules": RULES,
        },
        refunds={"account": "Checking", "item": "Refunds"},
        taxes={"record_as": "as charged", "tax_code": "California"},
        products={"not_found": "create", "create": STOCK},
    )

    lines = found.lines
    assert (lines.finance_charge, lines.shipping) == ("item Finance charges", "item Shipping and handling")
    assert (lines.refund, found.refund_account) == ("item Refunds", "account Checking")
    assert (found.discount_account, found.deposit_account) == ("account Discounts given", "account Card clearing")
    assert found.deposit_accounts == {"cash": "account Till", "check": "account Undeposited Funds"}
    assert (found.payment_method, found.sales_term) == ("payment method Visa", "term Net 15")
    assert found.classes == {name: f"class {name}" for name in ("Wholesale", "Retail", "Online")}
    assert found.locations == {name: f"location {name}" for name in ("Main Store", "Warehouse")}
    assert found.tax_code == "tax code California"
    stock = NewItemAccounts("account Services", "account Cost of Goods Sold", "account Inventory Asset")
    assert found.new_item == stock
    negative = company_of(engine, revenue={"discounts": "negative lines", "discount_item": "Discount"})
    assert negative.lines.discount == "item Discount"


@pytest.mark.parametrize(
    ("what", "key", "name", "near"),
    [
        ("item", "revenue.standard_item", "Sale", "Sales"),
        ("item", "revenue.tax_item", "Sales Tax", "Sales Tax Collected"),
        ("item", "revenue.tip_item", "TIPS", "Tips"),
        ("item", "revenue.fee_item", "Fee", "Fees"),
        ("item", "revenue.finance_charge_item", "Charges", "Finance charges"),
        ("item", "revenue.shipping_item", "Handling", "Shipping and handling"),
        ("item", "revenue.discount_item", "Discounts", "Discount"),
        ("account", "revenue.discount_account", "Discount", "Discounts given"),
        ("account", "revenue.deposit_account", "Tills", "Till"),
        ("account", "revenue.deposit_accounts.Cash", "Tills", "Till"),
        ("payment method", "revenue.payment_method", "VISA card", "Visa"),
        ("payment method", "revenue.payment_methods.Manual", "Cheque", "Check"),
        ("term", "revenue.sales_term", "Net 3", "Net 30"),
        ("class", "revenue.class", "Wholesales", "Wholesale"),
        ("location", "revenue.location", "Store", "Main Store"),
        ("account", "refunds.account", "Check", "Checking"),
        ("item", "refunds.item", "Refund", "Refunds"),
        ("tax code", "taxes.tax_code", "Californa", "California"),
        ("account", "products.create.income_account", "Service", "Services"),
        ("account", "products.create.expense_account", "Goods Sold", "Cost of Goods Sold"),
        ("account", "products.create.asset_account", "Inventory", "Inventory Asset"),
    ],
)
def test_a_name_that_the_company_has_not_is_told_with_its_key_and_the_nearest(engine, what, key, name, near):
    section, setting, *more = key.split(".")
    of = {section: dict(NEEDED.get(setting, {}))}
    of[section][setting] = {**of[section].get(setting, {}), more[0]: name} if more else name

    [message], [advice] = refusal(engine, **of)
    assert message == refused(what, name, key)
    assert near in advice.removeprefix("The nearest that it has: ").partition(". Correct")[0].split(", ")
    assert "refresh_quickbooks__demo" in advice


NEEDED = {
    "discount_item": {"discounts": "negative lines"},
    "payment_methods": {"payment_method": "as on store"},
    "tax_code": {"record_as": "as charged"},
    "create": {"not_found": "create", "create": STOCK},
}


def refused(what: str, name: str, key: str) -> str:
    nowhere = "which could not be found among those of the QuickBooks company that are active."
    return f"The settings of store demo name the {what} '{name}' ({key}), {nowhere}"


def test_a_name_in_a_rule_is_told_with_the_number_of_the_rule(engine):
    rules = [RULES[1], {**RULES[0], "class": "Retial", "location": "Ware"}, RULES[2]]
    messages, advice = refusal(engine, revenue={"rules": rules})

    assert messages[0].startswith(
        f"{refused('class', 'Retial', 'revenue.rules.1.class')} The nearest that it has: Retail"
    )
    assert messages[1] == refused("location", "Ware", "revenue.rules.1.location")
    assert "Warehouse" in advice[0]


def test_everything_that_is_wrong_comes_in_one_error(engine):
    messages, advice = refusal(
        engine,
        SampleCompany(preferences={**NO_NUMBERS, **NO_LOCATIONS}),
        revenue={
            "tip_item": "Tip",
            "sales_term": "Net 3",
            "location": "Nowhere",
            "deposit_accounts": {"Cash": "Tills"},
        },
        taxes={"taxed_lines": "California"},
    )

    keys = (
        "tip_item)",
        "number_from ",
        "location ",
        "location)",
        "taxed_lines ",
        "deposit_accounts.Cash)",
        "sales_term)",
    )
    assert [key for key in keys if any(key in message for message in messages)] == list(keys)
    assert len(messages) == len(keys)
    assert sum("nearest" in text for text in (*messages, *advice)) == 4  # each beside what it is about


@pytest.mark.parametrize(
    ("entity", "row", "of"),
    [
        ("Item", {"Active": False}, {"revenue": {"tip_item": "Old"}}),
        ("Item", {"Type": "Category"}, {"revenue": {"tip_item": "Old"}}),
        ("Item", {"Type": "Group"}, {"revenue": {"tip_item": "Old"}}),
        ("Account", {"Active": False}, {"revenue": {"deposit_account": "Old"}}),
        ("Term", {"Active": False}, {"revenue": {"sales_term": "Old"}}),
        ("PaymentMethod", {"Active": False}, {"revenue": {"payment_method": "Old"}}),
        ("Class", {"Active": False}, {"revenue": {"class": "Old"}}),
        ("Department", {"Active": False}, {"revenue": {"location": "Old"}}),
        ("TaxCode", {"Active": False}, {"taxes": {"record_as": "as charged", "tax_code": "Old"}}),
    ],
)
def test_what_is_inactive_or_takes_no_line_does_not_count(engine, entity, row, of):
    add(engine, entity, {"Id": "99", "Name": "Old", **row})

    [message], [advice] = refusal(engine, **of)
    assert "'Old'" in message
    assert "Old" not in advice.partition(". Correct")[0]


def test_a_name_of_two_accounts_must_be_written_in_full(engine):
    add(
        engine,
        "Account",
        {"Id": "90", "Name": "Web", "FullyQualifiedName": "Income:Web"},
        {"Id": "91", "Name": "Web", "FullyQualifiedName": "Costs:Web"},
        {"Id": "92", "Name": "Shop", "FullyQualifiedName": "Income:Shop"},
    )

    assert company_of(engine, revenue={"deposit_account": "Costs:Web"}).deposit_account == "91"
    assert company_of(engine, revenue={"deposit_account": "Shop"}).deposit_account == "92"
    [message], [advice] = refusal(engine, revenue={"deposit_account": "Web"})
    assert message.endswith("'Web' (revenue.deposit_account), and the QuickBooks company has 2 of that name.")
    assert advice == "Write it in full: Costs:Web or Income:Web."
    add(engine, "Account", {"Id": "93", "Name": "Web"})
    assert company_of(engine, revenue={"deposit_account": "Web"}).deposit_account == "93"


def test_an_empty_cache_says_how_to_fill_it(engine):
    with pytest.raises(ConfigurationError, match="refresh_quickbooks__demo"):
        read_company(engine, REALM_ID, settings())


# The map of products.


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("order_sync.sync.company.reading.stores_folder", lambda: tmp_path)
    return tmp_path


def test_the_items_of_the_map(engine, folder):
    add(engine, "Item", {"Id": "99", "Name": "White", "FullyQualifiedName": "Goods:Mugs:White"})
    (folder / "products.csv").write_text("product,item\nM-1,Goods:Mugs:White\nM-2,Widget\nMug,Widget\n")

    found = company_of(engine, products={"map": "products.csv"})
    assert found.items.mapped == {"M-1": "99", "M-2": "item Widget", "Mug": "item Widget"}
    assert found.items.by_sku["W-1"] == ("item Widget",)


def test_items_of_the_map_that_the_company_has_not(engine, folder):
    (folder / "products.csv").write_text("product,item\nM-1,Widgets\nM-2,Widgets\nM-3,Lamp\nM-4,Gift\n")

    messages, _ = refusal(engine, products={"map": "products.csv"}, revenue={"tip_item": "Tip"})
    assert [message.partition("name the ")[2].partition(",")[0] for message in messages] == [
        "item 'Tip' (revenue.tip_item)",
        "item 'Widgets' (products.csv)",
        "item 'Lamp' (products.csv)",
    ]


# What the company allows.


@pytest.mark.parametrize(
    ("preferences", "revenue", "key", "what"),
    [
        (NO_CLASSES, {"class": "Online"}, "revenue.class", "a class"),
        (NO_CLASSES, {"rules": RULES[1:]}, "revenue.rules.0.class", "a class"),
        (NO_LOCATIONS, {"location": "Warehouse"}, "revenue.location", "a location"),
        (NO_LOCATIONS, {"rules": [RULES[1], RULES[0], RULES[2]]}, "revenue.rules.1.location", "a location"),
    ],
)
def test_classes_and_locations_that_the_company_does_not_track(engine, preferences, revenue, key, what):
    [message], [advice] = refusal(engine, SampleCompany(preferences=preferences), revenue=revenue)

    tracked = {"a class": "classes", "a location": "locations"}[what]
    assert message.endswith(f"demo: {key} names {what}, and the QuickBooks company does not track {tracked}.")
    assert advice.startswith("In QuickBooks, switch on Account and settings → Advanced → Categories")


def test_numbers_of_the_store_need_custom_numbers(engine):
    [message], [advice] = refusal(engine, SampleCompany(preferences=NO_NUMBERS))
    assert "revenue.number_from gives documents numbers of the store" in message
    assert advice.startswith("In QuickBooks, switch on Account and settings → Sales → Custom transaction numbers")
    assert company_of(engine, SampleCompany(preferences=NO_NUMBERS), revenue={"number_from": "QuickBooks"})


@pytest.mark.parametrize(("per_line", "per_document"), [(True, False), (False, True), (True, True)])
def test_classes_on_lines_or_documents(engine, per_line, per_document):
    tracking = {"ClassTrackingPerTxnLine": per_line, "ClassTrackingPerTxn": per_document}
    found = company_of(
        engine, SampleCompany(preferences={"AccountingInfoPrefs": tracking}), revenue={"class": "Online"}
    )
    assert (found.class_on_lines, found.classes) == (per_line, {"Online": "class Online"})


def test_what_documents_must_know_of_the_preferences(engine):
    preferences = {
        "SalesFormsPrefs": {"AllowShipping": False, "AllowDiscount": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": True},
    }
    found = company_of(engine, SampleCompany(currency="CAD", preferences=preferences))

    assert (found.allows_shipping, found.allows_discount) == (False, False)
    assert (found.home_currency, found.multicurrency) == ("CAD", True)


@pytest.mark.parametrize(("closed", "until"), [("2026-10-31", date(2026, 10, 31)), ("", None), (None, None)])
def test_until_when_the_books_are_closed(engine, closed, until):
    company = SampleCompany(preferences={"AccountingInfoPrefs": {"BookCloseDate": closed}})
    assert company_of(engine, company).closed_until == until


# Taxes, refunds, payment methods.


@pytest.mark.parametrize(
    ("record_as", "taxed"), [("as charged", "Standard"), ("automatic", "Standard"), ("none", None)]
)
def test_tax_codes_of_lines_abroad(engine, record_as, taxed):
    found = company_of(engine, ABROAD, taxes={"record_as": record_as, "taxed_lines": taxed, "untaxed_lines": "Exempt"})
    assert (found.taxed_lines, found.untaxed_lines) == (f"tax code {taxed}" if taxed else "", "tax code Exempt")


@pytest.mark.parametrize(("record_as", "number"), [("line item", 1), ("none", 1), ("as charged", 2), ("automatic", 2)])
def test_tax_codes_that_are_missing_abroad(engine, record_as, number):
    messages, advice = refusal(engine, ABROAD, taxes={"record_as": record_as})
    name_one = "Name one of 0.0% Z, 20.0% S, 5.0% R, Exempt, No VAT, Standard."
    told = [
        f"The settings of store demo: taxes.{key} is not set, and lines of a company outside the United States need a tax "
        f"code of that company. {name_one}"
        for key in ("untaxed_lines", "taxed_lines")[:number]
    ]
    assert [*messages[:-1], f"{messages[-1]} {advice[0]}"] == told


@pytest.mark.parametrize(
    ("company", "taxes", "words"),
    [
        (
            ABROAD,
            {"untaxed_lines": "20.0% S"},
            "taxes.untaxed_lines names the tax code '20.0% S', by which QuickBooks adds 20 %",
        ),
        (
            SampleCompany(),
            {"record_as": "as charged", "rules": [{"when": {"product": "Gift"}, "code": "Exempt"}]},
            "taxes.rules.0.code is 'Exempt', and in the United States lines are TAX or NON",
        ),
        (
            SampleCompany(),
            {"record_as": "automatic", "prices": "with tax"},
            "taxes.prices is with tax, which QuickBooks knows outside",
        ),
        (
            SampleCompany(),
            {"record_as": "as charged", "by_name": {"GST": "GST"}},
            "taxes.by_name is for record_as: line item",
        ),
        (
            ABROAD,
            {
                "record_as": "as charged",
                "taxed_lines": "Standard",
                "untaxed_lines": "Exempt",
                "by_name": {"VAT": "20 %"},
            },
            "taxes.by_name.VAT names the tax rate '20 %', which could not be found",
        ),
    ],
)
def test_taxes_that_do_not_fit_the_company(engine, company, taxes, words):
    messages, advice = refusal(engine, company, taxes=taxes)
    assert words in messages[0]
    assert advice[0]


def test_the_refund_account(engine):
    assert company_of(engine, refunds={"record_as": "ignore"}).refund_account is None

    row = {"Id": "account Undeposited Funds", "Name": "Undeposited Funds", "AccountSubType": "UndepositedFunds"}
    add(engine, "Account", {**row, "Name": "Fonds non déposés"})
    assert read_company(engine, REALM_ID, settings()).undeposited_funds == "account Undeposited Funds"
    add(engine, "Account", {**row, "Active": False})
    with pytest.raises(ConfigurationError, match=r"refunds\.account is not set, .* no account Undeposited Funds"):
        read_company(engine, REALM_ID, settings())
    assert (
        read_company(engine, REALM_ID, settings(refunds={"account": "Checking"})).refund_account == "account Checking"
    )


def test_what_customers_owe_is_an_account_of_each_currency(engine):
    found = company_of(engine)
    assert found.receivable_accounts == {"USD": "account Accounts Receivable (A/R)"}
    owed = {"AccountType": "Accounts Receivable", "CurrencyRef": {"value": "EUR"}}
    add(engine, "Account", {"Id": "88", "Name": "Accounts Receivable (A/R) - EUR", **owed})
    add(engine, "Account", {"Id": "89", "Name": "A second one", **owed})
    add(engine, "Account", {"Id": "90", "Name": "An old one", **owed, "CurrencyRef": {"value": "GBP"}, "Active": False})
    home = "account Accounts Receivable (A/R)"
    assert read_company(engine, REALM_ID, settings()).receivable_accounts == {"USD": home, "EUR": "88"}


def test_payment_methods_as_on_store(engine):
    found = company_of(
        engine, revenue={"payment_method": "as on store", "payment_methods": {" CREDIT Card ": "Visa", "cash": "Check"}}
    )

    assert found.payment_method is None
    assert {method: found.payment_methods.get(method) for method in ("creditcard", "cash", "paypal", "manual")} == {
        "creditcard": "payment method Visa",
        "cash": "payment method Check",
        "paypal": "payment method PayPal",
        "manual": None,
    }


# New customers.


def defaults(engine, multicurrency=False, **create):
    terms = [{"Id": "3", "Name": "Net 30"}, {"Id": "4", "Name": "Net 15", "Active": False}]
    save_entries(engine, REALM_ID, "Term", terms)
    add(engine, "CustomerType", {"Id": "5", "Name": "Retail"})
    currencies = {"CurrencyPrefs": {"MultiCurrencyEnabled": multicurrency, "HomeCurrency": {"value": "USD"}}}
    save_entries(engine, REALM_ID, "Preferences", [{"Id": "1", **currencies}])
    return new_customer_defaults(engine, REALM_ID, settings(customers={"create": create}))


def test_terms_and_types_of_new_customers_become_ids(engine):
    assert defaults(engine, sales_term="Net 30", customer_type="Retail") == NewCustomerDefaults(
        sales_term="3", customer_type="5"
    )
    assert defaults(engine, customer_type="Retail") == NewCustomerDefaults(customer_type="5")
    assert defaults(engine, multicurrency=True, currency="order") == NewCustomerDefaults()
    assert defaults(engine) == NewCustomerDefaults()


@pytest.mark.parametrize(
    ("create", "words"),
    [
        ({"sales_term": "Net 3"}, r"demo name the term 'Net 3' \(customers\.create\.sales_term\).*has: Net 30"),
        ({"sales_term": "Net 15"}, r"the term 'Net 15'.*that are active"),
        ({"customer_type": "Retial"}, r"customer type 'Retial' \(customers\.create\.customer_type\).*has: Retail"),
        ({"currency": "order"}, r"currency of their order \(customers\.create\.currency\).*one currency only"),
    ],
)
def test_what_the_company_has_not_for_new_customers_is_refused(engine, create, words):
    with pytest.raises(ConfigurationError, match=words):
        defaults(engine, **create)
