"""The customers that may be meant by an order, beside its contact: what is the same, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from order_sync.keys import address_line, written_line
from order_sync.likeness import place, places_agree
from order_sync.sync.customers.guard import Identity, agree, meet, of_customer, of_party, same_name
from order_sync.sync.orders.decision import Decision


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known of a customer; `agrees` with what is known of the contact, contradicts it (False), or says nothing (None)."""

    label: str
    text: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer that may be meant."""

    id: str
    name: str
    name_agrees: bool | None
    facts: tuple[Fact, ...]
    why: str
    """Why it is shown, where it was not found by a criterion: how it is alike."""
    is_active: bool


def named_in(decision: Decision | None) -> dict[str, str]:
    """The ids of the customers that a decision names, those that it found first; with the words for look-alikes."""
    if decision is None:
        return {}
    found = {one["id"]: "" for one in decision.candidates}
    alike = {one["id"]: str(one.get("reason", "")) for one in decision.suggestions}
    return {**found, **{id: words for id, words in alike.items() if id not in found}}


def candidates(
    party: Mapping[str, str], named: Mapping[str, str], bodies: Mapping[str, Mapping[str, Any]]
) -> Sequence[Candidate]:
    """Those of the named customers that are known, beside a party (`sync.orders.snapshot.party`); what agrees in most comes first."""
    own = of_party(party)
    found = [_candidate(own, id, why, bodies[id]) for id, why in named.items() if id in bodies]
    return sorted(found, key=lambda one: (not one.is_active, -_agreeing(one)))


def _candidate(own: Identity, id: str, why: str, body: Mapping[str, Any]) -> Candidate:
    theirs = of_customer(body)
    email = (body.get("PrimaryEmailAddr") or {}).get("Address") or ""
    phone = (body.get("PrimaryPhone") or {}).get("FreeFormNumber") or ""
    facts = (
        Fact("E-mail", email, meet(own.emails, theirs.emails)),
        Fact("Telephone", phone, meet(own.phones, theirs.phones)),
        _address(own, body),
        Fact("Company", str(body.get("CompanyName") or ""), meet(own.companies, theirs.companies)),
    )
    active = bool(body.get("Active", True))
    return Candidate(id, str(body.get("DisplayName") or ""), same_name(own, theirs), facts, why, active)


def _address(own: Identity, body: Mapping[str, Any]) -> Fact:
    """Of a customer's addresses the one that is the contact's, else the first that it has; billing goes before shipping."""
    found = []
    for of, address in (("", body.get("BillAddr") or {}), (" (shipping)", body.get("ShipAddr") or {})):
        if line := address_line(address):
            agrees = agree(places_agree(one, place(line)) for one in own.places)
            found.append(Fact("Address", f"{written_line(address)}{of}", agrees))
    same = next((one for one in found if one.agrees), None)
    return same or replace(next(iter(found), Fact("Address", "", None)), agrees=agree(one.agrees for one in found))


def _agreeing(one: Candidate) -> int:
    verdicts: Iterable[bool | None] = (one.name_agrees, *(fact.agrees for fact in one.facts))
    return sum({True: 1, False: -1, None: 0}[verdict] for verdict in verdicts)
