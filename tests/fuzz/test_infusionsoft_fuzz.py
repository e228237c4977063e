"""Whatever Infusionsoft answers: the reader, the mapper of faults and the token answers raise typed errors, and nothing else.

Real documents with something wrong in them (`mutated`), the same ones each time. What the reader lets through must do no harm behind it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.infusionsoft import faults
from order_sync.infusionsoft.client import Infusionsoft, InfusionsoftConnection
from order_sync.infusionsoft.reading import contact_from, order_from, order_payment_from, payments_from, unreadable
from order_sync.infusionsoft.records import Address, Contact, Order, Payment, Unreadable
from order_sync.oauth import AccessTokens, Grant
from order_sync.sync.orders.payments import disagreement, needs_shares, refund_disagreement, with_days, with_shares
from order_sync.sync.orders.snapshot import Snapshot, from_text, reading, to_text
from order_sync.sync.steps.extract_orders import _row
from order_sync.texts import LONGEST_CODE
from order_sync.tokens import TokenPair
from order_sync.transport import Answer, Call
from tests.fuzz.mutated import as_read, several, several_bytes
from tests.shop import account, stores

STORE = stores.settings()
ORDER = account.order(
    items=[
        {"price": "100.00", "taxable": True},
        {"price": "8.25", "name": "Sales Tax", "kind": "TAX"},
        {"price": "5.00", "name": "Off", "kind": "DISCOUNT_ORDER_TOTAL", "discount": "5.00"},
        {
            "price": "0.00",
            "kind": "DISCOUNT_PRODUCT",
            "special": {"amount": 10.5, "special_item_id": "4", "discount_method": "PERCENT"},
        },
    ],
    refunded="0.00",
    payment_plan={"number_of_payments": 3, "initial_payment_percent": 10, "payment_plan_items": [{"status": "PAID"}]},
    shipping_information={
        "id": "5",
        "given_name": "Ann",
        "phone_number": "555",
        "address": account.address("Phoenix, ZIP+4"),
    },
    invoice_id="456",
)
AS_READ = order_from(as_read(ORDER))
CONTACT = account.contact(
    ship="Tucson",
    company={"id": "3", "company_name": "Lee & Co"},
    phone_numbers=[{"number": "1", "field": "PHONE1"}],
    tag_ids=["91", "107"],
    update_time=account.MOMENT,
)
PAYMENT = account.payment("100.00", orders=["1001", "1002"], note="by card")
SHARE = account.share("50.00")
FAULTS = (
    {
        "fault": {
            "faultstring": "Invalid Access Token",
            "detail": {"errorcode": "keymanagement.service.invalid_access_token"},
        }
    },
    {"code": 404, "message": "Contact 8 was not found", "status": "NOT_FOUND", "details": [{"domain": "contact"}]},
    {"message": "Unrecognized property: price"},
)
TOKEN = {
    "access_token": "access-2",
    "refresh_token": "refresh-2",
    "token_type": "bearer",
    "expires_in": 86399,
    "scope": "full|hl214.infusionsoft.com",
    "x_refresh_token_expires_in": 8726400,
}
PROFILE = {"name": "A shop", "time_zone": "America/Phoenix", "currency_code": "USD"}
HEADERS = {
    "Retry-After": "7",
    "x-keap-product-quota-time-unit": "day",
    "x-keap-product-quota-available": "0",
    "x-keap-tenant-throttle-time-unit": "minute|day",
    "x-keap-tenant-throttle-available": "9000|0",
    "x-keap-product-throttle-available": "0",
}


AT_ONCE = 10


def fuzz(documents: int) -> Callable[[Any], Any]:
    """The same documents each time: a failure here is one that everybody can see again."""
    return settings(max_examples=documents // AT_ONCE, derandomize=True, database=None, phases=[Phase.generate])


@contextmanager
def told(document: Any) -> Iterator[None]:
    """Says which document it was; to shrink ten at once takes minutes and tells less."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"the document: {document!r}"[:5000])
        raise


