"""Infusionsoft's REST v2 API, as the sync needs it: orders, their payments and contacts.

Windows of time are sent as asked, rounded outwards to milliseconds. The service does not say whether their bounds belong to them:
windows must overlap and be de-duplicated by id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from order_sync.errors import ConfigurationError, RecordRefused, Stop
from order_sync.infusionsoft import faults
from order_sync.infusionsoft.asked import Fits, Window, created_in, modified_in, of_contact, paid_for, paid_in, with_ids
from order_sync.infusionsoft.reading import (
    contact_from,
    order_from,
    order_payment_from,
    other_addresses_of,
    payments_from,
    unreadable,
)
from order_sync.infusionsoft.records import Address, Contact, Order, Payment, RecordKind, Unreadable
from order_sync.infusionsoft.values import id_of
from order_sync.oauth import AccessTokens, Grant
from order_sync.texts import LONGEST_ID
from order_sync.tokens import TokenVault
from order_sync.transport import READ_ATTEMPTS, AccessToken, Answer, Call, Transport

PAGE_SIZE = 1000
IDS_IN_A_URL = 100
REFRESH_LASTS = timedelta(days=45)
"""How long a refresh token is good without use, by the service's staff; its answers do not say."""
FRUITLESS_PAGES = 10
"""After so many pages in a row without a record that is new, no more are asked for: they would never end."""
R = TypeVar("R", Order, Contact, Payment)
CONTACT_FIELDS = "id,given_name,middle_name,family_name,company,prefix,suffix,email_addresses,phone_numbers,addresses,tag_ids,update_time"


_ACCOUNT = "x-keap-tenant-id"


class OtherAccount(ConfigurationError):
    """The answer comes from another account than the store's: the connection was pointed elsewhere while a run was on its way."""

    def __init__(self, wanted: str, told: str, call: Call) -> None:
        super().__init__(
            f"{call} was answered by the Infusionsoft account {told}; the store's account is {wanted}. The answer was not used.",
            advice=f"Put a key of {wanted} back into connection {call.connection_id}; another account needs a store of its own.",
        )


@dataclass(frozen=True, slots=True)
class InfusionsoftConnection:
    """Where an account is and how to sign in to it: an API key, or the four values of OAuth.

    `id` is the Airflow connection; `base_url` ends before `/rest/v2`. `account` is the one whose answers are taken; without it, any.
    """

    id: str
    base_url: str
    api_key: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    token_url: str = ""
    account: str = ""

    @property
    def grant(self) -> Grant:
        """How it signs in by OAuth; the service takes the client of a code in the form, and that of a refresh token in the header."""
        return Grant(
            service="Infusionsoft",
            connection_id=self.id,
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            token_url=self.token_url,
            how_to_connect=faults.CONNECT_AGAIN,
            refresh_lasts=REFRESH_LASTS,
            code_with_client=True,
        )


