"""A run that records a plan: what is as it was planned is recorded, and of what is otherwise by then nothing is, and that is said."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from order_sync.database.history import order_history
from order_sync.database.missed_updates import missed_updates
from order_sync.database.plans import runs_of_plan
from order_sync.errors import RetryLater
from order_sync.sync.orders.codes import Code
from tests.shop import account, runs
from tests.shop.counter import ShopCounter, line, moment
from tests.shop.plans import KEY, begin, differing, plan, record

INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
DAILY = {"revenue": {"consolidate": True, "daily_customer": "Ada Lovelace"}}


def codes(counter: ShopCounter, number: int) -> list[str | None]:
    """The codes of an order's history."""
    return [event.code for event in order_history(counter.engine, "demo", str(number)) if event.code]


def sold(counter: ShopCounter, number: int, amount: str = "100.00", **who: Any) -> None:
    """An order that was paid."""
    counter.sell(number, line(amount), **who)
    counter.pay(number, amount)


def test_what_is_as_it_was_planned_is_recorded(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    sold(counter, 1)
    sold(counter, 2, "40.00", name="Nora New", email="nora@example.com")
    counter.give_back(2, "10.00")
    plan(counter)
    run = record(counter)
    assert counter.books() == [
        "Invoice IS-1 11-16 100.00 open 0.00",
        "Invoice IS-2 11-16 40.00 open 0.00",
        "RefundReceipt IS-2-R1 11-16 10.00",
        "Payment IS-1 11-16 100.00",
        "Payment IS-2 11-16 40.00",
    ]
    assert counter.states() == {1: "posted", 2: "posted"}
    assert differing(counter, run) == {}
    [recorded] = runs_of_plan(counter.engine, "demo", KEY)
    assert (recorded.run_key, recorded.state, recorded.left_out) == ("demo/recording", "success", 0)


@pytest.mark.parametrize("settings", [{}, INVOICES], ids=["receipts", "invoices"])
@pytest.mark.parametrize("is_new", [True, False])
def test_an_order_whose_contact_has_another_e_mail_address_is_left_out(
    counter: ShopCounter, settings: dict[str, Any], is_new: bool
) -> None:
    counter.set(**settings, customers={"guard": "off"})
    who = {"name": "Nora New", "email": "nora@example.com"} if is_new else {}
    sold(counter, 1, **who)
    sold(counter, 2, name="Cay Clean", email="cay@example.com")
    plan(counter)
    [contact] = [one for one in counter.account.all("contact") if one["id"] == "5001"]
    contact["email_addresses"][0]["email"] = "other@example.com"
    counter.account.put("contact", contact)
    run = record(counter)
    assert counter.states() == {1: "waiting PLAN_DIFFERS", 2: "posted"}
    assert [one["DisplayName"] for one in counter.records("Customer")] == ["Ada Lovelace", "Cay Clean"]
    [found] = differing(counter, run).values()
    changed = {path: (was, now) for path, was, now in found}
    entity = "Invoice" if settings else "SalesReceipt"
    assert changed[f"{entity}.BillEmail.Address"] == (
        "nora@example.com" if is_new else "ada@example.com",
        "other@example.com",
    )
    if is_new:
        assert changed[f"{entity}.CustomerRef.value.PrimaryEmailAddr.Address"] == (
            "nora@example.com",
            "other@example.com",
        )
    assert codes(counter, 1) == ["PLAN_DIFFERS"]
    assert not any("IS-1" in one for one in counter.books())


def test_an_order_that_was_left_out_is_recorded_by_the_next_run_as_it_is_then(counter: ShopCounter) -> None:
    counter.sell(1)
    payment = counter.pay(1)
    plan(counter)
    counter.take_back(payment)
    counter.change(1, line("90.00"), total_paid="0.00")
    counter.pay(1, "90.00")
    run = record(counter)
    assert counter.books() == []
    assert counter.state() == "waiting PLAN_DIFFERS"
    assert ["SalesReceipt.Line[0].Amount", "100.00", "90.00"] in differing(counter, run)["1"]
    [told] = [one for one in order_history(counter.engine, "demo", "1") if one.code]
    assert "SalesReceipt.Line[0].Amount was planned as 100.00 and is 90.00 now" in told.message
    assert told.advice == Code.PLAN_DIFFERS.advice
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 90.00"]
    assert counter.state() == "posted"


def test_a_second_time_nothing_is_recorded_twice_and_that_is_said(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    sold(counter, 1)
    sold(counter, 2, name="Nora New", email="nora@example.com")
    plan(counter)
    record(counter)
    before = counter.books(), counter.sent(), counter.states()
    run = record(counter, "again")
    assert (counter.books(), counter.sent(), counter.states()) == before
    assert differing(counter, run) == {}
    assert codes(counter, 1) == codes(counter, 2) == ["PLAN_RECORDED"]
    record(counter, "once more")
    assert codes(counter, 1) == ["PLAN_RECORDED"]


def test_money_that_came_since_keeps_all_of_its_order_from_being_recorded(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    counter.sell(1)
    counter.pay(1, "40.00")
    sold(counter, 2)
    plan(counter)
    counter.pay(1, "60.00")
    run = record(counter)
    assert counter.books() == ["Invoice IS-2 11-16 100.00 open 0.00", "Payment IS-2 11-16 100.00"]
    assert differing(counter, run) == {"1": [["Payment[2]", None, "60.00 USD"]]}
    counter.run(0)
    assert len(counter.books()) == 5


def test_money_that_came_for_a_recorded_order_is_left_to_the_next_run(counter: ShopCounter) -> None:
    counter.set(**INVOICES)
    counter.sell(1)
    counter.run(0)
    counter.pay(1, "40.00")
    plan(counter)
    counter.pay(1, "60.00")
    run = record(counter)
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 100.00"]
    assert list(differing(counter, run)) == ["1"]
    assert counter.state() == "posted"
    assert codes(counter, 1) == ["PLAN_DIFFERS"]
    counter.run(0)
    assert counter.books()[0] == "Invoice IS-1 11-16 100.00 open 0.00"


def test_a_customer_that_was_made_since_is_none_that_was_planned(counter: ShopCounter) -> None:
    sold(counter, 1, name="Nora New", email="nora@example.com")
    plan(counter)
    nora = counter.add("Customer", DisplayName="Nora New", PrimaryEmailAddr={"Address": "nora@example.com"})
    run = record(counter)
    assert counter.books() == []
    assert differing(counter, run)["1"] == [["SalesReceipt.CustomerRef.value", "<new Nora New>", nora["Id"]]]


def test_a_customer_that_must_be_made_anew_is_none_that_was_planned(counter: ShopCounter) -> None:
    ben = counter.add("Customer", DisplayName="Ben Old", PrimaryEmailAddr={"Address": "ben@example.com"})
    sold(counter, 1, name="Ben Old", email="ben@example.com")
    plan(counter)
    counter.quickbooks.update(
        "Customer",
        {
            "Id": ben["Id"],
            "SyncToken": ben["SyncToken"],
            "sparse": True,
            "DisplayName": "Zed",
            "PrimaryEmailAddr": None,
        },
        request_id="by hand",
    )
    run = record(counter)
    assert counter.books() == []
    assert differing(counter, run)["1"] == [["SalesReceipt.CustomerRef.value", ben["Id"], "<new Ben Old>"]]
    assert [one["DisplayName"] for one in counter.records("Customer")] == ["Ada Lovelace", "Zed"]


@pytest.mark.parametrize("moved", [True, False])
def test_a_customer_of_two_orders_is_made_as_it_was_planned_or_not_at_all(counter: ShopCounter, moved: bool) -> None:
    """The newest order makes the customer; without it the other one makes it, and only where that is the same."""
    for number in (1, 2):
        sold(counter, number, name="Nora New", email="nora@example.com")
    if moved:
        lives_at(counter, 5002, "new")
    counter.account.change(2, moment(0), order_time=(moment(0) + timedelta(hours=1)).isoformat())
    plan(counter)
    counter.pay(2, "5.00")
    run = record(counter)
    assert sorted(differing(counter, run)) == (["1", "2"] if moved else ["2"])
    assert counter.books() == ([] if moved else ["SalesReceipt IS-1 11-16 100.00"])
    assert len(counter.records("Customer")) == (1 if moved else 2)


def test_one_document_of_a_day_is_recorded_as_it_was_planned(counter: ShopCounter) -> None:
    counter.set(**DAILY)
    for number in (1, 2, 3):
        sold(counter, number)
    plan(counter)
    record(counter)
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 300.00"]
    assert set(counter.states().values()) == {"posted"}
    record(counter, "again")
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 300.00"]


def test_of_a_day_nothing_is_recorded_where_one_of_its_orders_is_otherwise(counter: ShopCounter) -> None:
    counter.set(**DAILY)
    for number in (1, 2, 3):
        sold(counter, number)
    plan(counter)
    counter.give_back(2, "100.00")
    counter.change(2, line("80.00"), total="80.00", total_paid="80.00")
    run = record(counter)
    assert counter.books() == []
    assert sorted(differing(counter, run)) == ["1", "2", "3"]
    assert counter.state(1) == counter.state(3) == "waiting PLAN_DIFFERS"


def test_an_order_that_comes_to_a_day_later_goes_onto_a_further_document(counter: ShopCounter) -> None:
    counter.set(**DAILY)
    sold(counter, 1)
    plan(counter)
    sold(counter, 2)
    record(counter)
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 100.00"]
    counter.run(0)
    assert counter.books()[1:] == ["SalesReceipt IS-20261116-2 11-16 100.00"]


def test_a_task_that_ended_in_the_middle_goes_on(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.set(**INVOICES)
    sold(counter, 1)
    sold(counter, 2, name="Nora New", email="nora@example.com")
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.steps.post_orders.record_money", _killed)
        with suppress(KeyboardInterrupt):
            counter.post(run)
    assert [one for one in counter.books() if one.startswith("Payment")] == []
    assert len(counter.books()) == 2
    counter.create_customers(run)
    counter.post(run)
    assert len(counter.books()) == 4
    assert differing(counter, run) == {}
    assert counter.states() == {1: "posted", 2: "posted"}


def test_new_items_are_made_as_they_were_planned(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}})
    counter.sell(1, line("30.00", "Gadget"))
    counter.pay(1, "30.00")
    counter.sell(2, line("30.00", "Gizmo"))
    counter.pay(2, "30.00")
    plan(counter)
    counter.sell(2, line("31.00", "Gizmo"))
    run = record(counter)
    assert counter.books() == ["SalesReceipt IS-1 11-16 30.00"]
    assert [one["Name"] for one in counter.records("Item") if one["Name"].startswith("G")] == ["Gadget"]
    assert list(differing(counter, run)) == ["2"]
    record(counter, "again")
    assert counter.books() == ["SalesReceipt IS-1 11-16 30.00"]


def test_an_order_that_is_gone_or_held_by_now_is_told(counter: ShopCounter) -> None:
    for number in (1, 2):
        sold(counter, number, name="Nora New", email="nora@example.com")
    plan(counter)
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    counter.pay(2, "7.00")
    run = record(counter)
    assert counter.books() == []
    found = differing(counter, run)
    assert found["1"] == [["SalesReceipt", "100.00 USD", "Infusionsoft has no such order."]]
    assert found["2"][0][:2] == ["SalesReceipt", "100.00 USD"]
    assert "OVERPAID" in counter.state(2)
    assert [one["DisplayName"] for one in counter.records("Customer")] == ["Ada Lovelace"]


def test_an_exchange_rate_that_is_another_by_now_is_told(counter: ShopCounter) -> None:
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"every day": 1.5}})
    counter.add(
        "Customer",
        DisplayName="Eva Euro",
        PrimaryEmailAddr={"Address": "eva@example.com"},
        CurrencyRef={"value": "EUR"},
    )
    sold(counter, 1, name="Eva Euro", email="eva@example.com", currency="EUR")
    plan(counter)
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"every day": 1.6}})
    run = record(counter)
    assert counter.books() == []
    assert differing(counter, run)["1"] == [["SalesReceipt.ExchangeRate", "1.5", "1.6"]]


