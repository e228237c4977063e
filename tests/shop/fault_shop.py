"""A shop whose orders are read and matched: its store, its client, and what its books and its ledger must say in the end.

Its orders come from `records`, not over HTTP: a test of faults needs dozens at once, and only QuickBooks is to go wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select

from order_sync.database.customer_keys import prepare_keys
from order_sync.database.database import reading as reading_store
from order_sync.database.orders_read import save_orders
from order_sync.database.runs import Run
from order_sync.database.tables import Order
from order_sync.database.tokens import StoreVault
from order_sync.database.writes import recorded_documents
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.documents.fields import marker
from order_sync.sync.orders.meaning import as_meant
from order_sync.sync.orders.snapshot import Snapshot, content_hash, reading
from order_sync.sync.orders.write import Write as LedgerWrite
from order_sync.sync.steps.match_customers import match_customers
from order_sync.sync.steps.refresh_customers import refresh_lists
from order_sync.sync.steps.update_addresses import update_addresses
from order_sync.tokens import TokenVault
from tests.faults.worker import Job
from tests.shop import account, runs, services, stores
from tests.shop.office import Office
from tests.shop.services import Controls

CREATE_DOCUMENT = "quickbooks create SalesReceipt"
BATCH = "quickbooks batch"
CREATE_CUSTOMER = "quickbooks create Customer"
UPDATE_CUSTOMER = "quickbooks update Customer"


@dataclass
class Shop(Office):
    """One store over a sandbox whose books know the customer Ada Lovelace and the item Widget."""

    sandbox: Controls
    engine: Engine
    quickbooks: QuickBooks
    store: Store
    settings: dict[str, Any] = field(default_factory=dict)
    ada: str = field(init=False)

    def __post_init__(self) -> None:
        self.ada = self.add_ada()
        self.add_item("Widget")
        refresh_lists(self.engine, self.quickbooks)
        prepare_keys(self.engine, self.quickbooks.realm_id, self.store.customers)

    def change(self, entity: str, id: str, **fields: object) -> None:
        """What somebody changes in QuickBooks by hand."""
        known = self.quickbooks.read(entity, id)
        body = {"Id": id, "SyncToken": known["SyncToken"], "sparse": True, **fields}
        self.quickbooks.update(entity, body, request_id=f"by hand {entity} {id} {known['SyncToken']}")

    def read(self, snapshots: Iterable[Snapshot], run_id: str = "monday") -> Run:
        """A run that has read these orders and matched their customers."""
        run, read = runs.begun(self.engine, run_id), list(snapshots)
        known = self.orders()
        recorded = recorded_documents(self.engine, self.store.name, [one.order.id for one in read])
        rows = [_row(one, known.get(one.order.id), recorded.get(one.order.id), self.store) for one in read]
        save_orders(self.engine, self.store.name, run.run_key, rows, [])
        match_customers(runs.context(self.engine, run, self.store))
        return run

    def update_addresses(self, run: Run) -> Counter[str]:
        """The step under the company's lease."""
        with self.lease() as lease, services.infusionsoft(self.sandbox, StoreVault(self.engine)) as infusionsoft:
            return update_addresses(runs.recording(self.engine, run, self.store, self.quickbooks, lease), infusionsoft)

    def job(self, run: Run, step: str = "post_orders", **how: Any) -> Job:
        """The step as a job for a `Worker`; the rest as in `Job`."""
        database = self.engine.url.render_as_string(hide_password=False)
        return Job(step, run.run_key, self.sandbox.url, database, **{"settings": self.settings, **how})

    def customers(self) -> list[dict[str, Any]]:
        """The customers in the books, Ada Lovelace left out."""
        return [customer for customer in self.records("Customer") if customer["Id"] != self.ada]

    def documents(self) -> list[dict[str, Any]]:
        """The sales receipts and invoices in the books."""
        return self.records("SalesReceipt") + self.records("Invoice")

    def orders(self) -> dict[str, Any]:
        """The orders as the store has them, by id."""
        with reading_store(self.engine) as connection:
            return {row.order_id: row for row in connection.execute(select(Order.__table__).order_by(Order.order_id))}

    def unfinished(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        """Those of the orders that are not posted yet."""
        known = self.orders()
        return [one for one in snapshots if one.order.id not in known or known[one.order.id].status != "posted"]

    def expect_each_posted_once(self, snapshots: Sequence[Snapshot], status: str = "posted") -> None:
        """One document for each order, to the cent, and the orders and the ledger know which."""
        documents = self.documents()
        assert Counter(document.get("PrivateNote") for document in documents) == Counter(
            marker(snapshot.order.id, self.store.name) for snapshot in snapshots
        )
        in_books = {document["PrivateNote"]: document for document in documents}
        orders = self.orders()
        ledger = {write.subject: write for write in self.writes("document")}
        for snapshot in snapshots:
            order, document = snapshot.order, in_books[marker(snapshot.order.id, self.store.name)]
            assert Decimal(str(document["TotalAmt"])) == order.total
            assert (orders[order.id].status, orders[order.id].document_id) == (status, document["Id"])
            assert (ledger[order.id].status, ledger[order.id].quickbooks_id) == ("posted", document["Id"])

    def expect_money_once(self, snapshots: Sequence[Snapshot]) -> None:
        """Each payment and each refund of these orders once, to the cent, and no other."""
        wanted, found = Counter[tuple[str, str, Decimal]](), Counter[tuple[str, str, Decimal]]()
        for snapshot in snapshots:
            for payment in snapshot.payments:
                entity, name = ("Payment", "payment") if payment.amount > 0 else ("RefundReceipt", "refund")
                note = f"{marker(snapshot.order.id, self.store.name)}, {name} {payment.id}"
                if entity == "RefundReceipt" or self.records("Invoice"):
                    wanted[entity, note, abs(payment.amount)] += 1
        for entity in ("Payment", "RefundReceipt"):
            for record in self.records(entity):
                found[entity, record["PrivateNote"], Decimal(str(record["TotalAmt"]))] += 1
        assert found == wanted
        ledger = [*self.writes("payment"), *self.writes("refund")]
        assert {write.status for write in ledger} <= {"posted"}
        assert sum(wanted.values()) == len({write.quickbooks_id for write in ledger})
        for invoice in self.records("Invoice"):
            [of] = [one for one in snapshots if invoice["PrivateNote"] == marker(one.order.id, self.store.name)]
            open_amount = of.order.total - sum(one.amount for one in of.payments if one.amount > 0)
            assert Decimal(str(invoice["Balance"])) == open_amount

    def expect_each_person_once(self, snapshots: Sequence[Snapshot]) -> None:
        """One customer for each person, and each order knows its own."""
        customers = self.customers()
        assert Counter(customer["DisplayName"] for customer in customers) == Counter(
            {snapshot.name for snapshot in snapshots}
        )
        ids = {customer["DisplayName"]: customer["Id"] for customer in customers}
        orders = self.orders()
        assert {snapshot.order.id: orders[snapshot.order.id].customer_id for snapshot in snapshots} == {
            snapshot.order.id: ids[snapshot.name] for snapshot in snapshots
        }


@contextmanager
def open_shop(sandbox: Controls, engine: Engine, vault: TokenVault, **settings: Any) -> Iterator[Shop]:
    """A shop over an empty sandbox; `settings` as `stores.settings` takes them."""
    with services.quickbooks(sandbox, vault) as quickbooks:
        yield Shop(sandbox, engine, quickbooks, stores.settings(**settings), settings)


def _row(snapshot: Snapshot, known: Any, recorded: LedgerWrite | None, store: Store) -> dict[str, Any]:
    """As the extraction leaves it; one that has its document, as it was sent, is never matched again."""
    order, status = snapshot.order, "extracted"
    if known and recorded and not recorded.code:
        status = "posted" if known.status in ("extracted", "matched") else known.status
    return {
        "order_id": order.id,
        "contact_id": order.contact_id,
        "ordered_at": order.ordered_at,
        "created_at": order.created_at,
        "currency": order.currency,
        "total_minor": account.money(order.total, order.currency)["amount"],
        "reading": reading(snapshot, as_meant(snapshot, store)),
        "content_hash": content_hash(order),
        "status": status,
    }