class InfusionsoftReader:
    """One account, to be read only; safe to use from several threads."""

    def __init__(
        self,
        connection: InfusionsoftConnection,
        vault: TokenVault,
        *,
        requests_per_minute: int = 220,
        requests_per_second: int = 8,
        read_seconds: float = 60.0,
        read_attempts: int = READ_ATTEMPTS,
    ) -> None:
        """The pace stays under the ceilings of a key, 240 a minute and 10 a second (page on quotas)."""
        self._connection = connection
        self._transport = Transport(
            requests_per_second=requests_per_second,
            requests_per_minute=requests_per_minute,
            read_seconds=read_seconds,
            read_attempts=read_attempts,
        )
        self._sign = self._signer(vault)

    @property
    def calls(self) -> Counter[str]:
        """How many requests were sent, by kind (`list orders`, `get contact` …)."""
        return self._transport.calls

    def orders(
        self,
        *,
        created: Window | None = None,
        modified: Window | None = None,
        ids: Sequence[str] = (),
        contact_id: str = "",
    ) -> Iterator[Order | Unreadable]:
        """Orders that were created or modified in a window (aware times), those with the given ids, or those of a contact; one of the four.

        An order that cannot be read comes as `Unreadable`. Ids that the service does not know are left out, and so may others be:
        what a list lacks may be there. Raises Stop where an order comes that was not asked for.
        """
        if sum(map(bool, (created, modified, ids, contact_id))) > 1:
            raise ValueError("Ask for orders by one of created, modified, ids and contact_id.")
        for chunk in _chunks(ids):
            yield from self._orders(f"ids=={','.join(chunk)}", with_ids(chunk), IDS_IN_A_URL, asked=chunk)
        if created:
            yield from self._orders(
                _between("created_since_time", "created_until_time", created), created_in(created), PAGE_SIZE
            )
        if modified:
            fits = modified_in(modified, datetime.now(UTC))
            yield from self._orders(_between("modified_since_time", "modified_until_time", modified), fits, PAGE_SIZE)
        if contact_id:
            yield from self._orders(f"contact_id=={contact_id}", of_contact(contact_id), PAGE_SIZE)

    def order(self, id: str) -> Order | Unreadable:
        """One order; raises `faults.RecordNotFound` where it was deleted, which no list can prove."""
        return self._one("order", id, order_from, {})

    def payments(
        self, *, since: datetime | None = None, until: datetime | None = None, order_ids: Sequence[str] = ()
    ) -> Iterator[Payment | Unreadable]:
        """Payments of a window, or those for the given orders; each payment once for each order.

        The window takes two aware times; of which time of a payment, the service does not say. A payment that cannot be read comes
        as `Unreadable`. Raises Stop where a payment comes that was not asked for.
        """
        if (since is None) != (until is None):
            raise ValueError("A window of payments has a beginning and an end.")
        if since and until:
            condition = _between("since_time", "until_time", (since, until))
            yield from self._payments(condition, paid_in((since, until)))
        for chunk in _chunks(order_ids):
            for payment in self._payments(f"order_ids=={','.join(chunk)}", paid_for(chunk), asked=chunk):
                if isinstance(payment, Unreadable) or payment.order_id in chunk:
                    yield payment

    def order_payments(self, order_id: str) -> Iterator[Payment | Unreadable]:
        """The payments and refunds of one order; one that cannot be read comes as `Unreadable`."""
        path = f"orders/{order_id}/payments"
        pages = self._pages("list order payments", path, "invoice_order_payments", {}, PAGE_SIZE)
        return self._each("payment", pages, lambda raw: [order_payment_from(raw, order_id)], lambda _: True, [order_id])

    def contacts(self, ids: Sequence[str]) -> Iterator[Contact | Unreadable]:
        """Contacts by id; one that cannot be read comes as `Unreadable`, one that the service does not know is left out.

        What a list lacks may be there all the same. Raises Stop where a contact comes that was not asked for.
        """
        for chunk in _chunks(ids):
            params = {"filter": f"ids=={','.join(chunk)}", "fields": CONTACT_FIELDS, "order_by": "id asc"}
            pages = self._pages("list contacts", "contacts", "contacts", params, IDS_IN_A_URL)
            yield from self._each("contact", pages, lambda raw: [contact_from(raw)], with_ids(chunk), chunk)

    def contact(self, id: str) -> Contact | Unreadable:
        """One contact; raises `faults.RecordNotFound` when it was deleted or merged."""
        return self._one("contact", id, contact_from, {"fields": CONTACT_FIELDS})

    def account(self) -> str:
        """The id of the account that the sign-in is of, as in the address of its pages (`ab103`); empty where the service does not tell.

        Each answer names it in a header, whatever the key may read. What a merchant edits (name, e-mail, address) is no part of it.
        """
        call = self._call("get user info")

        def ask() -> str:
            answer = self._ask(call, "GET", "oauth/connect/userinfo", {})
            told = _account_of(answer.headers.get(_ACCOUNT, ""))
            return told or _account_of(self._read_answer(answer, call).get("tenant_id"))

        return self._transport.read(ask)

    def business_profile(self) -> dict[str, Any]:
        """The account's name, time zone and currency; Stop where the answer holds none of them."""
        found = self._read("get business profile", "businessProfile", {})
        if found.keys().isdisjoint(("name", "time_zone", "currency_code")):
            raise self._no_answer("get business profile", "the account's name, time zone or currency", found)
        return found

    def close(self) -> None:
        """Closes the pooled connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signer(self, vault: TokenVault) -> AccessToken:
        connection = self._connection
        if connection.api_key:
            return lambda refused: connection.api_key
        return AccessTokens(connection.grant, vault, self._transport).current

    def _orders(
        self, condition: str, fits: Fits, page_size: int, *, asked: Sequence[str] = ()
    ) -> Iterator[Order | Unreadable]:
        params = {"filter": condition, "order_by": "id asc"}
        pages = self._pages("list orders", "orders", "orders", params, page_size)
        return self._each("order", pages, lambda raw: [order_from(raw)], fits, asked)

    def _payments(self, condition: str, fits: Fits, *, asked: Sequence[str] = ()) -> Iterator[Payment | Unreadable]:
        pages = self._pages("list payments", "sales/payments", "payments", {"filter": condition}, PAGE_SIZE)
        return self._each("payment", pages, payments_from, fits, asked)

    def _each(
        self, kind: RecordKind, raws: Iterable[Any], read: Callable[[Any], list[R]], fits: Fits, asked: Sequence[str]
    ) -> Iterator[R | Unreadable]:
        """Reads each record by itself; Stop where one does not fit what was asked for."""
        for raw in raws:
            try:
                found: list[R] | list[Unreadable] = read(raw)
            except RecordRefused as error:
                found = [unreadable(kind, raw, error, asked)]
            if not found and asked:
                words = f"Infusionsoft's {kind} {id_of(raw)} names no order, and was asked for by its order."
                found = [unreadable(kind, raw, RecordRefused(words), asked)]
            if found and not any(map(fits, found)):
                raise Stop(
                    f"{self._call(f'list {kind}s')} was answered with {kind} {found[0].id}, which was not asked for: the service did not "
                    "keep to the filter.",
                    advice="Nothing of the answer was taken. Run it again later; if it stays so, report this message.",
                )
            yield from found

    def _one(self, kind: RecordKind, id: str, read: Callable[[Any], R], params: Mapping[str, str]) -> R | Unreadable:
        raw = self._read(f"get {kind}", f"{kind}s/{id}", params)
        try:
            self._require_it(kind, id, raw)
            return read(raw)
        except RecordRefused as error:
            return replace(unreadable(kind, raw, error), id=id)

    def _require_it(self, kind: RecordKind, id: str, raw: Mapping[str, Any]) -> None:
        """RecordRefused where an answer is no record, Stop where it is another one than that of this id."""
        call, answered = f"{self._call(f'get {kind}')} {id}", id_of(raw)
        if not answered:
            raise RecordRefused(
                f"{call} was answered with something that is no {kind}.",
                advice="The next run asks again; if it stays so, report this message.",
                code=faults.code_of(raw),
            )
        if answered != id:
            words = f"{call} was answered with {kind} {answered}."
            raise faults.OtherRecord(words, answered=answered, advice="If it stays so, report this message.")

    def _pages(self, kind: str, path: str, name: str, params: Mapping[str, str], page_size: int) -> Iterator[Any]:
        """The records of a list, page after page; every page is asked for with the same filter and order."""
        token, tokens, ids, fruitless = "", set[str](), set[str](), 0
        while True:
            page = self._read(
                kind, path, {**params, "page_size": str(page_size)} | ({"page_token": token} if token else {})
            )
            records = page.get(name)
            if not isinstance(records, list):
                raise self._no_answer(kind, f"a list of {name}", page)
            yield from records
            token = page.get("next_page_token") or ""
            if not token:
                return
            if not isinstance(token, str):
                raise self._no_answer(kind, "a next_page_token that is a text", page)
            known = len(ids)
            ids.update(map(id_of, records))
            fruitless = 0 if len(ids) > known else fruitless + 1
            if token in tokens or fruitless > FRUITLESS_PAGES:
                raise Stop(f"{self._call(kind)} gives the same page over and over.")
            tokens.add(token)

    def _no_answer(self, kind: str, what: str, answer: Mapping[str, Any]) -> Stop:
        """That an answer is none: taken for an empty one, everything that it lacks would count as deleted."""
        code = faults.code_of(answer)
        return Stop(
            f"{self._call(kind)} was answered without {what}{f' ({code})' if code else ''}, which is not the same as an empty answer.",
            advice="Nothing of the answer was taken. Run it again later; if it stays so, report this message.",
            code=code,
        )

    def _read(self, kind: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        call = self._call(kind)
        return self._transport.read(lambda: self._send(call, "GET", path, params))

    def _send(
        self, call: Call, method: str, path: str, params: Mapping[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        answer = self._ask(call, method, path, params, body)
        told, wanted = _account_of(answer.headers.get(_ACCOUNT, "")), self._connection.account
        if wanted and told and told != wanted:
            raise OtherAccount(wanted, told, call)
        return self._read_answer(answer, call)

    def _read_answer(self, answer: Answer, call: Call) -> dict[str, Any]:
        return faults.payload(answer, call, has_key=bool(self._connection.api_key))

    def _ask(self, call: Call, method: str, path: str, params: Mapping[str, str], body: bytes | None = None) -> Answer:
        return self._transport.send(
            call,
            method,
            f"{self._connection.base_url.rstrip('/')}/rest/v2/{path}",
            sign=self._sign,
            params=params,
            headers={"Content-Type": "application/json"},
            body=body,
        )

    def _call(self, kind: str, *, writes: bool = False) -> Call:
        return Call("Infusionsoft", self._connection.id, kind, writes)


class InfusionsoftOnce(InfusionsoftReader):
    """One account, of which each thing is read once: what is asked again is answered as it was, whatever has changed meanwhile."""

    def __init__(self, connection: InfusionsoftConnection, vault: TokenVault, **pace: int) -> None:
        super().__init__(connection, vault, **pace)
        self._answers: dict[tuple[str, ...], dict[str, Any]] = {}

    def _read(self, kind: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        asked = (path, *(f"{name}={value}" for name, value in params.items()))
        if asked not in self._answers:
            self._answers[asked] = super()._read(kind, path, params)
        return self._answers[asked]


class Infusionsoft(InfusionsoftReader):
    """One account, to be read, and written where a contact's address is to follow; safe to use from several threads."""

    def update_shipping_address(self, id: str, address: Address) -> bool:
        """Makes this the contact's shipping address; False where it is so already. Its other addresses stay as they are.

        The service replaces a contact's addresses as a whole, so the contact is read first and the others are sent back as they came.
        Raises `faults.RecordNotFound` when the contact was deleted or merged.
        """
        raw = self._read("get contact", f"contacts/{id}", {"fields": CONTACT_FIELDS})
        self._require_it("contact", id, raw)
        wanted = _shipping_body(address)
        if wanted == _shipping_body(contact_from(raw).shipping):
            return False
        body = {"addresses": [*other_addresses_of(raw), wanted]}
        call = self._call("patch contact", writes=True)
        content = json.dumps(body, default=str).encode()
        self._send(call, "PATCH", f"contacts/{id}", {"update_mask": "addresses"}, content)
        return True


