"""Traffic before a small service that remembers what it was asked, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from fastapi import FastAPI, Request, Response

from include.sandbox.calls import call_of
from include.sandbox.faults import Rule
from include.sandbox.limits import Ceilings, Limits
from include.sandbox.traffic import Traffic, TrafficMiddleware

RECEIPTS = "/quickbooks/v3/company/1/salesreceipt"
CREATE = "quickbooks create SalesReceipt"
ORDERS = "/infusionsoft/rest/v2/orders"
KEY = {"X-Keap-API-Key": "KeapAK-1"}


@dataclass
class Clock:
    now: float = 1_763_251_200.0  # 2025-11-16T00:00:00Z

    def __call__(self) -> float:
        return self.now


@dataclass
class Place:
    """A service under traffic: `executed` holds the bodies that it carried out."""

    url: str
    traffic: Traffic
    clock: Clock
    executed: list[bytes] = field(default_factory=list)

    def create(self, name: str = "one", **options: Any) -> requests.Response:
        return requests.post(self.url + RECEIPTS, json={"DocNumber": name}, timeout=5, **options)

    def outcomes(self, kind: str) -> dict[str, int]:
        return {outcome: number for (known, outcome), number in self.traffic.calls.items() if known == kind}


@pytest.fixture
def place(serve: Callable[[Any], str]) -> Place:
    clock = Clock()
    traffic = Traffic(Limits(Ceilings(), clock))
    app = FastAPI()
    app.add_middleware(TrafficMiddleware, traffic=traffic)
    executed: list[bytes] = []

    @app.api_route("/{path:path}", methods=["GET", "POST", "PATCH"])
    async def service(path: str, request: Request) -> Response:
        executed.append(await request.body())
        status = 401 if request.headers.get("authorization") == "Bearer expired" else 200
        return Response(b'{"made": "the whole answer"}', status, media_type="application/json")

    return Place(serve(app), traffic, clock, executed)


def test_a_call_without_rules_reaches_the_service_whole(place: Place) -> None:
    answer = place.create("IS-1")
    assert answer.json() == {"made": "the whole answer"}
    assert place.executed == [b'{"DocNumber": "IS-1"}']
    assert place.outcomes(CREATE) == {"200": 1}


def test_drop_before_ends_the_connection_and_executes_nothing(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="drop_before"))
    with pytest.raises(requests.ConnectionError):
        place.create()
    assert place.executed == []
    assert place.outcomes(CREATE) == {"dropped": 1}
    assert place.create().status_code == 200


def test_drop_after_ends_the_connection_and_executes_once(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="drop_after"))
    with pytest.raises(requests.ConnectionError):
        place.create()
    assert len(place.executed) == 1
    assert place.outcomes(CREATE) == {"200 lost": 1}


def test_drop_also_ends_a_kept_alive_connection(place: Place) -> None:
    with requests.Session() as session:
        session.post(place.url + RECEIPTS, json={}, timeout=5).raise_for_status()
        place.traffic.faults.add(Rule(kind=CREATE, next=1, what="drop_after"))
        with pytest.raises(requests.ConnectionError):
            session.post(place.url + RECEIPTS, json={}, timeout=5)
        assert len(place.executed) == 2
        session.post(place.url + RECEIPTS, json={}, timeout=5).raise_for_status()


def test_execute_late_ends_the_connection_first_and_executes_afterwards(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="execute_late", seconds=1))
    with pytest.raises(requests.ConnectionError):
        place.create("later")
    assert place.executed == []
    _until(lambda: place.outcomes(CREATE) == {"dropped": 1, "200 late": 1})
    assert place.executed == [b'{"DocNumber": "later"}']


def test_forgetting_the_traffic_also_forgets_what_was_to_be_executed_late(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="execute_late", seconds=60))
    with pytest.raises(requests.ConnectionError):
        place.create()
    (task,) = place.traffic.late
    task.get_loop().call_soon_threadsafe(place.traffic.forget)
    _until(lambda: not place.traffic.late)
    assert place.executed == []


def test_a_late_answer_was_executed_before_the_caller_gave_up(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="late", seconds=30))
    with pytest.raises(requests.ReadTimeout):
        requests.post(place.url + RECEIPTS, json={}, timeout=(5, 0.3))
    assert len(place.executed) == 1


def test_half_a_body_is_announced_whole_and_then_cut(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="half_body"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        place.create()
    assert len(place.executed) == 1
    assert place.outcomes(CREATE) == {"200 cut": 1}


@pytest.mark.parametrize(
    ("rule", "status", "content_type", "words"),
    [
        ({"what": "429"}, 429, "application/xml", "errorCode=003001"),
        ({"what": "500"}, 500, "application/json", '"10000"'),
        ({"what": "503"}, 503, "text/html", "Service Unavailable"),
        ({"what": "html"}, 502, "text/html", "<h1>502 Bad Gateway</h1>"),
        ({"what": "fault", "status": 400, "body": '{"Fault": 1}'}, 400, "application/json", '{"Fault": 1}'),
        ({"what": "fault", "status": 200, "body": "<Fault/>"}, 200, "application/xml", "<Fault/>"),
    ],
)
def test_answers_of_the_gateway_execute_nothing(
    place: Place, rule: dict[str, Any], status: int, content_type: str, words: str
) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, **rule))
    answer = place.create()
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, content_type)
    assert words in answer.text
    assert answer.headers["intuit_tid"]
    assert place.executed == []


def test_an_executed_refusal_hides_what_was_done(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, next=1, what="500", executed=True))
    assert place.create().status_code == 500
    assert len(place.executed) == 1
    assert place.outcomes(CREATE) == {"200 replaced": 1, "500": 1}


def test_infusionsoft_words_its_own_refusals(place: Place) -> None:
    for what in ("429", "500", "503"):
        place.traffic.faults.add(Rule(kind="infusionsoft list orders", next=1, what=what))
    throttled, broken, unavailable = (requests.get(place.url + ORDERS, headers=KEY, timeout=5) for _ in range(3))
    assert throttled.json()["fault"]["detail"]["errorcode"] == "policies.ratelimit.QuotaViolation"
    assert (broken.status_code, broken.json()["status"]) == (500, "INTERNAL")
    assert (unavailable.status_code, unavailable.text) == (503, "")
    assert place.executed == []


def test_a_rule_strikes_the_next_calls_of_its_kind_only(place: Place) -> None:
    place.traffic.faults.add(Rule(kind="quickbooks create *", next=2, what="500"))
    statuses = [requests.get(place.url + RECEIPTS + "/7", timeout=5).status_code]
    statuses += [place.create().status_code for _ in range(3)]
    assert statuses == [200, 500, 500, 200]
    assert place.traffic.faults.standing == []


def test_a_rule_strikes_every_nth_call(place: Place) -> None:
    place.traffic.faults.add(Rule(kind=CREATE, every=3, what="500"))
    assert [place.create().status_code for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]


def test_a_rule_needs_exactly_one_when() -> None:
    for when in ({}, {"next": 1, "every": 2}):
        with pytest.raises(ValueError, match="either next"):
            Rule(kind="*", what="500", **when)


def test_quickbooks_answers_ten_calls_a_second_and_the_eleventh_with_xml(place: Place) -> None:
    statuses = [place.create().status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert len(place.executed) == 10
    place.clock.now += 1
    assert place.create().status_code == 200


def test_each_company_has_its_own_ceiling(place: Place) -> None:
    for _ in range(11):
        place.create()
    other = requests.post(place.url + RECEIPTS.replace("/1/", "/2/"), json={}, timeout=5)
    assert other.status_code == 200


def test_switched_off_limits_let_everything_through(place: Place) -> None:
    place.traffic.limits.ceilings = Ceilings(enabled=False)
    assert {place.create().status_code for _ in range(15)} == {200}


def test_infusionsoft_tells_what_is_left_of_minute_and_day(place: Place) -> None:
    first, second = (requests.get(place.url + ORDERS, headers=KEY, timeout=5) for _ in range(2))
    assert first.headers["x-keap-product-throttle-available"] == "239"
    assert second.headers["x-keap-product-throttle-used"] == "2"
    assert second.headers["x-keap-product-quota-available"] == "29998"
    assert second.headers["x-keap-tenant-throttle-used"] == "2|2"
    assert second.headers["x-keap-product-quota-expiry-time"] == "1763337600000"


def test_infusionsoft_refuses_the_eleventh_call_in_a_second_as_a_spike(place: Place) -> None:
    answers = [requests.get(place.url + ORDERS, headers=KEY, timeout=5) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json()["fault"]["detail"]["errorcode"] == "policies.ratelimit.SpikeArrestViolation"
    assert answers[-1].headers["x-keap-product-throttle-used"] == "10"


def test_the_quota_headers_of_a_refused_key_are_blank(place: Place) -> None:
    answer = requests.get(place.url + ORDERS, headers={"Authorization": "Bearer expired"}, timeout=5)
    assert answer.status_code == 401
    assert answer.headers["x-keap-product-quota-available"] == ""


def _calls(
    limits: Limits, clock: Clock, number: int, method: str, path: str, *, apart: float = 0.2
) -> list[str | None]:
    refusals = []
    for _ in range(number):
        call = call_of(method, path, b"", {"x-keap-api-key": "KeapAK-1"}, b"")
        refusals.append(limits.admit(call))
        if refusals[-1] is None:
            limits.answered(call, 200)
        clock.now += apart
    return refusals


def test_the_sliding_minute_of_a_company_holds_500_calls() -> None:
    clock = Clock()
    limits = Limits(Ceilings(), clock)
    refusals = _calls(limits, clock, 501, "POST", RECEIPTS, apart=0.11)
    assert refusals == [None] * 500 + ["minute"]
    clock.now += 5  # the first 45 calls or so are a minute ago now
    assert _calls(limits, clock, 1, "POST", RECEIPTS) == [None]


def test_a_company_may_send_40_batches_a_minute_and_go_on_with_the_rest() -> None:
    clock = Clock()
    limits = Limits(Ceilings(), clock)
    assert _calls(limits, clock, 41, "POST", "/quickbooks/v3/company/1/batch") == [None] * 40 + ["batches"]
    assert _calls(limits, clock, 1, "POST", RECEIPTS) == [None]


def test_a_used_up_month_of_reads_refuses_reads_and_lets_writes_through() -> None:
    clock = Clock()
    limits = Limits(Ceilings(quickbooks_reads_per_month=3), clock)
    query = "/quickbooks/v3/company/1/query"
    assert _calls(limits, clock, 5, "GET", query, apart=120) == [None, None, None, "reads", "reads"]
    assert _calls(limits, clock, 1, "POST", RECEIPTS) == [None]
    limits.forget()
    assert _calls(limits, clock, 1, "GET", query) == [None]


def test_a_used_up_day_refuses_a_key_until_midnight_utc() -> None:
    clock = Clock()
    limits = Limits(Ceilings(infusionsoft_per_day=3), clock)
    assert _calls(limits, clock, 4, "GET", ORDERS) == [None, None, None, "day"]
    clock.now += 86_400
    assert _calls(limits, clock, 1, "GET", ORDERS) == [None]


def test_signing_in_is_never_limited() -> None:
    clock = Clock()
    limits = Limits(Ceilings(quickbooks_per_second=1, infusionsoft_per_second=1), clock)
    for path in ("/quickbooks/oauth2/v1/tokens/bearer", "/infusionsoft/token"):
        assert _calls(limits, clock, 5, "POST", path, apart=0) == [None] * 5


def test_latency_holds_back_the_execution(place: Place) -> None:
    place.traffic.faults.latency = 30
    with pytest.raises(requests.ReadTimeout):
        requests.post(place.url + RECEIPTS, json={}, timeout=(5, 0.3))
    assert place.executed == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "kind"),
    [
        ("POST", RECEIPTS, b"minorversion=75", b'{"DocNumber": "1"}', CREATE),
        ("POST", RECEIPTS, b"", b'{"Id": "5", "SyncToken": "0"}', "quickbooks update SalesReceipt"),
        ("POST", RECEIPTS, b"operation=delete", b'{"Id": "5"}', "quickbooks delete SalesReceipt"),
        ("POST", RECEIPTS, b"operation=update&include=void", b'{"Id": "5"}', "quickbooks void SalesReceipt"),
        ("POST", "/quickbooks/v3/company/1/invoice", b"operation=void", b"{}", "quickbooks void Invoice"),
        ("POST", RECEIPTS, b"", b"not json", CREATE),
        ("GET", "/quickbooks/v3/company/1/customer/5", b"", b"", "quickbooks read Customer"),
        ("GET", "/quickbooks/v3/company/1/companyinfo/1", b"", b"", "quickbooks read CompanyInfo"),
        ("GET", "/quickbooks/v3/company/1/preferences", b"", b"", "quickbooks read Preferences"),
        ("GET", "/quickbooks/v3/company/1/query", b"query=select+*+from+customer", b"", "quickbooks query Customer"),
        ("POST", "/quickbooks/v3/company/1/query", b"", b"SELECT * FROM Item", "quickbooks query Item"),
        ("GET", "/quickbooks/v3/company/1/cdc", b"entities=Customer", b"", "quickbooks cdc"),
        ("POST", "/quickbooks/v3/company/1/batch", b"", b"{}", "quickbooks batch"),
        ("POST", "/quickbooks/oauth2/v1/tokens/bearer", b"", b"", "quickbooks token"),
        ("GET", "/infusionsoft/rest/v2/orders", b"", b"", "infusionsoft list orders"),
        ("GET", "/infusionsoft/crm/rest/v2/orders/7", b"", b"", "infusionsoft get order"),
        ("GET", "/infusionsoft/rest/v2/orders/7/payments", b"", b"", "infusionsoft list order payments"),
        ("GET", "/infusionsoft/rest/v2/sales/payments", b"", b"", "infusionsoft list payments"),
        ("GET", "/infusionsoft/rest/v2/contacts/9", b"", b"", "infusionsoft get contact"),
        ("PATCH", "/infusionsoft/rest/v2/contacts/9", b"", b"{}", "infusionsoft patch contact"),
        ("GET", "/infusionsoft/rest/v2/businessProfile", b"", b"", "infusionsoft get business profile"),
        ("POST", "/infusionsoft/token", b"", b"", "infusionsoft token"),
    ],
)
def test_a_call_is_named_in_words(method: str, path: str, query: bytes, body: bytes, kind: str) -> None:
    assert call_of(method, path, query, {}, body).kind == kind


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
