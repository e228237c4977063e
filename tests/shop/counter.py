"""A shop counter: what a test sells, is paid and gives back in Infusionsoft, the runs of its days, and the books afterwards.

Day 0 is Monday, 16 November 2026; everything happens at noon in Phoenix unless a test says otherwise. The books know the customer Ada
Lovelace and the item Widget.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact
from typing import Any

from sqlalchemy import Engine, select

from order_sync.database.customer_keys import prepare_keys
from order_sync.database.database import reading
from order_sync.database.runs import Run, begin_run, read_run
from order_sync.database.tables import Order
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import Store
from order_sync.sync.steps.extract_orders import extract_orders
from order_sync.sync.steps.match_customers import match_customers
from order_sync.sync.steps.refresh_customers import refresh_changes
from order_sync.sync.steps.update_addresses import update_addresses
from order_sync.tokens import TokenVault
from tests.shop import account, records, runs, services, stores
from tests.shop.account import Account, Json
from tests.shop.office import Office
from tests.shop.services import Controls

DOCUMENTS = ("SalesReceipt", "Invoice", "RefundReceipt", "CreditMemo", "Purchase")


def moment(day: int) -> datetime:
    """Noon of a day in Phoenix."""
    return records.NOON + timedelta(days=day)


def line(
    price: str,
    name: str = "Widget",
    kind: str = "PRODUCT",
    *,
    quantity: int = 1,
    taxable: bool | None = None,
) -> Json:
    """A line to sell, as `account.item` takes it; a product's SKU is its name."""
    if kind != "PRODUCT":
        return {"price": price, "name": kind.capitalize(), "kind": kind, "quantity": quantity}
    product = {"id": "1", "name": name, "sku": name, "taxable": taxable}
    return {"price": price, "name": name, "quantity": quantity, "product": product}


def refusal(code: str, words: str) -> Json:
    """A fault by which QuickBooks refuses one record, for `fail`."""
    fault = {"Error": [{"Message": words, "Detail": words, "code": code}], "type": "ValidationFault"}
    return {"what": "fault", "status": 400, "body": json.dumps({"Fault": fault})}


