"""The Infusionsoft account: orders, lines, payments and contacts as its REST API gives them.

The usual order is that of one Widget for 100.00, online, by Ann Lee of Phoenix, paid in full. Everything is plain JSON; amounts are given
as text, and stand in the JSON as the API has them: whole numbers of the smallest unit in orders, numbers of the currency in payments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

MOMENT = "2026-11-16T19:00:00.000Z"
"""Monday noon in Phoenix."""
AMOUNTS = ("total", "total_paid", "refund_total")
DECIMAL_PLACES = {"JPY": 0, "KWD": 3}
SKUS = {"Widget": "W-1", "Gift": "G-2"}
PLACES: dict[str, Json] = {
    "Phoenix": {
        "line1": "1 Main St",
        "locality": "Phoenix",
        "region_code": "US-AZ",
        "postal_code": "85001",
        "country_code": "USA",
    },
    "Tucson": {
        "line1": "9 Oak Ave",
        "line2": "Unit 4",
        "locality": "Tucson",
        "region_code": "US-AZ",
        "postal_code": "85701",
        "country_code": "USA",
    },
}
for name, line1, city, state, code in (
    ("old", "417 Quarry Bluff Terrace", "Boston", "US-MA", "02110"),
    ("new", "9 Ox Way", "Phoenix", "US-AZ", "85001"),
    ("office", "1 Web Road", "Austin", "US-TX", "78701"),
    ("dock", "62 Harbour Dock", "San Diego", "US-CA", "92101"),
):
    where = {"line1": line1, "locality": city, "region_code": state, "postal_code": code, "zip_code": code}
    PLACES[name] = {**where, "country_code": "USA"}
PLACES["Phoenix, ZIP+4"] = {**PLACES["Phoenix"], "line2": "", "zip_four": "1234"}


def money(amount: str | Decimal, currency: str = "USD") -> Json:
    """An amount as orders have it: a whole number of the currency's smallest unit."""
    smallest = Decimal(amount).scaleb(DECIMAL_PLACES.get(currency, 2))
    assert smallest == int(smallest), f"{amount} {currency} is no whole number of the smallest unit"
    return {"amount": int(smallest), "currency_code": currency}


def amount(of: Mapping[str, Any]) -> Decimal:
    """What `money` made of an amount, as the amount again."""
    return Decimal(of["amount"]).scaleb(-DECIMAL_PLACES.get(of["currency_code"], 2))


def number(amount: str) -> int | float:
    """An amount as payments have it: a number of the currency."""
    exact = Decimal(amount)
    return int(exact) if exact == int(exact) else float(exact)


def item(
    price: str = "100.00",
    name: str | None = "Widget",
    kind: str = "PRODUCT",
    *,
    quantity: int | float | Decimal = 1,
    discount: str | None = None,
    sku: str | None = None,
    taxable: bool | None = None,
    currency: str = "USD",
    **fields: Any,
) -> Json:
    """A line of an order; a Widget and a Gift have their SKU, another line has none unless it is given."""
    sku = sku or SKUS.get(name or "")
    product = {"id": "9", "sku": sku} | ({} if taxable is None else {"taxable": taxable}) if sku else None
    usual = {
        "item_type": kind,
        "name": name,
        "description": None,
        "quantity": quantity,
        "price_per_unit": money(price, currency),
        "discount": None if discount is None else money(discount, currency),
        "product": product,
    }
    return usual | fields


