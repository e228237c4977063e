"""A customer is first made, or made active, when an order of theirs is surely recorded: one that is held leaves nobody behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from order_sync.errors import ConfigurationError
from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import runs
from tests.shop.account import address
from tests.shop.counter import ShopCounter, line

MODES = pytest.mark.parametrize("write_mode", ["single", "batch"])
NORA = {"name": "Nora New", "email": "nora@example.com"}
HOLDING = {"products": {"not_found": "hold"}}
INVOICES = {"revenue": {"post_as": "Invoice and payment"}}


def _close_the_books(counter: ShopCounter) -> None:
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}})
    refresh_lists(counter.engine, counter.quickbooks)


def _open_the_books(counter: ShopCounter) -> None:
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": None}})
    refresh_lists(counter.engine, counter.quickbooks)


def _trade_in_euros(counter: ShopCounter) -> None:
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"every day": None}})
    refresh_lists(counter.engine, counter.quickbooks)


def _enter_the_rate(counter: ShopCounter) -> None:
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"every day": 1.08}})


def _sell_gifts(counter: ShopCounter) -> None:
    counter.add_item("Gift")
    refresh_lists(counter.engine, counter.quickbooks)


def _taxes(*names: str) -> dict[str, Any]:
    return {"by_name": dict.fromkeys(names, "Sales Tax Collected")}


@dataclass(frozen=True)
class Case:
    """Why an order is held, and what mends it, where something does."""

    code: str
    sold: dict[str, Any] = field(default_factory=dict)
    lines: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    before: Callable[[ShopCounter], object] | None = None
    mended: Callable[[ShopCounter], object] | None = None


CASES = {
    "lines do not make the total": Case(
        "TOTAL_DIFFERS", {"total": "90.00"}, mended=lambda counter: counter.change(1, total="100.00")
    ),
    "an unknown product": Case(
        "ITEM_UNKNOWN", lines=(line("100.00", name="Gift"),), settings=HOLDING, mended=_sell_gifts
    ),
    "an unknown tax": Case(
        "TAX_UNKNOWN",
        lines=(line("100.00"), *({"price": "5.00", "name": name, "kind": "TAX"} for name in ("State", "County"))),
        settings={"taxes": _taxes("State", "City")},
        mended=lambda counter: counter.set(taxes=_taxes("State", "County"), **INVOICES),
    ),
    "a closed period": Case("PERIOD_CLOSED", before=_close_the_books, mended=_open_the_books),
    "no rate": Case(
        "NO_RATE",
        {"currency": "EUR"},
        settings={"customers": {"create": {"currency": "order"}}},
        before=_trade_in_euros,
        mended=_enter_the_rate,
    ),
    "another currency than a new customer's": Case("CUSTOMER_CURRENCY", {"currency": "EUR"}, before=_trade_in_euros),
    "another currency than the company's": Case("CURRENCY", {"currency": "EUR"}),
}


def customers(counter: ShopCounter) -> list[str]:
    return [one["DisplayName"] for one in counter.records("Customer") if one["Id"] != counter.ada]


def sell(counter: ShopCounter, case: Case) -> None:
    counter.set(**{**INVOICES, **case.settings})
    if case.before:
        case.before(counter)
    counter.sell(1, *case.lines, **NORA, **case.sold)


@pytest.mark.parametrize("name", CASES)
def test_an_order_that_is_held_makes_no_customer_and_the_mended_one_does(counter: ShopCounter, name: str) -> None:
    case = CASES[name]
    sell(counter, case)
    run = counter.prepare(0)
    assert (counter.state(), customers(counter), counter.sent()) == (f"held {case.code}", [], {})
    counter.post(run)
    assert (counter.state(), counter.books(), counter.sent()) == (f"held {case.code}", [], {})
    assert counter.order(1).advice
    counter.expect_quiet()

    if case.mended:
        case.mended(counter)
        counter.run(0)
        assert (counter.state(), customers(counter)) == ("posted", ["Nora New"])


@pytest.mark.parametrize("name", CASES)
def test_a_plan_says_the_same(counter: ShopCounter, name: str) -> None:
    sell(counter, CASES[name])
    run = counter.match(0)
    planned = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)
    assert [(row.order_id, row.action, row.code) for row in planned] == [("1", "none", CASES[name].code)]
    counter.create_customers(run)
    assert planned[0].message == f"held: {counter.order(1).message}"


@MODES
def test_of_a_persons_orders_those_that_are_recorded_make_the_one_customer(
    counter: ShopCounter, write_mode: str
) -> None:
    counter.set(write_mode=write_mode, **INVOICES)
    for number in (1, 2, 3):
        counter.sell(number, **NORA)
    counter.sell(4, name="Otto Other", email="otto@example.com")
    for number in (3, 4):
        counter.change(number, total="90.00")
    counter.run(0)
    assert counter.states() == {1: "posted", 2: "posted", 3: "held TOTAL_DIFFERS", 4: "held TOTAL_DIFFERS"}
    assert customers(counter) == ["Nora New"]
    for number in (3, 4):
        counter.change(number, total="100.00")
    counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    assert customers(counter) == ["Nora New", "Otto Other"]
    assert len({counter.order(number).customer_id for number in (1, 2, 3)}) == 1
    counter.expect_quiet()


def test_the_namesake_of_somebody_whose_order_is_held_is_not_doubted(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    counter.sell(1, name="Maria Garcia", email="maria@phoenix.example")
    counter.sell(2, name="Maria Garcia", email="maria@boston.example")
    for id, place in (("5001", "Phoenix"), ("5002", "old")):
        [contact] = [one for one in counter.account.all("contact") if one["id"] == id]
        counter.account.put("contact", {**contact, "addresses": [address(place)]})
    counter.change(2, total="90.00")
    counter.run(0)
    assert counter.states() == {1: "posted", 2: "held TOTAL_DIFFERS"}


@MODES
def test_an_inactive_customer_is_first_made_active_for_an_order_that_is_recorded(
    counter: ShopCounter, write_mode: str
) -> None:
    nora = counter.add("Customer", DisplayName="Nora New", PrimaryEmailAddr={"Address": NORA["email"]}, Active=False)
    counter.set(customers={"reactivate_inactive": True}, write_mode=write_mode, **INVOICES)
    counter.sell(1, total="90.00", **NORA)
    counter.run(0)
    assert counter.state() == "held TOTAL_DIFFERS"
    assert not counter.quickbooks.read("Customer", nora["Id"])["Active"]
    assert counter.sent() == {}
    counter.change(1, total="100.00")
    counter.run(0)
    assert counter.state() == "posted"
    assert counter.quickbooks.read("Customer", nora["Id"])["Active"]
    assert counter.order(1).customer_id == nora["Id"]


def test_an_item_that_posting_makes_does_not_stand_in_the_way(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}}, **INVOICES)
    counter.sell(1, line("100.00", name="Gift"), **NORA)
    counter.run(0)
    assert counter.state() == "posted"
    assert customers(counter) == ["Nora New"]


def test_of_an_order_that_is_held_no_item_is_made_either(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}}, **INVOICES)
    counter.sell(1, line("100.00", name="Gift"), total="90.00", **NORA)
    counter.run(0)
    assert counter.state() == "held TOTAL_DIFFERS"
    assert (counter.sent(), customers(counter)) == ({}, [])


def test_a_rate_is_read_once_for_both_steps(counter: ShopCounter) -> None:
    _trade_in_euros(counter)
    _enter_the_rate(counter)
    counter.set(customers={"create": {"currency": "order"}}, **INVOICES)
    counter.sell(1, currency="EUR", **NORA)
    counter.run(0)
    assert counter.state() == "posted"
    assert sum(counter.calls("quickbooks read ExchangeRate").values()) == 1


def test_settings_that_do_not_fit_the_company_make_no_customer(counter: ShopCounter) -> None:
    counter.set(revenue={"standard_item": "Nothing of that name"})
    counter.sell(1, **NORA)
    counter.pay(1)
    with pytest.raises(ConfigurationError, match="Nothing of that name"):
        counter.prepare(0)
    assert (customers(counter), counter.sent()) == ([], {})


@pytest.mark.parametrize("reactivate", [True, False])
def test_an_item_that_was_made_before_and_is_inactive_by_now_decides_as_in_posting(
    counter: ShopCounter, reactivate: bool
) -> None:
    create = {"not_found": "create", "create": {"income_account": "Sales of Product Income"}}
    counter.set(products={**create, "reactivate_inactive": reactivate}, **INVOICES)
    counter.sell(1, line("100.00", name="Gift"))
    counter.run(0)
    [made] = [one for one in counter.records("Item") if one["Name"] == "Gift"]
    gone = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Name": "Old", "Sku": "", "Active": False}
    counter.quickbooks.update("Item", gone, request_id="made inactive by hand")
    refresh_lists(counter.engine, counter.quickbooks)
    counter.sell(2, line("100.00", name="Gift"), **NORA)
    run = counter.match(0)
    planned = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)
    told = [(row.action, row.entity, row.code) for row in planned if row.order_id == "2"]
    counter.create_customers(run)
    counter.post(run)
    if reactivate:
        assert told == [("update", "Item", None), ("create", "Customer", None), ("create", "Invoice", None)]
        assert (counter.state(2), customers(counter)) == ("posted", ["Nora New"])
    else:
        assert told == [("none", None, "ITEM_INACTIVE")]
        assert (counter.state(2), customers(counter)) == ("held ITEM_INACTIVE", [])
