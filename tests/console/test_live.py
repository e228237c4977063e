"""A whole Airflow with the console in it, and a browser: what an accountant and a viewer find there, and what they can do."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect, sync_playwright

from include.local.pictures import pages
from tests.console.live import DAG_ID, PASSWORDS, Live, living, within
from tests.console.test_gate import routes

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

# Orders of the seed with which the first run ends so.
AMBIGUOUS, CONTRADICTED, INACTIVE, INACTIVE_TOO, LEFT, POSTED = "1001", "1008", "1003", "1013", "1009", "1040"
SEEN = {"needs-a-person": 5, "waiting": 4, "failed": 0, "posted": 27, "skipped": 4, "all": 40}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium; without one there is no test, but in CI, which has to have it."""
    if path := shutil.which("chromium"):
        return path
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail("With CI=true the console is tried in a browser, and there is no `chromium` on this machine.")
    pytest.skip("there is no `chromium` on this machine (Debian: apt-get install chromium)")


@pytest.fixture
def live(chromium: str, airflow_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with living(tmp_path_factory.mktemp("live")) as live:
        yield live


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody at a browser, logged in by Airflow's own page; what the browser complains of in the console's pages is kept."""

    live: Live
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    clicks: int = 0

    @property
    def framed(self) -> FrameLocator:
        """The console, where Airflow's page shows it."""
        return self.page.frame_locator("iframe")

    def open(self, path: str) -> None:
        """A page of the console, by itself."""
        self.page.goto(f"{self.live.url}/order-sync/{path}")

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def press(self, what: Locator, key: str = "Enter") -> None:
        """Goes to something by the tabulator alone, and presses a key there."""
        for _ in range(200):
            if what.evaluate("one => one === one.ownerDocument.activeElement"):
                self.page.keyboard.press(key)
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tabulator never came to {what}")

    @contextmanager
    def task(self, name: str, clicks: int) -> Iterator[None]:
        """One of her tasks, in so many clicks; how long it took is told."""
        self.clicks, begun = 0, monotonic()
        yield
        print(f"{name}: {self.clicks} clicks, {monotonic() - begun:.1f} s")  # noqa: T201
        assert self.clicks == clicks, name


@contextmanager
def logged_in(live: Live, browser: Browser, name: str, **options: Any) -> Iterator[Person]:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, **options)
    context.set_default_timeout(30_000)
    person = Person(live, context, context.new_page())

    def keep(kind: str, text: str, url: str) -> None:
        if "Content Security Policy" in text or (kind == "error" and "/order-sync/" in url):
            person.complaints.append(f"{url}: {text}")

    person.page.on("console", lambda told: keep(told.type, told.text, told.location["url"]))
    person.page.on("pageerror", lambda error: keep("error", str(error), person.page.url))
    person.open("demo/orders")
    assert "/auth/login" in person.page.url
    person.page.locator("input[name=username]").fill(name)
    person.page.locator("input[name=password]").fill(PASSWORDS[name])
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**/order-sync/demo/orders")  # back where they wanted to go
    yield person
    assert person.complaints == []
    context.close()


