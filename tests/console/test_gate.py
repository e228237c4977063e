"""Nobody comes in whom Airflow does not know, and nobody changes what they may only read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount, Route

from tests.console.conftest import Browser, Doors

pytestmark = pytest.mark.airflow


def routes() -> list[tuple[str, str]]:
    """Each method and path that the console answers."""
    from order_sync.console.app import console

    filled = {
        "store": "demo",
        "order_id": "1",
        "dag_id": "sync_orders__demo",
        "run_id:path": "r",
        "service": "quickbooks",
    }
    found = []
    for route in console().routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert isinstance(route, Route)
        path = route.path
        for name, value in filled.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, f"{path}: give the test a value for it"
        found.extend((method, path) for method in route.methods or ())
    return found


def ask(browser: Browser, method: str, path: str, **headers: str) -> Any:
    return browser.client.request(method, path, headers=headers, follow_redirects=False)


def test_every_route_is_closed_without_a_log_in(browser: Browser, doors: Doors) -> None:
    doors.user = None
    asked = routes()
    assert len(asked) > 15
    for method, path in [*asked, ("GET", "/"), ("GET", "/nothing/here"), ("DELETE", "/demo/orders"), ("PUT", "/demo/")]:
        answer = ask(browser, method, path)
        assert answer.status_code == 401, (method, path)
        assert "demo" not in answer.text
        page = ask(browser, method, path, accept="text/html")
        assert page.status_code == (303 if method in ("GET", "HEAD") else 401), (method, path)
        assert page.headers.get("location", "/auth/login").startswith("/auth/login")


def test_every_page_answers_an_address_with_what_no_database_keeps(browser: Browser) -> None:
    asked = (
        "q",
        "code",
        "status",
        "order",
        "run",
        "after",
        "before",
        "action",
        "draft",
        "version",
        "from",
        "to",
        "state",
        "as",
        "tab",
    )
    odd = [f"{name}={value}" for name in asked for value in ("%00", "~%00", "9" * 5000, "9" * 18)]
    for method, path in routes():
        if method == "GET":
            for address in (f"{path}%00", path.replace("/r", "/%00r"), *(f"{path}?{one}" for one in odd)):
                assert browser.get(address).status_code < 500, address


def test_every_route_is_closed_to_whom_may_not_read_the_dag(browser: Browser, doors: Doors) -> None:
    doors.reads.clear()
    doors.edits.clear()
    for method, path in routes():
        if path in ("/", "/of-dag/sync_orders__demo", "/of-dag/sync_orders__demo/of-run/r"):
            answer = ask(browser, method, path)
            assert answer.status_code == 200
            assert "/demo/" not in answer.text
        else:
            assert ask(browser, method, path).status_code in (403, 404), (method, path)


def test_whoever_may_only_read_changes_nothing(browser: Browser, doors: Doors) -> None:
    doors.edits.clear()
    writes = [(method, path) for method, path in routes() if method not in ("GET", "HEAD")]
    assert ("POST", "/demo/orders/act") in writes
    for method, path in writes:
        answer = ask(browser, method, path)
        assert answer.status_code == 403, (method, path)
        assert "edit the Dag" in answer.text or "There is no store" in answer.text
    assert "Record now" not in browser.get("/demo/orders").text


def test_a_store_that_is_not_there_has_no_pages(browser: Browser, doors: Doors) -> None:
    doors.reads.add("nobody")
    assert browser.get("/nobody/orders").status_code == 404
    assert browser.get("/shop/orders").status_code == 403


def test_a_change_needs_the_token_of_the_form(browser: Browser, doors: Doors) -> None:
    browser.get("/demo/")
    answer = browser.client.post("/demo/orders/act", data={"what": "record", "order": "1"}, follow_redirects=False)
    assert answer.status_code == 403
    assert "CSRF" in answer.text
    assert doors.started == []
    assert browser.post("/demo/orders/act", {"what": "record", "order": "1"}).status_code == 303
    assert doors.started == [("demo", ["1"])]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_change_comes_from_a_page_of_another_site(browser: Browser, doors: Doors, site: str) -> None:
    answer = browser.post("/demo/orders/act", {"what": "record", "order": "1"}, **{"sec-fetch-site": site})
    assert answer.status_code == 403
    assert doors.started == []


def test_nothing_is_changed_by_reading_an_address(browser: Browser, doors: Doors) -> None:
    for method, path in routes():
        if method == "POST":
            assert browser.get(f"{path}?what=record&order=1").status_code in (404, 405), path
    assert doors.started == []


def test_styles_and_scripts_are_open_and_nothing_else_is_in_their_folder(browser: Browser, doors: Doors) -> None:
    doors.user = None
    for path in ("/static/console.css", "/static/console.js", "/static/css/vendor/tabler.min.css"):
        assert browser.get(path).status_code == 200
    for path in ("/static/", "/static/../page.py", "/static/%2e%2e/page.py", "/static/../../settings/store.py"):
        assert browser.get(path).status_code in (401, 404), path


def test_pages_load_nothing_from_elsewhere_and_run_no_script_of_their_own_text(browser: Browser) -> None:
    answer = browser.get("/demo/orders")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert " onclick" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize("root", ["", "/order-sync", "/behind/a/proxy/order-sync"])
def test_links_are_relative_so_that_they_hold_behind_a_proxy(airflow_log: Path, root: str) -> None:
    from starlette.requests import Request

    from order_sync.console.page import above, link

    def at(path: str) -> Request:
        return Request({"type": "http", "path": f"{root}{path}", "root_path": root, "query_string": b"", "headers": []})

    assert link(at("/demo/"), "/demo/orders", tab="all", code="") == "orders?tab=all"
    assert link(at("/demo/orders"), "/demo/orders/7") == "orders/7"
    assert link(at("/demo/orders/7"), "/demo/orders") == "../orders"
    assert link(at("/demo/orders/7"), "/demo/") == "../"
    assert link(at("/demo/orders"), "/static/console.css") == "../static/console.css"
    assert link(at("/"), "/demo/") == "demo/"
    if root == "/order-sync":
        assert above(at("/demo/orders")) == "../../"
