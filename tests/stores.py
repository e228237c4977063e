"""A store as tests need it: its settings, its orders and contacts as records, and both services of a sandbox to read them from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, update

from order_sync.database.history import order_history
from order_sync.database.order_status import save_decisions, save_orders
from order_sync.database.runs import Run, begin_run, read_run
from order_sync.database.tables import Order as OrderTable
from order_sync.infusionsoft.client import Infusionsoft, InfusionsoftConnection
from order_sync.infusionsoft.records import Address, Contact, Order, OrderItem, Payment, Shipping
from order_sync.quickbooks.client import QuickBooks, QuickBooksConnection
from order_sync.settings import Store
from order_sync.sync.orders.decision import Decided, Decision
from order_sync.sync.orders.snapshot import Snapshot, reading

REALM_ID = "9341450000000001"
NOON = datetime(2026, 11, 16, 19, tzinfo=UTC)
"""Monday noon in Phoenix, where the sandbox's company is."""
PHOENIX = Address("1 Main St", None, "Phoenix", "AZ", "85001", "USA", "United States")
TUCSON = Address("9 Oak Ave", "Unit 4", "Tucson", "AZ", "85701", "USA", "United States")


def settings(**changes: Any) -> Store:
    """The settings of the store `demo`; sections are dicts of what differs from the usual ones."""
    revenue = {
        "standard_item": "Sales",
        "tax_item": "Sales Tax Collected",
        "tip_item": "Tips",
        "fee_item": "Fees",
        **changes.pop("revenue", {}),
    }
    given = {"name": "demo", "time_zone": "America/Phoenix", "start_date": date(2026, 1, 1), **changes}
    return Store.model_validate({**given, "revenue": revenue})


def item(item_type: str = "PRODUCT", price: str = "108.25", **changes: Any) -> OrderItem:
    """A line of an order."""
    values: dict[str, Any] = {
        "id": "1",
        "item_type": item_type,
        "name": "Widget" if item_type == "PRODUCT" else item_type.capitalize(),
        "description": None,
        "quantity": Decimal(1),
        "price": Decimal(price),
        "discount": None,
        "product_id": None,
        "product_name": None,
        "sku": None,
        "taxable": None,
    }
    return OrderItem(**(values | changes))


def order(*items: OrderItem, **changes: Any) -> Order:
    """A paid order; its total is that of its items unless another is given."""
    lines = items or (item(),)
    total = changes.get("total", sum((line.price * line.quantity for line in lines), Decimal(0)))
    values: dict[str, Any] = {
        "id": "1001",
        "title": "Online Order",
        "status": "PAID",
        "order_type": "ONLINE",
        "source_type": "API",
        "currency": "USD",
        "total": total,
        "total_paid": total,
        "refund_total": Decimal(0),
        "contact_id": "77",
        "contact_email": "ann@example.com",
        "contact_given_name": "Ann",
        "contact_family_name": "Lee",
        "created_at": NOON,
        "modified_at": NOON,
        "ordered_at": NOON,
        "invoice_id": "5001",
        "shipping": Shipping(),
        "items": lines,
    }
    return Order(**(values | changes))


def contact(**changes: Any) -> Contact:
    """Ann Lee of Phoenix."""
    values: dict[str, Any] = {
        "id": "77",
        "given_name": "Ann",
        "middle_name": None,
        "family_name": "Lee",
        "company": None,
        "emails": ("ann@example.com",),
        "phones": (),
        "billing": PHOENIX,
        "shipping": TUCSON,
        "updated_at": NOON,
    }
    return Contact(**(values | changes))


def payment(amount: str, id: str = "1", **changes: Any) -> Payment:
    """A payment by card of the order's day; below zero, a refund."""
    values: dict[str, Any] = {
        "id": id,
        "order_id": "1001",
        "amount": Decimal(amount),
        "status": "APPROVED",
        "paid_at": NOON,
        "updated_at": NOON,
        "note": None,
        "method": "Credit Card" if Decimal(amount) > 0 else "Refund",
        "external_id": f"ch_{id}",
        "refund_of": None,
    }
    return Payment(**(values | changes))


def snapshot(of: Order | None = None, by: Contact | None = None, *payments: Payment) -> Snapshot:
    """An order with its contact and payments."""
    return Snapshot(of or order(), by or contact(), payments)


def begun(engine: Engine, run_id: str = "monday", start: datetime = NOON - timedelta(hours=12), days: int = 1) -> Run:
    """A run of the store `demo` that has just begun, over whole days in Phoenix."""
    key = begin_run(
        engine, store="demo", run_id=run_id, interval_start=start, interval_end=start + timedelta(days=days)
    )
    return read_run(engine, key)


def decided(engine: Engine, run: Run, snapshot: Snapshot, outcome: str, customer_id: str | None, status: str) -> None:
    """An order as matching leaves it, then in some status."""
    row = {"order_id": snapshot.order.id, "status": "extracted", "created_at": snapshot.order.created_at}
    save_orders(engine, "demo", run.run_key, [{**row, "reading": reading(snapshot)}], [])
    decision = Decision(outcome, customer_id=customer_id or "")
    save_decisions(engine, "demo", run.run_key, [Decided(snapshot.order.id, decision, f"It is {outcome}.", None, True)])
    put(engine, snapshot.order.id, status=status)


def put(engine: Engine, order_id: str, store: str = "demo", **columns: Any) -> None:
    """An order as a test wants it, whichever way would lead there."""
    with engine.begin() as connection:
        connection.execute(
            update(OrderTable).where(OrderTable.order_id == order_id, OrderTable.store == store).values(columns)
        )


def addressed(engine: Engine, order_id: str) -> list[Any]:
    """What an order's history says about addresses."""
    return [event for event in order_history(engine, "demo", order_id) if event.event == "address"]


@contextmanager
def infusionsoft(sandbox: Any, vault: Any) -> Iterator[Infusionsoft]:
    """The sandbox's Infusionsoft account, at any pace."""
    connection = InfusionsoftConnection(
        id="infusionsoft_demo",
        base_url=f"{sandbox.url}/infusionsoft",
        api_key="KeapAK-sandbox-service-account-key",
    )
    with Infusionsoft(connection, vault, requests_per_minute=60000, requests_per_second=1000) as client:
        yield client


@contextmanager
def quickbooks(sandbox: Any, vault: Any, realm_id: str = REALM_ID) -> Iterator[QuickBooks]:
    """A QuickBooks company of the sandbox, at any pace."""
    token_url = f"{sandbox.url}/quickbooks/oauth2/v1/tokens/bearer"
    with quickbooks_at(f"{sandbox.url}/quickbooks", token_url, vault, realm_id) as client:
        yield client


@contextmanager
def quickbooks_at(base_url: str, token_url: str, vault: Any, realm_id: str = REALM_ID) -> Iterator[QuickBooks]:
    """A QuickBooks company anywhere, at any pace."""
    connection = QuickBooksConnection(
        id=f"quickbooks_{realm_id}",
        base_url=base_url,
        realm_id=realm_id,
        client_id="sandbox-client",
        client_secret="sandbox-client-secret",
        refresh_token="sandbox-first-refresh-token" if realm_id == REALM_ID else f"first-refresh-token-{realm_id}",
        token_url=token_url,
    )
    with QuickBooks(connection, vault, requests_per_minute=60000, requests_per_second=1000) as client:
        yield client