def test_live(live: Live, browser: Browser, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One test, since all of it needs the one Airflow that is booted for it; each part is told by itself."""
    with subtests.test("nobody comes in without a log-in"):
        nobody_comes_in(live)
    with logged_in(live, browser, "admin") as ann, logged_in(live, browser, "vera", color_scheme="dark") as vera:
        with subtests.test("it stands in Airflow's navigation, on the Dag and on its run"):
            inside_airflow(ann)
        with subtests.test("each list and each filter"):
            lists_and_filters(ann)
        with subtests.test("her tasks, two clicks each"):
            look_ups(ann)
            export(ann, tmp_path)
        with subtests.test("both services are connected at their own pages"):
            connect(ann)
        with subtests.test("a customer is chosen, an order is skipped, a run is started"):
            decide(ann)
        with subtests.test("every page, wide and narrow, light and dark"):
            for width in (700, 1000, 1100):
                nothing_is_cut(ann, width)
            each_page(ann, 1400)
            each_page(vera, 800)
        with subtests.test("a viewer sees all, and changes nothing"):
            a_viewer(vera)
        with subtests.test("what was decided is recorded"):
            recorded(ann)
        with subtests.test("settings are tried, saved and restored"):
            change_settings(ann)


def nobody_comes_in(live: Live) -> None:
    asked = [(method, path) for method, path in routes() if method in ("GET", "POST")]
    assert len(asked) > 10
    for method, path in asked:
        url = f"{live.url}/order-sync{path}"
        assert requests.request(method, url, timeout=30).status_code == 401, (method, path)
        answer = requests.request(method, url, headers={"Accept": "text/html"}, allow_redirects=False, timeout=30)
        assert answer.status_code == (303 if method == "GET" else 401), (method, path)
        assert answer.headers.get("location", "/auth/login").partition("?")[0].endswith("/auth/login")


def inside_airflow(ann: Person) -> None:
    url, run = ann.live.url, next(iter(ann.live.runs()))
    ann.page.goto(url)
    ann.page.get_by_role("link", name="Order sync").click()
    expect(ann.framed.get_by_role("heading", level=1)).to_have_text("5 orders need a person")
    for name in ("Orders", "Review", "Runs"):
        ann.framed.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(ann.framed.locator("[aria-current=page]")).to_contain_text(name)
    # Airflow's frame lets nobody out: its page follows the link.
    ann.framed.locator("tbody a[href*='runs/of/']").first.click()
    ann.framed.get_by_role("link", name="Open in Airflow").click()
    ann.page.wait_for_url(f"**/dags/{DAG_ID}/runs/*")
    ann.page.get_by_role("link", name="Orders of this run").click()
    expect(ann.framed.locator("main")).to_contain_text(f"Orders that run {run} has seen.")
    expect(ann.framed.locator("tbody tr")).to_have_count(40)
    ann.page.goto(f"{url}/dags/{DAG_ID}")
    ann.page.get_by_role("link", name="Orders", exact=True).click()
    expect(ann.framed.locator("tbody tr")).to_have_count(SEEN["needs-a-person"])
    ann.framed.get_by_role("link", name=CONTRADICTED).click()
    expect(ann.framed.get_by_role("heading", level=1)).to_contain_text(f"Order {CONTRADICTED}")
    ann.page.goto(f"{url}/dags/refresh_quickbooks__demo")
    ann.page.get_by_role("link", name="Orders", exact=True).click()
    expect(ann.framed.locator("main")).to_contain_text("refresh_quickbooks__demo carries no orders")
    expect(ann.framed.get_by_role("navigation")).to_have_count(0)


def lists_and_filters(ann: Person) -> None:
    rows = ann.page.locator("tbody tr:has(a > strong)")
    ann.open("demo/orders")
    for tab, number in SEEN.items():
        ann.page.locator(f'.nav-tabs a[href="?tab={tab}"]').click()
        expect(rows).to_have_count(number)
        expect(ann.page.locator(".nav-tabs a.active .count")).to_have_text(str(number))
    expect(rows.first).to_contain_text(POSTED)
    for name, chosen, number in (("status", "held", 5), ("code", "CONTRADICTED", 2)):
        ann.page.locator(f"select[name={name}]").select_option(chosen)
        filtered(ann, number)
    heading = ann.page.get_by_role("columnheader", name="Date")
    expect(heading).to_have_attribute("aria-sort", "descending")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).not_to_contain_text(POSTED)
    expect(rows).to_have_count(40)
    ann.open("demo/orders?tab=all")
    for name, text, number in (
        ("from", "2246.42", 1),
        ("to", "0", 3),
        ("since", "2031-01-01", 0),
        ("until", "2020-01-01", 0),
    ):
        ann.page.locator(f"input[name={name}]").fill(text)
        filtered(ann, number)
    for text, number in (("1025", 1), ("IS-1040", 1), ("jennifer moore", 1), ("kerry.medina122@", 1), ("Nobody", 0)):
        ann.page.get_by_role("searchbox").fill(text)
        ann.page.get_by_role("button", name="Search").click()
        expect(rows).to_have_count(number)
    ann.open("demo/orders")
    ann.page.get_by_text("Columns", exact=True).click()
    ann.page.get_by_label("Reason", exact=True).and_(ann.page.locator("[type=checkbox]")).uncheck()
    ann.page.get_by_role("button", name="Apply").click()
    expect(ann.page.locator("th", has_text="Reason")).to_have_count(0)


def filtered(ann: Person, number: int) -> None:
    """Presses *Filter*, and clears what was asked after so many orders were found."""
    ann.page.get_by_role("button", name="Filter").click()
    expect(ann.page.locator("tbody tr:has(a > strong)")).to_have_count(number)
    expect(ann.page.locator(".card-footer")).to_contain_text(f"{number} of {number}")
    ann.page.get_by_role("link", name="Clear", exact=True).click()


def look_ups(ann: Person) -> None:
    page, main = ann.page, ann.page.locator("main")
    ann.open("demo/")
    with ann.task("why an order is held", 2):
        ann.click(page.get_by_role("link", name="Needs a person"))
        ann.click(page.get_by_role("link", name=CONTRADICTED))
        expect(main).to_contain_text("it may be another person")
    ann.open("demo/")
    with ann.task("whose order it is", 2):
        ann.click(page.get_by_role("link", name="Posted"))
        ann.click(page.get_by_role("link", name=POSTED))
        expect(main).to_contain_text("Jennifer Moore (31)")
        expect(main).to_contain_text("one customer has this key")
    ann.open("demo/")
    with ann.task("what was sent to QuickBooks", 2):
        ann.click(page.get_by_role("link", name="Posted"))
        ann.click(page.get_by_role("link", name=POSTED))
        expect(page.locator("pre.json")).to_contain_text(f'"DocNumber": "IS-{POSTED}"')
    ann.open("demo/")
    with ann.task("what a run did", 2):
        ann.click(page.get_by_role("link", name="Runs", exact=True))
        ann.click(page.locator("tbody a", has_text="40"))
        expect(main).to_contain_text("has seen")


def export(ann: Person, folder: Path) -> None:
    ann.page.goto(f"{ann.live.url}/dags/{DAG_ID}/plugin/orders")
    with ann.task("export a list", 2), ann.page.expect_download() as loading:
        ann.click(ann.framed.get_by_text("Export", exact=True))
        ann.click(ann.framed.get_by_role("link", name="All of this list as CSV"))
    file = folder / loading.value.suggested_filename
    assert file.name == "orders-demo-needs-a-person.csv"
    loading.value.save_as(file)
    with file.open(newline="") as text:
        lines = list(csv.DictReader(text))
    assert len(lines) == SEEN["needs-a-person"]
    assert [line["total"] for line in lines if line["order"] == CONTRADICTED] == ["52.49"]


def connect(ann: Person) -> None:
    """From inside Airflow's frame, which the services' pages would not be shown in; the runs that follow sign in by it."""
    page, done = ann.page, ann.page.locator(".alert-success")
    for service, agree in (("QuickBooks", "Connect Sandbox Company"), ("Infusionsoft", "Allow")):
        page.goto(ann.live.url)
        page.get_by_role("link", name="Order sync").click()
        ann.framed.get_by_role("navigation").get_by_role("link", name="Connections").click()
        expect(ann.framed.get_by_role("heading", level=1)).to_have_text("Both services answer")
        ann.framed.get_by_role("link", name=f"Connect to {service}").click()
        page.wait_for_url("http://localhost:*/**")
        page.get_by_role("button", name=agree).click()
        page.wait_for_url("**/order-sync/demo/connections/*/answer?*")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Let the sync in to {service}?")
        page.get_by_role("button", name=f"Connect {service}").click()
        expect(done).to_contain_text(f"{service} is connected. {service} answers: it is Sandbox Company")
        page.get_by_role("button", name=f"Test {service}").click()
        expect(done).to_contain_text(f"{service} answers: it is Sandbox Company")
        expect(page.locator("main")).to_contain_text("as admin let it in on")


def decide(ann: Person) -> None:
    """By the mouse in two clicks, and by the keyboard alone."""
    page = ann.page
    ann.open("demo/")
    with ann.task("say who it is", 2):
        ann.click(page.get_by_role("navigation").get_by_role("link", name="Review"))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Whose order is {CONTRADICTED}?")
        ann.click(page.get_by_role("button", name="This customer"))
        expect(page.locator(".alert-success")).to_contain_text("Michelle Moore was chosen. The next run follows it")
    ann.open("demo/review?code=AMBIGUOUS")
    ann.press(page.get_by_role("button", name="This customer").nth(1))
    expect(page.locator(".alert-success")).to_contain_text(f"The next run follows it for order {AMBIGUOUS}")
    ann.open("demo/orders")
    with ann.task("skip an order", 2):
        ann.click(page.get_by_label(f"Order {INACTIVE}"))
        page.get_by_label("Why they are skipped").fill("paid in the shop")
        ann.click(page.get_by_role("button", name="Skip"))
        expect(page.locator(".alert-success")).to_contain_text("1 order")
    ann.press(page.get_by_label(f"Order {INACTIVE_TOO}"), "Space")
    ann.press(page.get_by_label("Why they are skipped"), "Space")
    page.keyboard.type("paid by check")
    page.keyboard.press("Enter")
    expect(page.locator(".alert-success")).to_contain_text("1 order")
    ann.press(page.get_by_text("Export", exact=True))
    ann.press(page.get_by_role("link", name="All of this list as JSON"), "Shift")  # it can be come to
    ann.press(page.get_by_label(f"Order {AMBIGUOUS}"), "Space")
    ann.press(page.get_by_role("button", name="Record now"), "Shift")
    with ann.task("record it now", 2):
        ann.click(page.get_by_label(f"Order {CONTRADICTED}"))
        expect(page.locator("[data-selected]")).to_have_text("2 selected")
        ann.click(page.get_by_role("button", name="Record now"))
        expect(page.locator(".alert-success")).to_contain_text("reads 2 orders now")


def paths(live: Live) -> dict[str, str]:
    """Of all pages, by name."""
    return pages("demo", held=LEFT, posted=POSTED, run=max(live.runs()), plan=live.plan)


def each_page(person: Person, width: int) -> None:
    """Nothing serious for axe, no scrolling sideways; each at a width of the reader's."""
    axe = Axe()
    person.page.set_viewport_size({"width": width, "height": 900})
    for name, path in paths(person.live).items():
        person.open(path)
        expect(person.page.get_by_role("heading", level=1)).to_have_count(1)
        assert person.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways"
        found = axe.run(person.page)
        serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        assert not serious, f"{name}, {width} pixels: {found.generate_report()}"


def nothing_is_cut(person: Person, width: int) -> None:
    """No page and no table is wider than its place."""
    person.page.set_viewport_size({"width": width, "height": 900})
    for name, path in paths(person.live).items():
        person.open(path)
        cut = "[...document.querySelectorAll('html, .table-responsive')].filter((one) => one.scrollWidth > one.clientWidth)"
        assert person.page.evaluate(f"{cut}.map((one) => one.innerText.slice(0, 80))") == [], f"{name}, {width} pixels"


def a_viewer(vera: Person) -> None:
    for path in paths(vera.live).values():
        vera.open(path)
        expect(vera.page.locator("form[method=post] button")).to_have_count(0)
    for method, path in routes():
        if method == "POST":
            form = {"what": "skip", "why": "no", "order": LEFT}
            answer = vera.context.request.post(f"{vera.live.url}/order-sync{path}", form=form)
            assert answer.status == 403, path
            assert "edit the Dag" in answer.text()


def recorded(ann: Person) -> None:
    """What was decided is in the books under that customer, and in the histories with who did it."""
    live, main = ann.live, ann.page.locator("main")
    states = within(300, lambda: {} if {"running", "queued"} & set(live.runs().values()) else live.runs(), "the run")
    assert set(states.values()) == {"success"}
    assert len(states) > 1
    receipts = {one["DocNumber"]: one for one in live.books("SalesReceipt") if one.get("DocNumber")}
    customers = {one["Id"]: one for one in live.books("Customer")}
    assert customers[receipts[f"IS-{CONTRADICTED}"]["CustomerRef"]["value"]]["DisplayName"] == "Michelle Moore"
    assert receipts[f"IS-{CONTRADICTED}"]["CustomerRef"]["value"] == "19"
    for order, told in ((CONTRADICTED, "Michelle Moore"), (AMBIGUOUS, "")):
        ann.open(f"demo/orders/{order}")
        expect(main).to_contain_text("Posted")
        expect(main).to_contain_text(f"IS-{order}")
        expect(main.locator("li", has_text="by admin").first).to_contain_text(told)
    assert f"IS-{AMBIGUOUS}" in receipts
    for order, why in ((INACTIVE, "paid in the shop"), (INACTIVE_TOO, "paid by check")):
        assert f"IS-{order}" not in receipts
        ann.open(f"demo/orders/{order}")
        expect(main.locator("li", has_text="by admin")).to_contain_text(why)
    ann.open("demo/")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("1 order needs a person")  # the viewer's did not end


def change_settings(ann: Person) -> None:
    """What would change is shown before it is saved; a version is saved, and the file restored."""
    page, done = ann.page, ann.page.locator(".alert-success")
    ann.open("demo/settings")
    page.get_by_label("Minimum total").fill("100")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("[data-trial]")).to_contain_text("Recorded otherwise", timeout=180_000)
    ann.open("demo/")
    with ann.task("change a setting", 2):
        ann.click(page.get_by_role("navigation").get_by_role("link", name="Sync settings"))
        page.get_by_label("Minimum total").fill("1")
        page.get_by_label("Minimum total").press("Enter")  # which saves nothing
        ann.click(page.get_by_role("button", name="Save as version 1"))
        expect(done).to_contain_text("Version 1 is in force: 1 change.")
    change_rows(ann)
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Restore version 0").click()
    expect(done).to_contain_text("Version 0 is in force again, as version 3.")


