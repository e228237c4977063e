"""The client against the sandbox, over HTTP: orders, payments and contacts as the service gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from order_sync.errors import SignInAgain, Stop
from order_sync.infusionsoft.client import Infusionsoft, InfusionsoftConnection
from order_sync.infusionsoft.faults import RecordNotFound
from order_sync.infusionsoft.records import Address, Order, Unreadable
from tests.shop import account

DAY = datetime(2026, 11, 16, 12, tzinfo=UTC)


def connection(sandbox, **values: str) -> InfusionsoftConnection:
    given = values or {"api_key": "KeapAK-sandbox-service-account-key"}
    return InfusionsoftConnection(id="infusionsoft_demo", base_url=f"{sandbox.url}/infusionsoft", **given)


@pytest.fixture
def client(sandbox, vault) -> Iterator[Infusionsoft]:
    with Infusionsoft(connection(sandbox), vault, requests_per_minute=60000, requests_per_second=1000) as opened:
        yield opened


def put(sandbox, kind: str, **record: object) -> dict:
    return sandbox.put(f"/_sandbox/infusionsoft/{kind}", record)


def put_order(sandbox, id: int, created: datetime = DAY, modified: datetime | None = None, **more: object) -> dict:
    times = {"creation_time": stamp(created), "modification_time": stamp(modified or created)}
    usual = account.order(str(id), total="108.25", title=f"Order {id}", ordered_at=stamp(created), **times)
    return put(sandbox, "order", **usual | more)


def stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_an_order_comes_with_its_amounts(client, sandbox):
    put_order(sandbox, 1)

    [found] = client.orders(created=(DAY - timedelta(hours=1), DAY + timedelta(hours=1)))

    assert isinstance(found, Order)
    assert (found.total, found.contact_id, found.created_at) == (Decimal("108.25"), "77", DAY)
    assert (found.items[0].price, found.items[0].sku) == (Decimal("108.25"), "W-1")


def test_windows_of_creation_and_of_modification(client, sandbox):
    put_order(sandbox, 1)
    put_order(sandbox, 2, DAY - timedelta(days=30), modified=DAY)
    put_order(sandbox, 3, DAY - timedelta(days=30))
    window = (DAY - timedelta(hours=1), DAY + timedelta(hours=1))

    assert [order.id for order in client.orders(created=window)] == ["1"]
    assert [order.id for order in client.orders(modified=window)] == ["1", "2"]


def test_orders_come_page_after_page(client, sandbox, monkeypatch):
    monkeypatch.setattr("order_sync.infusionsoft.client.PAGE_SIZE", 3)
    for id in range(1, 9):
        put_order(sandbox, id)

    found = [order.id for order in client.orders(created=(DAY - timedelta(hours=1), DAY + timedelta(hours=1)))]

    assert found == [str(id) for id in range(1, 9)]
    assert client.calls == {"list orders": 3}


def test_orders_by_id(client, sandbox, monkeypatch):
    monkeypatch.setattr("order_sync.infusionsoft.client.IDS_IN_A_URL", 2)
    for id in range(1, 6):
        put_order(sandbox, id)

    assert [order.id for order in client.orders(ids=["5", "1", "404", "3"])] == ["1", "5", "3"]


def test_an_order_that_cannot_be_read_is_set_apart(client, sandbox):
    put_order(sandbox, 1, status=None)
    put_order(sandbox, 2)

    broken, whole = client.orders(ids=["1", "2"])
    assert isinstance(broken, Unreadable)
    assert (broken.id, broken.error.element) == ("1", "status")
    assert isinstance(whole, Order)


def test_payments_of_a_window_and_of_orders(client, sandbox):
    for id, time in (("11", DAY), ("12", DAY - timedelta(days=9))):
        times = {"payment_time": stamp(time), "update_time": stamp(time)}
        put(sandbox, "payment", **account.payment("108.25", id, orders=["1", "2"], contact_id="77", **times))

    window = client.payments(since=DAY - timedelta(hours=1), until=DAY + timedelta(hours=1))
    assert [(payment.id, payment.order_id, payment.amount) for payment in window] == [
        ("11", "1", Decimal("108.25")),
        ("11", "2", Decimal("108.25")),
    ]
    assert {(payment.id, payment.order_id) for payment in client.payments(order_ids=["2"])} == {
        ("11", "2"),
        ("12", "2"),
    }


def test_contacts_in_bulk_and_one(client, sandbox):
    for id in ("77", "78"):
        put(
            sandbox,
            "contact",
            id=id,
            given_name="Ann",
            family_name="Lee",
            company={"id": "3", "company_name": "Lee & Co"},
            email_addresses=[{"email": f"ann{id}@example.com", "field": "EMAIL1"}],
            phone_numbers=[{"number": "555", "field": "PHONE1"}],
            addresses=[{"field": "BILLING", "line1": "1 Main", "line2": "null", "locality": "Phoenix"}],
        )

    found = {contact.id: contact for contact in client.contacts(["77", "78", "404"])}
    assert set(found) == {"77", "78"}
    assert found["77"].emails == ("ann77@example.com",)
    assert found["77"].billing == Address(line1="1 Main", locality="Phoenix")
    assert client.contact("77") == found["77"]
    with pytest.raises(RecordNotFound):
        client.contact("404")


def test_a_shipping_address_is_changed_and_nothing_else_is(client, sandbox):
    kept = [{"field": "BILLING", "line1": "1 Main"}, {"field": "OTHER", "line1": "3 Side", "zip_four": "1234"}]
    put(sandbox, "contact", id="77", given_name="Ann", addresses=kept)

    assert client.update_shipping_address("77", Address(line1="2 Main", country_code="USA"))
    assert not client.update_shipping_address("77", Address(line1="2 Main", country_code="USA"))

    [after] = sandbox.get("/_sandbox/infusionsoft/contact")
    assert after["addresses"][:2] == kept
    assert client.contact("77").shipping.line1 == "2 Main"
    assert client.contact("77").given_name == "Ann"


def test_the_account(client):
    assert client.business_profile()["time_zone"] == "America/Phoenix"


def test_oauth_rotates_its_tokens(sandbox, vault):
    signed_in = connection(
        sandbox,
        client_id="sandbox-client",
        client_secret="sandbox-client-secret",
        refresh_token="sandbox-first-refresh-token",
        token_url=f"{sandbox.url}/infusionsoft/token",
    )
    with Infusionsoft(signed_in, vault) as client:
        client.business_profile()
        first = vault.load("infusionsoft_demo").refresh_token
        sandbox.post("/_sandbox/tokens/expire")
        client.business_profile()

    assert first != "sandbox-first-refresh-token"
    assert vault.load("infusionsoft_demo").refresh_token not in (first, "sandbox-first-refresh-token")


def test_a_wrong_key_is_refused(sandbox, vault):
    with (
        Infusionsoft(connection(sandbox, api_key="KeapAK-wrong"), vault) as client,
        pytest.raises(SignInAgain, match=r"key of connection infusionsoft_demo"),
    ):
        client.business_profile()


@pytest.mark.parametrize("what", ["drop_before", "drop_after", "half_body", "429", "500", "503", "html"])
def test_a_read_that_breaks_is_made_again(client, sandbox, what, short_waits):
    put_order(sandbox, 1)
    # The 429 on demand may ask for a wait of a second: `Retry-After` is kept.
    sandbox.post("/_sandbox/faults", {"kind": "infusionsoft list orders", "next": 1, "what": what})

    assert [order.id for order in client.orders(ids=["1"])] == ["1"]
    assert client.calls["list orders"] == 2


def test_a_day_that_is_used_up_stops(client, sandbox):
    sandbox.put("/_sandbox/limits", {"infusionsoft_per_day": 1})
    client.business_profile()

    with pytest.raises(Stop, match="used up until"):
        client.business_profile()
