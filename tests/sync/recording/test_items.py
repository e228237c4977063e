"""The items that QuickBooks lacks, or has made inactive, before orders are recorded: over HTTP, in the books of the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.cache import drop_rows
from order_sync.database.history import order_history
from order_sync.sync.company.company import Company
from order_sync.sync.company.products import identify, product_of
from order_sync.sync.company.reading import read_company
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.recording.items import prepare_items
from order_sync.sync.steps.refresh_customers import refresh_changes, refresh_lists
from order_sync.tokens import TokenVault
from tests.shop import records, runs
from tests.shop.fault_shop import Shop, open_shop
from tests.shop.office import QUICK
from tests.shop.records import sale
from tests.shop.services import Controls

CREATE, UPDATE = "quickbooks create Item", "quickbooks update Item"
INCOME = {"income_account": "Sales of Product Income"}
USUAL = ("Sales", "Sales Tax Collected", "Fees", "Tips", "Write-offs", "Widget")

Opened = Callable[..., Shop]


@pytest.fixture
def opened(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Opened]:
    """Opens a shop that creates items; with what differs of `products.create`, and of `products`."""
    with ExitStack() as stack:

        def open_one(create: dict[str, Any] | None = None, **products: Any) -> Shop:
            settings = {"not_found": "create", "create": {**INCOME, **(create or {})}, **products}
            return stack.enter_context(open_shop(sandbox, engine, vault, products=settings))

        yield open_one


def selling(number: int, sku: str | None = None, name: str | None = None, **item: Any) -> Snapshot:
    """A paid order of one product, for 10.00."""
    line = records.item(price="10.00", sku=sku, product_name=name, name=None, **item)
    of = sale(number, total="10.00")
    return replace(of, order=replace(of.order, items=(line,)))


def prepare(shop: Shop, *snapshots: Snapshot) -> Company:
    """The step before posting, as `post_documents` calls it."""
    run = runs.begun(shop.engine)
    with shop.lease() as lease:
        company = read_company(shop.engine, shop.quickbooks.realm_id, shop.store)
        return prepare_items(
            runs.recording(shop.engine, run, shop.store, shop.quickbooks, lease, QUICK), company, snapshots
        )


def item_of(shop: Shop, company: Company, snapshot: Snapshot) -> dict[str, Any]:
    """The item of an order's product, as QuickBooks has it."""
    found = identify(product_of(snapshot.order.items[0]), shop.store.products, company.items)
    assert found
    return shop.quickbooks.read("Item", found)


def prepared(shop: Shop, snapshot: Snapshot) -> dict[str, Any]:
    return item_of(shop, prepare(shop, snapshot), snapshot)


def new_items(shop: Shop) -> list[str]:
    """The names of the items beyond those that the company began with."""
    return [item["Name"] for item in shop.records("Item") if item["Name"] not in USUAL]


def posted(shop: Shop, *snapshots: Snapshot, run_id: str = "monday") -> dict[str, str]:
    """What became of each order of a run, from the refreshed lists on: `failed ITEM_REFUSED`."""
    refresh_changes(shop.engine, shop.quickbooks)
    shop.post(shop.read(snapshots, run_id))
    return {id: " ".join(filter(None, (row.status, row.code))) for id, row in shop.orders().items()}


def sold(shop: Shop, number: int) -> str:
    """The name of the item on an order's document."""
    [document] = [one for one in shop.documents() if one["DocNumber"] == f"IS-{number}"]
    return str(shop.quickbooks.read("Item", document["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"])["Name"])


def account(shop: Shop, name: str) -> dict[str, str]:
    return {"value": next(one["Id"] for one in shop.records("Account") if one["Name"] == name), "name": name}


def refuse(shop: Shop, kind: str, code: str = "6000", **how: Any) -> None:
    fault = {"Error": [{"Message": "no", "Detail": "not this one", "code": code}], "type": "ValidationFault"}
    shop.fail(kind, "fault", status=400, body=json.dumps({"Fault": fault}), **how)


# What an item is given.