def change_rows(ann: Person) -> None:
    """By the keyboard alone: a rule is added and moved, an account added; another row is added and removed."""
    page = ann.page
    ann.open("demo/settings#revenue")
    rules, accounts = (page.locator(f'[data-rows="revenue.{key}"]') for key in ("rules", "deposit_accounts"))
    ann.press(rules.get_by_role("button", name="Add a rule"))
    new = rules.locator("[data-row]").nth(1)  # before the one for anything else
    expect(new.get_by_label("Draft")).to_be_focused()
    ann.press(new.get_by_label("Currency"), "End")
    page.keyboard.type("EUR")
    ann.press(new.get_by_label("Post as"), "I")
    ann.press(new.get_by_role("button", name="Move up"))
    first = rules.locator("[data-row]").first
    expect(first.get_by_label("Currency")).to_have_value("EUR")
    expect(first.get_by_role("button", name="Move down")).to_be_focused()
    ann.press(accounts.get_by_role("button", name="Add a row"))
    page.keyboard.type("Wire")
    ann.press(accounts.get_by_label("Account", exact=True).last, "C")
    ann.press(accounts.get_by_role("button", name="Add a row"))
    ann.press(accounts.get_by_role("button", name="Remove").last)
    expect(accounts.locator("[data-row]")).to_have_count(2)
    expect(page.locator("[data-tab=revenue] [data-count]")).to_have_text("2 changes")
    ann.press(page.get_by_role("button", name="Save as version 2"))
    expect(page.locator(".alert-success")).to_contain_text("Version 2 is in force: 2 changes.")
    ann.open("demo/settings/versions?from=1&to=2")
    expect(page.locator("main")).to_contain_text("{when: {currency: [EUR]}, post_as: Invoice} {when: {paid: in parts}")
    expect(page.locator("main")).to_contain_text("revenue.deposit_accounts.Wire")
    ann.open("demo/settings")
