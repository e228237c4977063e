"""The tab Products: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

from datetime import date

import pytest

from order_sync.settings import Identification, load_store
from tests.shop.stores import (
    QUOTES,
    SECTION,
    SMALLEST,
    assert_the_only_fault,
    loaded,
    refusal,
    value_of,
    whole,
    written,
)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("map: products.csv", "map", "products.csv"),
        ("map: Our products-2.csv", "map", "Our products-2.csv"),
        ("map: null", "map", None),
        ("not_found: standard", "not_found", "standard"),
        ("not_found: hold", "not_found", "hold"),
        ("not_found: create\ncreate: {income_account: Sales}", "not_found", "create"),
        ("create: {type: NonInventory}", "create.type", "NonInventory"),
        ("create: {type: Service}", "create.type", "Service"),
        ("create: {type: Inventory}", "create.type", "Inventory"),
        ("create: {income_account: 'Income:Web'}", "create.income_account", "Income:Web"),
        ("create: {expense_account: Cost}", "create.expense_account", "Cost"),
        ("create: {type: Inventory, asset_account: Stock}", "create.asset_account", "Stock"),
        (
            "create: {type: Inventory, inventory_start: 2026-01-01}",
            "create.inventory_start",
            date(2026, 1, 1),
        ),
        ("create: {taxable: as on store}", "create.taxable", "as on store"),
        ("create: {taxable: yes}", "create.taxable", True),
        ("create: {taxable: false}", "create.taxable", False),
        ("create: {description: false}", "create.description", False),
        ("reactivate_inactive: true", "reactivate_inactive", True),
    ],
)
def test_every_value(tmp_path, text, key, value):
    assert value_of(loaded(tmp_path, "products", text), "products", key) == value


SKU_SKU, SKU_NAME, NAME_NAME = (
    Identification(source=source, destination=destination)
    for source, destination in (("SKU", "Sku"), ("SKU", "Name"), ("name", "Name"))
)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ("[{source: SKU, destination: Sku}]", (SKU_SKU,)),
        ("[{source: SKU, destination: Name}, {source: name, destination: Name}]", (SKU_NAME, NAME_NAME)),
        ("[{source: name, destination: Name}, {source: SKU, destination: Sku}]", (NAME_NAME, SKU_SKU)),
    ],
)
def test_every_way_to_identify_a_product(tmp_path, ways, found):
    assert loaded(tmp_path, "products", f"identify: {ways}").products.identify == found


def test_what_a_file_without_the_section_means(tmp_path):
    products = load_store(written(tmp_path, SMALLEST)).products

    assert products.identify == (SKU_SKU, NAME_NAME)
    assert [str(way) for way in products.identify] == ["SKU → Sku", "name → Name"]
    assert (products.not_found, products.map, products.reactivate_inactive) == ("standard", None, False)


CSV = "is not the name of a CSV file that stands beside the settings; write it as products.csv"
ONE_OR_TWO = "products.identify: holds one way to identify a product, or two different ones"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "x: 1",
            "products.x: there is no such setting; allowed are map, identify, not_found, create, reac",
        ),
        ("map: products", f"products.map: 'products' {CSV}"),
        ("map: ../products.csv", f"products.map: '../products.csv' {CSV}"),
        ("map: .csv", f"products.map: '.csv' {CSV}"),
        ("map: ''", f"products.map: '' {CSV}"),
        ("map: [products.csv]", "products.map: ['products.csv'] is not allowed; allowed is text"),
        ("identify: SKU", "products.identify: 'SKU' is not allowed; allowed is a list"),
        ("identify: []", ONE_OR_TWO),
        (f"identify: [{', '.join(['{source: SKU, destination: Sku}'] * 2)}]", ONE_OR_TWO),
        (
            "identify:\n  - {source: SKU, destination: Sku}\n  - {source: SKU, destination: Name}\n"
            "  - {source: name, destination: Name}",
            ONE_OR_TWO,
        ),
        ("identify: [SKU]", f"products.identify.0: 'SKU' {SECTION}"),
        ("identify: [{source: SKU}]", "products.identify.0.destination: is required and missing"),
        (
            "identify: [{source: sku, destination: Sku}]",
            "products.identify.0.source: 'sku' is not allowed; allowed is 'SKU' or 'name'",
        ),
        (
            "identify: [{source: SKU, destination: SKU}]",
            "products.identify.0.destination: 'SKU' is not allowed; allowed is 'Sku' or 'Name'",
        ),
        (
            "identify: [{source: name, destination: Sku}]",
            "products.identify.0: a name is no SKU; use name with Name",
        ),
        (
            "identify: [{source: name, destination: Name, sorce: name}]",
            "products.identify.0.sorce: there is no such setting; did you mean source?",
        ),
        (
            "not_found: skip",
            "products.not_found: 'skip' is not allowed; allowed is 'standard', 'create' or",
        ),
        ("not_found: create", "products: not_found: create needs create.income_account"),
        (
            "not_found: create\ncreate: {type: Inventory}",
            "products: not_found: create needs create.income_account, create.expense_account, create.asset_account, "
            "create.inventory_start",
        ),
        (
            "not_found: create\ncreate: {type: Inventory, income_account: A, expense_account: B, asset_account: C}",
            "products: not_found: create needs create.inventory_start",
        ),
        (
            "create: {asset_account: Stock}",
            "products.create: asset_account and inventory_start are only for type: Inventory; set that, or take them out",
        ),
        (
            "create: {type: Service, inventory_start: 2026-01-01}",
            "products.create: asset_account and invent",
        ),
        (
            "create: {type: Bundle}",
            "products.create.type: 'Bundle' is not allowed; allowed is 'NonInventory",
        ),
        (
            "create: {account: A}",
            "products.create.account: there is no such setting; did you mean asset_acc",
        ),
        ("create: {income_account: 4000}", f"products.create.income_account: 4000 {QUOTES}"),
        (
            "create: {taxable: maybe}",
            "products.create.taxable: 'maybe' is not allowed; allowed is 'as on store', true or false",
        ),
        (
            "create: {description: long}",
            "products.create.description: 'long' is not allowed; allowed is tru",
        ),
        (
            "create: {type: Inventory, inventory_start: soon}",
            "products.create.inventory_start: 'soon' is not allowed; allowed is a date, as 2026-11-16",
        ),
        ("create: null", f"products.create: None {SECTION}"),
        (
            "reactivate_inactive: ask",
            "products.reactivate_inactive: 'ask' is not allowed; allowed is true o",
        ),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("products", text)), said)


def test_a_section_that_is_none(tmp_path):
    assert f"products: None {SECTION}" in refusal(tmp_path, f"{SMALLEST}products:\n")
    assert f"products: 'ignore' {SECTION}" in refusal(tmp_path, f"{SMALLEST}products: ignore\n")
