"""The client against a service that answers as it is told: what it asks, and what it makes of refusals."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from order_sync.errors import ConfigurationError, OutcomeUnknown, RecordRefused, RetryLater, SignInAgain, Stop
from order_sync.infusionsoft.client import Infusionsoft, InfusionsoftConnection
from order_sync.infusionsoft.faults import RecordNotFound
from order_sync.infusionsoft.records import Address, Order, Unreadable
from tests.shop import account

APRIL, MAY = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
GATEWAY_401 = {
    "fault": {
        "faultstring": "Invalid Access Token",
        "detail": {"errorcode": "keymanagement.service.invalid_access_token"},
    }
}
NOT_FOUND = {"code": 404, "message": "Contact of Ann Lee was not found", "status": "NOT_FOUND", "details": []}


def opened(connection: InfusionsoftConnection, vault) -> Infusionsoft:
    return Infusionsoft(connection, vault, requests_per_minute=60000, requests_per_second=1000)


@pytest.fixture
def client(stand_in, vault) -> Iterator[Infusionsoft]:
    connection = InfusionsoftConnection(id="infusionsoft_demo", base_url=stand_in.url, api_key="KeapAK-secret")
    with opened(connection, vault) as client:
        yield client


def order(id: int) -> dict:
    return account.order(str(id), creation_time="2026-04-05T00:00:00.000Z")


def test_orders_of_a_window_come_page_after_page(client, stand_in):
    stand_in.reply({"orders": [order(1), order(2)], "next_page_token": "next"})
    stand_in.reply({"orders": [order(3)], "next_page_token": ""})

    assert [found.id for found in client.orders(created=(APRIL, MAY))] == ["1", "2", "3"]
    first, second = stand_in.requests
    assert first.path == "/rest/v2/orders"
    assert first.query == {
        "filter": "created_since_time==2026-04-01T00:00:00.000Z;created_until_time==2026-05-01T00:00:00.000Z",
        "order_by": "id asc",
        "page_size": "1000",
    }
    assert second.query == {**first.query, "page_token": "next"}
    assert first.headers["Authorization"] == "Bearer KeapAK-secret"
    assert client.calls == {"list orders": 2}


USER = {"id": "1", "email": "owner@example.com", "tenant_id": "ab103.infusionsoft.com"}


@pytest.mark.parametrize(
    ("body", "status", "header", "account"),
    [
        (USER, 200, "AB103.infusionsoft.com", "ab103"),
        (USER | {"tenant_id": "another"}, 200, "ab103.infusionsoft.com", "ab103"),
        (USER, 200, None, "ab103"),
        (USER, 200, "", "ab103"),
        (USER | {"tenant_id": None}, 200, None, ""),
        (USER | {"tenant_id": {"x": 1}}, 200, None, ""),
        # A key of few rights is of an account all the same.
        ({"code": 403, "message": "no", "status": "PERMISSION_DENIED"}, 403, "ab103.infusionsoft.com", "ab103"),
    ],
)
def test_r11_the_account_is_the_one_that_answers(client, stand_in, body, status, header, account):
    stand_in.reply(body, status, {} if header is None else {"x-keap-tenant-id": header})
    assert client.account() == account
    assert stand_in.requests[0].path == "/rest/v2/oauth/connect/userinfo"


def test_r11_no_answer_of_another_account_is_used(stand_in, vault):
    connection = InfusionsoftConnection("infusionsoft_demo", stand_in.url, api_key="KeapAK-secret", account="ab103")
    stand_in.reply({"orders": [order(1)]}, headers={"x-keap-tenant-id": "ab103.infusionsoft.com"})
    stand_in.reply({"orders": [order(1)]})
    stand_in.reply({"orders": [order(1)]}, headers={"x-keap-tenant-id": "cd200.infusionsoft.com"})
    with opened(connection, vault) as client:
        for _told in ("the account", "nothing"):
            assert [found.id for found in client.orders(ids=["1"])] == ["1"]
        with pytest.raises(
            ConfigurationError, match="was answered by the Infusionsoft account cd200; the store's account is ab103"
        ):
            list(client.orders(ids=["1"]))


def test_r11_a_key_that_is_refused_says_so_first(stand_in, vault):
    connection = InfusionsoftConnection("infusionsoft_demo", stand_in.url, api_key="KeapAK-secret", account="ab103")
    stand_in.reply(GATEWAY_401, 401, {"x-keap-tenant-id": ""})
    with opened(connection, vault) as client, pytest.raises(SignInAgain):
        client.order("1")


def test_windows_are_sent_in_utc_and_rounded_outwards(client, stand_in):
    stand_in.reply({"orders": []})
    phoenix = timezone(timedelta(hours=-7))
    window = (datetime(2026, 4, 1, 0, 0, 0, 1999, phoenix), datetime(2026, 4, 2, 0, 0, 0, 1001, phoenix))

    assert list(client.orders(modified=window)) == []
    assert stand_in.requests[0].query["filter"] == (
        "modified_since_time==2026-04-01T07:00:00.001Z;modified_until_time==2026-04-02T07:00:00.002Z"
    )


def test_orders_by_id_are_asked_for_in_portions(client, stand_in):
    stand_in.reply({"orders": [order(1)]})
    stand_in.reply({"orders": [order(101)]})

    ids = [str(id) for id in range(1, 102)]
    assert [found.id for found in client.orders(ids=[*ids, "1"])] == ["1", "101"]
    assert [request.query["filter"] for request in stand_in.requests] == [f"ids=={','.join(ids[:100])}", "ids==101"]


def test_no_ids_are_no_question(client, stand_in):
    assert list(client.orders(ids=[])) == []
    assert list(client.contacts([])) == []
    assert list(client.payments(order_ids=[])) == []
    assert stand_in.requests == []


def test_orders_are_asked_for_in_one_way(client):
    with pytest.raises(ValueError, match="one of"):
        list(client.orders(created=(APRIL, MAY), ids=["1"]))


def test_an_order_that_cannot_be_read_does_not_hold_up_the_others(client, stand_in):
    stand_in.reply({"orders": [order(1), {**order(2), "creation_time": "yesterday"}, order(3)]})

    first, second, third = client.orders(created=(APRIL, MAY))
    assert isinstance(first, Order)
    assert isinstance(third, Order)
    assert isinstance(second, Unreadable)
    assert (second.id, second.error.element) == ("2", "creation_time")


def test_the_same_page_over_and_over_stops(client, stand_in):
    for _ in range(3):
        stand_in.reply({"orders": [order(1)], "next_page_token": "same"})

    with pytest.raises(Stop, match=r"over and over"):
        list(client.orders(created=(APRIL, MAY)))


LISTS = {
    "orders": lambda client: client.orders(created=(APRIL, MAY)),
    "orders changed": lambda client: client.orders(modified=(APRIL, MAY)),
    "orders by id": lambda client: client.orders(ids=["1"]),
    "orders of a contact": lambda client: client.orders(contact_id="8"),
    "payments": lambda client: client.payments(since=APRIL, until=MAY),
    "payments by order": lambda client: client.payments(order_ids=["1"]),
    "shares": lambda client: client.order_payments("1"),
    "contacts": lambda client: client.contacts(["8"]),
}


def key(of: str) -> str:
    """What the service calls that list in its answer."""
    return "invoice_order_payments" if of == "shares" else of.split()[0]


@pytest.mark.parametrize("body", [{}, {"message": "Something went wrong"}, {"orders": None}, {"orders": {"id": "1"}}])
@pytest.mark.parametrize("of", LISTS)
def test_r6_an_answer_without_a_list_is_no_empty_list(client, stand_in, of, body):
    stand_in.reply({key(of) if name == "orders" else name: value for name, value in body.items()})

    with pytest.raises(
        Stop, match=rf"Infusionsoft 'list .*\(connection infusionsoft_demo\).* without a list of {key(of)}"
    ) as caught:
        list(LISTS[of](client))
    assert "not the same as an empty answer" in caught.value.message
    assert "Something" not in str(caught.value)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("of", LISTS)
def test_r6_an_empty_list_is_empty(client, stand_in, of):
    stand_in.reply({key(of): []})
    assert list(LISTS[of](client)) == []


@pytest.mark.parametrize("body", [{}, {"message": "Something went wrong"}, {"id": None}, {"orders": []}])
def test_r6_an_answer_that_is_no_record_is_no_record(client, stand_in, body):
    for _ in range(3):
        stand_in.reply(body)

    for found in (client.order("7"), client.contact("7")):
        assert isinstance(found, Unreadable)
        assert found.id == "7"
        assert "something that is no" in found.error.message
    with pytest.raises(RecordRefused, match="no contact"):
        client.update_shipping_address("7", Address(line1="1 Main"))
    assert {request.method for request in stand_in.requests} == {"GET"}


def test_r6_an_answer_that_is_no_business_profile_is_none(client, stand_in):
    stand_in.reply({})
    with pytest.raises(Stop, match="without the account's name, time zone or currency"):
        client.business_profile()


@pytest.mark.parametrize("of", LISTS)
def test_r6_a_page_token_that_is_none_stops(client, stand_in, of):
    stand_in.reply({key(of): [], "next_page_token": {"page": 2}})
    with pytest.raises(Stop, match="next_page_token that is a text"):
        list(LISTS[of](client))


def at(time: str | None, name: str = "creation_time") -> dict:
    return {**order(5), name: time}


BEFORE, INSIDE, AFTER = "2026-03-31T23:59:58.000Z", "2026-04-20T00:00:00.000Z", "2026-05-01T00:00:02.000Z"


@pytest.mark.parametrize(
    ("of", "answer"),
    [
        ("orders", {"orders": [order(1), at(BEFORE)]}),
        ("orders", {"orders": [at(AFTER)]}),
        ("orders changed", {"orders": [at(BEFORE, "modification_time")]}),
        ("orders changed", {"orders": [at(AFTER, "modification_time")]}),
        ("orders changed", {"orders": [{**at(None, "modification_time"), "creation_time": BEFORE}]}),
        ("orders by id", {"orders": [order(1), order(5)]}),
        ("orders by id", {"orders": [{"id": "5"}]}),
        ("orders of a contact", {"orders": [{**order(5), "contact": {"id": "9"}}]}),
        ("payments", {"payments": [account.payment("1.00", "5", day="2026-03-30")]}),
        ("payments", {"payments": [account.payment("1.00", "5", day="2026-05-03")]}),
        ("payments by order", {"payments": [account.payment("1.00", "5", orders=["2", "3"])]}),
        ("payments by order", {"payments": [{"id": "5", "order_ids": ["2"]}]}),
        ("contacts", {"contacts": [{"id": "8"}, {"id": "5"}]}),
    ],
)
def test_r8_a_filter_that_is_not_kept_to_stops(client, stand_in, of, answer):
    stand_in.reply(answer)
    with pytest.raises(Stop, match=r"'list \w+'.* was answered with \w+ 5, which was not asked for.*filter"):
        list(LISTS[of](client))


@pytest.mark.parametrize(
    ("of", "answer"),
    [
        ("orders", {"orders": [at("2026-04-01T00:00:00.000Z"), {**order(6), "creation_time": "2026-05-01T00:00:00Z"}]}),
        ("orders changed", {"orders": [at(INSIDE, "modification_time")]}),
        ("orders changed", {"orders": [{**at(None, "modification_time"), "creation_time": INSIDE}]}),
        # Entered in April: by hand for a day of March, and corrected in May.
        ("payments", {"payments": [account.payment("1.00", payment_time=BEFORE, update_time=AFTER)]}),
        ("payments", {"payments": [account.payment("1.00", payment_time="2026-03-31T07:00:00Z", update_time=None)]}),
        ("payments", {"payments": [account.payment("1.00", payment_time=None, update_time=None)]}),
        ("payments by order", {"payments": [account.payment("1.00", orders=["1", "2"])]}),
    ],
)
def test_r8_what_may_have_been_asked_for_is_taken(client, stand_in, of, answer):
    stand_in.reply(answer)
    [[records]] = [answer.values()]
    found = list(LISTS[of](client))
    assert [one.id for one in found] == [one["id"] for one in records]
    assert not any(isinstance(one, Unreadable) for one in found)


@pytest.mark.parametrize("hours", [0, 1])
def test_r8_what_was_changed_once_more_while_it_was_read_is_taken(client, stand_in, hours):
    changed = datetime.now(UTC) + timedelta(hours=hours)
    stand_in.reply({"orders": [at(changed.isoformat(), "modification_time")]})
    assert [one.id for one in LISTS["orders changed"](client)] == ["5"]


@pytest.mark.parametrize("page", [[], [order(1)], [None]])
def test_r8_pages_that_bring_nothing_new_come_to_an_end(client, stand_in, page):
    for number in range(100):
        stand_in.reply({"orders": page, "next_page_token": f"page {number}"})
    with pytest.raises(Stop, match="the same page over and over"):
        list(client.orders(created=(APRIL, MAY)))
    assert len(stand_in.requests) < 15


NOBODY = [
    None,
    "a text",
    7,
    [],
    {},
    {"id": None},
    {"id": ""},
    {"id": "9" * 41},
    {"id": "1,2"},
    {"id": "../8"},
    {"id": {}},
]


@pytest.mark.parametrize("record", NOBODY)
def test_r3_a_record_without_an_id_is_refused_alone(client, stand_in, record):
    stand_in.reply({"orders": [order(1), record, order(3)]})
    stand_in.reply({"contacts": [record, {"id": "8"}]})
    stand_in.reply({"payments": [record, account.payment("1.00", orders=["1"])]})

    first, refused, third = client.orders(created=(APRIL, MAY))
    assert (first.id, third.id) == ("1", "3")
    [nobody, contact] = client.contacts(["8"])
    [nothing, payment] = client.payments(order_ids=["1"])
    assert (contact.id, payment.order_id) == ("8", "1")
    for kind, one in {"order": refused, "contact": nobody, "payment": nothing}.items():
        assert isinstance(one, Unreadable)
        assert (one.kind, one.id) == (kind, "")
        assert one.raw == (record if isinstance(record, str) else json.dumps(record))
        assert f"{kind} without an id cannot be read" in one.error.message


@pytest.mark.parametrize("ids", [[""], ["", ""]])
def test_r3_nobody_asks_for_an_empty_id(client, stand_in, ids):
    assert [*client.orders(ids=ids), *client.contacts(ids), *client.payments(order_ids=ids)] == []
    assert stand_in.requests == []


def test_r3_a_number_that_no_computer_keeps_costs_one_record(client, stand_in):
    orders = json.dumps([order(1), {**order(2), "total": {"amount": "?", "currency_code": "USD"}}, order(3)])
    for number in ("1e99999999999999999999", "9" * 5000, "NaN", "-Infinity"):
        stand_in.reply(f'{{"orders": {orders.replace(json.dumps("?"), number)}}}')
        first, second, third = client.orders(created=(APRIL, MAY))
        assert isinstance(second, Unreadable)
        assert (first.id, second.id, third.id) == ("1", "2", "3")
        assert second.error.element == "total.amount"


def test_r3_half_a_character_costs_nothing(client, stand_in):
    halves = [{**order(1), "title": "half \ud83d"}, {**order(2), "title": "cut @"}]
    stand_in.reply(json.dumps({"orders": halves}).encode().replace(b"@", b"\xc3"))
    assert [one.title for one in client.orders(created=(APRIL, MAY))] == ["half \ufffd", "cut \ufffd"]


@pytest.mark.parametrize("after", ["inf", "nan", "-5", "1e300", "86400", "soon", "9" * 5000])
def test_r16_whatever_a_throttle_asks_for_ends_in_a_typed_error(client, stand_in, after, short_waits, monkeypatch):
    monkeypatch.setattr("order_sync.transport.READ_ATTEMPTS_SECONDS", 0.2)
    for _ in range(6):
        stand_in.reply("", status=429, headers={"Retry-After": after})
    with pytest.raises(RetryLater) as caught:
        client.business_profile()
    assert caught.value.code == "429"


def test_r4_a_code_fits_its_column(client, stand_in):
    fault = {"fault": {"detail": {"errorcode": "messaging.adaptors.http.flow.GatewayTimeout\0\ud83d"}}}
    stand_in.reply(fault, status=403)
    with pytest.raises(Stop) as caught:
        client.business_profile()
    assert caught.value.code == "messaging.adaptors.http.flow.GatewayTime"


def test_payments_of_a_window(client, stand_in):
    stand_in.reply({"payments": [{"id": "p1", "amount": 1.5, "order_ids": ["1", "2"]}]})

    assert [payment.order_id for payment in client.payments(since=APRIL, until=MAY)] == ["1", "2"]
    [request] = stand_in.requests
    assert request.path == "/rest/v2/sales/payments"
    assert request.query["filter"] == "since_time==2026-04-01T00:00:00.000Z;until_time==2026-05-01T00:00:00.000Z"


def test_a_window_of_payments_has_two_ends(client):
    with pytest.raises(ValueError, match="beginning and an end"):
        list(client.payments(since=APRIL))


def test_payments_of_orders_come_once_for_each_order(client, stand_in):
    both = {"id": "p1", "amount": 1.5, "order_ids": ["1", "101", "elsewhere"]}
    stand_in.reply({"payments": [both]})
    stand_in.reply({"payments": [both]})

    ids = [str(id) for id in range(1, 102)]
    assert [(payment.id, payment.order_id) for payment in client.payments(order_ids=ids)] == [
        ("p1", "1"),
        ("p1", "101"),
    ]


def test_payments_of_one_order(client, stand_in):
    stand_in.reply({"invoice_order_payments": [{"id": "11", "amount": 5.25, "pay_status": "APPROVED"}]})

    [payment] = client.order_payments("1001")
    assert (payment.order_id, str(payment.amount)) == ("1001", "5.25")
    assert stand_in.requests[0].path == "/rest/v2/orders/1001/payments"


def test_contacts_name_the_fields_that_they_need(client, stand_in):
    stand_in.reply({"contacts": [{"id": "8"}]})
    stand_in.reply({"id": "8", "given_name": "Ann"})

    assert [contact.id for contact in client.contacts(["8", "9", "8"])] == ["8"]
    assert client.contact("8").given_name == "Ann"
    many, one = stand_in.requests
    assert many.query["filter"] == "ids==8,9"
    assert {"addresses", "email_addresses", "phone_numbers", "company"} <= set(many.query["fields"].split(","))
    assert (one.path, one.query["fields"]) == ("/rest/v2/contacts/8", many.query["fields"])


def test_a_contact_that_is_gone_is_called_so(client, stand_in):
    stand_in.reply(NOT_FOUND, status=404)

    with pytest.raises(RecordNotFound) as caught:
        client.contact("8")
    assert "NOT_FOUND" in str(caught.value)
    assert "Ann" not in str(caught.value)


BILLING = {
    "field": "BILLING",
    "line1": "1 Main",
    "zip_code": "85001",
    "zip_four": "1234",
    "region": "Arizona",
    "region_code": "US-AZ",
    "country": "United States",
}
OTHER = {"field": "OTHER", "line1": "3 Side", "floor": 2}


def test_a_shipping_address_is_sent_with_the_other_addresses_as_they_came(client, stand_in):
    shipping = {"field": "SHIPPING", "line1": "2 Main", "country_code": "USA"}
    nothing = {"line2": None, "locality": "", "country_code": "null"}
    stand_in.reply({"id": "8", "addresses": [BILLING | nothing, shipping, OTHER]})
    stand_in.reply({"id": "8"})

    address = Address("9 Oak", None, "Tucson", "AZ", "85701", "USA", "United States", "US-AZ")
    assert client.update_shipping_address("8", address)

    read, request = stand_in.requests
    assert (read.method, read.path) == ("GET", "/rest/v2/contacts/8")
    assert (request.method, request.path, request.query) == (
        "PATCH",
        "/rest/v2/contacts/8",
        {"update_mask": "addresses"},
    )
    sent = {
        "field": "SHIPPING",
        "line1": "9 Oak",
        "line2": None,
        "locality": "Tucson",
        "region_code": "US-AZ",
        "postal_code": "85701",
        "country_code": "USA",
    }
    assert json.loads(request.body) == {"addresses": [BILLING, OTHER, sent]}


def test_a_region_without_a_code_is_sent_by_its_name(client, stand_in):
    stand_in.reply({"id": "8", "addresses": None})
    stand_in.reply({"id": "8"})

    client.update_shipping_address("8", Address(line1="9 Oak", region="Arizona"))

    [sent] = json.loads(stand_in.requests[1].body)["addresses"]
    assert (sent["region"], "region_code" in sent) == ("Arizona", False)


def test_a_shipping_address_that_is_there_already_is_not_sent(client, stand_in):
    stand_in.reply({"id": "8", "addresses": [BILLING, {**BILLING, "field": "SHIPPING"}]})

    there = Address(line1="1 Main", region="AZ", region_code="US-AZ", postal_code="85001-1234")
    assert not client.update_shipping_address("8", there)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, "", OutcomeUnknown),
        (502, "<html/>", OutcomeUnknown),
        (200, "<html/>", OutcomeUnknown),
        (400, "<html/>", OutcomeUnknown),
        (400, {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}, RecordRefused),
        (404, NOT_FOUND, RecordNotFound),
        (429, "", RetryLater),
        (401, GATEWAY_401, SignInAgain),
        (403, {"code": 403, "message": "no", "status": "PERMISSION_DENIED"}, Stop),
    ],
)
def test_a_refused_write_is_sent_once(client, stand_in, status, body, kind):
    stand_in.reply({"id": "8"})
    stand_in.reply(body, status=status)

    with pytest.raises(kind):
        client.update_shipping_address("8", Address(line1="1 Main"))
    assert [request.method for request in stand_in.requests] == ["GET", "PATCH"]


def test_a_refused_key_says_where_to_make_one(client, stand_in):
    stand_in.reply(GATEWAY_401, status=401)

    with pytest.raises(SignInAgain) as caught:
        client.business_profile()
    assert "key of connection infusionsoft_demo" in str(caught.value)
    assert "Service Account Key" in caught.value.advice
    assert "KeapAK" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"code": 400, "message": "Unknown filter field", "status": "INVALID_ARGUMENT"}),
        (404, "<html>nothing here</html>"),
        (404, {"code": 404, "message": "No resource", "status": "NOT_FOUND"}),
        (403, {"message": "No permission"}),
    ],
)
def test_a_question_that_is_refused_stops(client, stand_in, status, body):
    stand_in.reply(body, status=status)

    with pytest.raises(Stop):
        list(client.orders(created=(APRIL, MAY)))


def test_the_envelope_of_v1_is_read(client, stand_in):
    stand_in.reply({"message": "Unrecognized property: price"}, status=404)

    with pytest.raises(RecordNotFound):
        client.contact("8")


def test_reads_are_tried_again(client, stand_in, short_waits):
    quota = {"fault": {"faultstring": "Rate limit", "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"}}}
    stand_in.reply("", status=500)
    stand_in.reply("<html/>", status=502)
    stand_in.reply(quota, status=429)
    stand_in.reply('{"time_zone": "Ame', status=200)
    stand_in.reply(how="dropped")
    stand_in.reply({"time_zone": "America/Phoenix"})

    assert client.business_profile() == {"time_zone": "America/Phoenix"}


@pytest.mark.parametrize(
    "headers",
    [
        {"x-keap-product-quota-time-unit": "day", "x-keap-product-quota-available": "0"},
        {"X-Keap-Tenant-Throttle-Time-Unit": "minute|day", "X-Keap-Tenant-Throttle-Available": "9000|0"},
    ],
)
def test_a_day_that_is_used_up_stops_until_midnight_utc(client, stand_in, headers):
    stand_in.reply("", status=429, headers=headers)

    with pytest.raises(Stop, match=r"infusionsoft_demo.*used up until .* 00:00 UTC"):
        client.business_profile()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"x-keap-product-throttle-available": "0", "x-keap-product-quota-available": ""}, 60.0),
        (
            {"x-keap-tenant-throttle-time-unit": "minute|day", "x-keap-tenant-throttle-available": "0|9000"},
            None,
        ),
        ({}, None),
    ],
)
def test_a_throttle_waits_as_the_headers_say(client, stand_in, headers, seconds):
    stand_in.reply({"id": "8"})
    stand_in.reply("", status=429, headers=headers)

    with pytest.raises(RetryLater) as caught:
        client.update_shipping_address("8", Address(line1="1 Main"))
    assert caught.value.retry_after == seconds


def test_oauth_refreshes_on_a_401(stand_in, vault):
    connection = InfusionsoftConnection(
        id="infusionsoft_demo",
        base_url=stand_in.url,
        client_id="client",
        client_secret="client-secret",
        refresh_token="seed-refresh",
        token_url=f"{stand_in.url}/token",
    )
    stand_in.reply(GATEWAY_401, status=401)
    stand_in.reply({"time_zone": "America/Phoenix"})

    with opened(connection, vault) as client:
        assert client.business_profile()["time_zone"] == "America/Phoenix"
    assert [request.headers["Authorization"] for request in stand_in.requests] == ["Bearer access-1", "Bearer access-2"]
    assert [request.form["refresh_token"] for request in stand_in.token_requests] == ["seed-refresh", "refresh-1"]
    assert "secret" not in repr(connection).replace("client_secret", "")
    assert "seed-refresh" not in repr(connection)


def test_no_key_and_no_person_reaches_a_log(client, stand_in, caplog, short_waits):
    caplog.set_level(logging.DEBUG)
    stand_in.reply("", status=503)
    stand_in.reply({"contacts": [{"id": "8", "family_name": "Lee-Oberholtzer"}]})
    list(client.contacts(["8"]))

    said = caplog.text + repr(client._connection)
    assert "list contacts 200" in said
    assert "KeapAK" not in said
    assert "Lee-Oberholtzer" not in said
