"""The order history: tabs, search, filters, pages, exports, and what is done with several orders at once."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.history import Event, tell_orders
from order_sync.database.order_status import skip_order
from order_sync.database.orders import known_orders
from order_sync.database.orders_read import save_orders
from tests.console.conftest import Browser, Doors
from tests.shop.records import NOON
from tests.shop.runs import put

pytestmark = pytest.mark.airflow

PARTY = dict.fromkeys(
    (
        "prefix", "first", "middle", "last", "suffix", "company", "email", "phone", "contact_id", "shipping_first", "shipping_last",
        "shipping_company", "emails", "addresses", "postal_code",
    ),
    "",
)  # fmt: skip


def fill(
    engine: Engine, order_id: str, status: str = "held", *, store: str = "demo", run: str = "demo/monday", **more: Any
) -> None:
    """An order as a run left it; its party's parts are those of `order_readings`."""
    party = {name: more.pop(name) for name in PARTY if name in more}
    row = {
        "order_id": order_id,
        "status": "extracted",
        "ordered_at": NOON,
        "created_at": NOON,
        "currency": "USD",
        "total_minor": 10000,
        "content_hash": "a",
        "reading": {**PARTY, "snapshot": "", **party},
    }
    row["contact_id"] = party.get("contact_id") or None
    save_orders(engine, store, run, [row], [])
    put(engine, order_id, store=store, status=status, **more)


def listed(text: str) -> list[str]:
    """The orders of a page, in their order."""
    return [part.split('"')[0] for part in text.split('name="order" value="')[1:]]


def test_the_tabs_hold_what_is_to_be_done_with_counts(browser: Browser, engine: Engine) -> None:
    for number, status in enumerate(
        ("held", "held", "waiting", "failed", "unsettled", "posted", "posted with warnings", "skipped")
    ):
        fill(engine, str(number), status)
    fill(engine, "99", "held", store="shop", run="shop/monday")
    wanted = {
        "needs-a-person": ["1", "0"],
        "waiting": ["2"],
        "failed": ["4", "3"],
        "posted": ["6", "5"],
        "skipped": ["7"],
    }
    for tab, orders in wanted.items():
        page = browser.get(f"/demo/orders?tab={tab}").text
        assert listed(page) == orders
        assert f"{len(orders)} of {len(orders)}" in page
    assert listed(browser.get("/demo/orders").text) == ["1", "0"]
    assert len(listed(browser.get("/demo/orders?tab=all").text)) == 8
    assert "200.00 USD on this page" in browser.get("/demo/orders").text


@pytest.mark.parametrize("empty", ["needs-a-person", "waiting", "failed", "posted", "skipped", "all"])
def test_an_empty_list_says_what_would_stand_there(browser: Browser, empty: str) -> None:
    page = browser.get(f"/demo/orders?tab={empty}")
    assert page.status_code == 200
    assert "stand" in page.text.partition("<tbody>")[2]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("1001", ["1001"]),
        ("is-10", ["1001"]),
        ("lovelace", ["1001"]),
        ("Ada Love", ["1001"]),
        ("ada@", ["1001"]),
        ("analytical eng", ["1002"]),
        ("grace", ["1002"]),
        ("LOVELACE'; DROP TABLE orders", []),
        ("nobody", []),
        ("100", []),
    ],
)
def test_orders_are_found_by_number_document_name_company_and_e_mail(
    browser: Browser, engine: Engine, search: str, found: list[str]
) -> None:
    fill(engine, "1001", first="Ada", last="Lovelace", email="ada@example.com", document_number="IS-1001")
    fill(engine, "1002", first="Grace", last="Hopper", company="Analytical Engines Ltd", email="grace@example.com")
    fill(engine, "1003", first="Ada", last="Lovelace", email="ada@example.com", store="shop", run="shop/monday")
    page = browser.client.get("/demo/orders", params={"tab": "all", "q": search})
    assert listed(page.text) == found


