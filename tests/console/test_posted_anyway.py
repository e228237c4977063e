"""Post anyway: from the list and from an order's page, who said so, taken back, refused; and how an order is undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from order_sync.database.choices import chosen_orders
from order_sync.database.history import order_history
from order_sync.database.order_status import skip_order
from order_sync.database.orders import known_orders
from tests.console.conftest import Browser, Doors
from tests.console.test_orders_page import fill
from tests.shop.counter import ShopCounter, line
from tests.shop.runs import put
from tests.shop.stores import SMALLEST
from tests.sync.conftest import counter as counter

pytestmark = pytest.mark.airflow

BELOW = "The order comes to 4.00 USD, less than the minimum of 5.00 USD."


@pytest.fixture
def left_out(browser: Browser, engine: Engine, tmp_path: Path) -> Engine:
    """Order 1 is below the minimum, order 2 was skipped by a person, order 3 is held, order 4 is posted."""
    settings(tmp_path)
    fill(engine, "1", "skipped", code="BELOW_MINIMUM", message=BELOW, advice="To record it, …")
    fill(engine, "2")
    skip_order(engine, "demo", "2", "Entered by hand as receipt 88.", "bob")
    fill(engine, "3", "held", code="TOTAL_DIFFERS", message="The lines lack 5.00 USD.", advice="Correct the order.")
    fill(engine, "4", "posted", document_id="5")
    return engine


def settings(tmp_path: Path, text: str = "") -> None:
    (tmp_path / "stores" / "demo.yaml").write_text(f"{SMALLEST}{text}")


def statuses(engine: Engine) -> dict[str, str]:
    known = known_orders(engine, "demo", ["1", "2", "3", "4"])
    return {id: " ".join(filter(None, (one.status, one.code))) for id, one in known.items()}


def test_ticked_orders_are_posted_anyway_and_the_others_say_why_not(browser: Browser, left_out: Engine) -> None:
    form = {"what": "anyway", "order": ["1", "2", "3", "4"]}
    answer = browser.post("/demo/orders/act?tab=all", form)
    page = browser.told(answer, "/demo/orders/act")
    assert (
        "2 orders to be posted by the next run. Not 3: The lines lack 5.00 USD. Recorded so, it would make the books wrong. Correct the "
        "order. Not 4: It is recorded already, and nothing is recorded twice." in page
    )
    assert "To be posted anyway" in page
    assert statuses(left_out) == {
        "1": "waiting ANYWAY",
        "2": "waiting ANYWAY",
        "3": "held TOTAL_DIFFERS",
        "4": "posted",
    }
    [event, *_] = order_history(left_out, "demo", "1")
    assert (event.message, event.who) == (
        f"It is posted anyway; the next run records it. It was left out: {BELOW}",
        "ann",
    )


@pytest.mark.parametrize(
    ("tab", "offered"),
    [
        ("needs-a-person", False),
        ("failed", False),
        ("posted", False),
        ("waiting", True),
        ("skipped", True),
        ("all", True),
    ],
)
def test_it_is_offered_where_orders_are_left_out(browser: Browser, left_out: Engine, tab: str, offered: bool) -> None:
    assert ("Post anyway" in browser.get(f"/demo/orders?tab={tab}").text) is offered


def test_an_order_says_on_whose_word_it_is_posted_until_that_is_taken_back(browser: Browser, left_out: Engine) -> None:
    page = browser.get("/demo/orders/1").text
    assert "The settings leave it out; the next run records it all the same, on your word." in page
    page = browser.told(browser.post("/demo/orders/1/act", {"what": "anyway"}), "/demo/orders/1/act")
    assert "1 order to be posted by the next run." in page
    assert "<strong>ann has it posted anyway</strong>" in page
    assert f"The next run follows it. The settings had left it out: {BELOW}" in page
    assert "Post anyway…" not in page
    page = browser.told(browser.post("/demo/orders/1/act", {"what": "leave out"}), "/demo/orders/1/act")
    assert "1 order left out again." in page
    assert "posted anyway</strong>" not in page
    assert statuses(left_out)["1"] == "skipped BELOW_MINIMUM"
    assert "It is not posted anyway any more" in page


def test_what_holds_an_order_up_since_is_said_and_no_run_promised(browser: Browser, left_out: Engine) -> None:
    browser.post("/demo/orders/1/act", {"what": "anyway"})
    put(left_out, "1", status="waiting", code="UNPAID", message="0.00 USD of 4.00 USD are paid.")
    page = browser.get("/demo/orders/1").text
    assert "<strong>ann has it posted anyway</strong>" in page
    assert "0.00 USD of 4.00 USD are paid." in page
    assert "The next run follows it" not in page


def test_a_skipped_order_warns_of_what_was_entered_by_hand(browser: Browser, left_out: Engine) -> None:
    page = browser.get("/demo/orders/2").text
    assert "Make sure that nobody has entered it in QuickBooks by hand" in page
    page = browser.told(browser.post("/demo/orders/2/act", {"what": "anyway"}), "/demo/orders/2/act")
    assert "It had been skipped: Entered by hand as receipt 88." in page


@pytest.mark.parametrize("order_id", ["3", "4"])
def test_it_is_not_offered_where_it_would_be_refused(browser: Browser, left_out: Engine, order_id: str) -> None:
    assert "Post anyway" not in browser.get(f"/demo/orders/{order_id}").text
    answer = browser.post(f"/demo/orders/{order_id}/act", {"what": "anyway"})
    assert "No order to be posted" in browser.told(answer, f"/demo/orders/{order_id}/act")
    assert chosen_orders(left_out, "demo") == {}


def test_an_unpaid_receipt_is_offered_nothing_and_an_unpaid_invoice_is(
    browser: Browser, counter: ShopCounter, tmp_path: Path
) -> None:
    counter.set(orders={"only_paid": True})
    counter.sell(1)
    counter.run(0)
    settings(tmp_path, "orders: {only_paid: true}\n")
    assert "Post anyway" not in browser.get("/demo/orders/1").text
    invoices = SMALLEST.replace("revenue:\n", "revenue:\n  post_as: Invoice\n") + "orders: {only_paid: true}\n"
    (tmp_path / "stores" / "demo.yaml").write_text(invoices)
    assert "Post it anyway" in browser.get("/demo/orders/1").text


def test_what_was_decided_lists_it_and_takes_it_back(browser: Browser, left_out: Engine) -> None:
    assert "What the settings leave out, or somebody skipped, is posted anyway" in choices(browser)
    browser.post("/demo/orders/act", {"what": "anyway", "order": ["1", "2"]})
    page = choices(browser)
    assert BELOW in page
    assert page.count('value="leave out"') == 2
    answer = browser.post("/demo/review/choices/act", {"what": "leave out", "order": "1"})
    assert "1 order left out again." in browser.told(answer, "/demo/review/choices/act")
    answer = browser.post("/demo/review/choices/act", {"what": "leave out", "order": "1"})
    told = browser.told(answer, "/demo/review/choices/act")
    assert "Not 1: Nobody has order 1 posted anyway." in told
    assert list(chosen_orders(left_out, "demo")) == ["2"]


def choices(browser: Browser) -> str:
    return str(browser.get("/demo/review/choices").text)


def test_what_is_recorded_says_on_whose_word_and_how_it_is_undone(
    browser: Browser, counter: ShopCounter, tmp_path: Path
) -> None:
    settings(tmp_path, "orders: {minimum_total: 5}\n")
    counter.set(orders={"minimum_total": 5})
    counter.sell(1, line("4.00"))
    counter.pay(1, "4.00")
    counter.run(0)
    browser.post("/demo/orders/act", {"what": "anyway", "order": "1"})
    counter.run(0)
    page = str(browser.get("/demo/orders/1").text)
    assert "<strong>Posted on ann’s word</strong> of " in page
    assert f"The settings had left it out: {BELOW}" in page
    assert "To undo it, void it in QuickBooks: no run records the order again." in page
    for over in ("Take it back", "Skip…", "Post anyway"):
        assert over not in page
    assert BELOW in choices(browser)
    assert "Take back" not in choices(browser)
    answer = browser.post("/demo/orders/1/act", {"what": "leave out"})
    assert "what is recorded stays as it is" in browser.told(answer, "/demo/orders/1/act")


@pytest.mark.parametrize("what", ["anyway", "leave out"])
def test_a_viewer_posts_nothing_anyway(browser: Browser, doors: Doors, left_out: Engine, what: str) -> None:
    browser.post("/demo/orders/act", {"what": "anyway", "order": "2"})
    doors.edits.clear()
    before = statuses(left_out)
    for path in ("/demo/orders/act", "/demo/orders/1/act", "/demo/review/choices/act"):
        assert browser.post(path, {"what": what, "order": "1"}).status_code == 403
    assert statuses(left_out) == before
    for path in ("/demo/orders?tab=all", "/demo/orders/1", "/demo/orders/2", "/demo/review/choices"):
        page = browser.get(path).text
        assert "Post it anyway" not in page
        assert 'value="anyway"' not in page
        assert 'value="leave out"' not in page
    assert "ann has it posted anyway" in browser.get("/demo/orders/2").text


def test_wrong_settings_decide_nothing(browser: Browser, left_out: Engine, tmp_path: Path) -> None:
    (tmp_path / "stores" / "demo.yaml").write_text("start_date: 2026-31-01\n")
    assert "Post it anyway" not in browser.get("/demo/orders/1").text
    answer = browser.post("/demo/orders/1/act", {"what": "anyway"})
    assert "The settings of this store are wrong" in browser.told(answer, "/demo/orders/1/act")
    assert statuses(left_out)["1"] == "skipped BELOW_MINIMUM"
