"""The customers that the settings name: the standard customer and the default customer, found in the company or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from order_sync.errors import ConfigurationError
from order_sync.keys import UNSEEN
from order_sync.settings import Store
from order_sync.sync.customers.candidates import Bodies
from order_sync.sync.customers.decisions import StandIns

Named = Callable[[str], Sequence[tuple[str, bool]]]
"""(id, active) of the customers of a display name, or of a name in full (`Parent:Child`)."""


@dataclass(frozen=True, slots=True)
class Names:
    """The company's customers by name."""

    named: Named
    formerly: Named
    """Of those that QuickBooks renamed because they became inactive, by the name before."""
    merged: Callable[[Sequence[str]], Mapping[str, str]]
    """Those of these customers that were merged, by id into whom."""
    bodies: Bodies
    all: Callable[[], Sequence[str]]
    """All full names."""


def find_stand_ins(store: Store, names: Names) -> StandIns:
    """The ids of the store's standard and default customer, of one that was merged in QuickBooks its survivor's.

    ConfigurationError, with the nearest names, where the company has none such or it is inactive.
    """
    settings = store.matching
    standard = "revenue.daily_customer" if store.daily_customer else "customers.standard_customer"
    notes: dict[str, str] = {}
    return StandIns(
        standard=_find(store, standard, settings.standard_customer, names, notes),
        default=_find(store, "customers.default_customer", settings.default_customer, names, notes),
        notes=notes,
    )


def _find(store: Store, key: str, name: str | None, names: Names, notes: dict[str, str]) -> str | None:
    if name is None:
        return None
    name = ":".join(map(str.strip, name.split(":")))
    found = [*names.named(name)]
    if not any(active for _id, active in found):
        found += names.formerly(name)
    for customer_id, active in found:
        if active:
            return customer_id
    survivors = names.bodies(sorted(set(names.merged([id for id, _active in found]).values()) - {UNSEEN}))
    for id, body in survivors.items():
        if body.get("Active", True):
            now = f"{body.get('DisplayName')} ({id})"
            notes[id] = f"{name} was merged into {now} in QuickBooks: let the settings ({key}) name that one."
            return id
    raise _refusal(store, key, name, found, survivors, names)


def _refusal(
    store: Store,
    key: str,
    name: str,
    found: Sequence[tuple[str, bool]],
    survivors: Mapping[str, Mapping[str, Any]],
    names: Names,
) -> ConfigurationError:
    near = [match for match, _score, _at in process.extract(name, names.all(), scorer=fuzz.WRatio, limit=3)]
    if survivors:
        into = " and ".join(f"{body.get('DisplayName')} ({id})" for id, body in survivors.items())
        words, do = (
            f"was merged into {into} in the QuickBooks company, which is inactive too.",
            "make that one active in QuickBooks",
        )
    elif found:
        words, do = (
            "is inactive in the QuickBooks company.",
            "make it active in QuickBooks if it was not merged into another",
        )
    else:
        words, do = "could not be found in the QuickBooks company.", "add it in QuickBooks"
    return ConfigurationError(
        f"The settings of store {store.name} name the customer '{name}' ({key}), which {words}",
        advice=f"The nearest that it has: {', '.join(near) or 'none'}. Correct the settings, or {do}; the next run finds it.",
    )
