"""Transaction ids that are longer than QuickBooks takes: cut with a warning, and whole in the memo."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop.counter import ShopCounter
from tests.shop.entries import entries

STRIPE = "ch_3MmlLrLkdIwHu7ix0snN0B15"
REFERENCE = {"reference": "payment's transaction id"}


def warnings(counter: ShopCounter) -> list[str]:
    return [words for words in counter.history() if "reference number" in words]


def references(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["PaymentRefNum"], one["PrivateNote"]) for one in records]


@pytest.mark.parametrize("write_mode", ["single", "batch"])
def test_m34_a_sales_receipt_and_its_refund(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, revenue={**REFERENCE, "memo": "Thanks"})
    counter.sell(1)
    paid = counter.pay(1, external_transaction_id=STRIPE)
    assert counter.run(0) == {"posted with warnings": 1}

    first = "Infusionsoft order 1 (store demo)"
    found = references(counter.records("SalesReceipt"))
    assert found == [(STRIPE[:21], f"{first}\nReference: {STRIPE}\nThanks")]
    assert (counter.state(), len(warnings(counter))) == ("posted with warnings", 1)
    assert entries(counter) == {"Undeposited Funds": "Dr 100.00", "Sales of Product Income": "Cr 100.00"}
    counter.expect_quiet()

    refund = counter.give_back(1, "30.00", day=1, of=paid)
    counter.run(1)
    found = references(counter.records("RefundReceipt"))
    assert found == [(STRIPE[:21], f"{first}, refund {refund}\nReference: {STRIPE}")]
    assert len(warnings(counter)) == 2
    counter.expect_quiet()


@pytest.mark.parametrize("write_mode", ["single", "batch"])
def test_m34_payments_of_an_invoice_that_come_later(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, revenue={**REFERENCE, "post_as": "Invoice and payment"})
    counter.sell(1)
    counter.pay(1, "40.00", external_transaction_id="x" * 21)
    assert counter.run(0) == {"posted": 1, "payments": 1}
    last = counter.pay(1, "60.00", day=1, external_transaction_id=f" {STRIPE}\n")
    assert counter.run(1) == {"posted with warnings": 1, "payments": 1}

    first, second = counter.payments()
    assert (first["PaymentRefNum"], "Reference" in first["PrivateNote"]) == ("x" * 21, False)
    note = f"Infusionsoft order 1 (store demo), payment {last}\nReference: {STRIPE}"
    assert (second["PaymentRefNum"], second["PrivateNote"]) == (STRIPE[:21], note)
    assert (counter.state(), len(warnings(counter))) == ("posted with warnings", 1)
    assert entries(counter) == {"Undeposited Funds": "Dr 100.00", "Sales of Product Income": "Cr 100.00"}
    counter.expect_quiet()


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_m34_what_has_such_a_memo_is_found_when_the_answer_is_lost(counter: ShopCounter, post_as: str) -> None:
    counter.set(revenue={**REFERENCE, "post_as": post_as})
    for kind in ("SalesReceipt", "Payment"):
        counter.fail(f"quickbooks create {kind}", "drop_after")
    counter.sell(1)
    counter.pay(1, external_transaction_id=STRIPE)
    counter.run(0)

    assert counter.state() == "posted with warnings"
    assert entries(counter) == {"Undeposited Funds": "Dr 100.00", "Sales of Product Income": "Cr 100.00"}


def test_m34_a_change_of_the_order_does_not_warn_again(counter: ShopCounter) -> None:
    counter.set(revenue=REFERENCE, orders={"changed": "update"})
    counter.sell(1)
    counter.pay(1, external_transaction_id=STRIPE)
    counter.run(0)
    counter.change(1, {"price": "100.00", "name": "Gadget"}, day=1)
    counter.run(1)

    assert len(warnings(counter)) == 1
    assert counter.document("SalesReceipt", "IS-1")["PrivateNote"].endswith(STRIPE)


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_m34_what_is_longer_than_a_private_note(counter: ShopCounter, post_as: str) -> None:
    counter.set(revenue={**REFERENCE, "post_as": post_as, "memo": "Thanks"})
    counter.sell(1)
    paid = counter.pay(1, external_transaction_id="x" * 5000)
    counter.give_back(1, "30.00", of=paid)
    counter.run(0)

    assert counter.state() == "posted with warnings"
    assert entries(counter) == {"Undeposited Funds": "Dr 70.00", "Sales of Product Income": "Cr 70.00"}
    assert max(map(len, counter.history())) < 1200
    counter.expect_quiet()


@pytest.mark.parametrize("reference", ["漢" * 22, "🎉" * 22, "a\0" * 21 + "b"])
def test_m34_characters_of_any_script(counter: ShopCounter, reference: str) -> None:
    counter.set(revenue=REFERENCE)
    counter.fail("quickbooks create SalesReceipt", "drop_after")
    counter.sell(1)
    counter.pay(1, external_transaction_id=reference)
    counter.run(0)

    [(number, note)] = references(counter.records("SalesReceipt"))
    whole = reference.replace("\0", "")
    assert (number, note.rpartition("Reference: ")[2]) == (whole[:21], whole)
    assert counter.state() == "posted with warnings"
    counter.expect_quiet()
