"""A plan through its steps, under every value of every setting: nothing is changed, and it is what the next run sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from order_sync.database.database import reading
from order_sync.database.plans import plan_of_run
from order_sync.database.tables import Base, Write
from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.sync.steps.plan_orders import Candidate, OrderPlan, Services, plan_orders
from tests.docs.test_settings_pages import KEYS, values
from tests.shop import stores
from tests.shop.counter import ShopCounter, line, moment

WRITING = {"create", "update", "change", "delete", "void", "batch", "update_shipping_address"}
DAY = (moment(0) - timedelta(hours=12), moment(0) + timedelta(hours=12))


class Refusing:
    """A client whose every write raises."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        if name in WRITING:
            raise AssertionError(f"a plan was about to {name}")
        return getattr(self._client, name)


class Remembering(Refusing):
    """The same, and each thing is read once: so a plan costs little."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        ask = super().__getattr__(name)

        def answer(*args: object, **kwargs: object) -> Any:
            asked = f"{name} {args} {kwargs}"
            if asked not in self._answers:
                found = ask(*args, **kwargs)
                self._answers[asked] = list(found) if isinstance(found, Iterator) else found
            return self._answers[asked]

        return answer


NEGATIVE = {"discounts": "negative lines", "discount_item": "Discounts"}
ITEMS = {"income_account": "Sales of Product Income"}
PARTS = ("as goods", "taxed", "untaxed")
BESIDE: Mapping[str, Mapping[str, Any]] = {
    "customers.not_found: standard": {"customers": {"standard_customer": "Ada Lovelace"}},
    "customers.always_standard: True": {"customers": {"standard_customer": "Ada Lovelace"}},
    "products.not_found: create": {"products": {"create": ITEMS}},
    "revenue.consolidate: True": {"revenue": {"daily_customer": "Ada Lovelace"}},
    "revenue.discounts: negative lines": {"revenue": {"discount_item": "Discounts"}},
    **{
        f"taxes.{key}: {value}": {"taxes": {"record_as": "as charged"}}
        for key, values in {"prices": ["with tax"], "shipping": PARTS, "fees": PARTS}.items()
        for value in values
    },
    "customers.create.tax_exempt: True": {"customers": {"create": {"tax_exemption_reason": 1}}},
}
"""What a value needs beside it."""

IN_LISTS = (
    "customers.criteria",
    "revenue.rules",
    "taxes.rules",
    "products.identify",
    "payments.kinds",
    "orders.statuses",
)
"""Settings whose values stand in a list or map of their own."""
LISTED: Mapping[str, Mapping[str, Any]] = {
    "rules": {
        "revenue": {
            "rules": [
                {"when": {"payment_status": "paid"}, "post_as": "Sales receipt"},
                {"when": "anything else", "post_as": "Invoice"},
            ]
        }
    },
    "kinds": {"payments": {"kinds": {"Cash": "write-off"}}},
    "statuses": {"orders": {"only_paid": False, "statuses": ["SENT", "PAID"]}},
    "criteria": {"customers": {"criteria": [{"source": "Last First", "destination": "DisplayName"}]}},
}


def _settings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value of every setting that has a few, by its name, as sections of a store's settings."""
    for key, kind in KEYS.items():
        if "." not in key or key.startswith(IN_LISTS):
            continue
        for value in (True, False) if kind is bool else dict.fromkeys(values(kind)):
            name = f"{key}: {value}"
            yield name, _merged(_nested(key, value), BESIDE.get(name, {}))
    yield from LISTED.items()


def _nested(key: str, value: object) -> dict[str, Any]:
    first, _, rest = key.partition(".")
    return {first: _nested(rest, value) if rest else value}


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**other, **one, **both}


SETTINGS = dict(_settings())


ORDERS = 6


@pytest.fixture
def busy(counter: ShopCounter) -> ShopCounter:
    """A counter with orders of many sorts, of which the store `demo` has recorded, held and awaits some."""
    counter.add_item("Discounts")
    counter.add("Customer", DisplayName="Ida Asleep", Active=False, PrimaryEmailAddr={"Address": "ida@example.com"})
    counter.add("Customer", DisplayName="Ada Byron", PrimaryEmailAddr={"Address": "ada@example.com"})
    counter.sell(1, name="Cay New", email="cay@example.com")
    counter.pay(1)
    counter.sell(2, name="Ida Asleep", email="ida@example.com")
    counter.pay(2)
    counter.sell(3)
    counter.pay(3, "60.00", method="Cash")
    counter.sell(4, line("85.00"), name="Dan New", email="d@example.com")
    counter.pay(4, "85.00")
    counter.give_back(4, "20.00")
    counter.sell(5, line("30.00", "Gadget"), name="Eve New", email="e@example.com")
    counter.pay(5, "30.00")
    counter.sell(ORDERS, name="Fay New", email="f@example.com")
    counter.run(0)
    return counter


