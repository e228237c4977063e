"""Orders that change after they were recorded: what becomes of their documents, by each setting and whatever breaks on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from order_sync.database.order_status import skip_order
from order_sync.sync.recording import changes
from tests.shop import account
from tests.shop.counter import Json, ShopCounter, line, refusal
from tests.shop.entries import entries

UPDATE = {"orders": {"changed": "update"}}
INVOICES = {"revenue": {"post_as": "Invoice and payment"}}
UPDATE_RECEIPT = "quickbooks update SalesReceipt"


def recorded(counter: ShopCounter, *lines: Json, **settings: Any) -> None:
    """Order 1, paid and recorded on day 0."""
    counter.set(**settings)
    counter.sell(1, *lines)
    counter.pay(1, total(counter))
    counter.run(0)


def changed(counter: ShopCounter, *lines: Json, day: int = 1) -> None:
    """Order 1 gets other lines, and what was paid for it is their total."""
    counter.change(1, *lines, day=day)
    paid = sum(Decimal(str(one["amount"])) for one in counter.account.all("payment"))
    if paid > Decimal(total(counter)):
        paid = Decimal(0)
        counter.change(1, total_paid="0.00", day=day)
        for one in counter.account.all("payment"):
            counter.take_back(one["id"])
    if paid < Decimal(total(counter)):
        counter.pay(1, str(Decimal(total(counter)) - paid), day=day)


def total(counter: ShopCounter) -> str:
    """The total of the one order."""
    return str(account.amount(counter.account.find(1)["total"]))


def is_followed(counter: ShopCounter) -> bool:
    """Whether the document is known to be as the order is now."""
    row = counter.order(1)
    return bool(row.posted_hash == row.content_hash)


def test_with_flag_the_document_stays_and_the_order_says_so_once(counter: ShopCounter) -> None:
    recorded(counter)
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "posted with warnings CHANGED"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert not is_followed(counter)
    counter.expect_quiet()
    assert len([words for words in counter.history() if "changed in Infusionsoft" in words]) == 1
    assert counter.sent() == {"create SalesReceipt": 1}


def test_with_ignore_the_document_stays_and_nothing_is_said(counter: ShopCounter) -> None:
    recorded(counter, orders={"changed": "ignore"})
    before = counter.history()
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "posted"
    assert counter.history() == before
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()


def test_with_update_the_document_gets_all_lines_anew_and_keeps_number_day_and_customer(counter: ShopCounter) -> None:
    counter.add_item("Gadget")
    recorded(counter, line("60.00"), line("30.00", "Gadget"), line("10.00", kind="FEE"), **UPDATE)
    before = counter.document("SalesReceipt", "IS-1")
    counter.change(1, day=3, order_time="2026-11-20T19:00:00Z")
    changed(counter, line("55.00", "Gadget", quantity=2), line("10.00", kind="DISCOUNT"), day=3)
    assert counter.run(3) == {"changes": 1}
    after = counter.document("SalesReceipt", "IS-1")
    assert counter.sold("SalesReceipt", "IS-1") == ["Gadget 110.00 NON", "discount 10.00"]
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert (after["Id"], after["CustomerRef"]) == (before["Id"], before["CustomerRef"])
    assert int(after["SyncToken"]) == int(before["SyncToken"]) + 1
    assert counter.state() == "posted"
    assert is_followed(counter)
    assert counter.ledger("change") == ["1 generation 1 posted"]
    assert counter.history()[0] == "The document follows the order as it is now in Infusionsoft, over 100.00 USD."
    assert counter.sent() == {"create SalesReceipt": 1, "update SalesReceipt": 1}
    counter.expect_quiet()


def test_the_customer_of_the_document_stays_when_the_contact_is_another(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    other = {"id": "6000", "given_name": "Bob", "family_name": "Other", "email": "bob@example.com"}
    counter.change(1, day=1, contact=other)
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    assert counter.document("SalesReceipt", "IS-1")["CustomerRef"]["value"] == counter.ada


def test_changes_follow_one_another_and_back_again(counter: ShopCounter) -> None:
    counter.add_item("Gadget")
    recorded(counter, **UPDATE)
    wanted = [line("100.00")], [line("80.00")], [line("100.00")], [line("80.00")], [line("70.00", "Gadget")]
    for day, lines in enumerate(wanted[1:], 1):
        changed(counter, *lines, day=day)
        counter.run(day)
        assert counter.books() == [f"SalesReceipt IS-1 11-16 {lines[0]['price']}"]
        assert is_followed(counter)
    assert counter.ledger("change") == [f"1 generation {one} posted" for one in (1, 2, 3, 4)]
    assert counter.sent() == {"create SalesReceipt": 1, "update SalesReceipt": 4}
    counter.expect_quiet()


def test_an_edit_that_no_document_shows_changes_nothing(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    counter.change(1, day=1, title="Another title", notes="Seen")
    counter.run(1)
    assert counter.sent() == {"create SalesReceipt": 1}


@pytest.mark.parametrize("by", ["QuickBooks refuses", "somebody edits"])
def test_a_document_that_got_a_newer_version_meanwhile_is_read_once_more(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    recorded(counter, **UPDATE)
    if by == "QuickBooks refuses":
        counter.fail(UPDATE_RECEIPT, **refusal("5010", "Stale Object Error"))
    else:
        edit_after_the_first_reading(counter, monkeypatch)
    changed(counter, line("80.00"))
    assert counter.run(1) == {"changes": 1}
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    assert counter.state() == "posted"
    assert counter.ledger("change") == ["1 generation 1 rejected", "1 generation 2 posted"]
    counter.expect_quiet()


def test_a_document_that_gets_newer_versions_all_the_time_fails_and_follows_later(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    counter.fail(UPDATE_RECEIPT, **refusal("5010", "Stale Object Error"), next=2)
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "failed 5010"
    counter.run(2)
    assert counter.state() == "posted"
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    counter.expect_quiet()


def edit_after_the_first_reading(counter: ShopCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    read = changes._read
    seen: list[Json] = []

    def read_and_edit(*arguments: Any) -> Any:
        record = read(*arguments)
        if not seen:
            counter.edit("SalesReceipt", "IS-1", CustomerMemo={"value": "Thank you"})
        seen.append(record)
        return record

    monkeypatch.setattr(changes, "_read", read_and_edit)


def test_a_document_that_somebody_edited_is_left_alone_and_the_order_held(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    by_hand = {"DetailType": "SalesItemLineDetail", "Amount": 99, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    counter.edit("SalesReceipt", "IS-1", Line=[by_hand])
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "held EDITED"
    assert counter.books() == ["SalesReceipt IS-1 11-16 99.00"]
    counter.expect_quiet()
    skip_order(counter.engine, "demo", "1", "Corrected by hand.")
    counter.change(1, line("70.00"), day=2)
    counter.run(2)
    assert counter.state() == "posted with warnings BY_PERSON"
    assert counter.books() == ["SalesReceipt IS-1 11-16 99.00"]


def test_a_document_that_was_deleted_in_quickbooks_holds_the_order(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    counter.delete("SalesReceipt", "IS-1")
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "held DOCUMENT_GONE"
    assert counter.books() == []
    counter.expect_quiet()


def test_an_invoice_keeps_its_payments_and_never_comes_to_less_than_they_do(counter: ShopCounter) -> None:
    counter.set(**UPDATE, **INVOICES)
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.run(0)
    counter.change(1, line("90.00"), day=1)
    assert counter.run(1) == {"changes": 1}
    now = ["Invoice IS-1 11-16 90.00 open 30.00", "Payment IS-1 11-16 60.00"]
    assert counter.books() == now
    counter.change(1, line("50.00"), day=2)
    counter.run(2)
    assert counter.state() == "held OVERPAID"
    assert counter.books() == now
    counter.expect_quiet()
    counter.change(1, line("120.00"), day=4)
    counter.pay(1, "60.00", day=4)
    counter.run(4)
    assert counter.books() == [
        "Invoice IS-1 11-16 120.00 open 0.00",
        "Payment IS-1 11-16 60.00",
        "Payment IS-1 11-20 60.00",
    ]
    assert counter.state() == "posted"
    assert counter.sent() == {"create Invoice": 1, "create Payment": 2, "update Invoice": 2}
    counter.expect_quiet()


@pytest.mark.parametrize(("what", "sent"), [("drop_after", 1), ("half_body", 1), ("drop_before", 2)])
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_an_update_whose_answer_is_lost_is_made_once(counter: ShopCounter, post_as: str, what: str, sent: int) -> None:
    recorded(counter, **UPDATE, revenue={"post_as": post_as})
    entity = "Invoice" if post_as.startswith("Invoice") else "SalesReceipt"
    counter.fail(f"quickbooks update {entity}", what)
    changed(counter, line("130.00"))
    assert counter.run(1)["changes"] == 1
    assert counter.sold(entity, "IS-1") == ["Widget 130.00 NON"]
    assert counter.sent()[f"update {entity}"] == sent
    assert counter.document(entity, "IS-1")["SyncToken"] == ("3" if entity == "Invoice" else "1")
    assert counter.state() == "posted"
    assert is_followed(counter)
    counter.expect_quiet()


def unsettled(counter: ShopCounter, what: str) -> None:
    """An update to 80.00 whose answer was lost, and that nobody could look for."""
    recorded(counter, **UPDATE)
    counter.fail(UPDATE_RECEIPT, what)
    changed(counter, line("80.00"))
    run = counter.prepare(1)
    counter.fail("quickbooks read SalesReceipt", "late")  # the reading before the update
    counter.fail("quickbooks read SalesReceipt", "503", next=1000)
    counter.post(run)
    assert counter.state() == "unsettled UNSETTLED"
    counter.mend()


@pytest.mark.parametrize("what", ["drop_after", "drop_before"])
@pytest.mark.parametrize("price", ["70.00", "100.00"])
def test_an_update_that_nobody_could_look_for_is_settled_though_the_order_changed_again(
    counter: ShopCounter, what: str, price: str
) -> None:
    unsettled(counter, what)
    changed(counter, line(price), day=2)
    counter.run(2)
    assert counter.books() == [f"SalesReceipt IS-1 11-16 {price}"]
    assert counter.state() == "posted"
    assert is_followed(counter)
    counter.expect_quiet()


def test_an_update_that_nobody_could_look_for_is_settled_though_the_settings_flag_now(counter: ShopCounter) -> None:
    unsettled(counter, "drop_after")
    counter.set()
    counter.run(2)
    assert counter.ledger("change") == ["1 generation 1 posted"]
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    assert counter.state() == "posted"
    assert is_followed(counter)
    counter.expect_quiet()


def test_a_change_makes_the_item_that_it_needs(counter: ShopCounter) -> None:
    create = {"not_found": "create", "create": {"income_account": "Sales of Product Income"}}
    recorded(counter, **UPDATE, products=create)
    changed(counter, line("100.00"), line("5.00", "Gadget"))
    counter.run(1)
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON", "Gadget 5.00 NON"]
    assert counter.sent() == {"create SalesReceipt": 1, "create Item": 1, "update SalesReceipt": 1}
    assert any("The item of 'Gadget' was created" in words for words in counter.history())
    counter.expect_quiet()


def test_a_change_to_a_product_that_the_books_have_not_warns(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    changed(counter, line("100.00"), line("5.00", "Unheard-of"))
    counter.run(1)
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON", "Sales 5.00 NON"]
    assert counter.state() == "posted with warnings"
    assert any("QuickBooks has no item for 'Unheard-of'" in words for words in counter.history())
    counter.expect_quiet()


def test_a_change_that_cannot_be_recorded_is_held_and_the_document_stays(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    changed(counter, line("80.00"))
    counter.change(1, total="81.00", day=1)
    counter.run(1)
    assert counter.state() == "held TOTAL_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()
    changed(counter, line("81.00"), day=2)
    counter.run(3)
    assert counter.books() == ["SalesReceipt IS-1 11-16 81.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_an_order_that_was_flagged_follows_once_the_settings_let_it(counter: ShopCounter) -> None:
    recorded(counter)
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "posted with warnings CHANGED"
    counter.set(**UPDATE)
    counter.change(1, notes="read again", day=2)
    counter.run(2)
    assert counter.books() == ["SalesReceipt IS-1 11-16 80.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_an_update_that_quickbooks_taxes_is_flagged_until_it_is_corrected(counter: ShopCounter) -> None:
    tax = {"record_as": "as charged", "if_differs": "void and hold"}
    recorded(counter, line("100.00", taxable=True), line("8.25", kind="TAX"), **UPDATE, taxes=tax)
    counter.company(sales_tax_percent=9, compute_tax_always=True)
    changed(counter, line("80.00", taxable=True), line("6.60", kind="TAX"))
    counter.run(1)
    assert counter.state() == "failed TAX_DIFFERS"
    assert counter.books() == ["SalesReceipt IS-1 11-16 87.20"]
    counter.expect_quiet()
    counter.company(sales_tax_percent=8.25)
    counter.edit("SalesReceipt", "IS-1")
    counter.run(2)
    assert counter.state() == "posted"
    assert is_followed(counter)
    counter.expect_quiet()


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
@pytest.mark.parametrize(("price", "tax"), [("200.00", "16.50"), ("80.00", "6.60")])
def test_a_tax_that_quickbooks_computes_is_computed_anew_of_the_changed_lines(
    counter: ShopCounter, post_as: str, price: str, tax: str
) -> None:
    counter.company(sales_tax_percent=8.25)
    counter.set(revenue={"post_as": post_as}, taxes={"record_as": "automatic"}, **UPDATE)
    counter.sell(1, line("100.00", taxable=True), line("8.25", kind="TAX"))
    if post_as == "Sales receipt":
        counter.pay(1, total(counter))
    counter.run(0)
    lines = (line(price, taxable=True), line(tax, kind="TAX"))
    if post_as == "Sales receipt":
        changed(counter, *lines)
    else:
        counter.change(1, *lines, day=1)
    counter.run(1)
    assert counter.state() == "posted"
    assert is_followed(counter)
    money = "Undeposited Funds" if post_as == "Sales receipt" else "Accounts Receivable (A/R)"
    sold, owed = f"Cr {price}", f"Cr {tax}"
    assert entries(counter) == {
        money: f"Dr {Decimal(price) + Decimal(tax)}",
        "Sales of Product Income": sold,
        "Sales Tax Payable": owed,
    }
    counter.expect_quiet()


def test_how_a_discount_was_taxed_before_says_nothing_of_the_changed_order(counter: ShopCounter) -> None:
    counter.company(sales_tax_percent=7.25)
    counter.set(revenue=INVOICES["revenue"], taxes={"record_as": "automatic"}, **UPDATE)
    off = line("10.00", kind="DISCOUNT")
    counter.sell(1, line("100.00", taxable=True), off, line("6.53", kind="TAX"), total="96.53")
    counter.run(0)
    assert counter.books() == ["Invoice IS-1 11-16 96.53 open 96.53"]
    # Before the discount is taken off, as another till computes it.
    counter.change(1, line("100.00", taxable=True), off, line("7.25", kind="TAX"), day=1, total="97.25")
    counter.run(1)
    assert (counter.state(), counter.books()) == ("posted", ["Invoice IS-1 11-16 97.25 open 97.25"])


def test_an_update_that_quickbooks_taxed_otherwise_is_followed_by_the_next_change(counter: ShopCounter) -> None:
    recorded(counter, line("100.00", taxable=True), **UPDATE, taxes={"record_as": "as charged"})
    counter.company(sales_tax_percent=9, compute_tax_always=True)
    changed(counter, line("80.00", taxable=True), line("6.60", kind="TAX"))
    counter.run(1)
    assert counter.state() == "failed TAX_DIFFERS"
    counter.company(sales_tax_percent=10)
    changed(counter, line("80.00", taxable=True), line("8.00", kind="TAX"), day=2)
    counter.run(2)
    assert counter.state() == "posted"
    assert counter.books() == ["SalesReceipt IS-1 11-16 88.00"]
    counter.expect_quiet()


def test_refunds_stay_and_a_full_refund_has_the_changed_lines(counter: ShopCounter) -> None:
    counter.add_item("Gadget")
    recorded(counter, **UPDATE)
    changed(counter, line("100.00", "Gadget"))
    counter.give_back(1, day=2)
    assert counter.run(2) == {"changes": 1, "refunds": 1}
    assert counter.sold("RefundReceipt", "IS-1-R1") == ["Gadget 100.00 NON"]
    counter.change(1, line("60.00"), line("40.00", "Gadget"), day=3)
    assert counter.run(3) == {"changes": 1}
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00", "RefundReceipt IS-1-R1 11-18 100.00"]
    assert counter.state() == "posted"
    counter.expect_quiet()


@pytest.mark.parametrize(("price", "code"), [("150.00", "UNPAID"), ("80.00", "OVERPAID")])
def test_a_sales_receipt_never_comes_to_another_total_than_was_paid(
    counter: ShopCounter, price: str, code: str
) -> None:
    recorded(counter, **UPDATE)
    counter.change(1, line(price), day=1, status="SENT")
    counter.run(1)
    assert counter.state() == f"held {code}"
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    counter.expect_quiet()
    changed(counter, line(price), day=3)
    counter.run(3)
    assert counter.books() == [f"SalesReceipt IS-1 11-16 {price}"]
    assert counter.state() == "posted"
    counter.expect_quiet()


def test_a_change_in_a_closed_period_is_held(counter: ShopCounter) -> None:
    recorded(counter, **UPDATE)
    counter.company(preferences={"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}})
    changed(counter, line("80.00"))
    counter.run(1)
    assert counter.state() == "held PERIOD_CLOSED"
    assert counter.sent() == {"create SalesReceipt": 1}
    counter.expect_quiet()
