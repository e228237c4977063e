"""Which item a product is, and what the map of products says of it."""

from __future__ import annotations

from functools import partial

import pytest

from order_sync.database.cache import entries, save_entries
from order_sync.errors import ConfigurationError, RecordRefused
from order_sync.settings import ProductSettings
from order_sync.sync.company.lists import Lists
from order_sync.sync.company.products import (
    NOT_PRODUCTS,
    Bundle,
    Items,
    identify,
    inactive_item,
    is_product,
    product_of,
)
from order_sync.sync.company.reading import read_items, read_map
from tests.shop import records, services, stores

SKU, SKU_NAME, NAME = (
    {"source": "SKU", "destination": "Sku"},
    {"source": "SKU", "destination": "Name"},
    {"source": "name", "destination": "Name"},
)
ITEMS = Items(
    by_sku={"W-1": ("10",), "two": ("20", "21"), "M-1": ("30",)},
    by_name={"Widget": ("40",), "W-1": ("50",), "both": ("60", "61"), "Mug": ("70",)},
    inactive_by_sku={"old": ("80",), "W-1": ("81",), "olds": ("82", "83")},
    inactive_by_name={"Old widget": ("90",), "Widget": ("91",)},
    mapped={"M-1": "map 1", "Mug": "map 2", "4711": "map 3"},
)


def product(sku: str | None = None, name: str | None = None, product_id: str | None = None):
    return product_of(records.item(sku=sku, product_name=name, name=None, product_id=product_id))


def found(a_product, *ways, items: Items = ITEMS) -> str | None:
    settings = ProductSettings.model_validate({"identify": list(ways)} if ways else {})
    return identify(a_product, settings, items)


def refusal(a_product, *ways, items: Items = ITEMS) -> str:
    with pytest.raises(RecordRefused) as caught:
        found(a_product, *ways, items=items)
    assert caught.value.advice
    return f"{caught.value.code}: {caught.value.message}"


@pytest.mark.parametrize(
    ("ways", "sku", "name", "expected"),
    [
        ((SKU,), "W-1", "Widget", "10"),
        ((SKU_NAME,), "W-1", "Widget", "50"),
        ((NAME,), "W-1", "Widget", "40"),
        ((SKU,), "X", "Widget", None),
        ((SKU_NAME,), "Widget", "X", "40"),
        ((NAME,), "W-1", "X", None),
        ((NAME,), "W-1", None, None),
        ((SKU,), None, "Widget", None),
        # The second way is only for products that have nothing for the first.
        ((SKU, NAME), "W-1", "Widget", "10"),
        ((SKU, NAME), "X", "Widget", None),
        ((SKU, NAME), None, "Widget", "40"),
        ((SKU, NAME), " \t", "Widget", "40"),
        ((NAME, SKU), "W-1", "X", None),
        ((NAME, SKU), "W-1", None, "10"),
        ((SKU_NAME, NAME), None, "Widget", "40"),
        ((), None, None, None),
        # Letter for letter, after trimming.
        ((SKU,), "  W-1\u00a0", "X", "10"),
        ((SKU,), "w-1", "X", None),
        ((SKU,), "W–1", "X", None),
        ((NAME,), None, " Widget ", "40"),
        ((NAME,), None, "WIDGET", None),
        ((NAME,), None, "Wid get", None),
    ],
)
def test_every_way_to_find_an_item(ways, sku, name, expected):
    assert found(product(sku, name), *ways) == expected


@pytest.mark.parametrize(
    ("sku", "name", "product_id", "expected"),
    [
        ("M-1", "Mug", "4711", "map 1"),
        ("X", "Mug", "4711", "map 2"),
        ("X", "Y", "4711", "map 3"),
        (" M-1 ", None, None, "map 1"),
        (None, None, "4711", "map 3"),
        ("m-1", "mug", "47110", None),
    ],
)
def test_the_map_goes_first(sku, name, product_id, expected):
    assert found(product(sku, name, product_id)) == expected


def test_an_item_goes_before_a_bundle_and_a_bundle_before_an_inactive_item():
    bundles = {"bundles": {"99": Bundle()}, "bundles_by_sku": {"W-1": ("99",), "old": ("99",)}}
    items = Items(by_sku=ITEMS.by_sku, inactive_by_sku=ITEMS.inactive_by_sku, **bundles)
    assert (found(product("W-1"), items=items), found(product("old"), items=items)) == ("10", "99")
    assert inactive_item(product("old"), ProductSettings(), items) is None


