"""An Infusionsoft account with a handful of records, and ways to ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from include.sandbox import infusionsoft
from include.sandbox.infusionsoft import account, oauth, records
from include.sandbox.state import State

Ask = Callable[..., Any]
Make = Callable[..., dict[str, Any]]


def money(cents: int) -> dict[str, Any]:
    return {"amount": cents, "currency_code": "USD", "formatted_amount": f"${cents / 100:,.2f}"}


def make_order(number: int, **more: Any) -> dict[str, Any]:
    """Order 1000 + number, made and last changed at minute `number` of an hour, with one line."""
    time = f"2026-11-16T15:{number:02}:00.000Z"
    line = {"id": str(number), "item_type": "PRODUCT", "name": "Pen", "quantity": 1, "price_per_unit": money(1000)}
    return {
        "id": str(1000 + number),
        "title": f"Order {number}",
        "status": "PAID",
        "order_type": "ONLINE",
        "source_type": "API",
        "total": money(1000),
        "total_paid": money(1000),
        "total_due": money(1000),
        "refund_total": money(0),
        "contact": {"id": "77", "email": "ann@example.com", "given_name": "Ann", "family_name": "Lee"},
        "creation_time": time,
        "modification_time": time,
        "order_time": time,
        "invoice_id": str(5000 + number),
        "order_items": [{**line, "product": {"id": str(10 + number % 2), "name": "Pen", "sku": f"P-{number}"}}],
        **more,
    }


def make_payment(id: str, amount: float, *order_ids: str, **more: Any) -> dict[str, Any]:
    """A card payment of the sixteenth at 15:00 UTC."""
    return {
        "id": id,
        "type": "Credit Card",
        "amount": amount,
        "status": "APPROVED",
        "payment_time": "2026-11-16T15:00:00.000Z",
        "update_time": "2026-11-16T15:00:00.000Z",
        "contact_id": "77",
        "order_ids": list(order_ids),
        "merchant_account_id": "1",
        "merchant_account_type": "STRIPE",
        **more,
    }


@pytest.fixture
def order() -> Make:
    return make_order


@pytest.fixture
def payment() -> Make:
    return make_payment


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "sandbox.sqlite")
    state.create(infusionsoft.SCHEMA)
    with state.transaction() as connection:
        account.open_account(connection, name="Shop", time_zone="America/Phoenix", currency="USD")
    return state


@pytest.fixture
def put(state: State) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Adds a record as the control pages do."""

    def put(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        with state.transaction() as connection:
            return records.put(connection, kind, body)

    return put


@pytest.fixture
def app(state: State) -> FastAPI:
    app = FastAPI()
    app.include_router(infusionsoft.router(state), prefix="/infusionsoft")
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client without a key."""
    with TestClient(app, base_url="http://sandbox/infusionsoft/", follow_redirects=False) as client:
        yield client


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """Gets a path of REST v2 with the service account key and returns the answer's JSON; checks the status."""

    def ask(path: str, *, status: int = 200, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {oauth.SERVICE_ACCOUNT_KEY}"}
        answer = client.get(f"rest/v2/{path}", params=query, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture
def ids(ask: Ask) -> Callable[..., list[str]]:
    """The ids in a list that a filter lets through."""

    def ids(path: str, filter: str = "", **query: Any) -> list[str]:
        answer = ask(path, filter=filter, **query)
        records = next(value for name, value in answer.items() if name != "next_page_token")
        return [record["id"] for record in records]

    return ids
