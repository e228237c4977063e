"""QuickBooks Online's Accounting API v3, as the sync needs it: questions, changes, and writes that are sent once.

Rows are dicts as QuickBooks gives them, amounts in them `Decimal` in major units. Every method raises the groups of `errors.py`
through `faults.payload`.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from order_sync.errors import OrderSyncError, OutcomeUnknown, RecordRefused, Stop
from order_sync.hosts import environment_of
from order_sync.oauth import AccessTokens, Grant
from order_sync.quickbooks import faults
from order_sync.quickbooks.advice import CONNECT_AGAIN
from order_sync.quickbooks.answers import (
    Changes,
    Written,
    changes_in,
    legible,
    member,
    no_changes,
    other_interface,
    rows_of,
)
from order_sync.quickbooks.reading import Unreadable, UnreadableAnswer, members, readable
from order_sync.quickbooks.wire import encode, quote
from order_sync.tokens import TokenVault
from order_sync.transport import READ_ATTEMPTS, Answer, Call, Transport

PAGE_SIZE = 1000
# Both from the page on change data capture: objects in one answer, and how far back it looks.
CHANGES_CEILING = 1000
CHANGES_LOOK_BACK = timedelta(days=30)
_NO_RATE_REACHES, _LONGEST_RATE = 10**9, 40
# A minute's limit is over after a minute; a throttle that outlasts this is the monthly budget.
THROTTLE_LASTS_SECONDS = 180.0

_VOID_PARAMS = {
    "SalesReceipt": {"operation": "update", "include": "void"},
    "Payment": {"operation": "update", "include": "void"},
    "Invoice": {"operation": "void"},
}


@dataclass(frozen=True, slots=True)
class QuickBooksConnection:
    """Where a company is and how to sign in to it; `id` is the Airflow connection, `base_url` ends before `/v3`."""

    id: str
    base_url: str
    realm_id: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str
    minor_version: int = 75

    @property
    def grant(self) -> Grant:
        """How it signs in; Intuit tells of the end of all that comes of one consent only where it is asked."""
        return Grant(
            service="QuickBooks",
            connection_id=self.id,
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            token_url=self.token_url,
            how_to_connect=CONNECT_AGAIN,
            headers={"x-include-refresh-token-hard-expires-in": "true"},
        )


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One write of a batch: `id` (its `bId`, at most 10 characters) names it in the answer; `operation` is create, update or void."""

    id: str
    operation: str
    entity: str
    body: Mapping[str, Any]


