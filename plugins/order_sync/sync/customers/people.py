"""Who the orders without a customer are for: one person, one new customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from order_sync.settings import Criterion
from order_sync.sync.orders.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose orders need a customer: the key that the ledger knows them by, those orders, and the newest of them."""

    key: str
    order_ids: tuple[str, ...]
    newest: Snapshot
    keys: frozenset[tuple[str, str]] = frozenset()
    """(QuickBooks field, key) of what its customer will be found by."""


def group(orders: Mapping[str, Mapping[str, str]], criteria: Sequence[Criterion]) -> list[list[str]]:
    """The ids of the orders that one new customer is made for, founder first; `orders` are their keys by criterion, newest first.

    An order that finds no customer-to-be founds one; each other joins the one that matching would find by the criteria in their
    order. Only the founder's keys count, and of a field only the first, because that is what the customer is filled with (its notes
    hold all). No two founders can have the same key: the second would have joined the first.
    """
    groups: list[list[str]] = []
    founded: dict[tuple[str, str], list[str]] = {}
    for order_id, keys in orders.items():
        own: list[tuple[str, str]] = [(one.destination, key) for one in criteria if (key := keys.get(str(one)))]
        joined = next((founded[one] for one in own if one in founded), None)
        if joined is not None:
            joined.append(order_id)
            continue
        groups.append([order_id])
        filled = {field: (field, key) for field, key in reversed(own)}
        for one in (*filled.values(), *(one for one in own if one[0] == "Notes marker")):
            founded[one] = groups[-1]
    return groups
