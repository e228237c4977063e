"""What an order and the books say after its document was posted, held or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from order_sync.errors import ConfigurationError
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.tokens import TokenVault
from tests.faults import moments
from tests.shop.counter import ShopCounter, line
from tests.shop.fault_shop import CREATE_DOCUMENT, Shop, open_shop
from tests.shop.records import sale, sales
from tests.shop.services import Controls

NOT_NOW = json.dumps(
    {
        "Fault": {
            "Error": [{"Message": "Business validation", "Detail": "The period is closed", "code": "6200"}],
            "type": "ValidationFault",
        }
    }
)


@pytest.fixture
def shop(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[Shop]:
    with open_shop(sandbox, engine, vault) as opened:
        yield opened


def test_each_order_becomes_one_document_and_a_second_run_sends_nothing(shop: Shop) -> None:
    run = shop.read(sales(20))
    assert shop.post(run) == {"posted": 20}
    shop.expect_each_posted_once(sales(20))
    assert shop.post(run) == {}
    again = shop.read(sales(20), "again")
    assert shop.post(again) == {}
    shop.expect_each_posted_once(sales(20))
    assert shop.calls(CREATE_DOCUMENT) == {"200": 20}


def test_a_refused_order_among_many_fails_with_code_words_and_advice(shop: Shop) -> None:
    item = shop.add_item("Discontinued")
    refresh_lists(shop.engine, shop.quickbooks)
    shop.change("Item", item["Id"], Active=False, Name="Discontinued")
    orders = [*sales(9), sale(10, sku="Discontinued")]
    run = shop.read(orders)
    assert shop.post(run) == {"posted": 9, "failed": 1}
    shop.expect_each_posted_once(orders[:9])
    failed = shop.orders()["10"]
    assert (failed.status, failed.code, failed.document_id) == ("failed", "2500", None)
    assert failed.message
    assert failed.advice
    assert failed.message in shop.history("10")[0]


def test_a_refused_order_is_posted_by_a_later_run_under_a_new_request_id(shop: Shop) -> None:
    shop.fail(CREATE_DOCUMENT, "fault", status=400, body=NOT_NOW)
    assert shop.post(shop.read(sales(1))) == {"failed": 1}
    run = shop.read(sales(1), "tuesday")
    assert shop.post(run) == {"posted": 1}
    shop.expect_each_posted_once(sales(1))
    first, second = shop.writes("document")
    assert (first.status, second.status) == ("rejected", "posted")
    assert first.request_id != second.request_id


def test_a_refusal_inside_a_200_is_a_refusal(shop: Shop) -> None:
    shop.fail(CREATE_DOCUMENT, "fault", status=200, body=NOT_NOW)
    run = shop.read(sales(3))
    assert shop.post(run) == {"posted": 2, "failed": 1}
    (failed,) = [row for row in shop.orders().values() if row.status == "failed"]
    assert failed.code == "6200"
    assert "The period is closed" in failed.message


def test_a_number_that_somebody_else_used_fails_the_order_with_words(shop: Shop) -> None:
    line = {
        "Amount": 10.01,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
    }
    shop.add("SalesReceipt", DocNumber="IS-1", CustomerRef={"value": shop.ada}, Line=[line])
    run = shop.read(sales(3))
    assert shop.post(run) == {"posted": 2, "failed": 1}
    failed = shop.orders()["1"]
    assert (failed.status, failed.code, failed.document_id) == ("failed", "6140", None)
    assert "IS-1" in failed.message
    assert len(shop.documents()) == 3


def test_an_order_that_cannot_be_recorded_as_it_is_is_held_and_nothing_is_sent_for_it(shop: Shop) -> None:
    run = shop.read([sale(1), sale(2, currency="EUR")])
    assert shop.post(run) == {"posted": 1, "held": 1}
    shop.expect_each_posted_once([sale(1)])
    assert (shop.orders()["2"].status, shop.orders()["2"].code) == ("held", "CURRENCY")


def test_a_product_that_the_books_have_not_is_booked_to_the_standard_item_with_a_warning(shop: Shop) -> None:
    run = shop.read([sale(1, sku="Unheard-of")])
    assert shop.post(run) == {"posted with warnings": 1}
    shop.expect_each_posted_once([sale(1)], "posted with warnings")


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("standard_item", "Sales"),
        ("tax_item", "Sales"),
        ("tip_item", "Sales"),
        ("fee_item", "Sales"),
        ("discount_account", "Services"),
    ],
)
def test_a_name_in_the_settings_that_the_company_has_not_stops_before_anything_is_sent(
    sandbox: Controls, engine: Engine, vault: TokenVault, key: str, near: str
) -> None:
    with open_shop(sandbox, engine, vault, revenue={key: "Slaes"}) as shop:
        run = shop.read(sales(3))
        with pytest.raises(ConfigurationError, match="Slaes") as refused:
            shop.post(run)
        assert f"revenue.{key}" in refused.value.message
        assert near in refused.value.advice
        assert shop.calls(CREATE_DOCUMENT) == {}
        assert shop.writes("document") == []


def test_an_order_that_another_run_left_open_is_settled_without_a_false_alarm(shop: Shop) -> None:
    monday = shop.read(sales(3))
    shop.fail(CREATE_DOCUMENT, "500", next=1000, executed=True)
    shop.fail("quickbooks query SalesReceipt", "503", next=1000)
    assert shop.post(monday) == {"unsettled": 3}
    shop.sandbox.delete("/_sandbox/faults")
    tuesday = shop.read([sale(4)], "tuesday")
    assert shop.post(tuesday) == {"posted": 4}
    shop.expect_each_posted_once(sales(4))


def test_an_order_that_changed_while_its_outcome_was_open_is_posted_with_a_warning(shop: Shop) -> None:
    shop.fail(CREATE_DOCUMENT, "drop_after")
    shop.fail("quickbooks query SalesReceipt", "503", next=1000)
    assert shop.post(shop.read([sale(1)])) == {"unsettled": 1}
    shop.sandbox.delete("/_sandbox/faults")
    run = shop.read([sale(1, sku="Something else")], "tuesday")
    assert shop.post(run) == {"posted with warnings": 1}
    assert shop.orders()["1"].code == "CHANGED"
    (document,) = shop.documents()
    assert shop.orders()["1"].document_id == document["Id"]


class Killed(BaseException):
    """The process ends here."""


def _kill(*_arguments: object, **_named: object) -> None:
    raise Killed


def killed(monkeypatch: pytest.MonkeyPatch, counter: ShopCounter, at: str) -> None:
    """A run over day 0 that is killed where it calls that function."""
    with monkeypatch.context() as patched:
        patched.setattr(at, _kill)
        with pytest.raises(Killed):
            counter.run(0)


def test_a_document_that_a_killed_run_had_planned_is_sent_as_it_was(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.sell(1)
    counter.pay(1)
    killed(monkeypatch, counter, moments.COURIER_OPENED)
    assert (counter.ledger("document"), counter.books()) == (["1 generation 1 planned"], [])
    assert counter.run(1) == {"posted": 1}
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert counter.ledger("document") == ["1 generation 1 posted"]
    counter.expect_quiet()


def test_a_planned_document_that_was_never_sent_becomes_what_the_order_is_now(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.sell(1)
    counter.pay(1)
    killed(monkeypatch, counter, moments.COURIER_OPENED)
    assert counter.ledger("document") == ["1 generation 1 planned"]
    counter.change(1, line("90.00"), line("10.00", "Unheard-of"), day=1)
    counter.set(revenue={"post_as": "Invoice and payment"})
    assert counter.run(1) == {"posted with warnings": 1, "payments": 1}
    assert counter.sold("Invoice", "IS-1") == ["Widget 90.00 NON", "Sales 10.00 NON"]
    assert counter.books() == ["Invoice IS-1 11-16 100.00 open 0.00", "Payment IS-1 11-16 100.00"]
    assert counter.state() == "posted with warnings"
    assert counter.ledger("document") == ["1 generation 1 posted"]
    counter.expect_quiet()


def test_a_planned_document_of_an_order_that_must_wait_now_is_not_sent(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.sell(1)
    bounced = counter.pay(1)
    killed(monkeypatch, counter, moments.COURIER_OPENED)
    assert counter.ledger("document") == ["1 generation 1 planned"]
    counter.take_back(bounced)
    counter.change(1, day=1, status="SENT", total_paid="0.00")
    counter.run(1)
    assert counter.state() == "waiting UNPAID"
    assert counter.sent() == {}
    counter.expect_quiet()
    counter.pay(1, day=2)
    counter.run(2)
    assert counter.books() == ["SalesReceipt IS-1 11-18 100.00"]


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_an_order_that_only_the_ledger_knows_as_recorded_is_noted_and_goes_on(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, post_as: str
) -> None:
    counter.set(revenue={"post_as": post_as})
    counter.sell(1)
    counter.pay(1)
    killed(monkeypatch, counter, moments.DOCUMENT_RECORDED)
    assert (counter.state(), counter.ledger("document")) == ("matched", ["1 generation 1 posted"])
    counter.give_back(1, "30.00", day=1)
    counter.run(1)
    assert counter.state() == "posted"
    [document] = counter.writes("document")
    row = counter.order(1)
    assert (row.document_id, row.document_number) == (document.quickbooks_id, "IS-1")
    assert row.posted_hash == row.content_hash
    assert (
        counter.books()[:2]
        == {
            "Sales receipt": ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-17 30.00"],
            "Invoice and payment": ["Invoice IS-1 11-16 100.00 open 0.00", "RefundReceipt IS-1-R1 11-17 30.00"],
        }[post_as]
    )
    assert len(counter.payments()) == (post_as == "Invoice and payment")
    counter.expect_quiet()


def test_an_order_that_the_same_run_had_recorded_is_only_noted_when_its_task_is_repeated(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.sell(1)
    counter.pay(1)
    run = counter.prepare(0)
    with monkeypatch.context() as patched:
        patched.setattr(moments.DOCUMENT_RECORDED, _kill)
        with pytest.raises(Killed):
            counter.post(run)
    assert counter.post(run) == {"posted": 1}
    assert counter.state() == "posted"
    assert counter.order(1).document_number == "IS-1"
    assert counter.order(1).posted_as == "Sales receipt"
    assert counter.sent() == {"create SalesReceipt": 1}
    counter.expect_quiet()


def test_a_changed_order_that_only_the_ledger_knows_as_recorded_is_flagged(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.sell(1)
    counter.pay(1)
    killed(monkeypatch, counter, moments.DOCUMENT_RECORDED)
    counter.change(1, line("80.00"), day=1)
    counter.run(1)
    assert counter.state() == "posted with warnings CHANGED"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()


def test_what_a_day_brings_is_counted_beside_its_orders(counter: ShopCounter) -> None:
    counter.set(revenue={"post_as": "Invoice and payment"}, orders={"changed": "update"})
    for number in (1, 2, 3):
        counter.sell(number)
        counter.pay(number)
    assert counter.run(0) == {"posted": 3, "payments": 3}
    counter.change(1, line("110.00"), day=1)
    counter.pay(1, "10.00", day=1)
    counter.give_back(2, "5.00", day=1)
    counter.sell(4, day=1)
    assert counter.run(1) == {"posted": 1, "changes": 1, "payments": 1, "refunds": 1}
    assert counter.states() == dict.fromkeys((1, 2, 3, 4), "posted")
    counter.expect_quiet()
