"""The page of the connections: how each stands, its test, and to let the sync in at the service's own page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from order_sync.connections.fields import Fields, fields_of
from order_sync.database.cache import save_entries
from order_sync.database.connections import known_connection
from order_sync.database.runs import SUCCESS, add_calls, begin_run, finish_run
from order_sync.database.stores import note_store
from order_sync.database.tokens import StoreVault
from order_sync.sync.orders.identity import Identity
from order_sync.tokens import TokenPair, fingerprint
from tests.console.conftest import Browser, Doors

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).parents[2]
REALM = "9341450000000001"
PAGE = "/demo/connections"


@pytest.fixture
def connected(doors: Doors, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """The demo's connections, to a sandbox of the test's own; Infusionsoft's can ask for consent too."""
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", Fernet.generate_key().decode())
    text = (ROOT / "include/config/connections.sandbox.json").read_text()
    for origin in ("http://sandbox:8765", "http://localhost:8765"):
        text = text.replace(origin, sandbox.url)
    for id, said in json.loads(text).items():
        doors.connections[id] = fields_of(
            id, said["host"], said.get("login"), said["password"], json.dumps(said.get("extra", {}))
        )
    return doors


def by_consent(sandbox: Any) -> Fields:
    """The Infusionsoft connection of an app, without any token."""
    extra = {
        "token_url": f"{sandbox.url}/infusionsoft/token",
        "consent_url": f"{sandbox.url}/infusionsoft/app/oauth/authorize",
    }
    return Fields("infusionsoft_demo", f"{sandbox.url}/infusionsoft", "sandbox-client", "sandbox-client-secret", extra)


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", answer if isinstance(answer, str) else answer.text)).split())


