"""What two plans of the same orders make otherwise, under two settings."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from order_sync.database.plans import Planned
from order_sync.money import with_currency
from order_sync.sync.documents.change import difference
from order_sync.sync.orders.kinds import Entity


def differences(was: Sequence[Planned], becomes: Sequence[Planned], *, recorded: Collection[str]) -> list[Planned]:
    """A row of the action `differs` for each order of which the two plans differ; those that are `recorded` stay as they are."""
    before, after = _by_order(was), _by_order(becomes)
    return [
        _row(order_id, before.get(order_id, []), after.get(order_id, []), found, is_recorded=order_id in recorded)
        for order_id in dict.fromkeys((*before, *after))
        if (found := _difference(before.get(order_id, []), after.get(order_id, [])))
    ]


def amount_of(one: Planned) -> str | None:
    """What something comes to, to the cent, with its currency; None where it is of no amount."""
    return None if one.total is None or one.currency is None else with_currency(one.total, one.currency)


def _by_order(plan: Sequence[Planned]) -> dict[str, list[Planned]]:
    found: dict[str, list[Planned]] = {}
    for one in plan:
        found.setdefault(one.order_id, []).append(one)
    return found


def _row(
    order_id: str,
    before: Sequence[Planned],
    after: Sequence[Planned],
    found: list[list[str | None]],
    *,
    is_recorded: bool,
) -> Planned:
    words = f"Under the settings in force: {_in_words(before)}. Under these: {_in_words(after)}."
    if is_recorded:
        words += " It is recorded already, and stays as it is."
    document = next((one for one in after if one.total is not None), None)
    return Planned(
        order_id,
        "differs",
        words,
        document.entity if document else None,
        difference=found,
        total=document.total if document else None,
        currency=document.currency if document else None,
        code=next((one.code for one in after if one.code), None),
    )


def _in_words(plan: Sequence[Planned]) -> str:
    return ", ".join(_short(one) for one in plan) or "nothing"


def _short(one: Planned) -> str:
    if not one.entity:
        return f"nothing ({one.code})" if one.code else "nothing"
    if _only_applies(one):
        return "apply the credit memo"
    amount = amount_of(one)
    return f"{one.action} {Entity(one.entity).words}{f' over {amount}' if amount else ''}"


def _only_applies(one: Planned) -> bool:
    """Whether it is the payment of nothing that applies a credit memo to its invoice."""
    return one.entity == Entity.PAYMENT and one.total == 0


def _difference(before: Sequence[Planned], after: Sequence[Planned]) -> list[list[str | None]]:
    """`[path, under the settings in force, under the others]`; each path begins with what it is in, as `Invoice` or `Payment[2]`."""
    was, becomes = _things(before), _things(after)
    found: list[list[str | None]] = []
    for name in dict.fromkeys((*was, *becomes)):
        left, right = was.get(name), becomes.get(name)
        if left is None or right is None:
            found.append([name, _of(left), _of(right)])
        else:
            found += difference(_body(left), _body(right), name)
    codes = [[one.code for one in plan if one.code] for plan in (before, after)]
    return found + [["code", left, right] for left, right in zip_longest(*codes) if left != right]


def _things(plan: Sequence[Planned]) -> dict[str, Planned]:
    """What would be sent, each by its name; the second payment is `Payment[2]`."""
    found: dict[str, Planned] = {}
    for one in plan:
        if one.entity:
            number = 1 + sum(other.entity == one.entity for other in found.values())
            found[one.entity if number == 1 else f"{one.entity}[{number}]"] = one
    return found


def _body(one: Planned) -> Any:
    return json.loads(one.body, parse_float=Decimal) if one.body else {}


def _of(one: Planned | None) -> str | None:
    if one is None:
        return None
    return "applies the credit memo" if _only_applies(one) else amount_of(one) or one.action