def test_the_name_of_a_product_is_that_of_the_catalogue_else_that_of_the_line():
    named = product_of(records.item(name="Widget", product_name=" Mug "))
    unnamed = product_of(records.item(name=" Widget ", product_name=" "))
    nameless = product_of(records.item(name=None))

    assert (named.name, unnamed.name, nameless.name) == ("Mug", "Widget", "")
    assert (named.label, product("W-1", "Widget").label, nameless.label) == ("Mug", "W-1", "a nameless product")


def test_products_of_one_sku_are_one_product():
    assert product("W-1", "Widget").key == product(" W-1", "Widget, blue").key
    assert len({product("W-1").key, product(None, "W-1").key, product("W-2").key}) == 3


@pytest.mark.parametrize(
    ("ways", "sku", "name", "words"),
    [
        ((SKU,), "two", None, "ITEM_AMBIGUOUS: QuickBooks has 2 active items with the SKU 'two'."),
        ((NAME,), None, "both", "ITEM_AMBIGUOUS: QuickBooks has 2 active items with the name 'both'."),
        ((SKU,), "old", None, "ITEM_INACTIVE: The item with the SKU 'old' is inactive in QuickBooks."),
        ((SKU,), "olds", None, "ITEM_INACTIVE: The item with the SKU 'olds' is inactive in QuickBooks."),
        ((NAME,), None, "Old widget", "ITEM_INACTIVE: The item with the name 'Old widget' is inactive in QuickBooks."),
    ],
)
def test_what_no_item_can_be_chosen_for(ways, sku, name, words):
    assert refusal(product(sku, name), *ways) == words


def test_an_active_item_goes_before_an_inactive_one():
    assert found(product("W-1"), SKU) == "10"
    assert inactive_item(product("W-1"), ProductSettings(), ITEMS) is None


def test_which_inactive_item_a_product_would_be():
    settings = ProductSettings()

    assert inactive_item(product("old"), settings, ITEMS) == "80"
    assert inactive_item(product(None, "Old widget"), settings, ITEMS) == "90"
    assert [inactive_item(product(sku), settings, ITEMS) for sku in ("olds", "X", "two", None)] == [None] * 4


def test_an_item_that_was_made_for_a_product_is_its_item():
    missing, old = product("X", "Widget"), product("old")
    items = Items(inactive_by_sku={"old": ("80",)}, made={missing.key: "99", old.key: "80"})

    assert (found(missing, items=items), found(old, items=items)) == ("99", "80")
    assert found(product(None, "Widget"), items=items) is None
    assert inactive_item(old, ProductSettings(), items) is None
    assert found(missing, items=Items(made_before={missing.key: "98"})) == "98"


@pytest.mark.parametrize("sku", ["X", "old"])
def test_why_an_item_could_not_be_made_is_told(sku):
    """Also of one that is inactive, and could not be made active."""
    error = RecordRefused("QuickBooks took no new one.", advice="Add it.", code="ITEM_REFUSED")
    items = Items(inactive_by_sku={"old": ("80",)}, refused={product(sku).key: error})

    assert refusal(product(sku), items=items) == "ITEM_REFUSED: QuickBooks took no new one."
    assert found(product("X"), items=Items(mapped={"X": "9"}, refused=items.refused)) == "9"


@pytest.mark.parametrize("kind", sorted(NOT_PRODUCTS))
def test_lines_that_sell_nothing(kind):
    assert not is_product(records.item(kind))


@pytest.mark.parametrize("kind", ["PRODUCT", "SERVICE", "SUBSCRIPTION", "OTHER", "UNKNOWN"])
def test_lines_that_sell_something(kind):
    assert is_product(records.item(kind))


@pytest.fixture
def listed(engine):
    def listed(*rows):
        named = [{"FullyQualifiedName": row["Name"], "Active": True, **row} for row in rows]
        save_entries(engine, services.REALM_ID, "Item", named)
        store = stores.settings()
        return read_items(store, Lists(store, partial(entries, engine, services.REALM_ID)))

    return listed