@pytest.mark.parametrize("kind", ["NonInventory", "Service"])
def test_a_new_item(opened, kind):
    shop = opened({"type": kind, "expense_account": "Cost of Goods Sold"})
    made = prepared(shop, selling(1, " M-1 ", " Mug ", description="White,\n3 cm", taxable=True))

    assert (made["Name"], made["Sku"], made["Type"], made["Active"]) == ("Mug", "M-1", kind, True)
    assert (made["Description"], made["Taxable"], made["UnitPrice"]) == ("White,\n3 cm", True, 10)
    assert made["IncomeAccountRef"] == account(shop, "Sales of Product Income")
    assert made["ExpenseAccountRef"] == account(shop, "Cost of Goods Sold")
    assert not made["TrackQtyOnHand"]


def test_a_new_inventory_item(opened):
    stock = {"asset_account": "Inventory Asset", "inventory_start": "2026-01-31"}
    shop = opened({"type": "Inventory", "expense_account": "Cost of Goods Sold", **stock})
    made = prepared(shop, selling(1, "M-1", "Mug"))

    assert (made["Type"], made["TrackQtyOnHand"], made["QtyOnHand"]) == ("Inventory", True, 0)
    assert made["InvStartDate"] == "2026-01-31"
    assert made["AssetAccountRef"] == account(shop, "Inventory Asset")
    assert made["ExpenseAccountRef"] == account(shop, "Cost of Goods Sold")