def order(
    id: str = "1001",
    *,
    total: str = "100.00",
    paid: str | None = None,
    refunded: str | None = None,
    currency: str = "USD",
    items: Iterable[Mapping[str, Any]] | None = None,
    type: str | None = "ONLINE",
    ordered_at: str = MOMENT,
    contact: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Json:
    """An order of one Widget unless `items` (what `item` takes) are given, paid in full unless `paid` says how much came in."""
    lines = [{"price": total}] if items is None else items
    usual: Json = {
        "id": id,
        "title": "Online Order",
        "status": "PAID",
        "total": money(total, currency),
        "total_paid": money(total if paid is None else paid, currency),
        "creation_time": MOMENT,
        "modification_time": MOMENT,
        "order_time": ordered_at,
        "contact": {
            "id": "77",
            "email": "ann@example.com",
            "given_name": "Ann",
            "family_name": "Lee",
            **(contact or {}),
        },
        "order_items": [
            {"id": str(place), **item(**{"currency": currency, **one})} for place, one in enumerate(lines, 1)
        ],
    }
    if type is not None:
        usual["order_type"] = type
    if refunded is not None:
        usual["refund_total"] = money(refunded, currency)
    return usual | fields


def edited(known: Json, **fields: Any) -> Json:
    """An order with other fields; an amount is text, and what is no text is put as it is given."""
    currency = known["total"]["currency_code"]
    amounts = {name: fields[name] for name in AMOUNTS if isinstance(fields.get(name), str)}
    return {**known, **fields, **{name: money(value, currency) for name, value in amounts.items()}}


def address(place: str | Mapping[str, Any], field: str = "BILLING") -> Json:
    """One of the `PLACES`, or another, as a contact's address of a kind."""
    return {"field": field, **(PLACES[place] if isinstance(place, str) else place)}


def contact(
    *,
    email: str | None = "ann@example.com",
    bill: str | Mapping[str, Any] | None = "Phoenix",
    ship: str | Mapping[str, Any] | None = None,
    **fields: Any,
) -> Json:
    """Ann Lee, who has one address unless `ship` is another."""
    places = {"BILLING": bill, "SHIPPING": ship}
    usual = {
        "id": "77",
        "given_name": "Ann",
        "family_name": "Lee",
        "email_addresses": [{"field": "EMAIL1", "email": email}] if email else [],
        "addresses": [address(place, field) for field, place in places.items() if place is not None],
    }
    return usual | fields


def payment(
    amount: str,
    id: str = "1",
    *,
    orders: Sequence[str] = ("1001",),
    day: str = MOMENT[:10],
    method: str | None = None,
    transaction: str | None = None,
    given_back_by: str = "0",
    **fields: Any,
) -> Json:
    """A payment by card, half an hour after the order; below zero, a refund. `given_back_by` is the id of its refund."""
    usual = {
        "id": id,
        "type": method or ("Credit Card" if Decimal(amount) > 0 else "Refund"),
        "amount": number(amount),
        "status": "APPROVED",
        "payment_time": f"{day}T19:30:00.000Z",
        "update_time": f"{day}T19:30:05.000Z",
        "refund_payment_id": given_back_by,
        "order_ids": list(orders),
        "external_transaction_id": f"ch_{id}" if transaction is None else transaction,
    }
    return usual | fields


def share(amount: str, payment_id: str = "1", id: str = "71", *, given_in: str = "dollars", **fields: Any) -> Json:
    """What an order's own list says of a payment that is shared; the service does not say whether in dollars or in cents."""
    usual = {
        "id": id,
        "payment_id": payment_id,
        "amount": money(amount)["amount"] if given_in == "cents" else number(amount),
        "pay_status": "APPROVED",
        "pay_time": MOMENT,
        "last_updated_time": MOMENT,
        "refund_invoice_payment_id": "0",
    }
    return usual | fields


@dataclass(frozen=True)
class Account:
    """The orders, and what was paid for them, in a sandbox's account."""

    sandbox: Any

    def find(self, order_id: int | str) -> Json:
        """An order as the service has it."""
        [found] = [one for one in self.all("order") if one["id"] == str(order_id)]
        return dict(found)

    def all(self, kind: str) -> list[Json]:
        """Every order, contact or payment."""
        found: list[Json] = self.sandbox.get(f"/_sandbox/infusionsoft/{kind}")
        return found

    def put(self, kind: str, record: Mapping[str, Any]) -> None:
        """An order, contact or payment, new or changed."""
        self.sandbox.put(f"/_sandbox/infusionsoft/{kind}", dict(record))

    def change(self, order_id: int | str, at: datetime, *items: Mapping[str, Any], **fields: Any) -> None:
        """Edits an order: other lines (what `item` takes), whose sum its total becomes, or other fields; amounts are text."""
        known = self.find(order_id)
        if items:
            lines = order(items=items, currency=known["total"]["currency_code"])["order_items"]
            fields = {"order_items": lines, "total": str(sum(map(_worth, items), Decimal(0))), **fields}
        self.put("order", {**edited(known, **fields), "modification_time": at.isoformat()})

    def move(self, order_id: int | str, sum: str, at: datetime, id: str, **fields: Any) -> None:
        """Money comes in for an order, which is PAID once all of it did; below zero, it goes back."""
        known, moved = self.find(order_id), Decimal(sum)
        name = "total_paid" if moved > 0 else "refund_total"
        so_far = (amount(known[name]) if known.get(name) else Decimal(0)) + abs(moved)
        is_paid = moved > 0 and so_far >= amount(known["total"])
        self.change(order_id, at, status="PAID" if is_paid else known["status"], **{name: str(so_far)})
        when = {"payment_time": at.isoformat(), "update_time": at.isoformat(), "contact_id": known["contact"]["id"]}
        self.put("payment", payment(sum, id, orders=[str(order_id)], **{**when, **fields}))


def _worth(line: Mapping[str, Any]) -> Decimal:
    sign = -1 if line.get("kind", "").startswith("DISCOUNT") else 1
    return sign * (line.get("quantity", 1) or 0) * Decimal(line["price"])