def _account_of(tenant: object) -> str:
    """The account's id of what the service calls the tenant, `ab103.infusionsoft.com`."""
    return tenant.partition(".")[0].strip().lower()[:LONGEST_ID] if isinstance(tenant, str) else ""


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids, each once, in portions that keep a URL short; an empty one would ask for everything."""
    distinct = list(dict.fromkeys(filter(None, ids)))
    for start in range(0, len(distinct), IDS_IN_A_URL):
        yield distinct[start : start + IDS_IN_A_URL]


def _between(since: str, until: str, window: Window) -> str:
    return f"{since}=={_time_from(window[0])};{until}=={_time_until(window[1])}"


def _time_from(time: datetime) -> str:
    """The time as the service wants it in filters: UTC, milliseconds, `Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time_until(time: datetime) -> str:
    return _time_from(time + timedelta(microseconds=-time.microsecond % 1000))


def _shipping_body(address: Address) -> dict[str, str | None]:
    # The name of a region is the service's older field: sent only where there is no code.
    region = {"region_code": address.region_code} if address.region_code else {"region": address.region}
    return {
        "field": "SHIPPING",
        "line1": address.line1,
        "line2": address.line2,
        "locality": address.locality,
        **region,
        "postal_code": address.postal_code,
        "country_code": address.country_code,
    }
