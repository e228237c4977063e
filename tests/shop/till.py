"""A few buyers and customers in the sandbox, a run of the store's Dag, and what it left in the books, the store and the contacts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, select

from order_sync.database.history import order_history
from order_sync.database.orders import orders_by_id
from order_sync.database.tables import Order
from order_sync.database.tokens import StoreVault
from tests.shop import records, services

SYNC = "sync_orders__demo"
CONTACT_OF_ORDER = 5000
"""Added to an order's number it is the id of its contact."""

PLACES = {
    "old": ("417 Quarry Bluff Terrace", "Boston", "US-MA", "02110"),
    "new": ("9 Ox Way", "Phoenix", "US-AZ", "85001"),
    "office": ("1 Web Road", "Austin", "US-TX", "78701"),
    "dock": ("62 Harbour Dock", "San Diego", "US-CA", "92101"),
}


def in_infusionsoft(place: str, field: str = "BILLING") -> dict[str, Any]:
    """One of the places as Infusionsoft writes it."""
    line1, locality, region, code = PLACES[place]
    return {
        "field": field,
        "line1": line1,
        "locality": locality,
        "region_code": region,
        "postal_code": code,
        "zip_code": code,
        "country_code": "USA",
    }


def in_quickbooks(place: str) -> dict[str, Any]:
    """One of the places as QuickBooks writes it."""
    line1, city, region, code = PLACES[place]
    return {
        "Line1": line1,
        "City": city,
        "CountrySubDivisionCode": region[-2:],
        "PostalCode": code,
        "Country": "USA",
    }


