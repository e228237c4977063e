"""A few buyers and customers in the sandbox, a run of the store's Dag, and what it left in the books, the store and the contacts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, select

from order_sync.database.history import order_history
from order_sync.database.orders import orders_by_id
from order_sync.database.tables import Order
from order_sync.database.tokens import StoreVault
from tests.shop import account, services
from tests.shop.account import Account, Json
from tests.shop.books import Books
from tests.shop.records import NOON

SYNC = "sync_orders__demo"


def in_quickbooks(place: str) -> Json:
    """One of the places as QuickBooks writes it."""
    where = account.PLACES[place]
    return {
        "Line1": where["line1"],
        "City": where["locality"],
        "CountrySubDivisionCode": where["region_code"][-2:],
        "PostalCode": where["postal_code"],
        "Country": where["country_code"],
    }


@dataclass(frozen=True)
class Till(Books):
    """The store `demo` over an empty sandbox. Each order has a contact of its own; order 7 comes to 10.07."""

    sandbox: Any
    engine: Engine
    folder: Path

    def set(self, **customers: object) -> None:
        """The store's settings: those of the demo, with another `customers` section."""
        demo = yaml.safe_load((self.folder / "demo.yaml").read_text())
        self.write("demo", {**demo, "customers": customers})

    def configure(self, **sections: Mapping[str, object]) -> None:
        """The store's settings: those of the demo, with other keys in these sections."""
        demo = yaml.safe_load((self.folder / "demo.yaml").read_text())
        self.write("demo", demo | {name: {**demo.get(name, {}), **changes} for name, changes in sections.items()})

    def write(self, store: str, settings: Mapping[str, object]) -> None:
        """A settings file."""
        (self.folder / f"{store}.yaml").write_text(yaml.safe_dump(dict(settings)))

    def sell(
        self,
        number: int,
        name: str = "",
        email: str | None = None,
        *,
        bill: str | None = None,
        ship: str | None = None,
        own: str | None = None,
        currency: str = "USD",
        at: datetime = NOON,
    ) -> None:
        """A paid order of that number; `bill` and `ship` are places of the contact, `own` is the order's."""
        given, _, family = name.partition(" ")
        who = {"given_name": given or None, "family_name": family or None}
        id, moment = _contact_of(number), at.isoformat()
        times = {"create_time": moment, "update_time": moment}
        contact = account.contact(id=id, email=email, bill=bill, ship=ship, phone_numbers=[], **who, **times)
        self.account.put("contact", contact)
        total = f"{10 + Decimal(number) / 100:.2f}"
        order = account.order(
            str(number),
            total=total,
            currency=currency,
            items=[{"price": total, "name": "Sales"}],
            ordered_at=moment,
            creation_time=moment,
            modification_time=moment,
            title=f"Order {number}",
            source_type="API",
            contact={"id": id, "email": email, **who},
            shipping_information={"address": account.address(own, "SHIPPING")} if own else None,
        )
        self.account.put("order", order)

    def change(self, number: int, at: datetime = NOON, **fields: Any) -> None:
        """An order is edited; amounts are given as `total="90.00"`, and the total is that of its one line."""
        lines = [{"price": fields["total"], "name": "Sales"}] if "total" in fields else []
        self.account.change(number, at, *lines, **fields)

    def tax(self, number: int, amount: str) -> None:
        """An order has so much sales tax, as a line of its own."""
        order = self.account.find(number)
        lines = [*order["order_items"], {"id": "2", **account.item(amount, "Tax", "TAX")}]
        total = account.amount(order["total"]) + Decimal(amount)
        self.account.change(number, NOON, order_items=lines, total=str(total))

    def pay(self, number: int, amount: str, at: datetime = NOON) -> None:
        """Money comes in for an order; below zero, it goes back."""
        self.account.move(number, amount, at, str(100 * number + len(self.account.all("payment"))))

    def owe(self, number: int, total: str, name: str = "Ann Lee", *, at: datetime = NOON) -> None:
        """An order of that total that nobody has paid yet."""
        self.sell(number, name, f"{name.split()[0].lower()}@example.com", at=at)
        self.change(number, at, total=total, total_paid="0.00", status="SENT")

    @property
    def account(self) -> Account:
        return Account(self.sandbox)

    def enter(
        self,
        name: str,
        email: str | None = None,
        *,
        bill: str | None = None,
        ship: str | None = None,
        entity: str = "Customer",
        **more: object,
    ) -> str:
        """What somebody enters in QuickBooks by hand; gives its id."""
        given, _, family = name.partition(" ")
        body: dict[str, Any] = {"DisplayName": name, "GivenName": given, "FamilyName": family or None, **more}
        body |= {"PrimaryEmailAddr": {"Address": email}} if email else {}
        body |= {"BillAddr": in_quickbooks(bill)} if bill else {}
        body |= {"ShipAddr": in_quickbooks(ship)} if ship else {}
        return str(self.add(entity, **body)["Id"])

    def correct(self, customer_id: str, **fields: object) -> None:
        """What somebody changes in QuickBooks by hand."""
        with services.quickbooks(self.sandbox, StoreVault(self.engine)) as quickbooks:
            known = quickbooks.read("Customer", customer_id)
            body = {"Id": customer_id, "SyncToken": known["SyncToken"], "sparse": True, **fields}
            quickbooks.update("Customer", body, request_id=f"by hand {customer_id} {known['SyncToken']}")

    def customers(self) -> dict[str, dict[str, Any]]:
        """The customers in the books, by id."""
        return {one["Id"]: one for one in self.records("Customer")}

    def named(self, name: str) -> dict[str, Any]:
        """The one customer in the books of that name."""
        [found] = [one for one in self.customers().values() if one["DisplayName"] == name]
        return found

    def receipts(self) -> dict[str, dict[str, Any]]:
        """The documents in the books, by number."""
        found = self.records("SalesReceipt")
        numbers = {one["DocNumber"]: one for one in found}
        assert len(numbers) == len(found), "a number is there twice"
        return numbers

    def books(self) -> list[str]:
        """All documents, payments and refunds: order, kind, total and day of each."""
        kinds = ("SalesReceipt", "Invoice", "Payment", "RefundReceipt", "CreditMemo", "Purchase")
        return sorted(
            f"{_subject(one['PrivateNote'])} {kind} {one['TotalAmt']:.2f} {one['TxnDate'][5:]}"
            for kind in kinds
            for one in self.records(kind)
        )

    def written(self) -> dict[str, int]:
        """The calls since they were last forgotten that could change something in either service."""
        reads = ("list ", "get ", "query ", "read ", "cdc", "token", "companyinfo", "preferences", "count ")
        kinds = self.sandbox.get("/_sandbox/calls")
        return {kind: 1 for kind in kinds if not kind.partition(" ")[2].startswith(reads)}

    def buyers(self) -> dict[str, str]:
        """The name of each document's customer, by the document's number."""
        customers = self.customers()
        return {
            number: customers[one["CustomerRef"]["value"]]["DisplayName"] for number, one in self.receipts().items()
        }

    def contact(self, number: int) -> dict[str, str]:
        """The streets of an order's contact in Infusionsoft, by kind of address."""
        [contact] = [one for one in self.account.all("contact") if one["id"] == _contact_of(number)]
        return {address["field"]: address["line1"] for address in contact["addresses"]}

    def order(self, number: int, store: str = "demo") -> Any:
        """An order's row, with its decision."""
        [row] = orders_by_id(self.engine, store, [str(number)])
        return row

    def states(self) -> dict[int, str]:
        """Of each order of the store `demo` its status, with the code behind it where it has one."""
        with self.engine.connect() as connection:
            rows = list(connection.execute(select(Order.__table__).where(Order.store == "demo")))
        return {int(row.order_id): " ".join(filter(None, (row.status, row.code))) for row in rows}

    def history(self, number: int) -> str:
        """What happened to an order, in words."""
        return "\n".join(event.message for event in order_history(self.engine, "demo", str(number)))


def _contact_of(number: int) -> str:
    """The id of the contact of an order."""
    return str(5000 + number)


def _subject(note: str) -> str:
    """The order, or the day, that a document is about; a voided one says only that."""
    if note == "Voided":
        return "voided"
    order = re.search(r"Infusionsoft order (\d+)", note)
    return order[1] if order else note.partition("daily sales of ")[2].partition(" (")[0]


def streets(record: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The places of a customer or a document: billing, shipping."""
    names = {where["line1"]: place for place, where in account.PLACES.items()}
    billing, shipping = (names.get((record.get(field) or {}).get("Line1")) for field in ("BillAddr", "ShipAddr"))
    return billing, shipping