def read_record(reader: Callable[..., Any], raw: Any, *args: str) -> Any:
    """What a reader makes of a record; None where it refuses it, which is said and can be kept."""
    try:
        return reader(raw, *args)
    except RecordRefused as error:
        refused = unreadable("order", raw, error)
    assert "nobody has thought of" not in refused.error.message
    assert_can_be_kept(refused.error.message, refused.raw)
    return None


def assert_can_be_kept(*texts: str) -> None:
    """PostgreSQL takes them."""
    for text in texts:
        assert "\0" not in text
        text.encode()


def assert_keys_fit(*ids: str | None) -> None:
    assert all(id is None or (0 < len(id) <= 40 and id.isascii()) for id in ids)


def assert_works_behind(order: Order, payments: Sequence[Payment] = ()) -> None:
    """Nothing that judges or keeps an order ends on it."""
    snapshot = Snapshot(order, None, tuple(with_days(payments, STORE.zone)))
    assert from_text(to_text(snapshot)) == snapshot
    disagreement(snapshot)
    refund_disagreement(snapshot)
    row, _events = _row(snapshot, None, None, STORE)
    assert abs(int(str(row["total_minor"]))) < 2**63
    assert_can_be_kept(*map(str, row.values()), *reading(snapshot).values())
    assert_keys_fit(order.id, order.contact_id, *(payment.id for payment in payments))


@fuzz(2000)
@given(several(ORDER, AT_ONCE))
def test_r5_an_order_is_read_or_refused(some):
    for raw in some:
        with told(raw):
            if order := read_record(order_from, as_read(raw)):
                assert_works_behind(order)


@fuzz(1000)
@given(several(CONTACT, AT_ONCE))
def test_r5_a_contact_is_read_or_refused(some):
    for raw in some:
        with told(raw):
            if contact := read_record(contact_from, as_read(raw)):
                assert_keys_fit(contact.id, *contact.tag_ids)
                assert_can_be_kept(*reading(Snapshot(AS_READ, contact, ())).values())


@fuzz(1000)
@given(several(PAYMENT, AT_ONCE), several(SHARE, AT_ONCE))
def test_r5_a_payment_is_read_or_refused(some, shares):
    for raw, raw_share in zip(some, shares, strict=True):
        with told((raw, raw_share)):
            payments = read_record(payments_from, as_read(raw)) or []
            share = read_record(order_payment_from, as_read(raw_share), "1001")
            of_order = [payment for payment in payments if payment.order_id == "1001"]
            if needs_shares(AS_READ, of_order) and share:
                of_order = with_shares(AS_READ, of_order, [share])
            if of_order:
                assert_works_behind(AS_READ, of_order)


