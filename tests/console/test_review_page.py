"""Review: orders that wait for a person, one at a time by reason, and what is decided about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.cache import save_customers
from order_sync.database.choices import choices
from order_sync.database.order_status import save_decisions
from order_sync.database.stores import note_store
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.identity import Identity
from tests.console.conftest import Browser, Doors
from tests.console.test_orders_page import fill
from tests.shop.records import NOON

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
def company(engine: Engine) -> Engine:
    """The company's customers, as they were read."""
    note_store(engine, Identity("demo", "ab103", REALM, None))
    bodies = [
        {"Id": "1", "DisplayName": "Kim's shop", "PrimaryEmailAddr": {"Address": "kim@example.com"}},
        {"Id": "2", "DisplayName": "Kim Carter", "PrimaryEmailAddr": {"Address": "kim@example.com"}},
        {"Id": "3", "DisplayName": "Web sales", "Active": False},
    ]
    save_customers(engine, REALM, bodies)
    return engine


def test_nothing_waits(browser: Browser) -> None:
    page = browser.get("/demo/review")
    assert "Nothing needs a person" in page.text


def test_the_oldest_order_of_the_commonest_reason_comes_first_with_who_may_be_meant(
    browser: Browser, company: Engine
) -> None:
    ambiguous(company, "2", ordered_at=NOON + timedelta(1))
    ambiguous(company, "1")
    fill(company, "3", code="OVERPAID", message="Paid too much.", advice="Correct it.")
    page = browser.get("/demo/review").text
    assert "Whose order is 1?" in page
    assert "1 of 2" in page
    assert page.count("This customer") == 2
    assert 'href="?order=2"' in page
    other = browser.get("/demo/review?code=OVERPAID").text
    assert "Order 3 waits" in other
    assert "This customer" not in other
    assert "Whose order is 2?" in browser.get("/demo/review?order=2").text


def test_a_choice_is_kept_for_the_contact_with_who_made_it(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "customer": "2", "code": "AMBIGUOUS"})
    assert "Kim Carter was chosen. The next run records order 1." in browser.told(answer, "/demo/review/act")
    [(contact, choice)] = choices(company, "demo").items()
    assert (contact, choice.customer_id, choice.who) == ("77", "2", "ann")
    assert "Kim Carter (2) was chosen for contact 77" in browser.get("/demo/orders/1").text


def test_somebody_else_is_chosen_by_the_name_that_quickbooks_shows(browser: Browser, company: Engine) -> None:
    ambiguous(company, "1")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "name": "Kim Carter"})
    assert "Kim Carter was chosen" in browser.told(answer, "/demo/review/act")
    for name in ("Nobody", "Web sales"):
        answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "name": name})
        assert "no active customer that is called" in browser.told(answer, "/demo/review/act")
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "customer": "99"})
    assert "is not among the customers" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo")["77"].customer_id == "2"


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
    answer = browser.post("/demo/review/act", {"what": "choose", "order": "1", "customer": "2"})
    assert "stands on a document in QuickBooks already" in browser.told(answer, "/demo/review/act")
    assert choices(company, "demo") == {}