class QuickBooksReader:
    """One company (realm), to be read only; safe to use from several threads."""

    def __init__(
        self,
        connection: QuickBooksConnection,
        vault: TokenVault,
        *,
        requests_per_minute: int = 480,
        requests_per_second: int = 9,
        read_seconds: float = 120.0,
        read_attempts: int = READ_ATTEMPTS,
    ) -> None:
        """The pace stays under the service's ceilings of 500 a minute and 10 a second for a company (limits page)."""
        self._connection = connection
        self._transport = Transport(
            requests_per_second=requests_per_second,
            requests_per_minute=requests_per_minute,
            read_seconds=read_seconds,
            read_attempts=read_attempts,
        )
        self._tokens = AccessTokens(connection.grant, vault, self._transport)
        self._throttled_since: dict[bool, float] = {}
        self._throttling = threading.Lock()
        self._ahead = timedelta(0)

    @property
    def clock_ahead(self) -> timedelta:
        """How far QuickBooks' clock is ahead of this machine's, to about a second, by its last answer."""
        return self._ahead

    @property
    def realm_id(self) -> str:
        """The company's id."""
        return self._connection.realm_id

    @property
    def environment(self) -> str:
        """Intuit's, of the company: `production` or `sandbox`; empty where neither is called."""
        return environment_of(self._connection.base_url)

    @property
    def calls(self) -> Counter[str]:
        """How many requests were sent, by kind (`create SalesReceipt`, `query Customer`, `cdc`, `token` …)."""
        return self._transport.calls

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows of one page of a query statement, at most 1000; Unreadable where one of them cannot be read."""
        return [readable(row) for row in self._rows(statement)]

    def query_all(self, entity: str, where: str = "", *, whole: bool = True) -> Iterator[list[dict[str, Any]]]:
        """Every row of an entity in pages of 1000, each row once; `where` is a condition without the word WHERE.

        Goes on from the last creation time and not by position, so that rows which are changed or deleted meanwhile shift nothing.
        Raises Stop when the service gives the same page over and over, and Unreadable where a row cannot be read; where they need
        not be `whole`, what cannot be read is left out, and told.
        """
        since, position, known = "", 1, set[str]()
        while True:
            after = f"MetaData.CreateTime >= {quote(since)}" if since else ""
            conditions = _where(where, after)
            given = self._rows(
                f"SELECT * FROM {entity}{conditions} ORDERBY MetaData.CreateTime "
                f"STARTPOSITION {position} MAXRESULTS {PAGE_SIZE}"
            )
            page = [readable(row) for row in given] if whole else list(legible(given, entity))
            fresh = [row for row in page if row["Id"] not in known]
            if fresh:
                yield fresh
            if len(given) < PAGE_SIZE:
                return
            if not fresh:
                raise Stop(
                    f"QuickBooks gives the same page of {entity} over and over (connection {self._connection.id})."
                )
            ids, latest = {row["Id"] for row in page}, _created(page[-1])
            if latest and latest != _created(page[0]):
                since, position, known = latest, 1, ids
            else:
                position, known = position + PAGE_SIZE, known | ids

    def count(self, entity: str, where: str = "") -> int:
        """How many rows of an entity there are; `where` as in `query_all`."""
        call = self._call(f"query {entity}")
        total = self._query_response(f"SELECT COUNT(*) FROM {entity}{_where(where)}").get("totalCount")
        if not isinstance(total, int):
            raise other_interface(call, "totalCount")
        return total

    def changes(self, entities: Sequence[str], since: datetime) -> Changes:
        """What changed since an aware time; not complete beyond 1000 objects or 30 days: then read the lists in full.

        What cannot be read of a row is left out, and told. Raises Stop where the answer does not speak of each of the entities.
        """
        if datetime.now(UTC) - since >= CHANGES_LOOK_BACK:
            return no_changes(entities, complete=False)
        call = self._call("cdc")
        params = {"entities": ",".join(entities), "changedSince": since.astimezone(UTC).isoformat(timespec="seconds")}
        return changes_in(self._read(call, "GET", "cdc", params=params), entities, call, ceiling=CHANGES_CEILING)

    def read(self, entity: str, id: str) -> dict[str, Any]:
        """One object; raises `faults.ObjectNotFound` when there is none, Unreadable when it cannot be read or is another one."""
        call = self._call(f"read {entity}")
        found = readable(member(self._read(call, "GET", f"{entity.lower()}/{id}"), entity, call))
        if found["Id"] != id:
            raise Unreadable("Id")
        return found

    def preferences(self) -> dict[str, Any]:
        """The company's preferences."""
        call = self._call("read Preferences")
        return members(member(self._read(call, "GET", "preferences"), "Preferences", call))

    def company_info(self) -> dict[str, Any]:
        """The company's name, country, time zone and plan."""
        call = self._call("read CompanyInfo")
        return members(member(self._read(call, "GET", f"companyinfo/{self.realm_id}"), "CompanyInfo", call))

    def exchange_rate(self, currency: str, day: date) -> Decimal:
        """How much of the home currency a unit of another one is on a day; RecordRefused where QuickBooks has no rate of it."""
        call = self._call("read ExchangeRate")
        params = {"sourcecurrencycode": currency, "asofdate": day.isoformat()}
        # How QuickBooks says that it has none is not documented: whatever is no rate of this currency is none.
        found = self._read(call, "GET", "exchangerate", params=params).get("ExchangeRate")
        found = found if isinstance(found, dict) else {}
        rate = _rate(found.get("Rate"))
        if rate is None or found.get("SourceCurrencyCode", currency) != currency:
            raise RecordRefused(f"{call} was answered without the rate of {currency} on {day}.")
        return rate

    def close(self) -> None:
        """Closes the pooled connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, statement: str) -> list[Any]:
        """The rows of one page as they came."""
        call, entity = self._asked(statement)
        return rows_of(self._query_response(statement), entity, call)

    def _query_response(self, statement: str) -> dict[str, Any]:
        call, _entity = self._asked(statement)
        # By POST, because a URL ends up in logs, and statements hold names and e-mail addresses.
        answer = self._read(
            call, "POST", "query", body=statement.encode(errors="replace"), content_type="application/text"
        )
        return member(answer, "QueryResponse", call)

    def _asked(self, statement: str) -> tuple[Call, str]:
        found = re.search(r"\bfrom\s+(\w+)", statement, re.IGNORECASE)
        entity = found.group(1) if found else ""
        return self._call(f"query {entity}".strip()), entity

    def _call(self, kind: str, *, writes: bool = False) -> Call:
        return Call("QuickBooks", self._connection.id, kind, writes)

    def _read(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        def attempt() -> dict[str, Any]:
            return self._payload(self._send(call, method, path, params or {}, body, content_type), call)

        return self._transport.read(attempt)

    def _send(
        self, call: Call, method: str, path: str, params: Mapping[str, str], body: bytes | None, content_type: str
    ) -> Answer:
        answer = self._transport.send(
            call,
            method,
            f"{self._connection.base_url.rstrip('/')}/v3/company/{self.realm_id}/{path}",
            sign=self._tokens.current,
            params={**params, "minorversion": str(self._connection.minor_version)},
            headers={"Content-Type": content_type},
            body=body,
        )
        if answer.date:
            self._ahead = answer.date - datetime.now(UTC)
        return answer

    def _payload(self, answer: Answer, call: Call) -> dict[str, Any]:
        """The answer's object; a throttle that lasts becomes Stop. Reads and writes have budgets of their own."""
        try:
            found = faults.payload(answer, call)
        except faults.Throttled:
            with self._throttling:
                seconds = time.monotonic() - self._throttled_since.setdefault(call.writes, time.monotonic())
            if seconds >= THROTTLE_LASTS_SECONDS:
                raise faults.lasting_throttle(call, answer.trace_id, seconds=seconds) from None
            raise
        with self._throttling:
            self._throttled_since.pop(call.writes, None)
        return found