@dataclass
class ShopCounter(Office):
    """One store over an empty sandbox; `set` chooses its settings."""

    sandbox: Controls
    engine: Engine
    infusionsoft: Infusionsoft
    quickbooks: QuickBooks
    store: Store = field(default_factory=stores.settings)
    ada: str = field(init=False)
    _runs: int = 0
    _last: int = 0
    _payments: int = 0

    def __post_init__(self) -> None:
        self.ada = self.add_ada()
        self.add_item("Widget")

    @property
    def account(self) -> Account:
        return Account(self.sandbox)

    # What happens in Infusionsoft.

    def sell(
        self,
        number: int,
        *lines: Json,
        day: int = 0,
        name: str = "Ada Lovelace",
        email: str = "ada@example.com",
        currency: str = "USD",
        **fields: object,
    ) -> None:
        """An order of that number that nobody has paid yet; of one Widget for 100.00 unless lines are given."""
        given, _, family = name.partition(" ")
        who, id, at = {"given_name": given, "family_name": family}, str(5000 + number), moment(day).isoformat()
        self.account.put("contact", account.contact(id=id, email=email, bill=None, **who))
        order = account.order(
            str(number),
            items=[],
            total="0.00",
            refunded="0.00",
            currency=currency,
            ordered_at=at,
            creation_time=at,
            title=f"Order {number}",
            status="SENT",
            source_type="API",
            contact={"id": id, "email": email, **who},
        )
        self.account.put("order", order)
        self.change(number, *(lines or (line("100.00"),)), day=day, **fields)

    def change(self, number: int, *lines: Json, day: int = 0, **fields: object) -> None:
        """Edits an order: other lines, or other fields; amounts are given as `total="90.00"`, the total is that of the lines."""
        self.account.change(number, moment(day), *lines, **fields)

    def pay(
        self, number: int, amount: str = "100.00", *, day: int = 0, method: str = "Credit Card", **fields: object
    ) -> str:
        """A payment of an order, which is PAID once all of it came in; gives the payment's id."""
        return self._move(number, amount, day, method=method, **fields)

    def give_back(
        self, number: int, amount: str = "100.00", *, day: int = 0, of: str | None = None, **fields: object
    ) -> str:
        """A refund of an order, of a certain payment where one is named; gives the refund's id."""
        refund = self._move(number, f"-{amount}", day, **fields)
        if of:
            [payment] = [one for one in self.account.all("payment") if one["id"] == of]
            self.account.put("payment", {**payment, "refund_payment_id": refund})
        return refund

    def _move(self, number: int, amount: str, day: int, **fields: Any) -> str:
        self._payments += 1
        id = str(fields.pop("id", number * 100 + self._payments))
        self.account.move(number, amount, moment(day), id, **fields)
        return id

    def take_back(self, payment_id: str) -> None:
        """Somebody deletes a payment or refund in Infusionsoft."""
        self.sandbox.delete(f"/_sandbox/infusionsoft/payment/{payment_id}")

    # What happens in QuickBooks by hand, and what goes wrong.

    def edit(self, entity: str, number: str, **fields: object) -> None:
        """What somebody changes on a document; without fields it is only opened and saved."""
        known = self._fresh(entity, number)
        body = {"Id": known["Id"], "SyncToken": known["SyncToken"], "sparse": True, "Line": known["Line"], **fields}
        self.quickbooks.update(entity, body, request_id=_by_hand("edit", entity, known))

    def delete(self, entity: str, number: str) -> None:
        """Somebody deletes a document."""
        known = self._fresh(entity, number)
        self.quickbooks.delete(entity, known["Id"], known["SyncToken"], request_id=_by_hand("delete", entity, known))

    def company(self, **settings: object) -> None:
        """How the company is set, as `PUT /_sandbox/company` takes it."""
        self.sandbox.put("/_sandbox/company", settings)

    # The runs.

    def set(self, **settings: Any) -> None:
        """The store's settings from now on, as `stores.settings` takes them."""
        self.store = stores.settings(**settings)

    def prepare(self, day: int, days: int = 1) -> Run:
        """A new run over a day, up to its customers."""
        run = self.match(day, days)
        self.create_customers(run)
        return run

    def match(self, day: int, days: int = 1) -> Run:
        """A new run over a day (or several from it on) alone, as a backfill is, up to the decisions about its customers."""
        self._runs, self._last = self._runs + 1, day
        start = moment(day) - timedelta(hours=12)
        key = begin_run(
            self.engine,
            store=self.store.name,
            run_id=f"{self._runs}, of day {day}",
            interval_start=start,
            interval_end=start + timedelta(days=days),
            is_backfill=True,
        )
        run, realm_id = read_run(self.engine, key), self.quickbooks.realm_id
        refresh_changes(self.engine, self.quickbooks)
        prepare_keys(self.engine, realm_id, self.store.customers)
        extract_orders(runs.context(self.engine, run, self.store), self.infusionsoft)
        match_customers(runs.context(self.engine, run, self.store))
        return run

    def update_addresses(self, run: Run) -> Counter[str]:
        """The step under the company's lease."""
        with self.lease() as lease:
            return update_addresses(
                runs.recording(lease.guard(self.engine), run, self.store, self.quickbooks, lease), self.infusionsoft
            )

    def run(self, day: int) -> Counter[str]:
        """All steps of a new run over a day."""
        return self.post(self.prepare(day))

    def expect_quiet(self) -> None:
        """A run over the same day and the day after sends nothing, and leaves books and orders as they are."""
        before = self.sent(), self.books(), self.states()
        self.post(self.prepare(self._last, days=2))
        assert (self.sent(), self.books(), self.states()) == before

    # The books, the store and the ledger.

    def books(self) -> list[str]:
        """Every document and payment in a line: `Invoice IS-1 11-16 100.00 open 60.00`, `Payment IS-1 11-17 40.00`."""
        kinds = {"Invoice": "Invoice", "Expense": "Purchase"}
        numbers = {
            (kind, one["Id"]): one.get("DocNumber", "-") for kind, of in kinds.items() for one in self.records(of)
        }
        lines = []
        for entity in DOCUMENTS:
            for one in sorted(
                self.records(entity), key=lambda one: str(one.get("DocNumber", "-"))
            ):  # sent side by side
                told = [entity, one.get("DocNumber", "-"), one["TxnDate"][5:], cents(one["TotalAmt"])]
                told += ["open", cents(one["Balance"])] if entity == "Invoice" else []
                lines.append(" ".join(told + (["voided"] if "Voided" in one.get("PrivateNote", "") else [])))
        for one in sorted(
            self.records("Payment"), key=lambda one: (one["TxnDate"], one["PrivateNote"])
        ):  # sent side by side
            links = {(row["LinkedTxn"][0]["TxnType"], row["LinkedTxn"][0]["TxnId"]): row for row in one.get("Line", [])}
            credits = sum(row["Amount"] for (kind, _id), row in links.items() if kind == "CreditMemo")
            paid = [numbers[link] for link in links if link[0] != "CreditMemo"]
            pays = sum(row["Amount"] for (kind, _id), row in links.items() if kind != "CreditMemo")
            assert cents(pays) == cents(one["TotalAmt"] - one["UnappliedAmt"] + credits)
            lines.append(f"Payment {' '.join(paid) or 'of nothing'} {one['TxnDate'][5:]} {cents(one['TotalAmt'])}")
        return lines

    def document(self, entity: str, number: str) -> Json:
        """The one document of that number."""
        [found] = [one for one in self.records(entity) if one.get("DocNumber") == number]
        return found

    def payments(self) -> list[Json]:
        """The payments in the books, oldest first."""
        return self.records("Payment")

    def sold(self, entity: str, number: str) -> list[str]:
        """The lines of a document: `Widget 100.00 NON`, `discount 10.00`."""
        names = {one["Id"]: one["Name"] for one in self.records("Item")} | {"SHIPPING_ITEM_ID": "shipping"}
        lines = []
        for one in self.document(entity, number)["Line"]:
            detail = one.get("SalesItemLineDetail")
            if detail:
                lines.append(
                    f"{names[detail['ItemRef']['value']]} {cents(one['Amount'])} {detail['TaxCodeRef']['value']}"
                )
            elif one["DetailType"] == "DiscountLineDetail":
                lines.append(f"discount {cents(one['Amount'])}")
        return lines

    def sent(self) -> dict[str, int]:
        """How many writes of each kind have arrived at QuickBooks, whatever was answered: `create Invoice`."""
        calls = self.sandbox.get("/_sandbox/calls")
        kinds = ("quickbooks create", "quickbooks update", "quickbooks void", "quickbooks delete", "quickbooks batch")
        return {
            kind.removeprefix("quickbooks "): sum(number.values())
            for kind, number in calls.items()
            if kind.startswith(kinds)
        }

    def order(self, number: int) -> Any:
        """An order's row."""
        with reading(self.engine) as connection:
            return connection.execute(select(Order.__table__).where(Order.order_id == str(number))).one()

    def state(self, number: int = 1) -> str:
        """An order's status, with the code behind it where it has one: `held OVERPAID`."""
        return self.states()[number]

    def states(self) -> dict[int, str]:
        """The state of every order."""
        with reading(self.engine) as connection:
            rows = list(connection.execute(select(Order.__table__).where(Order.store == self.store.name)))
        return {int(row.order_id): " ".join(filter(None, (row.status, row.code))) for row in rows}

    def ledger(self, kind: str) -> list[str]:
        """The rows of a kind, oldest first: `1/101 generation 2 posted`."""
        return [f"{row.subject} generation {row.generation} {row.status}" for row in self.writes(kind)]

    def _fresh(self, entity: str, number: str) -> Json:
        return self.quickbooks.read(entity, self.document(entity, number)["Id"])


@contextmanager
def open_counter(sandbox: Controls, engine: Engine, vault: TokenVault) -> Iterator[ShopCounter]:
    """A counter over an empty sandbox."""
    with services.quickbooks(sandbox, vault) as quickbooks, services.infusionsoft(sandbox, vault) as infusionsoft:
        yield ShopCounter(sandbox, engine, infusionsoft, quickbooks)


def cents(amount: object) -> str:
    """An amount to the cent; what is no whole cent is an error."""
    return str(Decimal(str(amount)).quantize(Decimal("0.01"), context=Context(traps=[Inexact])))


def _by_hand(what: str, entity: str, known: Json) -> str:
    return f"{what} {entity} {known['Id']} {known['SyncToken']}"