class Scripted:
    """In the place of the transport: one answer to every call, and no waiting."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls = 0

    def read(self, attempt: Callable[[], Any]) -> Any:
        return attempt()

    def send(self, *_: Any, **__: Any) -> Answer:
        self.calls += 1
        assert self.calls < 200, "a list has no end"
        return self.answer

    def send_form(self, *_: Any, **__: Any) -> Answer:
        return self.answer


class Vault:
    """Keeps nothing that could not be sealed."""

    def load(self, connection_id: str) -> TokenPair | None:
        return None

    def save(self, connection_id: str, pair: TokenPair) -> None:
        json.dumps(asdict(pair), default=str).encode()
        assert_can_be_kept(pair.access_token, pair.refresh_token)

    @contextmanager
    def refreshing(self, connection_id: str) -> Iterator[None]:
        yield


@pytest.fixture(scope="module")
def client() -> Iterator[Infusionsoft]:
    connection = InfusionsoftConnection(id="infusionsoft_demo", base_url="http://127.0.0.1:9", api_key="KeapAK-secret")
    with Infusionsoft(connection, Vault()) as opened:
        transport = opened._transport
        yield opened
        opened._transport = transport


WINDOW = (AS_READ.created_at, AS_READ.created_at)
QUESTIONS: tuple[Callable[[Infusionsoft], Iterable[Any]], ...] = (
    lambda client: client.orders(created=WINDOW),
    lambda client: client.orders(modified=WINDOW),
    lambda client: client.orders(ids=["1001", "1002"]),
    lambda client: client.payments(since=WINDOW[0], until=WINDOW[1]),
    lambda client: client.payments(order_ids=["1001", "1002"]),
    lambda client: client.order_payments("1001"),
    lambda client: client.contacts(["77"]),
    lambda client: [client.order("1001")],
    lambda client: [client.contact("77")],
    lambda client: client.business_profile() and (),
    lambda client: client.update_shipping_address("77", Address(line1="1 Main")) and (),
)
LISTS = {
    "orders": [ORDER, ORDER | {"id": "1002"}],
    "payments": [PAYMENT, PAYMENT | {"id": "2"}],
    "invoice_order_payments": [SHARE],
    "contacts": [CONTACT],
    "next_page_token": "",
}


def ask(client: Infusionsoft, question: Callable[[Infusionsoft], Iterable[Any]], body: bytes) -> None:
    """Asks something, and has it answered so."""
    client._transport = Scripted(Answer(200, {}, body))  # type: ignore[assignment]
    with told(body), only_typed_errors():
        for record in question(client) or ():
            assert isinstance(record, Order | Contact | Payment | Unreadable)
            assert_keys_fit(record.id or None)
            if isinstance(record, Unreadable):
                assert "nobody has thought of" not in record.error.message
                assert_can_be_kept(record.raw, record.error.message)


@contextmanager
def only_typed_errors() -> Iterator[None]:
    """Lets errors of ours pass, whose words and code can be kept, and no others."""
    try:
        yield
    except OrderSyncError as error:
        _check(error)


def _check(error: OrderSyncError) -> None:
    assert_can_be_kept(str(error), error.code)
    assert len(error.code) <= LONGEST_CODE
    assert "access-2" not in str(error)
    assert "refresh-" not in str(error)


@fuzz(1500)
@given(several_bytes(LISTS, AT_ONCE))
def test_r5_a_list_is_read_or_refused(client, some):
    for number, body in enumerate(some):
        ask(client, QUESTIONS[number % 7], body)


@fuzz(1000)
@given(several_bytes(ORDER, AT_ONCE), several_bytes(CONTACT, AT_ONCE), several_bytes(PROFILE, AT_ONCE))
def test_r5_one_record_is_read_or_refused(client, orders, contacts, profiles):
    for answers in zip(orders, contacts, profiles, contacts, strict=True):
        for question, body in zip(QUESTIONS[7:], answers, strict=True):
            ask(client, question, body)


@fuzz(1000)
@given(
    *(several_bytes(fault, AT_ONCE) for fault in FAULTS),
    several(HEADERS, AT_ONCE),
    st.sampled_from([200, 204, 301, 400, 401, 403, 404, 418, 429, 500, 503, 599]),
    st.sampled_from(["list orders", "get contact", "patch contact"]),
)
def test_r5_a_fault_becomes_a_typed_error(first, second, third, some_headers, status, kind):
    call = Call("Infusionsoft", "infusionsoft_demo", kind, writes=kind.startswith("patch"))
    for *bodies, headers in zip(first, second, third, some_headers, strict=True):
        texts = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
        for body in bodies:
            with told(body), only_typed_errors():
                faults.payload(Answer(status, texts, body), call, has_key=True)


@fuzz(1000)
@given(several_bytes(TOKEN, AT_ONCE), st.sampled_from([200, 200, 200, 400, 401, 429, 500]))
def test_r5_a_token_answer_is_a_pair_or_a_typed_error(some, status):
    grant = Grant(
        "Infusionsoft", "infusionsoft_demo", "client", "secret", "refresh-1", "http://127.0.0.1:9", "Sign in."
    )
    for body in some:
        with told(body), only_typed_errors():
            token = AccessTokens(grant, Vault(), Scripted(Answer(status, {}, body))).current()  # type: ignore[arg-type]
            assert token.isascii()
            assert token.isprintable()