@pytest.mark.parametrize(
    ("setting", "on_store", "expected"),
    [
        ("as on store", True, True),
        ("as on store", False, False),
        ("as on store", None, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_whether_a_new_item_is_taxable(opened, setting, on_store, expected):
    shop = opened({"taxable": setting})
    assert prepared(shop, selling(1, "M-1", "Mug", taxable=on_store))["Taxable"] is expected


@pytest.mark.parametrize(
    ("setting", "text", "expected"), [(True, "é" * 4001, "é" * 4000), (True, " ", None), (False, "White", None)]
)
def test_the_description_of_a_new_item(opened, setting, text, expected):
    shop = opened({"description": setting})
    assert prepared(shop, selling(1, "M-1", "Mug", description=text)).get("Description") == expected


@pytest.mark.parametrize(
    ("sku", "name", "expected"),
    [
        ("M-1", None, "M-1"),
        (None, "Mug", "Mug"),
        ("M-1", "Mugs: white\tand  black\nXL", "Mugs white and black XL"),
        ("M-1", "x" * 101, "x" * 100),
        ("M-1", "x" * 99 + " y", "x" * 99),
        ("M-1", " : ", "M-1"),
        ("M-1", "Käse 'n' \"Brot\" 🧀 \\ %", "Käse 'n' \"Brot\" 🧀 \\ %"),
        ("s" * 101, "Mug", "Mug"),
    ],
    ids=["its SKU", "its name", "forbidden", "long", "blank at the end", "nothing allowed", "marks", "long SKU"],
)
def test_the_name_of_a_new_item(opened, sku, name, expected):
    shop = opened()
    made = prepared(shop, selling(1, sku, name))

    assert (made["Name"], made.get("Sku")) == (expected, sku[:100] if sku else None)
    # However its name came out, the next order of the product has the same item.
    refresh_changes(shop.engine, shop.quickbooks)
    assert prepared(shop, selling(2, sku, name))["Id"] == made["Id"]
    assert new_items(shop) == [expected]


def test_a_product_without_sku_and_name_goes_to_the_standard_item(opened):
    shop = opened()

    assert posted(shop, selling(1)) == {"1": "posted with warnings"}
    assert (sold(shop, 1), new_items(shop)) == ("Sales", [])


# One for all.


def test_one_item_for_all_orders_of_a_run_and_of_the_next(opened):
    shop = opened()

    first = posted(shop, *[selling(number, "M-1", f"Mug {number}") for number in range(1, 6)], selling(6, "C-1", "Cup"))
    second = posted(shop, selling(7, "M-1", "Mug"), run_id="tuesday")

    assert {*first.values(), *second.values()} == {"posted"}
    assert sorted(new_items(shop)) == ["Cup", "Mug 1"]
    assert {sold(shop, number) for number in (1, 5, 7)} == {"Mug 1"}
    assert shop.calls(CREATE) == {"200": 2}


@pytest.mark.parametrize("not_found", ["standard", "hold"])
def test_nothing_is_created_unless_the_settings_say_so(opened, not_found):
    shop = opened(not_found=not_found)
    status = {"standard": "posted with warnings", "hold": "held ITEM_UNKNOWN"}[not_found]

    assert posted(shop, selling(1, "M-1", "Mug"), selling(2, "Widget")) == {"1": status, "2": "posted"}
    assert new_items(shop) == []
    advice = {"standard": Code.ITEM_UNKNOWN.as_warning, "hold": Code.ITEM_UNKNOWN.advice}[not_found]
    [told] = [one for one in order_history(shop.engine, "demo", "1") if one.code == Code.ITEM_UNKNOWN]
    assert told.advice == advice


def test_the_history_tells_of_the_item_that_was_made_and_only_then(opened):
    shop = opened(identify=[{"source": "SKU", "destination": "Name"}])  # which no later run finds by its SKU
    posted(shop, selling(1, "M-1", "Mug"), selling(2, "Widget"))
    posted(shop, selling(3, "M-1", "Mug"), run_id="tuesday")

    [made] = [item["Id"] for item in shop.records("Item") if item["Name"] == "Mug"]
    told = {id: [words for words in shop.history(id) if "The item of" in words] for id in "123"}
    words = f"The item of 'M-1' was created or made active in QuickBooks, as {made}."
    assert told == {"1": [words], "2": [], "3": []}
    assert (sold(shop, 3), new_items(shop)) == ("Mug", ["Mug"])


# Names that are taken.


def test_a_name_that_another_product_has_gets_the_sku_behind_it(opened):
    shop = opened()

    assert prepared(shop, selling(1, "W-9", "Widget"))["Name"] == "Widget (W-9)"
    assert prepared(shop, selling(2, "M:9", "widget"))["Name"] == "widget (M 9)"


def test_products_of_one_name_in_one_run(opened):
    shop = opened()
    orders = [selling(number, f"M-{number}", "Mug") for number in (1, 2, 3)]
    company = prepare(shop, *orders)

    made = [item_of(shop, company, order) for order in orders]
    assert [one["Sku"] for one in made] == ["M-1", "M-2", "M-3"]
    assert sum(one["Name"] == "Mug" for one in made) == 1
    assert all(one["Name"] in ("Mug", f"Mug ({one['Sku']})") for one in made)


def test_a_long_name_that_is_taken_makes_room_for_the_sku(opened):
    shop = opened()
    shop.add_item("x" * 100)

    first = prepared(shop, selling(1, "M-1", "x" * 100))
    second = prepared(shop, selling(2, "s" * 120, "x" * 120))

    assert first["Name"] == "x" * 94 + " (M-1)"
    assert second["Name"] == "x" * 47 + " (" + "s" * 50 + ")"


COURSE = "Masterclass of sourdough " * 4
"""Of 100 characters."""


@pytest.mark.parametrize(
    ("names", "items"),
    [
        ((f"{COURSE}early bird", f"{COURSE}regular"), (COURSE.rstrip(), f"{COURSE[:95].rstrip()} (41)")),
        (("Mug: white", "Mug :white"), ("Mug white", "Mug white (41)")),
        (("Mug white", "Mug: white"), ("Mug white", "Mug white (41)")),
    ],
    ids=["long", "forbidden", "one forbidden"],
)
@pytest.mark.parametrize("runs", [1, 2])
def test_m33_products_whose_names_quickbooks_cannot_tell_apart_have_an_item_each(opened, names, items, runs):
    shop = opened(identify=[{"source": "name", "destination": "Name"}])
    orders = [selling(number, None, name, product_id=str(39 + number)) for number, name in enumerate(names, 1)]
    if runs == 1:
        posted(shop, *orders)
    else:
        posted(shop, orders[0])
        posted(shop, orders[1], run_id="tuesday")
    assert {sold(shop, 1), sold(shop, 2)} in (set(items), {one.replace("(41)", "(40)") for one in items})
    if runs == 2:
        assert (sold(shop, 1), sold(shop, 2)) == items

    # Each next order of a product has its item.
    again = [selling(number + 2, None, name, product_id=str(39 + number)) for number, name in enumerate(names, 1)]
    assert set(posted(shop, *again, run_id="wednesday").values()) == {"posted"}
    assert (sold(shop, 3), sold(shop, 4)) == (sold(shop, 1), sold(shop, 2))


def test_m33_of_such_names_a_lost_answer_is_not_that_of_the_other_product(opened):
    shop = opened(identify=[{"source": "name", "destination": "Name"}])
    shop.fail(CREATE, "drop_after")
    shop.fail("quickbooks query Item", "500", every=1)
    posted(shop, selling(1, None, f"{COURSE}early bird", product_id="40"))
    shop.mend()
    orders = [
        selling(number, None, COURSE + name, product_id=id)
        for number, name, id in ((1, "early bird", "40"), (2, "regular", "41"))
    ]
    posted(shop, *orders, run_id="tuesday")
    assert (sold(shop, 1), sold(shop, 2)) == (COURSE.rstrip(), f"{COURSE[:95].rstrip()} (41)")


def test_m33_what_somebody_named_as_quickbooks_allows_is_the_product_s_item(opened):
    shop = opened()
    white = shop.add_item("Mug white")["Id"]
    company = prepare(shop, order := selling(1, "Mug white", "Mug: white"))
    assert item_of(shop, company, order)["Id"] == white


def test_m33_where_the_name_is_taken_with_its_ending_too_the_advice_is_about_items(opened):
    shop = opened()
    shop.add_item("Widget (W-9)")
    assert posted(shop, selling(1, "W-9", "Widget")) == {"1": "failed ITEM_REFUSED"}
    assert "products.map" in shop.orders()["1"].advice


def test_an_item_that_somebody_made_meanwhile_for_the_same_product_is_taken(opened):
    shop = opened()
    mine = {"Type": "Service", "IncomeAccountRef": account(shop, "Services")}
    mug = shop.add("Item", Name="Mug", Sku="M-1", **mine)
    cup = shop.add("Item", Name="Cup", **mine)

    orders = [selling(1, "M-1", "Mug"), selling(2, None, "Cup")]
    company = prepare(shop, *orders)

    assert [item_of(shop, company, order)["Id"] for order in orders] == [mug["Id"], cup["Id"]]
    assert new_items(shop) == ["Mug", "Cup"]


# What goes wrong.


def test_an_item_that_is_refused_fails_its_orders_and_the_others_go_on(opened):
    shop = opened()
    refuse(shop, CREATE)
    mugs = [selling(1, "M-1", "Mug"), selling(2, "M-1", "Mug")]

    assert posted(shop, *mugs, selling(3, "Widget")) == {**dict.fromkeys("12", "failed ITEM_REFUSED"), "3": "posted"}
    row = shop.orders()["1"]
    assert row.message.startswith("QuickBooks has no item for 'M-1', and took no new one: ")
    assert row.advice
    # The next run tries again.
    assert posted(shop, *mugs, run_id="tuesday") == dict.fromkeys("123", "posted")
    assert new_items(shop) == ["Mug"]


@pytest.mark.parametrize("what", ["drop_after", "drop_before"])
def test_a_lost_answer_makes_one_item(opened, what):
    shop = opened()
    shop.fail(CREATE, what)

    assert posted(shop, selling(1, "M-1", 'Mug\'s "best"'), selling(2, "C-1", "Cup")) == dict.fromkeys("12", "posted")
    assert sorted(new_items(shop)) == ["Cup", 'Mug\'s "best"']
    assert {write.status for write in shop.writes("item")} == {"posted"}


def test_what_a_killed_process_made_is_known_from_the_ledger(opened):
    shop = opened()
    made = prepared(shop, selling(1, "M-1", "Mug"))
    drop_rows(shop.engine, shop.quickbooks.realm_id, "Item", [made["Id"]])  # as if it had not come to that

    assert prepared(shop, selling(1, "M-1", "Mug"))["Id"] == made["Id"]
    assert prepare(shop, selling(2, "M-1", "Mug")).items.by_sku["M-1"] == (made["Id"],)
    assert shop.calls(CREATE) == {"200": 1}


# Items that were made, and then changed, made inactive or deleted by hand.


def test_an_item_that_was_given_another_name_and_sku_stays_the_item_of_its_product(opened):
    shop = opened()
    made = prepared(shop, selling(1, "M-1", "Mug"))
    shop.change("Item", made["Id"], Name="White mug", Sku="MUG")

    assert posted(shop, selling(2, "M-1", "Mug")) == {"2": "posted"}
    assert (sold(shop, 2), new_items(shop)) == ("White mug", ["White mug"])


@pytest.mark.parametrize("way", [("SKU", "Sku"), ("SKU", "Name"), ("name", "Name")])
@pytest.mark.parametrize("keeps_name", [True, False])
@pytest.mark.parametrize("again", [True, False])
def test_an_item_that_was_made_and_is_inactive_now(opened, way, keeps_name, again):
    shop = opened(identify=[dict(zip(("source", "destination"), way, strict=True))], reactivate_inactive=again)
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": keeps_name})
    made = prepared(shop, selling(1, "M-1", "Mug"))
    shop.change("Item", made["Id"], Active=False)

    assert posted(shop, selling(2, "M-1", "Mug")) == {"2": "posted" if again else "held ITEM_INACTIVE"}
    assert shop.calls(CREATE) == {"200": 1}
    if again:
        assert (sold(shop, 2), shop.quickbooks.read("Item", made["Id"])["Active"]) == ("Mug", True)


@pytest.mark.parametrize("times", [1, 2])
def test_an_item_that_was_made_and_is_gone_is_made_anew(opened, times):
    shop = opened()
    for time in range(1, times + 1):
        made = prepared(shop, selling(1, "M-1", "Mug"))
        # QuickBooks deletes an item that is merged with another: neither its lists nor its id have it any more.
        shop.change("Item", made["Id"], Name=f"Merged {made['Id']}", Sku="merged")
        drop_rows(shop.engine, shop.quickbooks.realm_id, "Item", [made["Id"]])
        refuse(shop, "quickbooks read Item", "610", next=time)
    before = len(new_items(shop))

    again = prepare(shop, selling(2, "M-1", "Mug"))

    assert again.items.refused == {}
    assert new_items(shop)[before:] == ["Mug"]


# Inactive items.


def retire(shop: Shop, name: str) -> str:
    """Somebody makes an item inactive; gives its id."""
    id = str(next(item["Id"] for item in shop.records("Item") if item["Name"] == name))
    shop.change("Item", id, Active=False)
    return id


@pytest.mark.parametrize("product", [{"sku": "Widget", "name": "Some widget"}, {"name": "Widget"}], ids=["SKU", "name"])
@pytest.mark.parametrize("keeps_name", [True, False])
def test_an_inactive_item_is_made_active_under_its_former_name(opened, product, keeps_name):
    shop = opened(not_found="hold", reactivate_inactive=True)
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": keeps_name})
    widget = retire(shop, "Widget")

    assert posted(shop, selling(1, **product), selling(2, **product)) == dict.fromkeys("12", "posted")
    assert (shop.quickbooks.read("Item", widget)["Name"], sold(shop, 1)) == ("Widget", "Widget")
    assert any("created or made active" in words for words in shop.history("1"))
    assert shop.calls(UPDATE) == {"200": 2}  # made inactive, made active


def test_an_item_that_somebody_made_active_meanwhile_is_used(opened):
    shop = opened(reactivate_inactive=True)
    widget = retire(shop, "Widget")
    refresh_lists(shop.engine, shop.quickbooks)
    shop.change("Item", widget, Active=True, Name="Widget")

    assert prepared(shop, selling(1, "Widget"))["Id"] == widget


def test_an_item_whose_former_name_is_taken_is_made_active_as_it_is(opened):
    shop = opened(reactivate_inactive=True)
    widget = retire(shop, "Widget")
    shop.add("Item", Name="Widget", Type="Service", IncomeAccountRef=account(shop, "Services"))

    assert posted(shop, selling(1, "Widget")) == {"1": "posted"}
    active = shop.quickbooks.read("Item", widget)
    assert (active["Name"], active["Active"], sold(shop, 1)) == ("Widget (deleted)", True, "Widget (deleted)")


@pytest.mark.parametrize(("what", "status"), [("drop_after", "posted"), ("drop_before", "failed ITEM_REFUSED")])
def test_a_lost_answer_to_making_an_item_active(opened, what, status):
    shop = opened(reactivate_inactive=True)
    retire(shop, "Widget")
    shop.fail(UPDATE, what)

    assert posted(shop, selling(1, "Widget")) == {"1": status}
    assert posted(shop, selling(1, "Widget"), run_id="tuesday") == {"1": "posted"}


def test_an_inactive_item_that_cannot_be_made_active_fails_its_orders_only(opened):
    shop = opened(reactivate_inactive=True)
    retire(shop, "Widget")
    refuse(shop, UPDATE)

    assert posted(shop, selling(1, "Widget"), selling(2, "M-1")) == {"1": "failed ITEM_REFUSED", "2": "posted"}
    assert "is inactive in QuickBooks and was not made active" in shop.orders()["1"].message
