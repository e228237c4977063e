"""Customers that might be meant, for a person to choose from: a suggestion never decides.

Compared are name and address together, which finds the right one first far more often than the name alone (measured on public labelled
data), among the customers of the same postal code or with the same first letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from order_sync.keys import blocks, name_key, plain_key, without_ending
from order_sync.settings import Equality
from order_sync.sync.customers.guard import ALIKE, NEARLY_THE_SAME

MOST_SUGGESTED = 3
MOST_COMPARED = 200
"""So many customers of a block are compared: the block of a common name in a large company holds more than a person should wait for."""

ALIKE_IN_NAME = 80
"""From this likeness of the names on (0 to 100) somebody is suggested where one side has no address."""

_EQUALITY = Equality()


Neighbours = Callable[[Sequence[str], int], Iterable[tuple[str, str, str, bool]]]
"""(customer id, display name, addresses, active) of the customers in these blocks, at most so many a block."""


def suggest(neighbours: Neighbours, party: Mapping[str, str]) -> list[dict[str, Any]]:
    """Up to three customers like this party, the most alike first: {id, name, score (0 to 100), reason}."""
    names = [name for name in (f"{party['first']} {party['last']}".strip(), party["company"]) if name]
    keys = dict.fromkeys(key for name in names or [""] for key in blocks(name, [party["postal_code"]]))
    own = [name_key(name, _EQUALITY) for name in names]
    lines = [plain_key(line) for line in party["addresses"].splitlines()]
    found: list[dict[str, Any]] = []
    for id, name, addresses, active in neighbours(list(keys), MOST_COMPARED):
        shown = without_ending(name)
        score, reason = _likeness(own, lines, name_key(shown, _EQUALITY), addresses.splitlines())
        if score:
            found.append(
                {"id": id, "name": name, "score": score, "reason": reason if active else f"{reason}; inactive"}
            )
    return sorted(found, key=lambda one: (-one["score"], one["id"]))[:MOST_SUGGESTED]


def in_words(suggestions: Iterable[Mapping[str, Any]]) -> str:
    """The suggestions as the end of an explanation; empty for none."""
    named = ", ".join(f"{one['name']} ({one['id']}, {one['reason']})" for one in suggestions)
    return f" Look-alikes: {named}." if named else ""


def _likeness(names: list[str], lines: list[str], name: str, others: list[str]) -> tuple[int, str]:
    """How alike two parties are, and in what; 0 where not enough."""
    by_name = max((fuzz.token_sort_ratio(own, name) for own in names), default=0)
    if not (lines and others):
        return (round(by_name), f"name {by_name:.0f} % alike") if by_name >= ALIKE_IN_NAME else (0, "")
    together = max(
        fuzz.ratio(f"{own} {line}", f"{name} {other}") for own in names or [""] for line in lines for other in others
    )
    by_address = max(fuzz.ratio(line, other) for line in lines for other in others)
    # Two streets of a town are alike too: with another name, only nearly the same address counts.
    if together < ALIKE or (by_name < ALIKE and by_address < NEARLY_THE_SAME):
        return 0, ""
    return round(together), f"name {by_name:.0f} %, address {by_address:.0f} % alike"
