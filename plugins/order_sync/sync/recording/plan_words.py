"""A plan in lines that a log may hold: counts and money, ids, amounts and accounts, and no person's data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Engine

from order_sync.database.cache import entries
from order_sync.database.plans import Planned
from order_sync.money import rounded
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.recording.differences import amount_of

Names = Mapping[tuple[str, str], str]
"""What an id in a document stands for, by the field that holds it and the id: `("ItemRef", "12")` is `Widget, to Sales`."""

_LISTS = {
    "DepositToAccountRef": "Account",
    "AccountRef": "Account",
    "ItemRef": "Item",
    "GroupItemRef": "Item",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "SalesTermRef": "Term",
    "PaymentMethodRef": "PaymentMethod",
    "TaxCodeRef": "TaxCode",
    "TxnTaxCodeRef": "TaxCode",
    "TaxRateRef": "TaxRate",
}
"""The list of QuickBooks that a field's ids are of; none of them is of persons."""

_SAID = re.compile(
    r"(^|\.)(Amount|UnitPrice|Qty|TotalTax|NetAmountTaxable|TaxInclusiveAmt|TaxPercent|DiscountPercent|PercentBased|ExchangeRate"
    r"|TxnDate|DueDate|ServiceDate|DocNumber|DetailType|GlobalTaxCalculation|ApplyTaxAfterDiscount|LinkedTxn\[\d+\]\.TxnType|code"
    r"|(CustomerRef|EntityRef|CurrencyRef|" + "|".join(_LISTS) + r")\.value)$"
)
"""The fields whose values tell nothing of a person; of every other one, the log says only that it differs."""


def names_of_ids(engine: Engine, realm_id: str) -> Names:
    """The names of accounts, items and what else documents refer to, with an item's account."""
    rows = {entity: entries(engine, realm_id, entity) for entity in set(_LISTS.values())}
    return {(field, str(row["Id"])): _name(row) for field, entity in _LISTS.items() for row in rows[entity]}


def counts(plan: Sequence[Planned]) -> Counter[str]:
    """How many things of each sort a plan has: `create sales receipt`, `nothing to send`."""
    return Counter(_sort(one) for one in plan)


def in_lines(plan: Sequence[Planned], names: Names) -> Iterator[str]:
    """A table of counts and money, then each order."""
    sent = [one for one in plan if one.action != "differs"]
    differing = [one for one in plan if one.action == "differs"]
    yield from _table(sent)
    for one in sent:
        yield f"order {one.order_id}: {' '.join(filter(None, (_sort(one), amount_of(one) or one.code)))}"
    if differing:
        yield f"Recorded otherwise than under the settings in force: {len(differing)} {'order' if len(differing) == 1 else 'orders'}"
    for one in differing:
        yield f"order {one.order_id}: {one.message}"
        for path, was, becomes in one.difference or ():
            yield f"order {one.order_id}:   {_change(path, was, becomes, names)}"


def _sort(one: Planned) -> str:
    if one.action == "differs":
        return "otherwise than under the settings in force"
    return f"{one.action} {Entity(one.entity).words}" if one.entity else "nothing to send"


def _table(plan: Sequence[Planned]) -> Iterator[str]:
    money: dict[str, dict[str, Decimal]] = {}
    for one in plan:
        of_sort = money.setdefault(_sort(one), {})
        if one.total is not None and one.currency:
            of_sort[one.currency] = of_sort.get(one.currency, Decimal(0)) + one.total
    for sort, number in counts(plan).items():
        sums = ", ".join(f"{rounded(total, currency):,} {currency}" for currency, total in sorted(money[sort].items()))
        yield f"{sort:<28}{number:>8}  {sums}".rstrip()


def _name(row: Mapping[str, object]) -> str:
    name = str(row.get("FullyQualifiedName") or row.get("Name") or "")
    income = row.get("IncomeAccountRef")
    return f"{name}, to {income.get('name')}" if isinstance(income, Mapping) and income.get("name") else name


def _change(path: str, was: str | None, becomes: str | None, names: Names) -> str:
    if was is None or becomes is None:
        kind, value = ("added", becomes) if was is None else ("taken out", was)
        return f"{path}: {kind}{_amount(path, str(value), names)}"
    if not _SAID.search(path):
        return f"{path}: differs"
    return f"{path}: {_value(path, was, names)} → {_value(path, becomes, names)}"


def _amount(path: str, value: str, names: Names) -> str:
    """What a log may say of something that stands on one side only: the amount of a line, a plain value of a known field."""
    if value.startswith("{"):
        amount = json.loads(value, parse_float=Decimal).get("Amount")
        return f", {amount}" if amount is not None else ""
    return f", {_value(path, value, names)}" if _SAID.search(path) or re.fullmatch(r"\w+(\[\d+\])?", path) else ""


def _value(path: str, value: str, names: Names) -> str:
    if value.startswith("<"):
        return "a new one"  # its name may be a person's
    field = path.removesuffix(".value").rpartition(".")[2]
    name = names.get((field, value))
    return f"{value} ({name})" if name else value