def test_the_day_of_posting_is_another_by_now(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.set(revenue={"transaction_date": "date of posting"})
    sold(counter, 1)
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    from order_sync.sync.recording.context import Context

    today = runs.context(counter.engine, run, counter.store).today
    monkeypatch.setattr(Context, "today", property(lambda _self: today + timedelta(days=1)))
    counter.post(run)
    assert counter.books() == []
    [found] = differing(counter, run).values()
    assert found[0] == ["SalesReceipt.TxnDate", str(today), str(today + timedelta(days=1))]


def test_a_name_that_is_taken_makes_no_customer_that_nobody_saw(counter: ShopCounter) -> None:
    counter.add("Vendor", DisplayName="Nora New")
    sold(counter, 1, name="Nora New", email="nora@example.com")
    plan(counter)
    run = record(counter)
    assert counter.books() == []
    assert [one["DisplayName"] for one in counter.records("Customer")] == ["Ada Lovelace"]
    assert list(differing(counter, run)) == ["1"]
    counter.run(0)
    assert len(counter.books()) == 1


def test_addresses_are_left_to_the_next_run(counter: ShopCounter) -> None:
    counter.set(customers={"update_addresses": "Billing with Billing"})
    sold(counter, 1)
    lives_at(counter, 5001, "new")
    plan(counter)
    counter.sandbox.delete("/_sandbox/calls")
    record(counter)
    assert counter.sent() == {"create SalesReceipt": 1}
    assert missed_updates(counter.engine, "demo", "customer") == {counter.ada: "1"}
    counter.update_addresses(counter.prepare(0))
    assert missed_updates(counter.engine, "demo", "customer") == {}
    assert counter.records("Customer")[0]["BillAddr"]["Line1"] == account.PLACES["new"]["line1"]


def lives_at(counter: ShopCounter, contact_id: int, place: str) -> None:
    """The contact moves."""
    [contact] = [one for one in counter.account.all("contact") if one["id"] == str(contact_id)]
    counter.account.put("contact", {**contact, "addresses": [account.address(place, "BILLING")]})


def test_another_run_goes_on_where_the_first_one_ended(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.set(**INVOICES)
    sold(counter, 1, name="Nora New", email="nora@example.com")
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.steps.post_orders.record_money", _killed)
        with suppress(KeyboardInterrupt):
            counter.post(run)
    assert len(counter.books()) == 1
    again = record(counter, "again")
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert differing(counter, again) == {}
    assert len(counter.records("Customer")) == 2


def test_customers_that_were_made_before_the_task_died_are_those_of_the_plan(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold(counter, 1, name="Nora New", email="nora@example.com")
    plan(counter)
    run = begin(counter)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.recording.customers.assign_customer", _killed)
        with suppress(KeyboardInterrupt):
            counter.create_customers(run)
    assert len(counter.records("Customer")) == 2
    counter.create_customers(run)
    counter.post(run)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert len(counter.records("Customer")) == 2


@pytest.mark.parametrize("daily", [False, True])
def test_a_document_whose_answer_was_lost_is_settled_as_it_was_planned(counter: ShopCounter, daily: bool) -> None:
    counter.set(**(DAILY if daily else {}))
    sold(counter, 1)
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    counter.fail("quickbooks create SalesReceipt", "drop_after")
    counter.fail("quickbooks query SalesReceipt", "503", next=1000)
    with suppress(RetryLater):
        counter.post(run)
    counter.mend()
    again = record(counter, "again")
    assert len(counter.books()) == 1
    assert counter.state() == "posted"
    assert differing(counter, again) == {}


def test_a_document_that_another_run_sent_otherwise_is_left_to_that_one(counter: ShopCounter) -> None:
    """Nobody knows what became of it; settled here, it might be sent as nobody saw it."""
    sold(counter, 1)
    plan(counter)
    counter.account.change(1, moment(0), title="Another title")
    counter.set(revenue={"memo": "{order_title}"})
    counter.fail("quickbooks create SalesReceipt", "drop_before")
    counter.fail("quickbooks query SalesReceipt", "503", next=1000)
    with suppress(RetryLater):
        counter.run(0)
    counter.mend()
    assert counter.state().startswith("unsettled")
    run = record(counter)
    assert counter.books() == []
    assert list(differing(counter, run)) == ["1"]
    counter.run(0)
    assert len(counter.books()) == 1


def test_a_document_of_a_day_that_was_never_sent_goes_out_as_it_was_planned(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.set(**DAILY)
    sold(counter, 1)
    sold(counter, 2)
    plan(counter)
    run = begin(counter)
    counter.create_customers(run)
    with monkeypatch.context() as patched:
        patched.setattr("order_sync.sync.recording.sending.open_courier", _killed)
        with suppress(KeyboardInterrupt):
            counter.post(run)
    assert counter.books() == []
    assert len(counter.writes("document")) == 1
    counter.post(run)
    assert counter.books() == ["SalesReceipt IS-20261116-1 11-16 200.00"]
    assert set(counter.states().values()) == {"posted"}
    assert differing(counter, run) == {}


@pytest.mark.parametrize("taxes", ["none", "automatic"])
def test_a_change_is_recorded_as_it_was_planned(counter: ShopCounter, taxes: str) -> None:
    counter.set(orders={"changed": "update"}, taxes={"record_as": taxes}, **INVOICES)
    for number in (1, 2):
        counter.sell(number)
    counter.run(0)
    for number in (1, 2):
        counter.change(number, line("90.00"))
    plan(counter)
    counter.change(2, line("80.00"))
    run = record(counter)
    assert sorted(counter.books()) == ["Invoice IS-1 11-16 90.00 open 90.00", "Invoice IS-2 11-16 100.00 open 100.00"]
    assert ["Invoice.Line[0].Amount", "90.00", "80.00"] in differing(counter, run)["2"]
    assert list(differing(counter, run)) == ["2"]
    record(counter, "again")
    counter.run(0)
    assert sorted(counter.books()) == ["Invoice IS-1 11-16 90.00 open 90.00", "Invoice IS-2 11-16 80.00 open 80.00"]


def test_what_is_taken_back_is_taken_back_as_it_was_planned(counter: ShopCounter) -> None:
    counter.set(payments={"reversals": "void"}, **INVOICES)
    counter.sell(1)
    payment = counter.pay(1, "40.00")
    counter.run(0)
    counter.take_back(payment)
    counter.change(1, total_paid="0.00", status="SENT")
    plan(counter)
    run = record(counter)
    assert differing(counter, run) == {}
    assert counter.books()[0] == "Invoice IS-1 11-16 100.00 open 100.00"
    assert counter.sent()["void Payment"] == 1


def test_an_inactive_customer_is_made_active_only_where_it_was_planned(counter: ShopCounter) -> None:
    counter.set(customers={"reactivate_inactive": True})
    ida = counter.add(
        "Customer", DisplayName="Ida Asleep", Active=False, PrimaryEmailAddr={"Address": "ida@example.com"}
    )
    ben = counter.add("Customer", DisplayName="Ben Awake", PrimaryEmailAddr={"Address": "ben@example.com"})
    sold(counter, 1, name="Ida Asleep", email="ida@example.com")
    sold(counter, 2, name="Ben Awake", email="ben@example.com")
    sold(counter, 3, name="Ben Awake", email="ben@example.com")
    plan(counter)
    inactive = {"Id": ben["Id"], "SyncToken": ben["SyncToken"], "sparse": True, "Active": False}
    counter.quickbooks.update("Customer", inactive, request_id="by hand")
    run = record(counter)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert sorted(differing(counter, run)) == ["2", "3"]
    active = {one["Id"]: one["Active"] for one in counter.records("Customer")}
    assert (active[ida["Id"]], active[ben["Id"]]) == (True, False)


@pytest.mark.parametrize(
    ("if_differs", "books", "state"),
    [
        ("flag", "SalesReceipt IS-1 11-16 108.25", "failed TAX_DIFFERS"),
        ("void and hold", "SalesReceipt IS-1 11-16 0.00 voided", "held TAX_DIFFERS"),
    ],
)
def test_what_quickbooks_taxes_otherwise_is_told_or_voided_as_the_settings_say(
    counter: ShopCounter, if_differs: str, books: str, state: str
) -> None:
    counter.company(sales_tax_percent=8.25, compute_tax_always=True)
    counter.set(taxes={"record_as": "as charged", "if_differs": if_differs})
    counter.sell(1, line("100.00", taxable=True), line("5.00", kind="TAX"))
    counter.pay(1, "105.00")
    plan(counter)
    run = record(counter)
    assert counter.books() == [books]
    assert counter.state() == state
    [[what, planned, now]] = differing(counter, run)["1"]
    assert (what, planned) == ("SalesReceipt", "105.00 USD")
    assert "its tax is 8.25 USD instead of 5.00 USD" in now


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
