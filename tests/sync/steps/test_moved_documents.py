"""What follows of a recorded order goes to the customer whom its document names now: merged into another, or changed by hand."""

from __future__ import annotations

import pytest

from order_sync.sync.recording.merges import owners_of
from order_sync.sync.recording.planned import plan_run
from tests.shop import runs
from tests.shop.account import Json
from tests.shop.counter import ShopCounter, line, refusal
from tests.shop.entries import entries

ROBERT = {"name": "Robert Smith", "email": "robert@example.com"}
INVOICES = {"post_as": "Invoice and payment"}
AR, UF, SALES = "Accounts Receivable (A/R)", "Undeposited Funds", "Sales of Product Income"
each_mode = pytest.mark.parametrize("write_mode", ["single", "batch"])
each_move = pytest.mark.parametrize("how", ["merged", "merged quietly", "by hand"])


def robert(counter: ShopCounter) -> str:
    [found] = [one["Id"] for one in counter.records("Customer") if one["DisplayName"].startswith("Robert Smith")]
    return str(found)


def move(counter: ShopCounter, how: str, *documents: tuple[str, str]) -> str:
    """The documents become Bob Smith's; gives his id."""
    bob = str(counter.add("Customer", DisplayName="Bob Smith")["Id"])
    if how == "by hand":
        for entity, number in documents:
            counter.edit(entity, number, CustomerRef={"value": bob})
    else:
        counter.merge(robert(counter), bob, new_versions=how == "merged")
    return bob


def whose(counter: ShopCounter, entity: str) -> list[str]:
    """The customers of all records of a kind."""

    def of(one: Json) -> str:
        return str((one.get("CustomerRef") or one["EntityRef"])["value"])

    return [of(one) for one in counter.records(entity)]


def told(counter: ShopCounter, number: int = 1) -> list[str]:
    return [one for one in counter.history(number) if "in QuickBooks now" in one]


@each_mode
@each_move
def test_c5_a_refund_of_a_receipt_goes_to_whom_it_names_now(counter: ShopCounter, write_mode: str, how: str) -> None:
    counter.set(write_mode=write_mode)
    counter.sell(1, **ROBERT)
    paid = counter.pay(1)
    counter.run(0)
    bob = move(counter, how, ("SalesReceipt", "IS-1"))
    counter.give_back(1, "40.00", day=1, of=paid)
    counter.run(1)
    assert whose(counter, "RefundReceipt") == [bob]
    assert counter.state() == "posted"
    [words] = told(counter)
    assert f"was recorded for customer {robert(counter)} and names Bob Smith ({bob})" in words
    counter.give_back(1, "60.00", day=2, of=paid)
    counter.run(2)
    assert whose(counter, "RefundReceipt") == [bob, bob]
    assert told(counter) == [words], "once"
    assert entries(counter) == {}
    counter.expect_quiet()


@each_mode
@each_move
def test_c5_a_payment_goes_to_whom_its_invoice_names_now(counter: ShopCounter, write_mode: str, how: str) -> None:
    counter.set(write_mode=write_mode, revenue=INVOICES)
    counter.sell(1, **ROBERT)
    counter.pay(1, "30.00")
    counter.run(0)
    first = whose(counter, "Payment")
    bob = move(counter, how, ("Invoice", "IS-1")) if how != "by hand" else ""
    if how == "by hand":  # an invoice with payments keeps its customer
        for payment in counter.payments():
            counter.quickbooks.delete("Payment", payment["Id"], payment["SyncToken"], request_id="by hand")
        bob = move(counter, how, ("Invoice", "IS-1"))
        first = []
    counter.pay(1, "70.00", day=1)
    counter.run(1)
    assert whose(counter, "Payment") == [bob] * (len(first) + 1)
    assert counter.state() == "posted"
    assert len(told(counter)) == 1


@each_mode
def test_c5_money_that_is_owed_again_and_write_offs_go_there_too(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, revenue=INVOICES)
    counter.sell(1, **ROBERT)
    paid = counter.pay(1, "60.00")
    counter.run(0)
    bob = move(counter, "merged")
    counter.give_back(1, "20.00", day=1, of=paid)
    counter.run(1)
    assert whose(counter, "Purchase") == [bob]
    [expense] = counter.records("Purchase")
    assert expense["Line"][0]["AccountBasedExpenseLineDetail"]["CustomerRef"]["value"] == bob
    other = str(counter.add("Customer", DisplayName="Bobby")["Id"])
    counter.merge(bob, other)
    counter.pay(1, "60.00", day=2, method="Write Off")
    counter.run(2)
    assert whose(counter, "CreditMemo") == [other]
    assert whose(counter, "Payment") == [other, other]
    assert (counter.state(), len(told(counter))) == ("posted", 2)


