"""Infusionsoft's REST v2 API, as the sync needs it: orders, their payments and contacts.

Windows of time are sent as asked, rounded outwards to milliseconds. The service does not say whether their bounds belong to them:
windows must overlap and be de-duplicated by id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from order_sync.errors import RecordRefused, Stop
from order_sync.infusionsoft import faults
from order_sync.infusionsoft.reading import (
    contact_from,
    id_of,
    order_from,
    order_payment_from,
    other_addresses_of,
    payments_from,
)
from order_sync.infusionsoft.records import Address, Contact, Order, Payment, Unreadable
from order_sync.oauth import AccessTokens, Grant
from order_sync.tokens import TokenVault
from order_sync.transport import AccessToken, Call, Transport

PAGE_SIZE = 1000
IDS_IN_A_URL = 100
CONTACT_FIELDS = (
    "id,given_name,middle_name,family_name,company,email_addresses,phone_numbers,addresses,tag_ids,update_time"
)


@dataclass(frozen=True, slots=True)
class InfusionsoftConnection:
    """Where an account is and how to sign in to it: an API key, or the four values of OAuth.

    `id` is the Airflow connection; `base_url` ends before `/rest/v2`.
    """

    id: str
    base_url: str
    api_key: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    token_url: str = ""


class InfusionsoftReader:
    """One account, to be read only; safe to use from several threads."""

    def __init__(
        self,
        connection: InfusionsoftConnection,
        vault: TokenVault,
        *,
        requests_per_minute: int = 220,
        requests_per_second: int = 8,
    ) -> None:
        """The pace stays under the ceilings of a key, 240 a minute and 10 a second (page on quotas)."""
        self._connection = connection
        self._transport = Transport(
            requests_per_second=requests_per_second, requests_per_minute=requests_per_minute, read_seconds=60.0
        )
        self._sign = self._signer(vault)

    @property
    def calls(self) -> Counter[str]:
        """How many requests were sent, by kind (`list orders`, `get contact` …)."""
        return self._transport.calls

    def orders(
        self,
        *,
        created: tuple[datetime, datetime] | None = None,
        modified: tuple[datetime, datetime] | None = None,
        ids: Sequence[str] = (),
    ) -> Iterator[Order | Unreadable]:
        """Orders that were created or modified in a window (aware times), or those with the given ids; one of the three.

        An order that cannot be read comes as `Unreadable`. Ids that the service does not know are left out.
        """
        if sum(map(bool, (created, modified, ids))) > 1:
            raise ValueError("Ask for orders by one of created, modified and ids.")
        for raw in self._raw_orders(created, modified, ids):
            try:
                yield order_from(raw)
            except RecordRefused as error:
                yield Unreadable(id_of(raw), error)

    def order(self, id: str) -> Order | Unreadable:
        """One order; raises `faults.RecordNotFound` where it was deleted, which no list can prove."""
        raw = self._read("get order", f"orders/{id}", {})
        try:
            found = order_from(raw)
        except RecordRefused as error:
            return Unreadable(id, error)
        if found.id != id:
            raise Stop(f"{self._call('get order')} {id} was answered with order {found.id}.")
        return found

    def payments(
        self, *, since: datetime | None = None, until: datetime | None = None, order_ids: Sequence[str] = ()
    ) -> Iterator[Payment | Unreadable]:
        """Payments of a window, or those for the given orders; each payment once for each order.

        The window takes two aware times; of which time of a payment, the service does not say. A payment that cannot be read comes
        as `Unreadable`.
        """
        if (since is None) != (until is None):
            raise ValueError("A window of payments has a beginning and an end.")
        if since and until:
            window = f"since_time=={_time_from(since)};until_time=={_time_until(until)}"
            for raw in self._pages("list payments", "sales/payments", "payments", {"filter": window}, PAGE_SIZE):
                yield from _payments(raw)
        for chunk in _chunks(order_ids):
            orders = {"filter": f"order_ids=={','.join(chunk)}"}
            for raw in self._pages("list payments", "sales/payments", "payments", orders, PAGE_SIZE):
                for payment in _payments(raw):
                    if isinstance(payment, Unreadable) or payment.order_id in chunk:
                        yield payment

    def order_payments(self, order_id: str) -> list[Payment]:
        """The payments and refunds of one order."""
        path = f"orders/{order_id}/payments"
        pages = self._pages("list order payments", path, "invoice_order_payments", {}, PAGE_SIZE)
        return [order_payment_from(raw, order_id) for raw in pages]

    def contacts(self, ids: Sequence[str]) -> Iterator[Contact | Unreadable]:
        """Contacts by id; those that the service does not know are left out, one that cannot be read comes as `Unreadable`."""
        for chunk in _chunks(ids):
            params = {"filter": f"ids=={','.join(chunk)}", "fields": CONTACT_FIELDS, "order_by": "id asc"}
            for raw in self._pages("list contacts", "contacts", "contacts", params, IDS_IN_A_URL):
                try:
                    yield contact_from(raw)
                except RecordRefused as error:
                    yield Unreadable(id_of(raw), error)

    def contact(self, id: str) -> Contact:
        """One contact; raises `faults.RecordNotFound` when it was deleted or merged."""
        return contact_from(self._read("get contact", f"contacts/{id}", {"fields": CONTACT_FIELDS}))

    def business_profile(self) -> dict[str, Any]:
        """The account's name, time zone and currency."""
        return self._read("get business profile", "businessProfile", {})

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
        grant = Grant(
            service="Infusionsoft",
            connection_id=connection.id,
            client_id=connection.client_id,
            client_secret=connection.client_secret,
            refresh_token=connection.refresh_token,
            token_url=connection.token_url,
            how_to_connect=faults.CONNECT_AGAIN,
        )
        return AccessTokens(grant, vault, self._transport).current

    def _raw_orders(
        self,
        created: tuple[datetime, datetime] | None,
        modified: tuple[datetime, datetime] | None,
        ids: Sequence[str],
    ) -> Iterator[dict[str, Any]]:
        filters = [(f"ids=={','.join(chunk)}", IDS_IN_A_URL) for chunk in _chunks(ids)]
        for name, window in (("created", created), ("modified", modified)):
            if window:
                bounds = f"{name}_since_time=={_time_from(window[0])};{name}_until_time=={_time_until(window[1])}"
                filters.append((bounds, PAGE_SIZE))
        for condition, page_size in filters:
            params = {"filter": condition, "order_by": "id asc"}
            yield from self._pages("list orders", "orders", "orders", params, page_size)

    def _pages(
        self, kind: str, path: str, name: str, params: Mapping[str, str], page_size: int
    ) -> Iterator[dict[str, Any]]:
        """The records of a list, page after page; every page is asked for with the same filter and order."""
        token, seen = "", set[str]()
        while True:
            page = self._read(
                kind, path, {**params, "page_size": str(page_size)} | ({"page_token": token} if token else {})
            )
            records = page.get(name) or []
            if not isinstance(records, list):
                raise Stop(f"{self._call(kind)} was answered without a list of {name}; the interface is not as it was.")
            yield from records
            token = page.get("next_page_token") or ""
            if not token:
                return
            if token in seen:
                raise Stop(f"{self._call(kind)} gives the same page over and over.")
            seen.add(token)

    def _read(self, kind: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        call = self._call(kind)
        return self._transport.read(lambda: self._send(call, "GET", path, params))

    def _send(
        self, call: Call, method: str, path: str, params: Mapping[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        answer = self._transport.send(
            call,
            method,
            f"{self._connection.base_url.rstrip('/')}/rest/v2/{path}",
            sign=self._sign,
            params=params,
            headers={"Content-Type": "application/json"},
            body=body,
        )
        return faults.payload(answer, call, has_key=bool(self._connection.api_key))

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
        wanted = _shipping_body(address)
        if wanted == _shipping_body(contact_from(raw).shipping):
            return False
        body = {"addresses": [*other_addresses_of(raw), wanted]}
        call = self._call("patch contact", writes=True)
        content = json.dumps(body, default=str).encode()
        self._send(call, "PATCH", f"contacts/{id}", {"update_mask": "addresses"}, content)
        return True


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids, each once, in portions that keep a URL short."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), IDS_IN_A_URL):
        yield distinct[start : start + IDS_IN_A_URL]


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


def _payments(raw: Mapping[str, Any]) -> list[Payment] | list[Unreadable]:
    try:
        return payments_from(raw)
    except RecordRefused as error:
        return [Unreadable(id_of(raw), error, tuple(str(order_id) for order_id in raw.get("order_ids") or ()))]
