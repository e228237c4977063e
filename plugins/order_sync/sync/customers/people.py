"""Who the orders without a customer are for: one person, one new customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from order_sync.keys import each_key
from order_sync.settings import Criterion, CustomerSettings
from order_sync.sync.customers.guard import contradicts, of_party
from order_sync.sync.orders.snapshot import Snapshot, party
from order_sync.sync.orders.tracked import TrackedOrder


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose orders need a customer: the key that the ledger knows them by, those orders, and the newest of them."""

    key: str
    order_ids: tuple[str, ...]
    newest: Snapshot
    keys: frozenset[tuple[str, str]] = frozenset()
    """(QuickBooks field, key) of what its customer will be found by."""
    currency: str = ""
    """The currency that its customer is given; empty for the company's own."""
    doubted: tuple[str, ...] = ()
    """Orders that a criterion makes this person's, and that all else says are another's: the guard holds them, or warns of them."""

    @property
    def founder(self) -> str:
        """The order that the customer is made from: the newest."""
        return self.newest.order.id


def people_of(orders: Iterable[TrackedOrder], settings: CustomerSettings, home_currency: str) -> list[Person]:
    """The persons for whom a customer is to be created: of the orders that were decided so, and have none yet.

    Who orders in several currencies is a person in each, where customers are given that of their order; those of the company's own
    come first.
    """
    wanted = [one for one in orders if awaits_customer(one)]
    wanted.sort(key=lambda one: (one.row.ordered_at, one.order_id), reverse=True)
    by_id = {one.order_id: one for one in wanted}
    by_currency: dict[str, dict[str, Mapping[str, str]]] = {}
    for one in wanted:
        if one.decision:
            own = one.snapshot.order.currency if settings.create.currency == "order" else home_currency
            by_currency.setdefault("" if own == home_currency else own, {})[one.order_id] = one.decision.keys
    return [
        _person([by_id[order_id] for order_id in order_ids], keys[order_ids[0]], currency, settings)
        for currency, keys in sorted(by_currency.items())
        for order_ids in group(keys, settings.criteria)
    ]


def awaits_customer(order: TrackedOrder) -> bool:
    """Whether a customer is to be created for an order."""
    return order.outcome == "create" and not order.row.customer_id


def _person(
    orders: Sequence[TrackedOrder], keys: Mapping[str, str], currency: str, settings: CustomerSettings
) -> Person:
    founder = orders[0]
    # All that it is known by, so that a namesake is somebody else; hashed, because that is longer than a subject.
    known_by = [founder.row.contact_id or "", *sorted(f"{label}\n{key}" for label, key in keys.items())]
    known_by += [currency] if currency else []
    subject = hashlib.sha256("\n".join(known_by).encode()).hexdigest()[:32]
    fields = frozenset(own for one in settings.criteria for own in _keys_under(one, keys))
    doubted = _doubted(orders, settings)
    held = doubted if settings.guard == "hold" else ()
    ids = tuple(one.order_id for one in orders if one.order_id not in held)
    return Person(subject, ids, founder.snapshot, fields, currency, doubted)


def _doubted(orders: Sequence[TrackedOrder], settings: CustomerSettings) -> tuple[str, ...]:
    if settings.guard == "off":
        return ()
    founder, *others = (of_party(party(one.snapshot), settings.equality.phone_country) for one in orders)
    return tuple(one.order_id for one, other in zip(orders[1:], others, strict=True) if contradicts(founder, other))


def group(orders: Mapping[str, Mapping[str, str]], criteria: Sequence[Criterion]) -> list[list[str]]:
    """The ids of the orders that one new customer is made for, founder first; `orders` are their keys by criterion, newest first.

    An order that finds no customer-to-be founds one; each other joins the one that matching would find by the criteria in their
    order. Only the founder's keys count, and of a field only the first, because that is what the customer is filled with (its notes
    hold all, and a person's e-mail addresses are all theirs). No two founders can have the same key: the second would have joined the
    first.
    """
    groups: list[list[str]] = []
    founded: dict[tuple[str, str], list[str]] = {}
    for order_id, keys in orders.items():
        own = [found for one in criteria if (found := _keys_under(one, keys))]
        joined = next((founded[one] for one in chain.from_iterable(own) if one in founded), None)
        if joined is not None:
            joined.append(order_id)
            continue
        groups.append([order_id])
        filled = {of_criterion[0][0]: of_criterion for of_criterion in reversed(own)}
        notes = [of_criterion for of_criterion in own if of_criterion[0][0] == "Notes marker"]
        for one in chain.from_iterable((*filled.values(), *notes)):
            founded[one] = groups[-1]
    return groups


def _keys_under(criterion: Criterion, keys: Mapping[str, str]) -> list[tuple[str, str]]:
    """The keys that a criterion gives an order, with their field: several only of e-mail addresses."""
    key = keys.get(str(criterion))
    return [(criterion.destination, one) for one in each_key(criterion.destination, key)] if key else []
