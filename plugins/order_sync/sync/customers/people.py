"""Who the orders without a customer are for: one person, one new customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from order_sync.keys import customer_keys, each_key
from order_sync.settings import Criterion, CustomerField, CustomerSettings
from order_sync.sync.customers.guard import contradictions, in_words, of_party
from order_sync.sync.orders.decision import OF_CONTACT
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
    doubted: Mapping[str, str] = field(default_factory=dict)
    """Orders that a criterion makes this person's, and what says that they are another's: the guard holds them, or warns of them."""
    orders: tuple[TrackedOrder, ...] = ()
    """All of them, newest first."""
    chosen_for: str = ""
    """The contact for which a person wants a customer of its own, whoever else there is; empty where a criterion asks for one."""

    @property
    def founder(self) -> str:
        """The order that the customer is made from: the newest."""
        return self.newest.order.id


def people_of(orders: Iterable[TrackedOrder], settings: CustomerSettings, home_currency: str) -> list[Person]:
    """The persons for whom a customer is to be created: of the orders that were decided so, and have none yet.

    Orders of a contact for which a person chose a new customer are one person's, whatever the criteria say.

    Who orders in several currencies is a person in each, where customers are given that of their order; those of the company's own
    come first.
    """
    wanted = [one for one in orders if awaits_customer(one)]
    wanted.sort(key=lambda one: (one.row.ordered_at, one.order_id), reverse=True)
    by_id = {one.order_id: one for one in wanted}
    by_currency: dict[str, dict[str, Mapping[str, str]]] = {}
    for one in wanted:
        own = one.snapshot.order.currency if settings.create.currency == "order" else home_currency
        by_currency.setdefault("" if own == home_currency else own, {})[one.order_id] = _keys(one)
    return [
        _person([by_id[order_id] for order_id in order_ids], currency, settings)
        for currency, keys in sorted(by_currency.items())
        for order_ids in (*_of_chosen_contacts(keys), *group(_by_criteria(keys), settings.criteria))
    ]


def _of_chosen_contacts(orders: Mapping[str, Mapping[str, str]]) -> Iterable[list[str]]:
    """The ids of the orders, newest first, of each contact for which a person chose a new customer."""
    found: dict[str, list[str]] = {}
    for order_id, keys in orders.items():
        if contact_id := keys.get(OF_CONTACT):
            found.setdefault(contact_id, []).append(order_id)
    return found.values()


def _by_criteria(orders: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {order_id: keys for order_id, keys in orders.items() if OF_CONTACT not in keys}


def awaits_customer(order: TrackedOrder) -> bool:
    """Whether a customer is to be created for an order."""
    return order.outcome == "create" and not order.row.customer_id


def others_of(
    person: Person, customer: Mapping[str, Any], settings: CustomerSettings, home_currency: str
) -> list[Person]:
    """The persons whom the person's customer, as QuickBooks has it, is not: of other contacts, and no criterion finds it for them.

    Where a vendor had their name, two namesakes share nothing: the customer got a suffix that is its contact's own.
    """
    if person.chosen_for:
        return []
    founder = person.orders[0].row.contact_id if person.orders else None
    has: set[tuple[str, str]] = {
        (one.destination, key)
        for one in settings.criteria
        for key in customer_keys(customer, one.destination, settings.equality)
    }
    # It bears the first of its contact's e-mail addresses, and all of them are the person's.
    has |= {own for own in person.keys if own[0] == "PrimaryEmailAddr"}

    def is_another(one: TrackedOrder) -> bool:
        own = _found_by(_keys(one), settings.criteria)
        return (one.row.contact_id is None or one.row.contact_id != founder) and has.isdisjoint(own)

    return people_of(filter(is_another, person.orders[1:]), settings, home_currency)


def _person(orders: Sequence[TrackedOrder], currency: str, settings: CustomerSettings) -> Person:
    founder, keys = orders[0], _keys(orders[0])
    chosen_for = keys.get(OF_CONTACT, "")
    # All that it is known by, so that a namesake is somebody else; hashed, because that is longer than a subject.
    known_by = [chosen_for or founder.row.contact_id or "", *sorted(f"{label}\n{key}" for label, key in keys.items())]
    known_by += [currency] if currency else []
    subject = hashlib.sha256("\n".join(known_by).encode()).hexdigest()[:32]
    doubted = {} if chosen_for else _doubted(orders, settings)
    held = doubted if settings.guard == "hold" else {}
    ids = tuple(one.order_id for one in orders if one.order_id not in held)
    fields = frozenset(_found_by(keys, settings.criteria))
    return Person(subject, ids, founder.snapshot, fields, currency, doubted, tuple(orders), chosen_for)


def _doubted(orders: Sequence[TrackedOrder], settings: CustomerSettings) -> dict[str, str]:
    """The orders of other contacts than the founder's that something contradicts, and what."""
    founder, *others = orders
    if settings.guard == "off":
        return {}
    known = _found_by(_keys(founder), settings.criteria)
    first = of_party(party(founder.snapshot))
    found: dict[str, str] = {}
    for one in others:
        if one.row.contact_id and one.row.contact_id == founder.row.contact_id:
            continue
        by = next(own[0] for own in _found_by(_keys(one), settings.criteria) if own in known)
        identity = of_party(party(one.snapshot))
        if differing := contradictions(first, identity, by):
            found[one.order_id] = in_words(differing)
    return found


def _keys(order: TrackedOrder) -> Mapping[str, str]:
    return order.decision.keys if order.decision else {}


def _found_by(keys: Mapping[str, str], criteria: Sequence[Criterion]) -> list[tuple[CustomerField, str]]:
    return [found for one in criteria for found in _keys_under(one, keys)]


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


def _keys_under(criterion: Criterion, keys: Mapping[str, str]) -> list[tuple[CustomerField, str]]:
    """The keys that a criterion gives an order, with their field: several only of e-mail addresses."""
    key = keys.get(str(criterion))
    return [(criterion.destination, one) for one in each_key(criterion.destination, key)] if key else []