def asked(browser: Browser, service: str) -> str:
    """Where the page leads somebody who wants to connect."""
    answer = browser.get(f"{PAGE}/{service}/ask")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def agreed(where: str, realm_id: str = REALM) -> str:
    """Agrees at the service's page, as a person does, and gives the address that the browser is sent to."""
    assert requests.get(where, timeout=10).status_code == 200
    if "/connect/oauth2" in where:
        answer = requests.post(f"{where}&realmId={realm_id}", allow_redirects=False, timeout=10)
    else:
        form = dict(parse_qsl(urlsplit(where).query))
        answer = requests.post(where.partition("?")[0], data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def came_back(browser: Browser, where: str) -> Any:
    """The page of the console that asks whether it is to be kept."""
    path = urlsplit(where).path + "?" + urlsplit(where).query
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    return browser.get(urljoin(path, answer.headers["location"]))


def kept(browser: Browser, service: str, page: Any) -> str:
    """What the page says once it was kept."""
    fields = {
        name: unescape(value) for name, value in re.findall(r'name="(code|state|realmId)" value="([^"]*)"', page.text)
    }
    assert fields["code"]
    answer = browser.post(f"{PAGE}/{service}/keep", fields)
    return text_of(browser.told(answer, f"{PAGE}/{service}/keep"))


def begun(engine: Engine, run_id: str) -> str:
    """A run that begins now."""
    now = datetime.now(UTC)
    days = {"interval_start": now, "interval_end": now}
    return begin_run(engine, store="demo", run_id=run_id, **days, only_orders=(), is_backfill=False)


def test_a_test_says_who_answers_and_is_remembered(browser: Browser, connected: Doors, engine: Engine) -> None:
    before = text_of(browser.get(PAGE))
    assert "Not every connection was tried yet" in before
    for service, told in (
        ("quickbooks", f"QuickBooks answers: it is Sandbox Company ({REALM})."),
        ("infusionsoft", "Infusionsoft answers: it is Sandbox Company (sb100)."),
    ):
        answer = browser.post(f"{PAGE}/test", {"service": service})
        assert told in text_of(browser.told(answer, f"{PAGE}/test"))
        known = known_connection(engine, f"{service}_demo")
        assert (known.tested_by, known.wrong) == ("ann", None)
    after = text_of(browser.get(PAGE))
    assert "Both services answer" in after
    assert "by a key, which does not expire" in after
    ends = (datetime.now(UTC) + timedelta(seconds=8726400)).strftime("%-d %b %Y")
    assert f"Tokens end {ends}" in after
    page = browser.get(PAGE).text
    for secret in ("sandbox-client-secret", "sandbox-first-refresh-token", "KeapAK"):
        assert secret not in page


def test_a_test_that_fails_says_what_to_do_and_stays_seen(browser: Browser, connected: Doors, sandbox: Any) -> None:
    wrong = connected.connections["quickbooks_demo"]
    connected.connections["quickbooks_demo"] = Fields(wrong.id, wrong.host, wrong.login, "wrong", wrong.extra)
    answer = browser.post(f"{PAGE}/test", {"service": "quickbooks"})
    told = "QuickBooks does not know the client of connection quickbooks_demo: its client id or client secret is wrong."
    assert told in text_of(browser.told(answer, f"{PAGE}/test"))
    again = text_of(browser.get(PAGE))
    assert "QuickBooks cannot be used" in again
    assert f"The last test failed. {told} Correct both in the connection" in again


def test_a_test_that_failed_says_no_more_once_a_run_succeeded(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    key = connected.connections["infusionsoft_demo"]
    connected.connections["infusionsoft_demo"] = Fields(key.id, key.host, key.login, "wrong", key.extra)
    browser.post(f"{PAGE}/test", {"service": "infusionsoft"})
    connected.connections["infusionsoft_demo"] = key
    assert "Infusionsoft cannot be used" in text_of(browser.get(PAGE))
    finish_run(engine, begun(engine, "after"), state=SUCCESS, counts={}, totals={})
    page = text_of(browser.get(PAGE))
    assert "Infusionsoft cannot be used" not in page
    assert "The last test failed; the service answered since." in page


def test_a_connection_that_is_not_there_or_lacks_something_says_so(browser: Browser, doors: Doors) -> None:
    doors.connections["quickbooks_demo"] = Fields("quickbooks_demo", "https://quickbooks.api.intuit.com", "id", "s", {})
    page = text_of(browser.get(PAGE))
    assert "QuickBooks and Infusionsoft cannot be used" in page
    assert "The Airflow connection quickbooks_demo lacks extra.realm_id, extra.refresh_token." in page
    assert "There is no connection infusionsoft_demo in Airflow." in page
    assert "Connect to QuickBooks" in page
    assert text_of(browser.client.get("/demo/")).count("Does not work") == 2


def test_quickbooks_is_connected_at_its_own_page(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    """With nothing but the app's client in the connection: the company is the one that was chosen there."""
    full = connected.connections["quickbooks_demo"]
    bare = {name: full.extra[name] for name in ("token_url", "consent_url")}
    connected.connections["quickbooks_demo"] = Fields(full.id, full.host, full.login, full.password, bare)
    where = asked(browser, "quickbooks")
    query = parse_qs(urlsplit(where).query)
    assert query["redirect_uri"] == ["http://127.0.0.1:8080/sign-in/quickbooks"]
    assert query["code_challenge_method"] == ["S256"]
    page = came_back(browser, agreed(where))
    assert f"QuickBooks has agreed, for company {REALM} ." in text_of(page)
    assert known_connection(engine, "quickbooks_demo").connected_at is None  # nothing is kept before somebody says so
    told = kept(browser, "quickbooks", page)
    assert f"QuickBooks is connected. QuickBooks answers: it is Sandbox Company ({REALM})." in told
    assert "as ann let it in on" in told
    known = known_connection(engine, "quickbooks_demo")
    assert (known.realm_id, known.connected_by) == (REALM, "ann")
    pair = StoreVault(engine).load("quickbooks_demo")
    assert pair is not None
    assert pair.seed == fingerprint("")


def test_a_company_that_is_known_is_called_by_its_name_before_it_is_connected(
    browser: Browser, connected: Doors, engine: Engine
) -> None:
    page = came_back(browser, agreed(asked(browser, "quickbooks")))
    assert f"for company {REALM} " in text_of(page)
    save_entries(engine, REALM, "CompanyInfo", [{"Id": "1", "CompanyName": "Kerry's Shop"}])
    page = came_back(browser, agreed(asked(browser, "quickbooks")))
    assert f"for company Kerry's Shop ({REALM})." in text_of(page)


def test_infusionsoft_is_connected_at_its_own_page(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    connected.connections["infusionsoft_demo"] = by_consent(sandbox)
    told = kept(browser, "infusionsoft", came_back(browser, agreed(asked(browser, "infusionsoft"))))
    assert "Infusionsoft is connected. Infusionsoft answers: it is Sandbox Company (sb100)" in told
    ends = known_connection(engine, "infusionsoft_demo").refresh_expires_at
    assert ends is not None
    assert timedelta(days=44) < ends - datetime.now(UTC) <= timedelta(days=45)


def test_the_tokens_of_a_consent_go_before_those_that_were_entered(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    """And a refresh token that is entered later goes before them."""
    kept(browser, "quickbooks", came_back(browser, agreed(asked(browser, "quickbooks"))))
    assert "answers: it is Sandbox Company" in text_of(
        browser.told(browser.post(f"{PAGE}/test", {"service": "quickbooks"}), f"{PAGE}/test")
    )
    pair = StoreVault(engine).load("quickbooks_demo")
    assert pair is not None
    assert pair.seed == fingerprint("sandbox-first-refresh-token")
    full = connected.connections["quickbooks_demo"]
    extra = {**full.extra, "refresh_token": "entered-later"}
    connected.connections["quickbooks_demo"] = Fields(full.id, full.host, full.login, full.password, extra)
    answer = browser.post(f"{PAGE}/test", {"service": "quickbooks"})
    assert "its refresh token is used up, expired or revoked" in text_of(browser.told(answer, f"{PAGE}/test"))


def test_a_refresh_token_that_is_taken_out_after_a_consent_is_not_missed(
    browser: Browser, connected: Doors, engine: Engine
) -> None:
    """The console keeps the tokens by then, and nobody leaves a secret in a connection that nothing needs."""
    kept(browser, "quickbooks", came_back(browser, agreed(asked(browser, "quickbooks"))))
    before = StoreVault(engine).load("quickbooks_demo")
    full = connected.connections["quickbooks_demo"]
    extra = {name: told for name, told in full.extra.items() if name != "refresh_token"}
    connected.connections["quickbooks_demo"] = Fields(full.id, full.host, full.login, full.password, extra)
    told = text_of(browser.told(browser.post(f"{PAGE}/test", {"service": "quickbooks"}), f"{PAGE}/test"))
    assert "QuickBooks answers: it is Sandbox Company" in told
    assert StoreVault(engine).load("quickbooks_demo") == before


def test_tokens_of_before_say_nothing_of_a_connection_that_signs_in_by_a_key_again(
    browser: Browser, connected: Doors, engine: Engine
) -> None:
    """They end, and nobody can, or need, connect it again."""
    now = datetime.now(UTC)
    pair = TokenPair("access", "refresh", now - timedelta(days=46), now - timedelta(days=1), fingerprint(""))
    StoreVault(engine).save("infusionsoft_demo", pair)
    page = text_of(browser.get(PAGE))
    assert "by a key, which does not expire" in page
    assert "cannot be used" not in page
    assert "Its tokens ended" not in page
    overview = text_of(browser.client.get("/demo/"))
    assert "tokens ended" not in overview
    assert "of 30,000 calls today" in overview


@pytest.mark.parametrize("whose", ["connection", "store"])
def test_another_company_is_not_kept(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any, whose: str
) -> None:
    full = connected.connections["quickbooks_demo"]
    extra = {**full.extra, "realm_id": "77"}
    if whose == "store":
        note_store(engine, Identity("demo", "sb100", "77", "IS-"))
        extra = {name: full.extra[name] for name in ("token_url", "consent_url")}
    connected.connections["quickbooks_demo"] = Fields(full.id, full.host, full.login, full.password, extra)
    told = kept(browser, "quickbooks", came_back(browser, agreed(asked(browser, "quickbooks"))))
    assert f"Company {REALM} was chosen at QuickBooks, and" in told
    assert "company 77" in told
    assert "Nothing was kept. Begin again, and choose company 77" in told
    assert StoreVault(engine).load("quickbooks_demo") is None
    assert known_connection(engine, "quickbooks_demo").connected_at is None


def test_another_account_is_not_kept(browser: Browser, connected: Doors, engine: Engine, sandbox: Any) -> None:
    note_store(engine, Identity("demo", "ab103", REALM, "IS-"))
    connected.connections["infusionsoft_demo"] = by_consent(sandbox)
    told = kept(browser, "infusionsoft", came_back(browser, agreed(asked(browser, "infusionsoft"))))
    assert (
        "The account sb100 was chosen at Infusionsoft, and the orders of store demo are of ab103. Nothing was kept."
        in told
    )
    assert StoreVault(engine).load("infusionsoft_demo") is None


def test_tokens_that_work_are_not_given_for_those_of_an_account_that_nobody_can_name(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    connected.connections["infusionsoft_demo"] = by_consent(sandbox)
    kept(browser, "infusionsoft", came_back(browser, agreed(asked(browser, "infusionsoft"))))
    note_store(engine, Identity("demo", "sb100", REALM, "IS-"))
    before = StoreVault(engine).load("infusionsoft_demo")
    page = came_back(browser, agreed(asked(browser, "infusionsoft")))
    sandbox.post("/_sandbox/faults", {"kind": "infusionsoft get user info", "what": "drop_before", "next": 100})
    told = kept(browser, "infusionsoft", page)
    assert "Infusionsoft did not say which account was chosen; nothing was kept." in told
    assert "Begin again in a few minutes." in told
    assert StoreVault(engine).load("infusionsoft_demo") == before


def test_an_answer_that_this_browser_did_not_ask_for_is_not_kept(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    """Another's code, sent to somebody who is logged in, would have their orders go to another's company."""
    theirs = agreed(asked(browser, "quickbooks"))
    browser.client.cookies.delete("order_sync_sign_in")
    strange = "This answer was not asked for from this browser"
    assert strange in text_of(browser.told(came_back(browser, theirs), f"{PAGE}/quickbooks/answer"))
    asked(browser, "quickbooks")  # one of our own is under way
    assert strange in text_of(browser.told(came_back(browser, theirs), f"{PAGE}/quickbooks/answer"))
    code = parse_qs(urlsplit(theirs).query)
    fields = {"code": code["code"][0], "state": code["state"][0], "realmId": REALM}
    answer = browser.post(f"{PAGE}/quickbooks/keep", fields)
    assert strange in text_of(browser.told(answer, f"{PAGE}/quickbooks/keep"))
    assert browser.get("/sign-in/quickbooks?state=nobody.x&code=y").status_code == 404
    assert StoreVault(engine).load("quickbooks_demo") is None


def test_a_code_is_good_once_and_only_for_who_asked(
    browser: Browser, connected: Doors, engine: Engine, sandbox: Any
) -> None:
    page = came_back(browser, agreed(asked(browser, "quickbooks")))
    cookie = browser.client.cookies["order_sync_sign_in"]
    connected.user.get_name = lambda: "bob"  # type: ignore[union-attr, method-assign]
    assert "was not asked for from this browser" in kept(browser, "quickbooks", page)
    connected.user.get_name = lambda: "ann"  # type: ignore[union-attr, method-assign]
    assert "QuickBooks is connected" in kept(browser, "quickbooks", page)
    before = StoreVault(engine).load("quickbooks_demo")
    browser.client.cookies.set("order_sync_sign_in", cookie, domain="127.0.0.1")
    assert "does not take the code that it gave" in kept(browser, "quickbooks", page)
    assert StoreVault(engine).load("quickbooks_demo") == before


def test_who_says_no_at_the_service_is_told_that_nothing_changed(
    browser: Browser, connected: Doors, engine: Engine
) -> None:
    state = parse_qs(urlsplit(asked(browser, "quickbooks")).query)["state"][0]
    back = came_back(browser, "http://x/sign-in/quickbooks?" + urlencode({"error": "access_denied", "state": state}))
    told = text_of(browser.told(back, f"{PAGE}/quickbooks/answer"))
    assert "QuickBooks was not connected: nobody let the sync in there." in told


def test_who_may_not_edit_the_dag_or_the_connection_connects_nothing(browser: Browser, connected: Doors) -> None:
    connected.connects = False
    page = text_of(browser.get(PAGE))
    assert "Connect to QuickBooks" not in page
    assert "you need to be allowed to edit the connection in Airflow" in page
    assert browser.get(f"{PAGE}/quickbooks/ask").status_code == 403
    assert browser.get(f"{PAGE}/quickbooks/answer?state=demo.x&code=y").status_code == 403
    assert browser.post(f"{PAGE}/quickbooks/keep", {"code": "x"}).status_code == 403
    connected.connects, connected.edits = True, set()
    assert browser.get(f"{PAGE}/quickbooks/ask").status_code == 403
    assert "Test QuickBooks" not in browser.get(PAGE).text
    assert browser.get(f"{PAGE}/paypal/ask").status_code == 404


@pytest.mark.parametrize(
    ("days", "told"),
    [(13, "A sign-in ends soon"), (-1, "QuickBooks cannot be used"), (15, "Not every connection was tried yet")],
)
def test_tokens_that_end_are_told_two_weeks_before(
    browser: Browser, connected: Doors, engine: Engine, days: int, told: str
) -> None:
    now = datetime.now(UTC)
    pair = TokenPair("access", "refresh", now + timedelta(hours=1), now + timedelta(days=days), fingerprint("x"))
    StoreVault(engine).save("quickbooks_demo", pair)
    page, ends = text_of(browser.get(PAGE)), (now + timedelta(days=days)).strftime("%-d %b %Y")
    assert told in page
    overview = text_of(browser.client.get("/demo/"))
    assert f"tokens {'ended' if days < 0 else 'end'} {ends} " in overview
    assert ("Ends soon" in overview) == (days == 13)
    assert (f"Its tokens end on {ends}" in page) == (days == 13)
    assert (f"Its tokens ended on {ends}. Connect it again." in page) == (days == -1)


def test_the_overview_tells_how_much_of_the_quotas_is_used(browser: Browser, connected: Doors, engine: Engine) -> None:
    for number in range(2):
        run = begun(engine, f"r{number}")
        add_calls(engine, run, "QuickBooks", {"query Customer": 600, "create SalesReceipt": 50})
        add_calls(engine, run, "Infusionsoft", {"list orders": 7})
    page = text_of(browser.client.get("/demo/"))
    assert "1,200 of 500,000 reads this month" in page
    assert "14 of 30,000 calls today" in page


def test_the_redirect_address_is_airflows_own(
    browser: Browser, connected: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.configuration import conf

    assert "http://127.0.0.1:8080/sign-in/quickbooks" in browser.get(PAGE).text
    with monkeypatch.context() as patched:
        patched.setattr(conf, "get", lambda *_, **__: "https://data.example.com/airflow/")
        request = type("Request", (), {"scope": {"root_path": "/airflow/order-sync"}})()
        from order_sync.console.airflow import public_address

        assert public_address(request) == "https://data.example.com/airflow/order-sync"