def test_products_are_known_by_sku_and_by_name(listed):
    items = listed(
        {"Id": "4", "Name": "Tips"},
        {"Id": "5", "Name": " Widget ", "Sku": " W-1 ", "Description": "Steel"},
        {"Id": "6", "Name": "Blue widget", "Sku": "W-1"},
        {"Id": "7", "Name": "Old widget (deleted)", "Sku": "W-2", "Active": False},
        {"Id": "8", "Name": "Old widget (deleted 3)", "Sku": "W-2", "Active": False},
        {"Id": "9", "Name": "Lamp (deleted)", "Sku": "L (deleted)"},
        {"Id": "10", "Name": "Goods", "Sku": "W-3", "Type": "Category"},
        {"Id": "11", "Name": "Gift set", "Sku": "W-4", "Type": "Group"},
        {"Id": "12", "Name": "Old set", "Sku": "W-5", "Type": "Group", "Active": False},
    )

    assert items.by_sku == {"W-1": ("5", "6"), "L (deleted)": ("9",), "L": ("9",)}, (
        "made active again, it kept the ending"
    )
    assert sorted(items.by_name) == ["Blue widget", "Lamp", "Lamp (deleted)", "Tips", "Widget"]
    assert items.inactive_by_sku == {"W-2": ("7", "8")}
    assert items.inactive_by_name == {"Old widget": ("7", "8")}
    assert items.descriptions == {"5": "Steel"}
    assert (items.bundles_by_sku, items.bundles_by_name) == ({"W-4": ("11",)}, {"Gift set": ("11",)})
    assert items.bundles == {"11": Bundle()}
    assert items.categories == {"Goods"}


def map_file(tmp_path, text: str | bytes):
    file = tmp_path / "products.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("product,item\nW-1,Widget\n", {"W-1": "Widget"}),
        ("product,item\r\nW-1,Widget\r\n4711,Goods:Mugs:White mug", {"W-1": "Widget", "4711": "Goods:Mugs:White mug"}),
        ("\ufeffproduct,item\nKäse,Käse 🧀", {"Käse": "Käse 🧀"}),
        (" product , item \n W-1 , Widget ", {"W-1": "Widget"}),
        ('product,item\n"Mug, white","Mug ""XL"""', {"Mug, white": 'Mug "XL"'}),
        ("product,item\n\nW-1,Widget\n,\n  \nW-2,Mug", {"W-1": "Widget", "W-2": "Mug"}),
        ("product,item\nW-1,Widget\nW-1, Widget", {"W-1": "Widget"}),
        ("product,item\nW-1,Widget\nw-1,Mug", {"W-1": "Widget", "w-1": "Mug"}),
        ("product,item\n", {}),
        ("product,item\n'=A1,'@Widget\n'80s,Mug", {"=A1": "@Widget", "'80s": "Mug"}),
    ],
    ids=[
        "plain",
        "Windows",
        "byte order mark",
        "blanks",
        "quotes",
        "blank lines",
        "twice",
        "two cases",
        "empty",
        "formulas",
    ],
)
def test_a_map_of_products(tmp_path, text, expected):
    assert read_map(map_file(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with product,item."),
        ("\n", "does not begin with product,item."),
        ("W-1,Widget\n", "does not begin with product,item."),
        ("item,product\nWidget,W-1\n", "does not begin with product,item."),
        ("product;item\nW-1;Widget\n", "does not begin with product,item."),
        ("product,item,note\nW-1,Widget,x\n", "does not begin with product,item."),
        (
            "product,item\nW-1,Widget\nW-2,Mug,white\n",
            "Line 3 of the map of products {file} is not a product and an item.",
        ),
        ("product,item\nW-1\n", "Line 2 of the map of products {file} is not a product and an item."),
        ("product,item\n\n,Widget\n", "Line 3 of the map of products {file} is not a product and an item."),
        ("product,item\nW-1, \n", "Line 2 of the map of products {file} is not a product and an item."),
        ('product,item\n"W-1,Widget\n', "Line 2 of the map of products {file} is not a product and an item."),
        ("product,item\nW-1,A\nW-2,B\nW-1,C\n", "Line 4 of the map of products {file} gives 'W-1' a second item."),
        (b"product,item\nK\xe4se,Widget\n", "cannot be read: 'utf-8' codec"),
    ],
)
def test_a_map_that_is_wrong_is_named_with_its_line(tmp_path, text, words):
    file = map_file(tmp_path, text)

    with pytest.raises(ConfigurationError) as caught:
        read_map(file)
    assert words.format(file=file) in caught.value.message
    assert str(file) in caught.value.message
    assert caught.value.advice


def test_a_map_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match=r"The map of products .*products\.csv could not be found"):
        read_map(tmp_path / "products.csv")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_map(tmp_path)
