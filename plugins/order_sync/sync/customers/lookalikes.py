"""Customers that might be meant, for a person to choose from: a suggestion never decides.

Compared are the customers of some small blocks (`likeness.blocks`), and of those in full the most alike in name or in address and those
with the same e-mail address or telephone number. What agrees and what differs is weighed, as it speaks for the same person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from rapidfuzz import fuzz, process

from order_sync.emails import email_keys
from order_sync.keys import phone_digits, without_ending
from order_sync.likeness import (
    Known,
    Name,
    Place,
    blocks,
    folded_name,
    likeness_of_places,
    local_part,
    names_agree,
    person_name,
    place,
    places_agree,
    plain_lines,
    written_name,
)

MOST_SUGGESTED = 3
MOST_COMPARED = 60
"""So many customers of a block are read: the block of a common name in a large company holds more than a person should wait for."""

WEIGHED = 5
"""So many of the most alike in name, and as many in address, are weighed."""

Neighbours = Callable[[Sequence[str], Sequence[str], int], Sequence[Known]]
"""The customers in these blocks, at most so many a block, and those of these ids."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An order's party, as it is compared."""

    names: tuple[Name, ...]
    texts: tuple[str, ...]
    emails: frozenset[str]
    places: tuple[Place, ...]
    phone: str


def suggest(neighbours: Neighbours, party: Mapping[str, str], named: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Up to three customers like this party, the most alike first: {id, name, score (0 to 100), reason}.

    `named` are ids of customers that a criterion found: they are weighed whatever they are like.
    """
    lines, emails, phone = plain_lines(party["addresses"]), email_keys(party["emails"]), phone_digits(party["phone"])
    own = person_name(party["first"], party["last"], party["suffix"])
    names = tuple(name for name in (own, written_name(party["company"])) if name.given or name.family)
    texts = (folded_name(f"{party['first']} {party['last']}"), folded_name(party["company"]))
    wanted = _Wanted(names, tuple(filter(None, texts)), frozenset(emails), tuple(map(place, lines)), phone)
    found = []
    for one in _most_alike(
        wanted, lines, neighbours(blocks(names, emails, lines, [phone]), named, MOST_COMPARED), named
    ):
        weight, reason = _weigh(wanted, one)
        if weight >= _ENOUGH or one.id in named:
            shown = {"id": one.id, "name": one.name, "score": round(100 / (1 + exp(-weight / 2)))}
            found.append((weight, shown | {"reason": reason if one.active else f"{reason}; inactive"}))
    found.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    return [one for _weight, one in found[:MOST_SUGGESTED]]


def in_words(suggestions: Iterable[Mapping[str, Any]]) -> str:
    """The suggestions as the end of an explanation; empty for none."""
    named = ", ".join(f"{one['name']} ({one['id']}, {one['reason']})" for one in suggestions)
    return f" Look-alikes: {named}." if named else ""


def _most_alike(wanted: _Wanted, lines: Sequence[str], known: Sequence[Known], named: Sequence[str]) -> list[Known]:
    """Those to be weighed, of all that share a block."""
    chosen = {
        at
        for at, one in enumerate(known)
        if one.id in named
        or (wanted.phone and wanted.phone in one.phones)
        or any(email in one.emails for email in wanted.emails)
    }
    shown = [folded_name(_shown(one)) for one in known]
    for text in wanted.texts:
        chosen.update(at for _, _, at in process.extract(text, shown, scorer=fuzz.token_sort_ratio, limit=WEIGHED))
    addresses = [one.addresses for one in known]
    for line in lines:
        chosen.update(at for _, _, at in process.extract(line, addresses, scorer=fuzz.ratio, limit=WEIGHED))
    return [known[at] for at in sorted(chosen)]


def _shown(one: Known) -> str:
    return without_ending(one.name)


_ENOUGH = 2.0
"""From this weight on somebody is suggested."""

# What agrees (True), differs (False) or cannot be told (None) weighs so much: about the logarithm of how often it does so of one person
# beside two.
_EMAIL = {True: 7.0, None: 0.0, False: -0.7}
_PHONE = {True: 5.0, None: 0.0, False: -0.7}
_PLACE = {True: 5.0, None: 0.0, False: -1.5}
_SAME_LOCAL_PART = 4.0
_EQUAL = 97
"""From this likeness on two names are equal."""


def _weigh(wanted: _Wanted, one: Known) -> tuple[float, str]:
    """How much speaks for it that the two are one, and what in words."""
    alike, weight = _weigh_names(wanted, one)
    reasons = [f"name {alike:.0f} %"]
    places = [place(line) for line in one.addresses.splitlines()]
    if wanted.places and places:
        pairs = [(own, other) for own in wanted.places for other in places]
        verdicts = {places_agree(*pair) for pair in pairs}
        weight += _PLACE[True if True in verdicts else None if None in verdicts else False]
        reasons.append(f"address {max(likeness_of_places(*pair) for pair in pairs):.0f} %")
    words = [f"{', '.join(reasons)} alike"]
    emails, phones = set(filter(None, one.emails.split(","))), set(filter(None, one.phones.split(",")))
    if wanted.emails and emails:
        same = not wanted.emails.isdisjoint(emails)
        local = not same and not set(map(local_part, wanted.emails)).isdisjoint(map(local_part, emails))
        weight += _SAME_LOCAL_PART if local else _EMAIL[same]
        words += ["same e-mail address"] if same else []
    if wanted.phone and phones:
        weight += _PHONE[wanted.phone in phones]
        words += ["same telephone number"] if wanted.phone in phones else []
    return weight, ", ".join(words)


def _weigh_names(wanted: _Wanted, one: Known) -> tuple[float, float]:
    """How alike the names are (0 to 100), and what that weighs."""
    shown = _shown(one)
    text, name = folded_name(shown), written_name(shown)
    alike = max((fuzz.token_sort_ratio(own, text) for own in wanted.texts), default=0)
    verdicts = {names_agree(own, name) for own in wanted.names}
    generations = {own.generation for own in wanted.names if own.generation}
    if alike > _EQUAL:
        weight = 6.0
    elif True in verdicts:
        weight = 4.5
    else:
        weight = (alike - (70 if None in verdicts else 85)) / 10
    if generations and name.generation:
        weight += 2 if name.generation in generations else -5
    return alike, max(weight, -3.0) if verdicts else 0.0