def test_a_search_asks_all_tabs_and_says_how_many_each_has(browser: Browser, engine: Engine) -> None:
    for number, status in enumerate(("held", "posted", "posted with warnings", "held")):
        fill(engine, str(number), status, last="Hopper" if number < 3 else "Lovelace")
    search = browser.get("/demo/orders").text.partition('role="search"')[2].partition("</form>")[0]
    assert 'name="tab" value="all"' in search
    page = browser.get("/demo/orders?tab=all&q=hopper").text
    assert listed(page) == ["2", "1", "0"]
    assert "3 orders were found" in page
    assert counts(page) == {"needs-a-person": 1, "waiting": 0, "failed": 0, "posted": 2, "skipped": 0, "all": 3}
    assert 'href="?tab=posted&amp;q=hopper"' in page
    assert '<span class="count hot">2</span>' in page.partition("</nav>")[0]  # the store's, whatever is searched for
    elsewhere = browser.get("/demo/orders?tab=failed&q=hopper").text
    assert "No order was found" in elsewhere
    assert '<a href="?tab=all&amp;q=hopper">Search all orders</a>' in elsewhere


def counts(page: str) -> dict[str, int]:
    """What the tabs say that they hold."""
    tabs = page.partition("card-header-tabs")[2].partition("</ul>")[0].split('href="?tab=')[1:]
    return {
        one.split('"')[0].split("&")[0]: int(one.partition('<span class="count')[2].split(">")[1].split("<")[0])
        for one in tabs
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "2 orders need a person"),
        ("run=demo/tuesday", "1 order was found"),
        ("tab=all&run=demo/tuesday", "2 orders were found"),
        ("tab=all", "3 orders"),
        ("code=OVERPAID", "No order was found"),
        ("tab=failed", "No order has failed"),
    ],
)
def test_the_heading_counts_what_is_listed(browser: Browser, engine: Engine, query: str, told: str) -> None:
    fill(engine, "1")
    fill(engine, "2", run="demo/tuesday")
    fill(engine, "3", "posted", run="demo/tuesday")
    assert browser.get(f"/demo/orders?{query}").text.partition("</h1>")[0].rpartition(">")[2].strip() == told


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("since=2026-11-17&until=2026-11-16", "From (2026-11-17) is later than To (2026-11-16)"),
        ("from=100&to=9.99", "At least (100) is more than At most (9.99)"),
    ],
)
def test_a_range_that_nothing_can_be_in_is_told(browser: Browser, engine: Engine, query: str, told: str) -> None:
    fill(engine, "1")
    page = browser.get(f"/demo/orders?{query}").text
    assert told in page
    assert listed(page) == []


def test_who_finds_too_many_has_to_say_more(browser: Browser, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from order_sync.console import asked
    from order_sync.database import order_lists

    for module in (asked, order_lists):
        monkeypatch.setattr(module, "MOST_FOUND", 3)
    for number in range(5):
        fill(engine, str(number), last="Lovelace" if number < 4 else "Lovett")
    page = browser.get("/demo/orders?q=lov").text
    assert len(listed(page)) == 3
    assert "More orders than 3 are called" in page
    assert browser.get("/demo/orders/export?q=lov").status_code == 400
    assert listed(browser.get("/demo/orders?q=lovett").text) == ["4"]


def test_filters_narrow_by_day_of_the_company_status_reason_amount_and_run(browser: Browser, engine: Engine) -> None:
    late = NOON.replace(hour=23, minute=59)
    fill(engine, "1", "held", ordered_at=late, code="AMBIGUOUS", message="Two have this key.", total_minor=500)
    fill(
        engine,
        "2",
        "held",
        ordered_at=late + timedelta(minutes=2),
        code="OVERPAID",
        message="Too much.",
        total_minor=2500,
    )
    fill(engine, "3", "failed", run="demo/tuesday", total_minor=2501)

    def orders(query: str) -> list[str]:
        return listed(browser.get(f"/demo/orders?tab=all&{query}").text)

    assert orders("since=2026-11-16&until=2026-11-16") == ["1", "3"]
    assert orders("since=2026-11-17") == ["2"]
    assert orders("code=AMBIGUOUS") == ["1"]
    assert orders("status=failed") == ["3"]
    assert orders("from=5.01&to=25") == ["2"]
    assert orders("run=demo/tuesday") == ["3"]
    assert orders("sort=date") == ["3", "1", "2"]


def test_totals_are_narrowed_and_sorted_by_the_figure_whichever_the_currency(browser: Browser, engine: Engine) -> None:
    totals = {"1": ("JPY", 5000), "2": ("USD", 10000), "3": ("KWD", 60500), "4": ("USD", -10), "5": (None, None)}
    for order_id, (currency, total_minor) in totals.items():
        fill(engine, order_id, currency=currency, total_minor=total_minor)

    def orders(query: str) -> list[str]:
        found = listed(browser.get(f"/demo/orders?{query}").text)
        exported = json.loads(browser.get(f"/demo/orders/export?as=json&{query}").text)
        assert [one["order"] for one in exported] == found
        return found

    assert orders("sort=-total") == ["1", "2", "3", "5", "4"]
    assert orders("sort=total") == ["4", "5", "3", "2", "1"]
    assert orders("from=5000") == ["1"]
    assert orders("from=40&to=60.499") == []
    assert orders("from=60.5&to=100") == ["3", "2"]
    assert orders("to=0") == ["4"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("since=16.11.2026", "is no day"),
        ("since=0001-01-01", "is no day"),
        ("until=9999-12-31", "is no day"),
        ("until=9999-12-30", "is no day"),
        ("from=a lot", "is no amount"),
        ("from=1e999999", "is no amount"),
        ("status=lost", "is no status"),
        ("tab=x", "There is no list"),
        ("run=shop/monday", "is not one of store demo"),
        ("after=x~y", "is no place"),
        ("sort=oldest", "is nothing to sort by"),
        ("sort=total&after=99999999999999999999~1", "is no place"),
    ],
)
def test_what_cannot_be_read_is_told_and_narrows_nothing(
    browser: Browser, engine: Engine, query: str, told: str
) -> None:
    fill(engine, "1")
    page = browser.get(f"/demo/orders?tab=all&{query}" if "tab" not in query else f"/demo/orders?{query}")
    assert page.status_code == 200
    assert told in page.text
    assert listed(page.text) == ["1"]