@each_mode
def test_c5_a_credit_memo_is_applied_for_the_customer_of_today(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, revenue=INVOICES)
    counter.sell(1, **ROBERT)
    counter.run(0)
    counter.pay(1, "100.00", day=1, method="Write Off")
    counter.fail("quickbooks create Payment" if write_mode == "single" else "quickbooks batch", "503", every=2)
    counter.run(1)
    counter.mend()
    bob = move(counter, "merged")
    counter.run(1)
    counter.run(2)
    assert (whose(counter, "CreditMemo"), whose(counter, "Payment")) == ([bob], [bob])
    assert counter.document("Invoice", "IS-1")["Balance"] == 0


@each_mode
@pytest.mark.parametrize("record_as", ["line item", "automatic"])
def test_c5_a_change_leaves_the_document_with_whom_it_names(
    counter: ShopCounter, write_mode: str, record_as: str
) -> None:
    counter.company(sales_tax_percent=8.6)
    counter.set(
        write_mode=write_mode,
        revenue={"post_as": "Invoice"},
        orders={"changed": "update"},
        taxes={"record_as": record_as},
    )
    counter.sell(1, **ROBERT)
    counter.run(0)
    bob = move(counter, "merged")
    counter.change(1, line("90.00"), day=1)
    counter.run(1)
    assert (whose(counter, "Invoice"), counter.document("Invoice", "IS-1")["TotalAmt"]) == ([bob], 90)
    assert counter.state() == "posted"


@each_mode
def test_c5_reversals_and_voids_follow(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, payments={"reversals": "refund receipt"})
    counter.sell(1, **ROBERT)
    paid = counter.pay(1)
    counter.run(0)
    bob = move(counter, "merged")
    counter.take_back(paid)
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)
    assert whose(counter, "RefundReceipt") == [bob]
    counter.pay(1, day=2)
    counter.run(2)
    assert whose(counter, "SalesReceipt") == [bob, bob], "recorded anew, for the survivor"


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_c5_an_order_of_a_merged_customer_that_is_deleted_is_voided(counter: ShopCounter, post_as: str) -> None:
    counter.set(revenue={"post_as": post_as}, orders={"deleted": "void"})
    counter.sell(1, **ROBERT)
    if post_as == "Sales receipt":
        counter.pay(1)
    counter.run(0)
    bob = move(counter, "merged")
    counter.sandbox.delete("/_sandbox/infusionsoft/order/1")
    counter.run(1)
    entity = "SalesReceipt" if post_as == "Sales receipt" else "Invoice"
    assert whose(counter, entity) == [bob]


