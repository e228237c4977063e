"""The company's lists: each name in the settings is found once, or refused with what the company has."""

from __future__ import annotations

import pytest

from order_sync.errors import ConfigurationError
from order_sync.store.cache import save_entries
from order_sync.sync.books import read_books
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
