"""The company's lists: each name in the settings is found once, or refused with what the company has."""

from __future__ import annotations

import pytest

from order_sync.errors import ConfigurationError
from order_sync.store.cache import save_entries
from order_sync.sync.books import NewCustomerDefaults, new_customer_defaults, read_books
from tests.stores import REALM_ID, settings

ITEMS = [
    {"Id": "1", "Name": "Sales", "Type": "Service"},
    {"Id": "2", "Name": "Sales Tax Collected", "Type": "Service"},
    {"Id": "3", "Name": "Tips", "Type": "Service"},
    {"Id": "4", "Name": "Fees", "Type": "Service"},
]


def books(engine, *more_items, accounts=(), preferences=None, **revenue):
    items = [{"FullyQualifiedName": one["Name"], "Active": True, **one} for one in (*ITEMS, *more_items)]
    save_entries(engine, REALM_ID, "Item", items)
    save_entries(engine, REALM_ID, "Account", accounts)
    if preferences:
        save_entries(engine, REALM_ID, "Preferences", [{"Id": "1", **preferences}])
    return read_books(engine, REALM_ID, settings(revenue=revenue))


def test_names_become_ids(engine):
    found = books(engine, accounts=[{"Id": "9", "Name": "Discounts given"}], discount_account="Discounts given")

    assert (found.standard_item, found.tax_item, found.tip_item, found.fee_item) == ("1", "2", "3", "4")
    assert found.discount_account == "9"


def test_products_are_known_by_sku_and_by_name(engine):
    found = books(
        engine,
        {"Id": "5", "Name": "Widget", "Sku": " W-1 "},
        {"Id": "6", "Name": "Blue widget", "Sku": "W-1"},
        {"Id": "7", "Name": "Old widget", "Sku": "W-2", "Active": False},
        {"Id": "8", "Name": "Goods", "Sku": "W-3", "Type": "Category"},
        {"Id": "9", "Name": "Gift set", "Sku": "W-4", "Type": "Group"},
    )

    assert found.items_by_sku == {"W-1": ("5", "6")}
    assert sorted(found.items_by_name) == ["Blue widget", "Fees", "Sales", "Sales Tax Collected", "Tips", "Widget"]


@pytest.mark.parametrize(
    ("revenue", "words"),
    [
        ({"tip_item": "Tip"}, r"store demo name the item 'Tip' \(revenue\.tip_item\).*nearest that it has: Tips"),
        ({"standard_item": "Old"}, r"'Old' \(revenue\.standard_item\)"),
        ({"fee_item": "Goods"}, r"'Goods' \(revenue\.fee_item\)"),
        ({"fee_item": "None"}, r"'None' \(revenue\.fee_item\)"),
        ({"discount_account": "Discounts"}, r"the account 'Discounts' \(revenue\.discount_account\).*Discounts given"),
        ({"discount_account": "Closed"}, r"the account 'Closed'"),
    ],
)
def test_a_name_that_the_company_has_not_is_refused_with_the_nearest(engine, revenue, words):
    more = [{"Id": "7", "Name": "Old", "Active": False}, {"Id": "8", "Name": "Goods", "Type": "Category"}]
    accounts = [{"Id": "9", "Name": "Discounts given"}, {"Id": "10", "Name": "Closed", "Active": False}]
    with pytest.raises(ConfigurationError, match=words):
        books(engine, *more, accounts=accounts, **revenue)


def test_a_name_of_two_accounts_must_be_written_in_full(engine):
    accounts = [
        {"Id": "9", "Name": "Discounts", "FullyQualifiedName": "Income:Discounts"},
        {"Id": "10", "Name": "Discounts", "FullyQualifiedName": "Costs:Discounts"},
    ]
    assert books(engine, accounts=accounts, discount_account="Costs:Discounts").discount_account == "10"
    with pytest.raises(ConfigurationError, match=r"2 of that name.*Costs:Discounts or Income:Discounts"):
        books(engine, accounts=accounts, discount_account="Discounts")


def test_a_full_name_goes_before_a_part_of_one(engine):
    accounts = [
        {"Id": "9", "Name": "Discounts", "FullyQualifiedName": "Income:Discounts"},
        {"Id": "10", "Name": "Discounts", "FullyQualifiedName": "Discounts"},
    ]
    assert books(engine, accounts=accounts, discount_account="Discounts").discount_account == "10"


def test_an_empty_cache_says_how_to_fill_it(engine):
    with pytest.raises(ConfigurationError, match="refresh_quickbooks__demo"):
        read_books(engine, REALM_ID, settings())


def test_what_the_company_allows(engine):
    preferences = {
        "SalesFormsPrefs": {"AllowShipping": False, "AllowDiscount": False},
        "CurrencyPrefs": {"HomeCurrency": {"value": "CAD"}},
    }
    found = books(engine, preferences=preferences)
    assert (found.allows_shipping, found.allows_discount, found.home_currency) == (False, False, "CAD")


def defaults(engine, multicurrency=False, **create):
    save_entries(
        engine, REALM_ID, "Term", [{"Id": "3", "Name": "Net 30"}, {"Id": "4", "Name": "Net 15", "Active": False}]
    )
    types = [{"Id": "5", "Name": "Retail", "FullyQualifiedName": "Retail"}]
    save_entries(engine, REALM_ID, "CustomerType", types)
    currencies = {"CurrencyPrefs": {"MultiCurrencyEnabled": multicurrency, "HomeCurrency": {"value": "USD"}}}
    save_entries(engine, REALM_ID, "Preferences", [{"Id": "1", **currencies}])
    return new_customer_defaults(engine, REALM_ID, settings(customers={"create": create}))


def test_terms_and_types_of_new_customers_become_ids(engine):
    assert defaults(engine, sales_term="Net 30", customer_type="Retail") == NewCustomerDefaults("3", "5")
    assert defaults(engine, customer_type="Retail") == NewCustomerDefaults(None, "5")
    assert defaults(engine, multicurrency=True, currency="order") == NewCustomerDefaults()


def test_where_nothing_is_set_for_new_customers_nothing_is_looked_up(engine):
    assert new_customer_defaults(engine, REALM_ID, settings()) == NewCustomerDefaults()


@pytest.mark.parametrize(
    ("create", "words"),
    [
        ({"sales_term": "Net 3"}, r"demo name the term 'Net 3' \(customers\.create\.sales_term\).*has: Net 30"),
        ({"sales_term": "Net 15"}, r"the term 'Net 15'.*or not active"),
        ({"customer_type": "Retial"}, r"customer type 'Retial' \(customers\.create\.customer_type\).*has: Retail"),
        ({"currency": "order"}, r"currency of their order \(customers\.create\.currency\).*one currency only"),
    ],
)
def test_what_the_company_has_not_for_new_customers_is_refused(engine, create, words):
    with pytest.raises(ConfigurationError, match=words):
        defaults(engine, **create)
