"""Documents that QuickBooks taxes or sums otherwise than the order: flagged, or voided and their orders held, as the settings say."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.database.order_status import skip_order
from order_sync.sync.recording import voids
from tests.faults import moments
from tests.shop.counter import Json, ShopCounter, line, refusal

ENTITIES = [("Sales receipt", "SalesReceipt"), ("Invoice and payment", "Invoice")]
TAXED = (line("100.00", taxable=True), line("8.25", kind="TAX"))


def settings(post_as: str = "Sales receipt", if_differs: str = "void and hold", **taxes: object) -> dict[str, Any]:
    taxes = {"record_as": "as charged", "if_differs": if_differs, **taxes}
    return {"revenue": {"post_as": post_as}, "taxes": taxes}


def taxed_otherwise(counter: ShopCounter, **how: Any) -> None:
    """Order 1 of 108.25, for which QuickBooks computes 9 percent of tax."""
    counter.company(sales_tax_percent=9, compute_tax_always=True)
    counter.set(**settings(**how))
    counter.sell(1, *TAXED)
    counter.pay(1, "108.25")


def in_books(counter: ShopCounter, entity: str, number: str = "IS-1") -> tuple[str, str]:
    """Number and total of a document as the books name them."""
    document: Json = counter.document(entity, number)
    return document["DocNumber"], f"{document['TotalAmt']:.2f}"


@pytest.mark.parametrize(("post_as", "entity"), ENTITIES)
def test_with_flag_the_document_stays_and_the_order_fails_until_it_is_corrected(
    counter: ShopCounter, post_as: str, entity: str
) -> None:
    taxed_otherwise(counter, post_as=post_as, if_differs="flag")
    counter.run(0)
    assert counter.state() == "failed TAX_DIFFERS"
    assert in_books(counter, entity) == ("IS-1", "109.00")
    assert counter.order(1).document_id == counter.document(entity, "IS-1")["Id"]
    assert "its tax is 9.00 USD instead of 8.25 USD, its total 109.00 USD instead of 108.25 USD" in counter.history()[0]
    assert counter.sent() == {f"create {entity}": 1}
    counter.expect_quiet()
    counter.company(sales_tax_percent=8.25)
    counter.edit(entity, "IS-1")
    counter.run(2)
    assert counter.state() == "posted"
    assert in_books(counter, entity) == ("IS-1", "108.25")
    assert counter.ledger("document") == ["1 generation 1 posted"]
    assert len(counter.payments()) == (entity == "Invoice")
    counter.expect_quiet()


@pytest.mark.parametrize(("post_as", "entity"), ENTITIES)
def test_with_void_and_hold_it_is_voided_once_and_sent_again_under_a_further_number_once_the_settings_change(
    counter: ShopCounter, post_as: str, entity: str
) -> None:
    taxed_otherwise(counter, post_as=post_as)
    assert counter.run(0) == {"held": 1}
    assert counter.state() == "held TAX_DIFFERS"
    assert in_books(counter, entity) == ("IS-1", "0.00")
    assert counter.books()[0].endswith("voided")
    row = counter.order(1)
    assert (row.document_entity, row.document_id, row.document_number, row.posted_hash) == (None, None, None, None)
    assert counter.history()[0].endswith("It was voided.")
    assert counter.ledger("document") == ["1 generation 1 rejected"]
    [document] = counter.writes("document")
    assert counter.ledger("void") == [f"{document.id} generation 1 posted"]
    assert counter.sent() == {f"create {entity}": 1, f"void {entity}": 1}
    told = counter.history()
    counter.expect_quiet()
    assert counter.history() == told
    counter.set(**settings(post_as, record_as="line item"))
    counter.run(2)
    assert counter.state() == "posted"
    assert in_books(counter, entity, "IS-1-2") == ("IS-1-2", "108.25")
    assert counter.order(1).document_number == "IS-1-2"
    assert counter.ledger("document") == ["1 generation 1 rejected", "1 generation 2 posted"]
    assert counter.payments() == [] or counter.books()[-1] == "Payment IS-1-2 11-16 108.25"
    assert counter.sent()[f"create {entity}"] == 2
    counter.expect_quiet()


def test_it_is_sent_again_once_the_order_changes(counter: ShopCounter) -> None:
    taxed_otherwise(counter)
    counter.run(0)
    counter.change(1, line("99.25", taxable=True), line("9.00", kind="TAX"), day=1)
    counter.company(sales_tax_percent=9.07)
    counter.run(1)
    assert counter.state() == "posted"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided", "SalesReceipt IS-1-2 11-16 108.25"]
    counter.expect_quiet()


def test_it_is_voided_each_time_that_it_differs_anew(counter: ShopCounter) -> None:
    taxed_otherwise(counter)
    counter.run(0)
    counter.change(1, line("99.25", taxable=True), line("9.00", kind="TAX"), day=1)
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided", "SalesReceipt IS-1-2 11-16 0.00 voided"]
    counter.expect_quiet()
    counter.set(**settings(record_as="line item"))
    counter.run(3)
    assert counter.books()[-1] == "SalesReceipt IS-1-3 11-16 108.25"
    paid_back = counter.give_back(1, "108.25", day=4)
    counter.run(4)
    assert counter.books()[-1] == "RefundReceipt IS-1-R1 11-20 108.25"
    assert counter.ledger("refund") == [f"1/{paid_back} generation 1 posted"]
    counter.expect_quiet()


@pytest.mark.parametrize("transaction_date", ["order date", "date of posting"])
def test_another_day_alone_is_no_change(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, transaction_date: str
) -> None:
    from datetime import date

    from order_sync.sync.recording.context import Context

    taxed_otherwise(counter)
    chosen = settings()
    chosen["revenue"]["transaction_date"] = transaction_date
    counter.set(**chosen)
    counter.run(0)
    monkeypatch.setattr(Context, "today", date(2027, 1, 1))
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.sent() == {"create SalesReceipt": 1, "void SalesReceipt": 1}


@pytest.mark.parametrize(("what", "sent"), [("drop_after", 1), ("half_body", 1), ("drop_before", 2)])
@pytest.mark.parametrize(("post_as", "entity"), ENTITIES)
def test_a_void_whose_answer_is_lost_is_made_once(
    counter: ShopCounter, post_as: str, entity: str, what: str, sent: int
) -> None:
    taxed_otherwise(counter, post_as=post_as)
    counter.fail(f"quickbooks void {entity}", what)
    assert counter.run(0) == {"held": 1}
    assert counter.state() == "held TAX_DIFFERS"
    assert in_books(counter, entity) == ("IS-1", "0.00")
    assert counter.sent()[f"void {entity}"] == sent
    assert counter.document(entity, "IS-1")["SyncToken"] == "1"
    counter.expect_quiet()


def test_a_document_whose_answer_was_lost_is_voided_too(counter: ShopCounter) -> None:
    taxed_otherwise(counter)
    counter.fail("quickbooks create SalesReceipt", "drop_after")
    counter.run(0)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    counter.expect_quiet()


def test_a_run_that_was_killed_before_it_noted_the_void_is_taken_up(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    taxed_otherwise(counter)
    with monkeypatch.context() as killed:
        killed.setattr(voids, "_hold", _killed)
        with pytest.raises(KeyboardInterrupt):
            counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    assert counter.ledger("document") == ["1 generation 1 posted"]
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.ledger("document") == ["1 generation 1 rejected"]
    assert counter.sent() == {"create SalesReceipt": 1, "void SalesReceipt": 1}
    counter.expect_quiet()


def test_a_run_that_was_killed_before_it_voided_is_taken_up(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    taxed_otherwise(counter)
    with monkeypatch.context() as killed:
        killed.setattr(moments.DIFFERING_VOIDED, _killed)
        with pytest.raises(KeyboardInterrupt):
            counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 109.00"]
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    assert counter.sent() == {"create SalesReceipt": 1, "void SalesReceipt": 1}
    counter.expect_quiet()


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_void_that_quickbooks_refuses_fails_and_is_tried_again(counter: ShopCounter) -> None:
    taxed_otherwise(counter)
    counter.fail("quickbooks void SalesReceipt", **refusal("6540", "Deposited transaction cannot be changed"))
    counter.run(0)
    assert counter.state() == "failed 6540"
    assert counter.books() == ["SalesReceipt IS-1 11-16 109.00"]
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    counter.expect_quiet()


def test_a_document_that_somebody_deleted_before_it_was_voided(counter: ShopCounter) -> None:
    taxed_otherwise(counter, if_differs="flag")
    counter.run(0)
    counter.delete("SalesReceipt", "IS-1")
    counter.set(**settings())
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.history()[0].endswith("It is no longer in QuickBooks.")
    assert counter.sent() == {"create SalesReceipt": 1, "delete SalesReceipt": 1}
    assert counter.books() == []
    counter.expect_quiet()


def test_what_was_flagged_is_voided_once_the_settings_say_so(counter: ShopCounter) -> None:
    taxed_otherwise(counter, if_differs="flag")
    counter.run(0)
    counter.set(**settings())
    counter.run(1)
    assert counter.state() == "held TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 0.00 voided"]
    counter.expect_quiet()


def test_what_somebody_skipped_is_never_voided(counter: ShopCounter) -> None:
    taxed_otherwise(counter, if_differs="flag")
    counter.run(0)
    skip_order(counter.engine, "demo", "1", "The accountant will correct it.")
    counter.set(**settings())
    counter.run(5)
    assert counter.state() == "posted with warnings BY_PERSON"
    assert counter.books() == ["SalesReceipt IS-1 11-16 109.00"]
    counter.expect_quiet()


@pytest.mark.parametrize(
    ("if_differs", "state", "books"),
    [
        ("flag", "failed RECORDED_OTHERWISE", ["SalesReceipt IS-1 11-16 110.00"]),
        ("void and hold", "held RECORDED_OTHERWISE", ["SalesReceipt IS-1 11-16 0.00 voided"]),
    ],
)
def test_another_total_at_the_same_tax_is_recorded_otherwise(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, if_differs: str, state: str, books: list[str]
) -> None:
    create = counter.quickbooks.create

    def and_round_up(entity: str, body: Any, *, request_id: str) -> Json:
        lines = [{**body["Line"][0], "Amount": 110, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}]
        return create(entity, {**body, "Line": lines}, request_id=request_id)

    monkeypatch.setattr(counter.quickbooks, "create", and_round_up)
    counter.set(taxes={"if_differs": if_differs})
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    assert counter.state() == state
    assert counter.books() == books
    counter.expect_quiet()