class QuickBooks(QuickBooksReader):
    """One company (realm), to be read and written; safe to use from several threads."""

    def create(self, entity: str, body: Mapping[str, Any], *, request_id: str) -> Written:
        """Creates an object and returns it as stored; the same request id again returns the first answer."""
        return self._write(f"create {entity}", entity, body, {"requestid": request_id})

    def update(self, entity: str, body: Mapping[str, Any], *, request_id: str) -> Written:
        """Updates an object, in full or sparse as the body says, and returns it as stored."""
        return self._write(f"update {entity}", entity, body, {"requestid": request_id})

    def change(self, entity: str, record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes some properties of an object as it was read (its id and sync token), and returns it as stored.

        The same change to the same version has the same request id: sent again, it is not executed again.
        """
        body = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes}
        request_id = hashlib.sha256(f"{self.realm_id}\n{encode(body)}".encode()).hexdigest()[:36]
        return self.update(entity, body, request_id=request_id)

    def delete(self, entity: str, id: str, sync_token: str, *, request_id: str) -> None:
        """Deletes a transaction; name lists cannot be deleted, only made inactive."""
        params = {"operation": "delete", "requestid": request_id}
        self._write(f"delete {entity}", entity, {"Id": id, "SyncToken": sync_token}, params)

    def void(self, entity: str, id: str, sync_token: str, *, request_id: str) -> Written:
        """Voids a sales receipt, payment or invoice (the others cannot be voided) and returns it, its amounts 0."""
        params = {**_VOID_PARAMS[entity], "requestid": request_id}
        return self._write(f"void {entity}", entity, {"Id": id, "SyncToken": sync_token, "sparse": True}, params)

    def batch(self, items: Sequence[BatchItem], *, request_id: str) -> dict[str, Written | OrderSyncError]:
        """Sends up to 30 writes in one request; by `bId`, the object as stored, or the error that was made of that item alone.

        The same request id (36 characters at most) with the same `bId`s is not executed again. Raises what concerns the whole request.
        """
        call = self._call("batch", writes=True)
        body = {"BatchItemRequest": [_batch_item(item) for item in items]}
        answer = self._send(call, "POST", "batch", {"requestid": request_id}, encode(body).encode(), "application/json")
        rows = self._payload(answer, call).get("BatchItemResponse")
        if not isinstance(rows, list):
            raise OutcomeUnknown(f"{call} was answered without its items.", trace_id=answer.trace_id)
        by_id = {str(row.get("bId")): row for row in rows if isinstance(row, dict)}
        return {
            item.id: self._batch_outcome(item, by_id.get(item.id, {}), answer.status, answer.trace_id) for item in items
        }

    def _batch_outcome(
        self, item: BatchItem, row: Mapping[str, Any], status: int, trace_id: str
    ) -> Written | OrderSyncError:
        call = self._call(f"{item.operation} {item.entity}", writes=True)
        try:
            if found := faults.faults_in(row):
                faults.raise_fault(found, call, status=status, trace_id=trace_id)
        except OrderSyncError as error:
            return error
        try:
            return _written(row.get(item.entity), item.body, call, trace_id)
        except UnreadableAnswer as error:
            return error

    def _write(self, kind: str, entity: str, body: Mapping[str, Any], params: Mapping[str, str]) -> Written:
        call = self._call(kind, writes=True)
        sent = encode(body).encode()
        answer = self._send(call, "POST", entity.lower(), params, sent, "application/json")
        return _written(self._payload(answer, call).get(entity), body, call, answer.trace_id)


def _written(row: object, body: Mapping[str, Any], call: Call, trace_id: str) -> Written:
    """The record that a write was answered with."""
    try:
        found = readable(row)
    except Unreadable as error:
        words = f"{call} was answered without a record that can be read: {error.message}"
        raise UnreadableAnswer(words, trace_id=trace_id) from None
    if "Id" in body and found["Id"] != str(body["Id"]):
        raise UnreadableAnswer(f"{call} of {body['Id']} was answered with {found['Id']}.", trace_id=trace_id)
    return Written(found, trace_id)


def _batch_item(item: BatchItem) -> dict[str, Any]:
    voids = {"operation": "update", "optionsData": "void"} if item.operation == "void" else {}
    return {"bId": item.id, "operation": item.operation, **voids, item.entity: item.body}


def _where(*conditions: str) -> str:
    given = [condition for condition in conditions if condition]
    return " WHERE " + " AND ".join(given) if given else ""


def _rate(value: object) -> Decimal | None:
    """A rate above zero, and below any that there is; None for anything else."""
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and 0 < rate < _NO_RATE_REACHES and len(str(rate)) <= _LONGEST_RATE else None


def _created(row: Mapping[str, Any]) -> str:
    return str(row.get("MetaData", {}).get("CreateTime") or "")
