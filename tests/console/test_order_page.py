"""One order's page: what was ordered beside what was recorded, whose it is, what happened, what was sent."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, update

from order_sync.console.lines import ordered_lines, recorded_lines, side_by_side
from order_sync.database.cache import save_entries
from order_sync.database.history import Event, tell_orders
from order_sync.database.order_status import skip_order
from order_sync.database.stores import note_store
from order_sync.database.tables import WriteOrder
from order_sync.errors import RecordRefused
from order_sync.sync.orders.identity import Identity
from order_sync.sync.orders.write import WriteStatus
from tests.console.conftest import Browser, Doors, at_infusionsoft
from tests.console.test_orders_page import fill
from tests.database.ledgers import plan, receipt, settled
from tests.shop import records
from tests.shop.counter import ShopCounter, line
from tests.sync.conftest import counter as counter

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("order_id", ["404", "x", "' OR 1=1", "9" * 60])
def test_an_order_that_is_not_there_is_a_page_that_says_so(browser: Browser, order_id: str) -> None:
    answer = browser.get(f"/demo/orders/{order_id}")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_orders_of_another_store_are_not_shown(browser: Browser, doors: Doors, engine: Engine) -> None:
    fill(engine, "1", store="shop", run="shop/monday")
    assert browser.get("/demo/orders/1").status_code == 404
    assert browser.get("/shop/orders/1").status_code == 403


def test_an_order_that_could_never_be_read_has_a_page(browser: Browser, engine: Engine) -> None:
    fill(
        engine, "1", "failed", ordered_at=None, total_minor=None, currency=None, code="UNREADABLE", message="No total."
    )
    page = browser.get("/demo/orders/1")
    assert page.status_code == 200
    assert "No total." in page.text


def test_the_history_stands_newest_first_with_what_to_do_and_a_link_to_the_run(
    browser: Browser, engine: Engine
) -> None:
    fill(engine, "1")
    tell_orders(
        engine,
        "demo",
        "demo/manual__a+b",
        [Event("1", "read", "Read."), Event("1", "held", "Held.", "warning", "X", "Do this.")],
    )
    page = browser.get("/demo/orders/1").text
    assert page.index("Held.") < page.index(">Read.<")
    assert "Do this." in page
    assert "dags/sync_orders__demo/runs/manual__a%2Bb" in page


def test_lines_name_the_item_and_the_tax_code_that_they_went_to() -> None:
    payload = (
        '{"Line":[{"DetailType":"SalesItemLineDetail","Amount":100.00,"Description":"Widget","SalesItemLineDetail":'
        '{"ItemRef":{"value":"5"},"TaxCodeRef":{"value":"TAX"}}},{"DetailType":"DiscountLineDetail","Amount":10.00,'
        '"DiscountLineDetail":{}}],"TxnTaxDetail":{"TotalTax":7.74}}'
    )
    write: Any = SimpleNamespace(payload=payload, tax=None)
    lines = [(line.name, line.tax, line.amount) for line in recorded_lines(write, {"5": "Goods:Widget"})]
    assert lines == [
        ("Goods:Widget", "TAX", Decimal("100.00")),
        ("Discount", "", Decimal("-10.00")),
        ("Tax of the transaction", "", Decimal("7.74")),
    ]
    assert recorded_lines(None, {}) == []


def test_everything_that_was_sent_stands_there_exactly(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "posted")
    note_store(engine, Identity("demo", "ab103", "9341", None, "production"))
    intent = receipt("1", order_ids=("1",))
    write = settled(engine, plan(engine, intent)["1"], WriteStatus.POSTED, quickbooks_id="145")
    page = browser.get("/demo/orders/1").text
    assert write.request_id in page
    assert "QuickBooks 145" in page
    assert "Not known: the lists of the company" in page
    assert "txnId=145" in page


def rows(page: str, heading: str) -> list[str]:
    """The rows of the table under a heading, each as it reads."""
    table = page.split(f">{heading}</h2>")[1].split("<table")[1].split("</table>")[0]
    texts = (re.sub(r"<[^>]+>", " ", row) for row in re.split(r"<tr[^>]*>", table)[2:])
    return [" ".join(html.unescape(text).split()) for text in texts]


def shown(browser: Browser, number: int = 1) -> str:
    page = browser.get(f"/demo/orders/{number}")
    assert page.status_code == 200
    return str(page.text)


AR, UF, SALES = "Accounts Receivable (A/R)", "Undeposited Funds", "Sales of Product Income"
INVOICES = {"post_as": "Invoice and payment"}


def test_an_invoice_with_its_payments_in_the_books(browser: Browser, counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    for day, amount in enumerate(("50.00", "30.00", "20.00")):
        counter.pay(1, amount, day=day)
        counter.run(day)
    first, second, third = (one["Id"] for one in counter.payments())
    note_store(counter.engine, Identity("demo", "sb100", "9341450000000001", "IS-", "production"))

    page = shown(browser)
    assert rows(page, "In the books") == [
        "Invoice IS-1 · 16 Nov 2026",
        f"{AR} 100.00",
        f"{SALES} 100.00",
        f"Payment {first} · 16 Nov 2026",
        f"{UF} assumed 50.00",
        f"{AR} 50.00",
        f"Payment {second} · 17 Nov 2026",
        f"{UF} assumed 30.00",
        f"{AR} 30.00",
        f"Payment {third} · 18 Nov 2026",
        f"{UF} assumed 20.00",
        f"{AR} 20.00",
        "Together 200.00 200.00",
    ]
    assert "Assumed: Undeposited Funds (no account is named for the money" in page
    assert rows(page, "Payments and refunds") == [
        f"16 Nov 2026 Payment Credit Card, approved 50.00 Payment {first}",
        f"17 Nov 2026 Payment Credit Card, approved 30.00 Payment {second}",
        f"18 Nov 2026 Payment Credit Card, approved 20.00 Payment {third}",
    ]
    assert f"recvpayment?txnId={third}" in page


def test_a_receipt_that_was_given_back_in_part(browser: Browser, counter: ShopCounter) -> None:
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.give_back(1, "40.00", day=1, of=payment)
    counter.run(1)

    page = shown(browser)
    assert rows(page, "In the books")[3:] == [
        "Refund receipt IS-1-R1 · 17 Nov 2026",
        f"{SALES} 40.00",
        f"{UF} 40.00",
        "Together 140.00 140.00",
    ]
    assert rows(page, "Payments and refunds") == [
        "16 Nov 2026 Payment Credit Card, approved 100.00 on the sales receipt",
        "17 Nov 2026 Refund approved -40.00 Refund receipt IS-1-R1",
    ]


def test_a_payment_of_which_a_receipt_shows_a_part(browser: Browser, counter: ShopCounter) -> None:
    counter.set(orders={"overpaid": "unapplied"})
    counter.sell(1)
    counter.pay(1, "130.00")
    counter.pay(1, "5.00", status="FAILED")
    counter.change(1, total_paid="130.00")
    counter.run(0)

    first, second = rows(shown(browser), "Payments and refunds")
    [over] = counter.payments()
    assert (
        first
        == f"16 Nov 2026 Payment Credit Card, approved 130.00 Payment {over['Id']} 100.00 USD of it on the sales receipt"
    )
    assert second == "16 Nov 2026 No money Credit Card, failed 5.00 not recorded: it is no money"


def test_a_write_off_has_its_credit_memo_and_what_applies_it(browser: Browser, counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.pay(1, "40.00", method="Write Off")
    counter.run(0)
    paid, applies = (one["Id"] for one in counter.payments())

    page = shown(browser)
    assert rows(page, "Payments and refunds") == [
        f"16 Nov 2026 Payment Credit Card, approved 60.00 Payment {paid}",
        f"16 Nov 2026 Write-off Write Off, approved 40.00 Credit memo IS-1-W1 Payment {applies} applies it to the invoice",
    ]
    assert rows(page, "In the books")[-3:] == [
        f"Payment {applies} · 16 Nov 2026",
        "It applies a credit memo, which moves nothing.",
        "Together 200.00 200.00",
    ]


def test_of_what_is_not_recorded_it_is_said_why(browser: Browser, counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    counter.pay(1, "60.00", method="Barter")
    counter.pay(1, "40.00")
    counter.run(0)
    assert rows(shown(browser), "Payments and refunds") == [
        "16 Nov 2026 Unknown kind Barter, approved 60.00 not recorded: the settings do not say what this kind is",
        "16 Nov 2026 Payment Credit Card, approved 40.00 not recorded yet",
    ]
    skip_order(counter.engine, "demo", "1", "by hand", "ann")
    assert rows(shown(browser), "Payments and refunds")[1].endswith("40.00 not recorded")


def test_two_taxes_or_discounts_that_the_document_has_as_one_are_no_difference(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.set(taxes={"record_as": "as charged"})
    off = (line("-5.00", kind="DISCOUNT"), line("-10.00", kind="DISCOUNT"))
    counter.sell(
        1, line("100.00", taxable=True), line("8.60", kind="TAX"), *off, line("3.00", kind="TAX"), total="96.60"
    )
    counter.pay(1, "96.60")
    counter.run(0)
    assert counter.books() == ["SalesReceipt IS-1 11-16 96.60"]
    page = shown(browser)
    assert 'class="diff"' not in page
    table = page.split("<th>Ordered")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in table] == [
        "Widget 1 100.00 Widget TAX 100.00",
        "Discount 1 -5.00 Discount -15.00",
        "Discount 1 -10.00",
        "Tax 1 8.60 Tax of the transaction 11.60",
        "Tax 1 3.00",
    ]


@pytest.mark.parametrize("tax", ["11.61", "8.60"])
def test_a_tax_that_is_another_than_the_order_s_is_marked(tax: str) -> None:
    items = (records.item(price="100.00"), records.item("TAX", price="8.60"), records.item("TAX", price="3.00"))
    payload = (
        '{"Line":[{"DetailType":"SalesItemLineDetail","Amount":90.00,"SalesItemLineDetail":{}},'
        '{"DetailType":"SubTotalLineDetail","Amount":90.00}],"TxnTaxDetail":{"TotalTax":'
        f"{tax}}}}}"
    )
    write: Any = SimpleNamespace(payload=payload, tax=None)
    found = side_by_side(records.snapshot(records.order(*items)), write, {})
    assert [(one and one.amount, other and other.amount, differs) for one, other, differs in found] == [
        (Decimal("100.00"), Decimal("90.00"), True),
        (None, Decimal("90.00"), False),
        (Decimal("8.60"), Decimal(tax), True),
        (Decimal("3.00"), None, False),
    ]


@pytest.mark.parametrize(
    "where", [{"price": "-10.00"}, {"price": "10.00", "discount": "10.00"}, {"price": "0.00", "discount": "10.00"}]
)
def test_a_discount_is_taken_off_wherever_its_amount_stands_and_stands_beside_that_of_the_document(where: Any) -> None:
    items = (records.item(price="50.00"), records.item("DISCOUNT", **where), records.item("SHIPPING", price="5.00"))
    lines = ordered_lines(records.snapshot(records.order(*items)))
    assert [line.amount for line in lines] == [Decimal("50.00"), Decimal("5.00"), Decimal("-10.00")]


def test_what_a_receipt_was_forgiven_is_taken_off_on_it(browser: Browser, counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.pay(1, "40.00", method="Write Off")
    counter.run(0)

    assert rows(shown(browser), "Payments and refunds")[1].endswith("40.00 taken off on the sales receipt")


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        ({"payments": {"kinds": {"Adjustment": "credit"}}}, "Adjustment"),
        ({"refunds": {"record_as": "ignore"}}, "Write Off"),
    ],
)
def test_what_was_forgiven_once_the_receipt_was_recorded_in_full_is_not_taken_off_on_it(
    browser: Browser, counter: ShopCounter, settings: Any, method: str
) -> None:
    counter.set(**settings)
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.give_back(1, "40.00", day=1)
    counter.pay(1, "40.00", day=1, method=method)
    counter.run(1)

    assert "SalesReceipt IS-1 11-16 100.00" in counter.books()
    [told] = [one for one in rows(shown(browser), "Payments and refunds") if method in one or "Credit 40" in one]
    assert told.endswith("40.00 not recorded: the sales receipt takes nothing off for it")


def test_a_receipt_takes_off_the_write_off_that_it_was_made_with_and_no_later_one(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.pay(1, "40.00", method="Write Off")
    counter.run(0)
    counter.give_back(1, "10.00", day=1)
    counter.pay(1, "10.00", day=1, method="Write Off")
    counter.run(1)
    told = [one for one in rows(shown(browser), "Payments and refunds") if "Write-off" in one]
    assert [one.partition("0.00 ")[2] for one in told] == [
        "taken off on the sales receipt",
        "not recorded: the sales receipt takes nothing off for it",
    ]


def test_of_an_order_that_has_changed_nobody_knows_what_its_receipt_takes_off(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    counter.change(1, line("140.00"), day=1)
    counter.pay(1, "40.00", day=1, method="Write Off")
    counter.run(1)
    assert counter.books() == ["SalesReceipt IS-1 11-16 100.00"]
    assert "not known whether the sales receipt takes it off" in rows(shown(browser), "Payments and refunds")[-1]


@pytest.mark.parametrize("reversals", ["void", "refund receipt"])
def test_money_that_is_gone_says_what_took_it_back(browser: Browser, counter: ShopCounter, reversals: str) -> None:
    counter.set(revenue=INVOICES, payments={"reversals": reversals})
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    [recorded] = counter.payments()
    counter.take_back(payment)
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)

    page = shown(browser)
    if reversals == "void":
        assert rows(page, "In the books")[-2] == "It was voided: nothing of it is in the books any more."
    else:
        [gone] = rows(page, "Payments and refunds")
        assert f"Payment {recorded['Id']} Expense" in gone
        assert "takes it back" in gone
        assert gone.endswith("Infusionsoft has it no more.")


def test_a_consolidated_document_says_that_it_is_of_the_day_and_what_of_it_is_this_order_s(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    for number, price in ((1, "100.00"), (2, "50.00")):
        counter.sell(number, line(price))
        counter.pay(number, price)
    counter.run(0)

    page = shown(browser, 2)
    assert "it holds 2 orders and comes to 150.00 USD, of which 50.00 USD are this order’s" in page
    assert rows(page, "In the books") == [
        "Sales receipt IS-20261116-1 · 16 Nov 2026 · the whole day, 2 orders",
        f"{UF} assumed 150.00",
        f"{SALES} 150.00",
    ]
    assert "100.00" not in page.split("In the books")[0]
    assert "the whole day" not in shown(browser, 1).split("In the books")[0].replace("is of the whole day", "")


def test_a_consolidated_document_has_what_was_sent_of_an_order_whatever_the_order_comes_to_since(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    for number, price in ((1, "100.00"), (2, "50.00")):
        counter.sell(number, line(price))
        counter.pay(number, price)
    counter.run(0)
    counter.change(1, line("400.00"), day=1)
    counter.run(1)
    page = shown(browser)
    assert "comes to 150.00 USD, of which 100.00 USD are this order’s" in page
    assert "400.00" not in total_recorded(page)
    assert "100.00" in total_recorded(page)


def test_what_nobody_noted_of_a_consolidated_document_is_said_not_to_be_known(
    browser: Browser, counter: ShopCounter
) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    for number in (1, 2):
        counter.sell(number)
        counter.pay(number)
    counter.run(0)
    with counter.engine.begin() as connection:  # as by a version that did not note it
        connection.execute(update(WriteOrder).values(shows=None))
    page = shown(browser)
    assert "comes to 200.00 USD. What of it is this order’s is not known" in page
    assert "100.00" not in total_recorded(page)


def total_recorded(page: str) -> str:
    """The last cell below the lines of an order."""
    return page.partition("<tfoot>")[2].partition("</tfoot>")[0].split("<td")[-1]


def test_the_home_currency_is_named_where_the_order_is_in_another(browser: Browser, counter: ShopCounter) -> None:
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"2026-11-16": 1.08}})
    buyer = {"DisplayName": "Emma Euro", "PrimaryEmailAddr": {"Address": "emma@example.com"}}
    counter.add("Customer", **buyer, CurrencyRef={"value": "EUR"})
    counter.sell(1, name="Emma Euro", email="emma@example.com", currency="EUR")
    counter.pay(1)
    counter.run(0)

    page = shown(browser)
    assert "in USD, the company’s home currency; the order is in EUR" in page
    assert rows(page, "In the books")[1:] == [f"{UF} assumed 108.00", f"{SALES} 108.00"]


def test_an_order_of_which_nothing_was_sent_has_nothing_in_the_books(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    assert "In the books" not in shown(browser)


def test_a_write_has_the_id_of_its_call_and_a_link_to_the_log_of_its_task(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "failed")
    refused = RecordRefused("It was refused.", trace_id="1-6a5b")
    settled(engine, plan(engine, receipt("1", order_ids=("1",)))["1"], WriteStatus.REJECTED, error=refused)
    page = shown(browser)
    assert "intuit_tid 1-6a5b" in page
    assert 'href="../../dags/sync_orders__demo/runs/monday/tasks/post_orders"' in page


@pytest.mark.parametrize(
    ("environment", "links"),
    [("production", ["https://qbo.intuit.com/app"]), ("sandbox", ["https://app.sandbox.qbo.intuit.com/app"]), ("", [])],
)
def test_its_records_are_opened_where_the_company_is(
    browser: Browser, engine: Engine, doors: Doors, environment: str, links: list[str]
) -> None:
    at_infusionsoft(doors)
    note_store(engine, Identity("demo", "ab103", "9341", None, environment))
    fill(engine, "1", "posted", document_entity="SalesReceipt", document_id="145", contact_id="7")
    settled(engine, plan(engine, receipt("1", order_ids=("1",)))["1"], WriteStatus.POSTED, quickbooks_id="145")
    page = shown(browser)
    found = re.findall(r'href="([^"]+)/salesreceipt\?txnId=145"', page)
    assert found == links * 2  # beside the heading, and under what was sent
    assert ("Open in QuickBooks" in page) == bool(links)
    assert "https://ab103.infusionsoft.com/Job/manageJob.jsp?view=edit&amp;ID=1" in page
    assert "https://ab103.infusionsoft.com/Contact/manageContact.jsp?view=edit&amp;ID=7" in page


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("https://api.infusionsoft.com", True),
        ("https://API.keap.com/crm/", True),
        ("http://127.0.0.1:8765/infusionsoft", False),
        ("https://api.infusionsoft.com.example", False),
        (None, False),
    ],
)
def test_records_of_another_host_than_infusionsofts_have_no_pages_there(
    browser: Browser, engine: Engine, doors: Doors, host: str | None, is_own: bool
) -> None:
    note_store(engine, Identity("demo", "sb100", "9341", None))
    fill(engine, "1", contact_id="7")
    if host:
        at_infusionsoft(doors, host)
    for page in (shown(browser), browser.get("/demo/review?order=1").text):
        assert ("https://sb100.infusionsoft.com/" in page) == is_own


def test_a_store_that_no_run_has_noted_has_no_links_to_the_services(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "posted", document_entity="SalesReceipt", document_id="145", contact_id="7")
    page = shown(browser)
    assert "infusionsoft.com" not in page
    assert "intuit.com" not in page


def test_a_write_that_succeeded_has_the_id_of_its_call_too(browser: Browser, counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    page = shown(browser)
    sent = page.partition("What was sent")[2]
    assert sent.count("intuit_tid 1-") == sent.count("· request ") > 0


def test_names_of_accounts_are_only_text(browser: Browser, engine: Engine, counter: ShopCounter) -> None:
    counter.sell(1)
    counter.pay(1)
    counter.run(0)
    [account] = [one for one in counter.records("Account") if one["Name"] == SALES]
    name = "<script>alert(1)</script>"
    save_entries(
        engine, counter.quickbooks.realm_id, "Account", [{**account, "Name": name, "FullyQualifiedName": name}]
    )
    page = shown(browser)
    assert name not in page
    assert "&lt;script&gt;alert(1)" in page


def test_lines_of_an_order_stand_beside_those_that_they_became(browser: Browser, counter: ShopCounter) -> None:
    for tax in ("line item", "as charged"):
        counter.set(taxes={"record_as": tax})
        number = 1 if tax == "line item" else 2
        discount = {"price": "-10.00", "name": "Loyalty", "kind": "DISCOUNT"}
        counter.sell(number, discount, line("8.60", kind="TAX"), line("100.00"), total="98.60")
        counter.pay(number, "98.60")
        counter.run(0)
        page = shown(browser, number)
        assert "SalesReceipt" not in page.split("What was sent")[0]
        assert 'class="diff"' not in page


def test_an_order_that_is_posted_with_warnings_says_the_newest_on_top_with_what_to_do(
    browser: Browser, engine: Engine
) -> None:
    warned(engine)
    banner = browser.get("/demo/orders/1").text.partition('class="alert alert-warning')[2].partition("</div></div>")[0]
    assert "Product without an item." in banner
    assert "The standard item took it." in banner
    assert "Choose the item there." in banner


def test_a_reason_of_the_order_itself_goes_before_its_warnings(browser: Browser, engine: Engine) -> None:
    warned(engine, code="CHANGED", message="It was changed.")
    page = browser.get("/demo/orders/1").text
    assert page.count('class="alert alert-warning') == 1
    assert "It was changed." in page.partition('class="alert alert-warning')[2].partition("</div></div>")[0]


def test_what_an_order_was_held_for_is_no_warning_once_it_is_posted(browser: Browser, engine: Engine) -> None:
    warned(engine, status="posted")
    assert "alert-warning" not in browser.get("/demo/orders/1").text


def warned(engine: Engine, *, status: str = "posted with warnings", **more: str) -> None:
    """An order that was held, and then posted with two warnings."""
    fill(engine, "1", status, **more)
    tell_orders(
        engine,
        "demo",
        "demo/monday",
        [
            Event("1", "customer", "Its name was shortened.", "warning", "FIELD_SHORTENED", "Complete it."),
            Event("1", "document", "The standard item took it.", "warning", "ITEM_UNKNOWN", "Choose the item there."),
            Event("1", "held", "Several customers match.", "warning", "AMBIGUOUS", "Merge them."),
            Event("1", "posted", "Recorded."),
        ],
    )


def undone(page: str) -> str:
    return page.partition("To undo it, ")[2].partition(" in QuickBooks: no run")[0]


def test_a_receipt_that_was_given_back_is_undone_with_its_refund(browser: Browser, counter: ShopCounter) -> None:
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    assert undone(shown(browser)) == "void it"
    counter.give_back(1, "100.00", day=1, of=payment)
    counter.run(1)
    assert undone(shown(browser)) == "first void or delete refund receipt IS-1-R1, then void the sales receipt"


def test_an_invoice_is_undone_with_its_payments_and_its_credit_memo(browser: Browser, counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES)
    counter.sell(1)
    counter.pay(1, "60.00")
    counter.pay(1, "40.00", method="Write Off")
    counter.run(0)
    paid, applies = (one["Id"] for one in counter.payments())
    beside = f"payment {applies}, credit memo IS-1-W1 and payment {paid}"
    assert undone(shown(browser)) == f"first void or delete {beside}, then void the invoice"


def test_what_was_voided_is_undone_already(browser: Browser, counter: ShopCounter) -> None:
    counter.set(revenue=INVOICES, payments={"reversals": "void"})
    counter.sell(1)
    payment = counter.pay(1)
    counter.run(0)
    counter.take_back(payment)
    counter.change(1, total_paid="0.00", status="SENT", day=1)
    counter.run(1)
    assert undone(shown(browser)) == "void it"
