"""Review: orders that wait for a person, one at a time by reason, and what is decided about them."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from order_sync.database.cache import save_customers, save_entries
from order_sync.database.choices import choices, chosen_items, chosen_kinds
from order_sync.database.order_status import save_decisions
from order_sync.database.orders_read import save_orders
from order_sync.database.stores import note_store
from order_sync.settings import load_store
from order_sync.settings.versions import tabs_of_file
from order_sync.sync.company.reading import read_map
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.identity import Identity
from order_sync.sync.orders.snapshot import Snapshot, to_text
from order_sync.sync.review.settings import save_settings
from tests.console.conftest import Browser, Doors, at_infusionsoft
from tests.console.test_orders_page import PARTY, fill
from tests.shop.records import NOON, item, order, payment, snapshot
from tests.shop.runs import put
from tests.shop.stores import SMALLEST

pytestmark = pytest.mark.airflow

REALM = "9341"


def ambiguous(engine: Engine, order_id: str, **more: Any) -> None:
    """An order of contact 77 that two customers may have."""
    fill(
        engine,
        order_id,
        "extracted",
        contact_id="77",
        email="kim@example.com",
        emails="kim@example.com",
        first="Kim",
        last="C",
        **more,
    )
    two = [{"id": "1", "name": "Kim's shop"}, {"id": "2", "name": "Kim Carter"}]
    decision = Decision("held", code=Code.AMBIGUOUS, candidates=two)
    save_decisions(
        engine, "demo", "demo/monday", [Decided(order_id, decision, "Two have this key.", "Merge them.", True)]
    )


@pytest.fixture
def company(browser: Browser, engine: Engine, tmp_path: Path) -> Engine:
    """The company's customers, as they were read; the store's settings are right."""
    settings_of(tmp_path, "")
    note_store(engine, Identity("demo", "ab103", REALM, None))
    bodies = [
        {"Id": "1", "DisplayName": "Kim's shop", "PrimaryEmailAddr": {"Address": "kim@example.com"}},
        {"Id": "2", "DisplayName": "Kim Carter", "PrimaryEmailAddr": {"Address": "kim@example.com"}},
        {"Id": "3", "DisplayName": "Web sales", "Active": False},
    ]
    save_customers(engine, REALM, bodies)
    return engine


def test_an_order_that_is_not_there_is_told_and_no_other_is_shown(browser: Browser, engine: Engine) -> None:
    assert "There is no order 99999 in store demo." in browser.get("/demo/review?order=99999").text
    ambiguous(engine, "1")
    page = browser.get("/demo/review?order=99999").text
    assert "There is no order 99999 in store demo." in page
    assert "Whose order is 1?" not in page
    assert 'class="list-group-item list-group-item-action d-flex gap-2 active"' not in page
    assert "There is no order" not in browser.get("/demo/review?order=1").text


def test_nothing_waits(browser: Browser) -> None:
    page = browser.get("/demo/review")
    assert "Nothing needs a person" in page.text


def test_the_oldest_order_of_the_commonest_reason_comes_first_with_who_may_be_meant(
    browser: Browser, company: Engine, doors: Doors
) -> None:
    at_infusionsoft(doors)
    ambiguous(company, "2", ordered_at=NOON + timedelta(1))
    ambiguous(company, "1")
    fill(company, "3", code="OVERPAID", message="Paid too much.", advice="Correct it.")
    page = browser.get("/demo/review").text
    assert "Whose order is 1?" in page
    assert "1 of 2" in page
    assert page.count("This customer") == 2
    assert "https://ab103.infusionsoft.com/Contact/manageContact.jsp?view=edit&amp;ID=77" in page
    assert 'href="?order=2"' in page
    other = browser.get("/demo/review?code=OVERPAID").text
    assert "Order 3 waits" in other
    assert "This customer" not in other
    assert "Whose order is 2?" in browser.get("/demo/review?order=2").text


def test_a_choice_is_kept_for_the_contact_with_who_made_it(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    answer = browser.post(
        "/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "customer": "2", "code": "AMBIGUOUS"}
    )
    assert "Kim Carter was chosen. The next run follows it for order 1." in browser.told(answer, "/demo/review/act")
    [(contact, choice)] = choices(company, "demo").items()
    assert (contact, choice.customer_id, choice.who) == ("77", "2", "ann")
    assert "Kim Carter (2) was chosen for contact 77" in browser.get("/demo/orders/1").text


def test_who_chooses_on_a_page_that_is_of_another_contact_by_now_chooses_nothing(
    browser: Browser, company: Engine
) -> None:
    ambiguous(company, "1")
    assert 'name="contact" value="77"' in browser.get("/demo/review?order=1").text
    fill(company, "1", "held", contact_id="88", first="Bob", code="AMBIGUOUS", message="Two.", advice="Merge.")
    for what in ("choose", "create"):
        form = {"what": what, "order": "1", "contact": "77", "customer": "2"}
        told = browser.told(browser.post("/demo/review/act", form), "/demo/review/act")
        assert "Order 1 is contact 88&#39;s by now, and was contact 77&#39;s on the page: look at it again." in told
    assert choices(company, "demo") == {}


def test_a_choice_is_taken_back_though_the_contact_has_no_order_any_more(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "customer": "2"})
    fill(company, "1", "held", contact_id="88", code="AMBIGUOUS", message="Two.", advice="Merge.")
    assert 'name="contact" value="77"' in browser.get("/demo/review/choices").text
    answer = browser.post("/demo/review/choices/act", {"what": "criteria", "contact": "77"})
    assert "decide about the contact" in browser.told(answer, "/demo/review/choices/act")
    assert choices(company, "demo") == {}


def test_somebody_else_is_chosen_by_the_name_that_quickbooks_shows(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "name": "Kim Carter"})
    assert "Kim Carter was chosen" in browser.told(answer, "/demo/review/act")
    for name in ("Nobody", "Web sales"):
        answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "name": name})
        assert "no active customer that is called" in browser.told(answer, "/demo/review/act")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "customer": "99"})
    assert "is not among the customers" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo")["77"].customer_id == "2"


@pytest.mark.parametrize("name", ["kim carter", "KIM CARTER"])
def test_somebody_else_is_chosen_however_the_letters_of_the_name_are_written(
    browser: Browser, company: Engine, name: str
) -> None:
    ambiguous(company, "1")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "name": name})
    assert "Kim Carter was chosen" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo")["77"].customer_id == "2"


def test_who_is_not_found_by_a_name_is_told_whose_begin_so(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "name": "kim"})
    told = unescape(browser.told(answer, "/demo/review/act"))
    assert "QuickBooks has no active customer that is called 'kim'." in told
    assert "Its name, e-mail address or id begins so: Kim Carter (2), Kim's shop (1)." in told
    assert choices(company, "demo") == {}


@pytest.mark.parametrize("what", ["choose", "skip", "record"])
def test_a_viewer_decides_nothing(browser: Browser, doors: Doors, company: Engine, what: str) -> None:
    ambiguous(company, "1")
    doors.edits.clear()
    page = browser.get("/demo/review").text
    assert "Kim Carter" in page
    assert "This customer" not in page
    assert (
        browser.post("/demo/review/act", {"what": what, "order": "1", "customer": "2", "why": "x"}).status_code == 403
    )
    assert choices(company, "demo") == {}


def test_an_order_that_is_recorded_meanwhile_keeps_its_customer(browser: Browser, company: Engine) -> None:
    fill(company, "1", "posted", contact_id="77", document_id="5")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "customer": "2"})
    assert "stands in QuickBooks already" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo") == {}


def of_snapshot(engine: Engine, order_id: str, code: Code, read: Snapshot, **more: Any) -> None:
    """An order of which was read what the snapshot says, held for a reason."""
    party = {**PARTY, "first": "Kim", "last": "C", "contact_id": "77"}
    row = {
        "order_id": order_id,
        "contact_id": "77",
        "status": "extracted",
        "ordered_at": NOON,
        "created_at": NOON,
        "currency": "USD",
        "total_minor": 10000,
        "content_hash": "a",
        "reading": {**party, "snapshot": to_text(read)},
    }
    save_orders(engine, "demo", "demo/monday", [row], [])
    put(engine, order_id, status="held", code=code, message="It is held.", advice="Do something.", **more)


def unheard_of(engine: Engine, order_id: str = "1") -> None:
    """An order of a product that no item stands for, in a company of two items and a category."""
    line = item(name="Cup", product_name="Cup", price="100.00")
    of_snapshot(engine, order_id, Code.ITEM_UNKNOWN, snapshot(order(line, id=order_id)))
    rows = [("7", "Mug", True, "Service"), ("8", "Old mug", False, "Service"), ("9", "Cups", True, "Category")]
    bodies = [
        {"Id": id, "Name": name, "FullyQualifiedName": name, "Active": active, "Type": kind}
        for id, name, active, kind in rows
    ]
    save_entries(engine, REALM, "Item", bodies)


def bartered(engine: Engine, order_id: str = "1") -> None:
    """An order of which something was paid in a way that the settings do not know."""
    read = snapshot(order(id=order_id), None, payment("60.00", method="Barter <b>", kind="hold"))
    of_snapshot(engine, order_id, Code.PAYMENT_KIND, read)


def settings_of(tmp_path: Path, text: str) -> None:
    """The smallest settings of the store demo, and these."""
    (tmp_path / "stores" / "demo.yaml").write_text(f"{SMALLEST}{text}")


def test_a_new_customer_is_chosen_and_taken_back(browser: Browser, company: Engine) -> None:
    for number in ("1", "2"):
        of_snapshot(company, number, Code.AMBIGUOUS, snapshot(order(id=number)))
    page = browser.get("/demo/review?order=1").text
    assert "New customer" in page
    assert "Record all 2 now" in page
    answer = browser.post("/demo/review/act", {"what": "create", "order": "1", "contact": "77"})
    told = browser.told(answer, "/demo/review/act")
    assert "A new customer was chosen. The next run follows it for order 1 and 1 more order of the contact." in told
    assert "ann chose a new customer" in told
    assert choices(company, "demo")["77"].customer_id == "create"
    assert "ann chose a new customer" in browser.get("/demo/review?order=2").text
    assert "a new one, which the next run makes" in browser.get("/demo/review/choices").text
    answer = browser.post("/demo/review/choices/act", {"what": "criteria", "contact": "77"})
    assert "decide about the contact" in browser.told(answer, "/demo/review/choices/act")
    assert choices(company, "demo") == {}


def test_all_orders_of_the_contact_are_recorded_at_once(browser: Browser, doors: Doors, company: Engine) -> None:
    for number in ("1", "2"):
        ambiguous(company, number)
    fill(company, "3", contact_id="77", code="OVERPAID")
    browser.post("/demo/review/act", {"what": "record all", "order": "2"})
    assert doors.started == [("demo", ["2", "1"])]


def test_the_standard_customer_is_offered_by_name_where_the_settings_have_one(
    browser: Browser, company: Engine, tmp_path: Path
) -> None:
    of_snapshot(company, "1", Code.AMBIGUOUS, snapshot(order(id="1")))
    assert "Standard customer" not in browser.get("/demo/review").text
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "standard": "1"})
    assert "name no standard customer" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo") == {}
    settings_of(tmp_path, "customers: {standard_customer: Web sales}\n")
    assert "Standard customer: Web sales" in browser.get("/demo/review").text
    browser.post("/demo/review/act", {"what": "choose", "order": "1", "contact": "77", "standard": "1"})
    assert choices(company, "demo")["77"].customer_id == ""


def test_review_goes_by_the_version_of_the_settings_that_is_in_force(
    browser: Browser, company: Engine, tmp_path: Path
) -> None:
    settings_of(tmp_path, "customers: {standard_customer: Old walk-ins}\n")
    file = tmp_path / "stores" / "demo.yaml"
    tabs = {"customers": {"standard_customer": "Walk-ins"}, "payments": {"kinds": {"Barter": "money"}}}
    save_settings(company, load_store(file), {**tabs_of_file(file), **tabs}, base=0, who="bob")
    of_snapshot(company, "1", Code.AMBIGUOUS, snapshot(order(id="1")))
    page = browser.get("/demo/review?order=1").text
    assert "Standard customer: Walk-ins" in page
    assert "Old walk-ins" not in page
    assert "Barter: money" in browser.get("/demo/review/choices/payments.yaml").text


def test_an_item_is_chosen_by_name_and_taken_back(browser: Browser, company: Engine) -> None:
    unheard_of(company)
    page = browser.get("/demo/review").text
    assert "Which item is it, in order 1?" in page
    assert '<option value="Mug">' in page
    assert "Old mug" not in page
    assert "Cups" not in page
    for name in ("Old mug", "Cups", "Nothing like it"):
        answer = browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Cup", "name": name})
        assert "no active item that is called" in browser.told(answer, "/demo/review/act")
    answer = browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Plate", "name": "Mug"})
    assert "has no product" in browser.told(answer, "/demo/review/act")
    answer = browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Cup", "name": "mug"})
    told = browser.told(answer, "/demo/review/act")
    assert "Mug was chosen for Cup. The next run follows it" in told
    assert "ann chose Mug" in told
    [(key, choice)] = chosen_items(company, "demo").items()
    assert (key, choice.item_id, choice.who, choice.order_id) == ("name Cup", "7", "ann", "1")
    assert "The item Mug (7) was chosen for the product with the name Cup" in browser.get("/demo/orders/1").text
    answer = browser.post("/demo/review/choices/act", {"what": "settings find", "product": "name Cup"})
    assert "find the product" in browser.told(answer, "/demo/review/choices/act")
    assert chosen_items(company, "demo") == {}


def test_chosen_items_are_taken_over_into_the_map_of_the_settings(
    browser: Browser, company: Engine, tmp_path: Path
) -> None:
    unheard_of(company)
    settings_of(tmp_path, "products: {map: products.csv}\n")
    (tmp_path / "stores" / "products.csv").write_text('product,item\n"Pot, big",Mug\n')
    browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Cup", "item": "7"})
    answer = browser.get("/demo/review/choices/products.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="products.csv"'
    (tmp_path / "stores" / "products.csv").write_text(answer.text)
    assert read_map(tmp_path / "stores" / "products.csv") == {"Cup": "Mug", "Pot, big": "Mug"}


def test_what_a_payment_is_is_said_and_taken_over_into_the_settings(browser: Browser, company: Engine) -> None:
    bartered(company)
    page = browser.get("/demo/review").text
    assert "What is this payment of order 1?" in page
    assert "Barter &lt;b&gt;" in page
    assert "Barter <b>" not in page
    answer = browser.post("/demo/review/act", {"what": "kind", "order": "1", "type": "Barter <b>", "kind": "gift"})
    assert "Say what the payment is" in browser.told(answer, "/demo/review/act")
    answer = browser.post("/demo/review/act", {"what": "kind", "order": "1", "type": "Barter <b>", "kind": "money"})
    assert "ann said of Barter &lt;b&gt;: money" in browser.told(answer, "/demo/review/act")
    [said] = chosen_kinds(company, "demo").values()
    assert (said.type, said.kind, said.who, said.order_id) == ("Barter <b>", "money", "ann", "1")
    answer = browser.get("/demo/review/choices/payments.yaml")
    assert yaml.safe_load(answer.text) == {"payments": {"kinds": {"Barter <b>": "money"}}}
    assert "Barter &lt;b&gt;" in browser.get("/demo/review/choices").text
    browser.post("/demo/review/act", {"what": "settings say", "order": "1", "type": "barter b"})
    assert chosen_kinds(company, "demo") == {}


def test_failed_orders_stand_there_by_reason_too(browser: Browser, company: Engine) -> None:
    fill(company, "1", "failed", code="6140", message="The number is taken.", advice="Give it another one.")
    page = browser.get("/demo/review").text
    assert "Order 1: failed" in page
    assert "Give it another one." in page
    assert "Record now" in page
    assert "This customer" not in page
    assert "Order 1: failed" in browser.get("/demo/review?code=6140&status=failed").text


@pytest.mark.parametrize("what", ["criteria", "settings find", "settings say"])
def test_a_viewer_takes_nothing_back(browser: Browser, doors: Doors, company: Engine, what: str) -> None:
    unheard_of(company)
    browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Cup", "item": "7"})
    doors.edits.clear()
    assert "Take back" not in browser.get("/demo/review/choices").text
    answer = browser.post("/demo/review/choices/act", {"what": what, "order": "1", "product": "name Cup"})
    assert answer.status_code == 403
    assert len(chosen_items(company, "demo")) == 1


ASKED = ("Whose order is", "Which item is it", "What is this payment", "Say it below", "Merge them.", "decides again")


def test_who_has_decided_is_asked_no_more_until_a_run_has_followed_it(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    form = {"what": "choose", "order": "1", "contact": "77", "customer": "2", "code": "AMBIGUOUS"}
    page = browser.told(browser.post("/demo/review/act", form), "/demo/review/act")
    assert "Order 1 is decided" in page
    assert "<strong>ann chose Kim Carter (2)</strong> for contact 77" in page
    assert not [words for words in ASKED if words in page]
    [chosen, other] = (page.partition(f'class="when mb-1">QuickBooks {id}')[2].partition("</dl>")[0] for id in "21")
    assert ("<strong>chosen</strong>" in chosen, "<strong>chosen</strong>" in other) == (True, False)
    assert page.count("This customer") == 1
    order = browser.get("/demo/orders/1").text
    assert "<strong>It is decided:</strong> ann chose Kim Carter (2) for contact 77. The next run follows it." in order
    assert "none yet; the next run takes Kim Carter (2)" in order
    assert "Merge them." not in order.partition("History</h2>")[0]

    ambiguous(company, "1")  # a run has looked at the order since
    page = browser.get("/demo/review?order=1").text
    assert "Whose order is 1?" in page
    assert "ann chose Kim Carter (2)" in page
    assert "The next run follows it" not in page
    assert "It is decided" not in browser.get("/demo/orders/1").text


def test_an_item_that_was_chosen_is_asked_for_no_more(browser: Browser, company: Engine) -> None:
    unheard_of(company)
    browser.post("/demo/review/act", {"what": "item", "order": "1", "product": "name Cup", "name": "Mug"})
    page = browser.get("/demo/review?order=1").text
    assert "Order 1 is decided" in page
    assert not [words for words in (*ASKED, "Do something.") if words in page]
    assert "<strong>It is decided:</strong> ann chose Mug for Cup. The next run" in browser.get("/demo/orders/1").text


@pytest.mark.parametrize(("kind", "is_decided"), [("money", True), ("hold", False)])
def test_of_a_payment_nothing_is_asked_once_it_is_said_unless_it_is_to_be_held(
    browser: Browser, company: Engine, kind: str, is_decided: bool
) -> None:
    bartered(company)
    browser.post("/demo/review/act", {"what": "kind", "order": "1", "type": "Barter <b>", "kind": kind})
    page, order = browser.get("/demo/review?order=1").text, browser.get("/demo/orders/1").text
    assert ("Order 1 is decided" in page) is is_decided
    assert ("Do something." in page) is not is_decided
    assert ("ann said of Barter &lt;b&gt;: money. The next run follows it." in order) is is_decided


def test_an_order_that_is_done_leads_to_its_page_and_to_the_next_one(browser: Browser, company: Engine) -> None:
    fill(company, "1", "posted", document_entity="SalesReceipt", document_id="5", document_number="IS-1")
    page = browser.get("/demo/review?order=1").text
    assert "Order 1 waits no more" in page
    assert "It is in QuickBooks as sales receipt IS-1." in page
    assert 'orders/1">Order 1</a>' in page
    assert "Nothing else needs a person." in page
    ambiguous(company, "2")
    assert "The next order that waits" in browser.get("/demo/review?order=1").text