def test_r19_a_plan_under_any_settings_changes_nothing(busy: ShopCounter) -> None:
    before, planned = _rows(busy), dict[str, int]()
    left_out = set[str]()
    services = Services(Refusing(busy.quickbooks), Remembering(busy.infusionsoft))  # type: ignore[arg-type]
    for name, store in _stores():
        try:
            plan = plan_orders(busy.engine, store, "plan", DAY, services, is_backfill=True)
        except ConfigurationError:  # the company has not what it names
            left_out.add(name)
            continue
        planned[name] = len(plan.rows)
        assert _rows(busy) == before, name
    assert left_out == {
        "customers.create.currency: order",
        "taxes.prices: with tax",
    }  # a company of the USA, in dollars
    assert min(planned.values()) >= ORDERS


def _stores() -> Iterator[tuple[str, Store]]:
    """Of all settings, each store that is another one than those before: the values that hold without being written are one."""
    seen = list[Store]()
    for name, sections in SETTINGS.items():
        store = stores.settings(**sections)
        if store not in seen:
            seen.append(store)
            yield name, store


SENT: Mapping[str, Mapping[str, Any]] = {
    "sales receipts": {},
    "invoices": {"revenue": {"post_as": "Invoice and payment"}, "payments": {"kinds": {"Cash": "write-off"}}},
    "by rules": LISTED["rules"],
    "one document a day": {"revenue": {"consolidate": True, "daily_customer": "Ada Lovelace"}},
    "new items": {"products": {"not_found": "create", "create": ITEMS}, "revenue": NEGATIVE},
    "other customers": {"customers": {"reactivate_inactive": True, "ambiguous": "oldest", "not_found": "hold"}},
}


BODIES = {
    "sales receipts": 4,
    "invoices": 12,
    "by rules": 6,
    "one document a day": 2,
    "new items": 5,
    "other customers": 5,
}
"""How many writes each way makes of these orders."""


def test_r18_a_plan_is_what_the_next_run_sends_under_each_way_to_record(busy: ShopCounter) -> None:
    """Each way is a store of its own, which has recorded nothing yet."""
    for number, (name, sections) in enumerate(SENT.items()):
        revenue = {"number_prefix": f"S{number}-", **sections.get("revenue", {})}
        busy.store = stores.settings(**{**sections, "name": f"shop_{number}", "revenue": revenue})
        plan = _plan(busy, busy.store)
        busy.run(0)
        wanted = [_resolved(busy, row.body) for row in plan.rows if row.body]
        assert len(wanted) == BODIES[name], name
        assert sorted(wanted) == sorted(_sent(busy)), name


def test_r19_the_rows_of_a_plan_are_kept_with_its_interval_and_its_settings(busy: ShopCounter) -> None:
    plan = _plan(busy, busy.store, Candidate("stores/_try.yaml", stores.settings(revenue={"post_as": "Invoice"})))
    rows = plan_of_run(busy.engine, "demo/plan")
    assert [(row.order_id, row.action, row.body, row.difference) for row in rows] == [
        (one.order_id, one.action, one.body, one.difference) for one in plan.rows
    ]
    assert {(row.settings, row.interval_start, row.interval_end) for row in rows} == {("stores/_try.yaml", *DAY)}
    assert _plan(busy, busy.store).rows
    assert {row.settings for row in plan_of_run(busy.engine, "demo/plan")} == {None}


def test_settings_that_change_nothing_differ_in_nothing(busy: ShopCounter) -> None:
    plan = _plan(busy, busy.store, Candidate("stores/_same.yaml", busy.store))
    assert plan.rows
    assert [one for one in plan.rows if one.action == "differs"] == []


def _plan(counter: ShopCounter, store: Store, candidate: Candidate | None = None) -> OrderPlan:
    services = Services(Refusing(counter.quickbooks), Refusing(counter.infusionsoft))  # type: ignore[arg-type]
    sent = counter.sent()
    plan = plan_orders(counter.engine, store, "plan", DAY, services, candidate, is_backfill=True)
    assert counter.sent() == sent
    return plan


def _sent(counter: ShopCounter) -> list[str]:
    with reading(counter.engine) as connection:
        return [
            row.payload for row in connection.execute(select(Write.__table__).where(Write.store == counter.store.name))
        ]


def _resolved(counter: ShopCounter, body: str) -> str:
    """A planned body with the ids that QuickBooks gave since."""
    ids = {f"<new customer {one['DisplayName']}>": one["Id"] for one in counter.records("Customer")}
    ids |= {f"<new item {one['Sku']}>": one["Id"] for one in counter.records("Item") if one.get("Sku")}
    with reading(counter.engine) as connection:
        rows = connection.execute(
            select(Write.__table__).where(Write.store == counter.store.name, Write.kind != "customer")
        )
        for write in rows:
            order_id = write.subject.partition("/")[0]
            ids[f"<the {write.entity} of order {order_id}>"] = write.quickbooks_id
    for stand_in, id in ids.items():
        body = body.replace(stand_in, str(id))
    return body


def _rows(counter: ShopCounter) -> dict[str, list[str]]:
    """All that the database holds, but for plans."""
    with reading(counter.engine) as connection:
        tables = {name: table for name, table in Base.metadata.tables.items() if name != "plans"}
        return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in tables.items()}