@dataclass(frozen=True)
class Till:
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
        at: datetime = records.NOON,
    ) -> None:
        """A paid order of that number; `bill` and `ship` are places of the contact, `own` is the order's."""
        given, _, family = name.partition(" ")
        who = {"given_name": given or None, "family_name": family or None}
        contact_id, moment = str(CONTACT_OF_ORDER + number), at.isoformat()
        places = {"BILLING": bill, "SHIPPING": ship}
        contact = {
            "id": contact_id,
            **who,
            "email_addresses": [{"email": email, "field": "EMAIL1"}] if email else [],
            "phone_numbers": [],
            "addresses": [in_infusionsoft(place, field) for field, place in places.items() if place],
            "create_time": moment,
            "update_time": moment,
        }
        self.sandbox.put("/_sandbox/infusionsoft/contact", contact)
        total = {"amount": 1000 + number, "currency_code": "USD"}
        item = {"id": "1", "item_type": "PRODUCT", "name": "Sales", "quantity": 1, "price_per_unit": total}
        order = {
            "id": str(number),
            "title": f"Order {number}",
            "status": "PAID",
            "contact": {"id": contact_id, "email": email, **who},
            "source_type": "API",
            "total": total,
            "total_paid": total,
            "creation_time": moment,
            "order_time": moment,
            "order_items": [item],
            "shipping_information": {"address": in_infusionsoft(own, "SHIPPING")} if own else None,
        }
        self.sandbox.put("/_sandbox/infusionsoft/order", order)

    def change(self, number: int, at: datetime = records.NOON, **fields: int | str) -> None:
        """An order is edited: `total`, `total_paid` and `refund_total` are in cents, and the total is that of its first line."""
        order = self._in_infusionsoft(number)
        money = ("total", "total_paid", "refund_total")
        amounts = {name: {"amount": fields[name], "currency_code": "USD"} for name in money if name in fields}
        if "total" in fields:
            order["order_items"][0]["price_per_unit"] = amounts["total"]
        others = {name: value for name, value in fields.items() if name not in money}
        self.sandbox.put(
            "/_sandbox/infusionsoft/order", {**order, **others, **amounts, "modification_time": at.isoformat()}
        )

    def tax(self, number: int, cents: int) -> None:
        """An order has so much sales tax, as a line of its own."""
        order, tax = self._in_infusionsoft(number), {"amount": cents, "currency_code": "USD"}
        order["order_items"].append(
            {"id": "2", "item_type": "TAX", "name": "Tax", "quantity": 1, "price_per_unit": tax}
        )
        order["total"]["amount"] += cents
        self.sandbox.put("/_sandbox/infusionsoft/order", order)

    def pay(self, number: int, cents: int, at: datetime = records.NOON) -> None:
        """Money comes in for an order; below zero, it goes back."""
        order, name = self._in_infusionsoft(number), "total_paid" if cents > 0 else "refund_total"
        moved = (order.get(name) or {"amount": 0})["amount"] + abs(cents)
        is_paid = name == "total_paid" and moved >= order["total"]["amount"]
        self.change(number, at, status="PAID" if is_paid else order["status"], **{name: moved})
        payment = {
            "type": "Credit Card" if cents > 0 else "Refund",
            "amount": cents / 100,
            "status": "APPROVED",
            "payment_time": at.isoformat(),
            "update_time": at.isoformat(),
            "contact_id": order["contact"]["id"],
            "order_ids": [str(number)],
        }
        self.sandbox.put("/_sandbox/infusionsoft/payment", payment)

    def owe(self, number: int, cents: int, name: str = "Ann Lee", *, at: datetime = records.NOON) -> None:
        """An order of that total that nobody has paid yet."""
        self.sell(number, name, f"{name.split()[0].lower()}@example.com", at=at)
        self.change(number, at, total=cents, total_paid=0, status="SENT")

    def _in_infusionsoft(self, number: int) -> dict[str, Any]:
        found = self.sandbox.get("/_sandbox/infusionsoft/order")
        [order] = [one for one in found if one["id"] == str(number)]
        return dict(order)

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
        return str(self.sandbox.post(f"/_sandbox/quickbooks/{entity}", body)["Id"])

    def correct(self, customer_id: str, **fields: object) -> None:
        """What somebody changes in QuickBooks by hand."""
        with services.quickbooks(self.sandbox, StoreVault(self.engine)) as quickbooks:
            known = quickbooks.read("Customer", customer_id)
            body = {"Id": customer_id, "SyncToken": known["SyncToken"], "sparse": True, **fields}
            quickbooks.update("Customer", body, request_id=f"by hand {customer_id} {known['SyncToken']}")

    def fail(self, kind: str, status: int, body: str) -> None:
        """The next call of a kind is refused."""
        rule = {"kind": kind, "next": 1, "what": "fault", "status": status, "body": body}
        self.sandbox.post("/_sandbox/faults", rule)

    def calls(self, kind: str) -> dict[str, int]:
        """How many calls of a kind arrived, by outcome."""
        found: dict[str, int] = self.sandbox.get("/_sandbox/calls").get(kind, {})
        return found

    def customers(self) -> dict[str, dict[str, Any]]:
        """The customers in the books, by id."""
        return {one["Id"]: one for one in self.sandbox.get("/_sandbox/quickbooks/Customer")}

    def named(self, name: str) -> dict[str, Any]:
        """The one customer in the books of that name."""
        [found] = [one for one in self.customers().values() if one["DisplayName"] == name]
        return found

    def receipts(self) -> dict[str, dict[str, Any]]:
        """The documents in the books, by number."""
        found = self.sandbox.get("/_sandbox/quickbooks/SalesReceipt")
        numbers = {one["DocNumber"]: one for one in found}
        assert len(numbers) == len(found), "a number is there twice"
        return numbers

    def books(self) -> list[str]:
        """All documents, payments and refunds: order, kind, total and day of each."""
        kinds = ("SalesReceipt", "Invoice", "Payment", "RefundReceipt", "CreditMemo")
        return sorted(
            f"{_subject(one['PrivateNote'])} {kind} {one['TotalAmt']:.2f} {one['TxnDate'][5:]}"
            for kind in kinds
            for one in self.sandbox.get(f"/_sandbox/quickbooks/{kind}")
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
        found = self.sandbox.get("/_sandbox/infusionsoft/contact")
        [contact] = [one for one in found if one["id"] == str(CONTACT_OF_ORDER + number)]
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


def _subject(note: str) -> str:
    """The order, or the day, that a document is about; a voided one says only that."""
    if note == "Voided":
        return "voided"
    order = re.search(r"Infusionsoft order (\d+)", note)
    return order[1] if order else note.partition("daily sales of ")[2].partition(" (")[0]


def streets(record: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The places of a customer or a document: billing, shipping."""
    names = {line1: place for place, (line1, *_rest) in PLACES.items()}
    billing, shipping = (names.get((record.get(field) or {}).get("Line1")) for field in ("BillAddr", "ShipAddr"))
    return billing, shipping