@each_mode
@each_move
@pytest.mark.parametrize("number_from", ["store", "QuickBooks"])
def test_c5_a_document_whose_answer_was_lost_before_it_was_moved_is_found_again(
    counter: ShopCounter, write_mode: str, how: str, number_from: str
) -> None:
    counter.set(write_mode=write_mode, revenue={"number_from": number_from})
    counter.add("Customer", DisplayName="Robert Smith", PrimaryEmailAddr={"Address": ROBERT["email"]})
    counter.sell(1, **ROBERT)
    counter.pay(1)
    if number_from == "QuickBooks":
        counter.company(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    counter.fail("quickbooks create SalesReceipt" if write_mode == "single" else "quickbooks batch", "drop_after")
    counter.fail("quickbooks query SalesReceipt", "503", every=1)
    counter.run(0)
    assert counter.state() == "unsettled UNSETTLED"
    counter.mend()
    [receipt] = counter.records("SalesReceipt")
    bob = move(counter, how, ("SalesReceipt", receipt["DocNumber"]))
    sent = counter.sent()
    counter.run(0)
    assert (whose(counter, "SalesReceipt"), counter.state()) == ([bob], "posted")
    assert counter.sent() == sent, "found, not sent again"


@each_mode
def test_c5_a_document_that_was_taxed_otherwise_is_found_again_too(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode, revenue={"number_from": "QuickBooks"})
    counter.company(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    counter.company(sales_tax_percent=8.6, compute_tax_always=True)
    counter.add("Customer", DisplayName="Robert Smith", PrimaryEmailAddr={"Address": ROBERT["email"]})
    counter.sell(1, line("100.00", taxable=True), line("5.00", kind="TAX"), **ROBERT)
    counter.set(write_mode=write_mode, revenue={"number_from": "QuickBooks"}, taxes={"record_as": "automatic"})
    counter.pay(1, "105.00")
    counter.fail("quickbooks create SalesReceipt" if write_mode == "single" else "quickbooks batch", "drop_after")
    counter.fail("quickbooks query SalesReceipt", "503", every=1)
    counter.run(0)
    counter.mend()
    move(counter, "merged")
    sent = counter.sent()
    counter.run(0)
    assert counter.records("SalesReceipt")[0]["TotalAmt"] == 108.6
    assert len(counter.records("SalesReceipt")) == 1
    assert counter.sent() == sent, "found, not sent again"


@each_mode
def test_c5_a_payment_and_a_refund_whose_answers_were_lost_before_are_found_again(
    counter: ShopCounter, write_mode: str
) -> None:
    counter.set(write_mode=write_mode, revenue=INVOICES)
    counter.sell(1, **ROBERT)
    counter.sell(2, **ROBERT)
    paid = counter.pay(2)
    counter.run(0)
    counter.pay(1, day=1)
    counter.give_back(2, day=1, of=paid)
    for kind, asked in (("Payment", "query Payment"), ("RefundReceipt", "query RefundReceipt")):
        if write_mode == "single":
            counter.fail(f"quickbooks create {kind}", "drop_after")
        counter.fail(f"quickbooks {asked}", "503", every=1)
    if write_mode == "batch":
        counter.fail("quickbooks batch", "drop_after", next=2)
    counter.run(1)
    assert set(counter.states().values()) == {"unsettled UNSETTLED"}
    counter.mend()
    bob = move(counter, "merged")
    sent = counter.sent()
    counter.run(2)
    assert (whose(counter, "Payment"), whose(counter, "RefundReceipt")) == ([bob, bob], [bob])
    assert set(counter.states().values()) == {"posted"}
    assert counter.sent() == sent, "found, not sent again"
    counter.expect_quiet()


def test_c5_whose_documents_are_is_asked_for_many_at_once_and_only_where_something_follows(
    counter: ShopCounter,
) -> None:
    counter.set(revenue=INVOICES)
    for number in range(1, 6):
        counter.sell(number, **ROBERT)
    counter.pay(1)
    asked = counter.calls("quickbooks query Invoice")
    counter.run(0)
    assert counter.calls("quickbooks query Invoice") == asked, "the answer said it"
    for number in range(2, 6):
        counter.pay(number, day=1)
    counter.run(1)
    assert counter.calls("quickbooks query Invoice").total() == asked.total() + 1
    counter.run(2)
    assert counter.calls("quickbooks query Invoice").total() == asked.total() + 1


def test_c5_an_order_whose_document_cannot_be_read_waits_alone(counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1, **ROBERT)
    counter.sell(2, **ROBERT)
    counter.run(0)
    for number in (1, 2):
        counter.pay(number, day=1)
    for kind in ("query", "read"):  # then each is read by itself
        counter.fail(f"quickbooks {kind} Invoice", **refusal("2020", "An odd refusal"))
    counter.run(1)
    states = sorted(counter.states().values())
    assert states[1] == "posted"
    assert states[0].startswith("held")
    counter.mend()
    counter.run(2)
    assert set(counter.states().values()) == {"posted"}


def test_c5_of_a_deleted_document_the_survivor_is_known_by_the_others(counter: ShopCounter) -> None:
    counter.sell(1, **ROBERT)
    counter.sell(2, **ROBERT)
    paid = [counter.pay(1), counter.pay(2)]
    counter.run(0)
    bob = move(counter, "merged")
    counter.delete("SalesReceipt", "IS-1")
    counter.give_back(1, day=1, of=paid[0])
    counter.run(1)
    assert whose(counter, "RefundReceipt") == [bob]


def test_c5_a_day_in_one_document_follows_too(counter: ShopCounter) -> None:
    web = str(counter.add("Customer", DisplayName="Web sales")["Id"])
    counter.set(revenue={"consolidate": True, "daily_customer": "Web sales"})
    counter.sell(1, **ROBERT)
    paid = counter.pay(1)
    counter.run(0)
    assert whose(counter, "SalesReceipt") == [web]
    sales = str(counter.add("Customer", DisplayName="Sales of the web")["Id"])
    counter.merge(web, sales)
    counter.set(revenue={"consolidate": True, "daily_customer": "Sales of the web"})
    counter.give_back(1, day=1, of=paid)
    counter.run(1)
    assert whose(counter, "RefundReceipt") == [sales]


@each_move
def test_c5_a_plan_names_whom_posting_would(counter: ShopCounter, how: str) -> None:
    counter.sell(1, **ROBERT)
    paid = counter.pay(1)
    counter.run(0)
    bob = move(counter, how, ("SalesReceipt", "IS-1"))
    counter.give_back(1, day=1, of=paid)
    run = counter.match(1)
    context = runs.context(counter.engine, run, counter.store)
    quickbooks = counter.quickbooks
    planned = plan_run(context, quickbooks.exchange_rate, lambda documents: owners_of(quickbooks, documents))
    [refund] = [one for one in planned if one.entity == "RefundReceipt"]
    assert refund.body
    assert f'"CustomerRef":{{"value":"{bob}"}}' in refund.body.replace(" ", "")
    counter.run(1)
    assert whose(counter, "RefundReceipt") == [bob]