@pytest.mark.parametrize(
    "asked", ["tab=needs-a-person&status=posted", "q=%00", "code=%00", "sort=customer&after=%00~%00"]
)
def test_what_no_order_can_be_is_found_nowhere(browser: Browser, engine: Engine, asked: str) -> None:
    fill(engine, "1", "posted")
    for path in ("/demo/orders", "/demo/orders/export"):
        answer = browser.get(f"{path}?{asked}")
        assert (answer.status_code, listed(answer.text)) == (200, [])


def test_a_reason_that_no_database_can_keep_is_kept_as_far_as_it_can(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    browser.post("/demo/orders/act", {"what": "skip", "why": "Entered\0 by hand.", "order": ["1", "\0"]})
    assert "Entered by hand." in browser.get("/demo/orders/1").text


def test_pages_follow_each_other_without_a_gap_or_a_double(
    browser: Browser, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from order_sync.console import orders
    from order_sync.database import order_lists

    monkeypatch.setattr(orders, "SIZE", 4)
    # Several of one moment, total and name, some without one, of two statuses.
    for number in range(11):
        at = None if number == 5 else NOON + timedelta(hours=number // 4)
        fill(
            engine,
            str(number),
            "posted" if number % 2 else "posted with warnings",
            ordered_at=at,
            status_at=at,
            last=f"Family~{number % 3}" if number % 4 else "",
            currency="JPY" if number in (1, 3) else "USD",
            total_minor=None if number == 7 else number % 2,
        )
    for sort in ("date", "number", "total", "customer", "status"):
        whole = []
        # By the index of the sort, all of the tab and narrowed; and narrowed so far that what is left of one status is sorted, or of both.
        for few, narrowed in ((0, ""), (0, "&until=2026-11-30"), (5, "&until=2026-11-30"), (6, "&until=2026-11-30")):
            monkeypatch.setattr(order_lists, "MOST_SORTED", few)
            for way in ("", "-"):
                seen = pages(browser, f"/demo/orders?tab=posted&sort={way}{sort}{narrowed}")
                assert sorted(seen, key=int) == [str(number) for number in range(11)]
                whole.append(seen if way else seen[::-1])
        assert all(one == whole[0] for one in whole), sort


def pages(browser: Browser, path: str) -> list[str]:
    """The orders of a list, page by page."""
    seen = []
    while path:
        page = browser.get(path).text
        assert len(listed(page)) <= 4
        seen += listed(page)
        following = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        path = f"/demo/orders{following}" if following else ""
    return seen


def heading(page: str, name: str) -> tuple[str, str]:
    """Of a column: how the list is sorted by it, and where its heading leads."""
    [cell] = [one for one in page.partition("<thead>")[2].partition("</thead>")[0].split("<th") if f">{name}<" in one]
    said = cell.partition('aria-sort="')[2].partition('"')[0] if "aria-sort" in cell else ""
    return said, cell.partition('href="')[2].partition('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("Order", ["100", "10", "9"], ["9", "10", "100"]),
        ("Date", ["9", "100", "10"], ["10", "100", "9"]),
        ("Total", ["100", "10", "9"], ["9", "10", "100"]),
        ("Customer", ["10", "100", "9"], ["9", "100", "10"]),
        ("Status", ["100", "9", "10"], ["10", "9", "100"]),
    ],
)
def test_a_heading_sorts_by_its_column_and_pressed_again_the_other_way(
    browser: Browser, engine: Engine, column: str, first: list[str], second: list[str]
) -> None:
    hour = timedelta(hours=1)
    fill(engine, "9", ordered_at=NOON, total_minor=1, company="Zeta", status_at=NOON + hour)
    fill(engine, "10", ordered_at=NOON - 2 * hour, total_minor=20, last="Émile", status_at=NOON)
    fill(engine, "100", ordered_at=NOON - hour, total_minor=100, email="fred@example.com", status_at=NOON + 2 * hour)
    page = browser.get("/demo/orders?from=0&columns=date,total,customer,status").text
    assert heading(page, "Date")[0] == "descending"
    if column != "Date":
        page = browser.get(f"/demo/orders{heading(page, column)[1]}").text
    assert listed(page) == first
    assert heading(page, column)[0] == ("ascending" if column == "Customer" else "descending")
    page = browser.get(f"/demo/orders{heading(page, column)[1]}").text
    assert listed(page) == second
    assert heading(page, column)[0] == ("descending" if column == "Customer" else "ascending")
    assert "from=0" in heading(page, column)[1]
    assert page.count("aria-sort") == 1
    # Searching and filtering keep it, and the export has it.
    assert page.count('type="hidden" name="sort"') == 2
    sort = heading(page, column)[1].partition("sort=")[2].partition("&")[0]
    exported = json.loads(browser.get(f"/demo/orders/export?as=json&sort={sort}").text)
    assert [one["order"] for one in exported] == first


def test_a_column_without_a_sort_has_a_plain_heading(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    assert "<th>Reason</th>" in browser.get("/demo/orders").text


def test_sorted_by_status_a_list_says_when_it_changed(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", status_at=NOON)
    assert "16 Nov 2026 19:00:00" in browser.get("/demo/orders?sort=-status").text.partition("<tbody>")[2]


@pytest.mark.parametrize("search", ["ÉMILE", "émile", "Émile", "émile zola"])
def test_capitals_beyond_ascii_are_found_however_they_are_written(
    browser: Browser, engine: Engine, search: str
) -> None:
    for number, (first, last) in enumerate((("Émile", "Zola"), ("ÉMILE", "ZOLA"), ("émile", "zola"))):
        fill(engine, str(number), first=first, last=last)
    fill(engine, "9", first="Emile", last="Zola")
    page = browser.client.get("/demo/orders", params={"tab": "all", "q": search})
    assert sorted(listed(page.text)) == ["0", "1", "2"]


def test_columns_are_chosen(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", code="OVERPAID", message="Too much.")
    page = browser.get("/demo/orders?columns=date,total").text
    assert "Total" in page.partition("<thead>")[2].partition("</thead>")[0]
    assert "Reason" not in page.partition("<thead>")[2].partition("</thead>")[0]
    assert "Paid too much" not in page.partition("<tbody>")[2]


def test_names_of_strangers_are_text(browser: Browser, engine: Engine) -> None:
    script = "<script>alert(1)</script>"
    fill(
        engine,
        "1",
        first=script,
        last='" onmouseover="x',
        company="",
        email=script,
        code="OVERPAID",
        message=script,
        advice=script,
    )
    fill(engine, "2", company=script)
    for path in ("/demo/orders", "/demo/orders/1", "/demo/review", "/demo/orders?q=" + script, "/demo/"):
        page = browser.get(path).text
        assert "<script>alert" not in page, path
        assert '" onmouseover="x' not in page, path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.get("/demo/orders").text


def test_the_whole_list_is_exported_as_it_is_narrowed(
    browser: Browser, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from order_sync.console import export

    monkeypatch.setattr(export, "PORTION", 2)
    for number in range(5):
        fill(engine, str(number), last="=HYPERLINK(1)" if number else "Łukasz, Jr.", total_minor=number, currency="KWD")
    fill(engine, "9", "posted")
    answer = browser.get("/demo/orders/export?tab=needs-a-person&as=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="orders-demo-needs-a-person.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["order"] for row in rows] == ["4", "3", "2", "1", "0"]
    assert [row["total"] for row in rows] == ["0.004", "0.003", "0.002", "0.001", "0.000"]
    assert {row["date"] for row in rows} == {"2026-11-16"}
    assert [row["name"] for row in rows] == ["'=HYPERLINK(1)"] * 4 + ["Łukasz, Jr."]
    of_json = json.loads(browser.get("/demo/orders/export?tab=needs-a-person&as=json&q=0").text)
    assert [(row["order"], row["name"], row["currency"]) for row in of_json] == [("0", "Łukasz, Jr.", "KWD")]
    assert browser.get("/demo/orders/export?since=tomorrow").status_code == 400
    assert browser.get("/demo/orders/export?tab=failed&as=csv").text.splitlines() == [",".join(export.EXPORTED)]


def test_ticked_orders_are_skipped_with_the_reason_and_who(browser: Browser, engine: Engine) -> None:
    from order_sync.database.history import order_history

    for number in ("1", "2"):
        fill(engine, number)
    fill(engine, "3", "posted")
    answer = browser.post(
        "/demo/orders/act?tab=all&q=", {"what": "skip", "why": "Entered by hand", "order": ["1", "2", "3"]}
    )
    page = browser.told(answer, "/demo/orders/act")
    assert "2 orders skipped. Not 3: Order 3 is posted" in page
    assert "tab=all" in answer.headers["location"]
    for number in ("1", "2"):
        [event, *_] = order_history(engine, "demo", number)
        assert (event.event, event.message, event.who) == ("skipped", "Entered by hand", "ann")
        assert "by ann" in browser.get(f"/demo/orders/{number}").text
    assert listed(browser.get("/demo/orders?tab=skipped").text) == ["2", "1"]


def test_enter_in_the_reason_skips_and_records_nothing(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    form = browser.get("/demo/orders?tab=all").text.partition("data-selection>")[2].partition("</form>")[0]
    first, *others = ["<button" + one.partition(">")[0] for one in form.split("<button")[1:]]
    assert "disabled" in first  # Enter in a field presses the first: nothing
    assert ["formnovalidate" in one for one in others] == [True, True, False]  # skipping alone needs a reason
    [reason] = [one.partition(">")[0] for one in form.split("<input") if 'name="why"' in one]
    assert "required data-enter" in reason
    assert 'data-enter><button class="btn btn-sm" name="what" value="skip">' in form


def test_a_reason_is_needed_and_so_is_a_tick(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    assert "Say why" in browser.told(
        browser.post("/demo/orders/act", {"what": "skip", "order": "1"}), "/demo/orders/act"
    )
    assert "Tick the orders" in browser.told(
        browser.post("/demo/orders/act", {"what": "skip", "why": "x"}), "/demo/orders/act"
    )
    assert browser.post("/demo/orders/act", {"what": "delete", "order": "1"}).status_code == 400
    assert listed(browser.get("/demo/orders").text) == ["1"]


def test_ticked_orders_are_recorded_now_by_a_run_for_them_alone(browser: Browser, doors: Doors, engine: Engine) -> None:
    fill(engine, "1")
    answer = browser.post("/demo/orders/act", {"what": "record", "order": ["1", "2"]})
    assert "Airflow run manual__1 reads 2 orders now, and records what is due of them." in browser.told(
        answer, "/demo/orders/act"
    )
    assert doors.started == [("demo", ["1", "2"])]
    doors.starts.clear()
    answer = browser.post("/demo/orders/act", {"what": "record", "order": ["1"]})
    assert "allowed to start the Dag sync_orders__demo" in browser.told(answer, "/demo/orders/act")
    assert len(doors.started) == 1


def test_an_order_that_somebody_ended_is_recorded_by_no_run_and_who_asks_is_told_what_to_do(
    browser: Browser, doors: Doors, engine: Engine
) -> None:
    for order_id, more in (("1", {}), ("2", {}), ("3", {"document_id": "145", "status": "held"})):
        fill(engine, order_id, **more)
    skip_order(engine, "demo", "1", "By hand")
    skip_order(engine, "demo", "3", "The refund is entered by hand")
    answer = browser.post("/demo/orders/1/act", {"what": "record"})
    told = browser.told(answer, "/demo/orders/1/act")
    assert "No run was started. Not 1: Somebody skipped it" in told
    assert "post it anyway" in told
    assert doors.started == []
    answer = browser.post("/demo/orders/act", {"what": "record", "order": ["1", "2", "3"]})
    told = browser.told(answer, "/demo/orders/act")
    assert "reads 1 order now, and records what is due of it. Not 1: Somebody skipped it" in told
    assert "Not 3: Somebody ended it" in told
    assert doors.started == [("demo", ["2"])]
    offered = [number for number in "123" if "Record now" in browser.get(f"/demo/orders/{number}").text]
    assert offered == ["2"]


def test_what_is_recorded_now_waits_for_a_dag_that_is_switched_off(
    browser: Browser, doors: Doors, engine: Engine
) -> None:
    fill(engine, "1")
    doors.off.add("sync_orders__demo")
    answer = browser.post("/demo/orders/1/act", {"what": "record"})
    told = browser.told(answer, "/demo/orders/1/act")
    assert "reads 1 order once the Dag is switched on in Airflow, and records what is due of it." in told


def test_a_skipped_order_can_be_given_another_reason(browser: Browser, engine: Engine) -> None:
    fill(engine, "1")
    skip_order(engine, "demo", "1", "By hand")
    answer = browser.post("/demo/orders/1/act", {"what": "skip", "why": "Twice"})
    assert "1 order skipped" in browser.told(answer, "/demo/orders/1/act")


def test_a_store_with_wrong_settings_shows_its_orders_and_says_so(browser: Browser, engine: Engine) -> None:
    from order_sync.settings import stores_folder

    fill(engine, "1")
    (stores_folder() / "demo.yaml").write_text("start_date: 2026-31-01\n")
    page = browser.get("/demo/orders").text
    assert listed(page) == ["1"]
    assert "The settings of this store are wrong" in page
    assert "demo.yaml" in page


def test_an_order_that_was_recorded_since_the_page_was_made_is_not_skipped(browser: Browser, engine: Engine) -> None:
    fill(engine, "1", "held", code="PAYMENT_KIND", document_id="5")
    form = {"what": "skip", "why": "Entered by hand.", "order": "1"}
    for path in ("/demo/orders/act", "/demo/orders/1/act", "/demo/review/act"):
        told = browser.told(browser.post(path, form), path)
        assert "Order 1 was recorded meanwhile: look at it again." in told
    assert known_orders(engine, "demo", ["1"])["1"].code == "PAYMENT_KIND"
    assert 'name="recorded" value="1 5"' in browser.get("/demo/orders").text
    answer = browser.post("/demo/orders/act", {**form, "recorded": "1 5"})
    assert "1 order skipped." in browser.told(answer, "/demo/orders/act")


def test_an_order_that_is_posted_with_warnings_says_the_newest_in_the_list_and_in_the_file(
    browser: Browser, engine: Engine
) -> None:
    for order_id, more in (("1", {}), ("2", {"code": "CHANGED", "message": "It was changed."}), ("3", {})):
        fill(engine, order_id, "posted with warnings" if order_id != "3" else "posted", **more)
        told = Event(order_id, "document", f"Standard item in {order_id}.", "warning", "ITEM_UNKNOWN", "Choose it.")
        tell_orders(engine, "demo", "demo/monday", [told, Event(order_id, "posted", "Recorded.")])
    page = browser.get("/demo/orders?tab=posted").text
    assert "Product without an item." in page
    assert [f"Standard item in {order_id}." in page for order_id in "123"] == [True, False, False]
    exported = browser.get("/demo/orders/export?tab=posted&as=csv")
    lines = {one["order"]: one for one in csv.DictReader(io.StringIO(exported.text))}
    assert [lines[order_id]["code"] for order_id in "123"] == ["ITEM_UNKNOWN", "CHANGED", ""]
    assert lines["1"]["advice"] == "Choose it."
