"""The customers that the settings name: the standard customer and the default customer, found in the company or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process

from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.sync.customers.decisions import StandIns

Named = Callable[[str], Sequence[tuple[str, bool]]]
"""(id, active) of the customers of that display name, or of that name in full (`Parent:Child`)."""


def find_stand_ins(store: Store, named: Named, names: Callable[[], Sequence[str]]) -> StandIns:
    """The ids of the store's standard and default customer, by the company's customers of a `named` name, and all their full `names`.

    ConfigurationError, with the nearest names, where the company has none such or it is inactive.
    """
    settings = store.matching
    standard = "revenue.daily_customer" if store.daily_customer else "customers.standard_customer"
    return StandIns(
        standard=_find(store, standard, settings.standard_customer, named, names),
        default=_find(store, "customers.default_customer", settings.default_customer, named, names),
    )


def _find(store: Store, key: str, name: str | None, named: Named, names: Callable[[], Sequence[str]]) -> str | None:
    if name is None:
        return None
    found = named(name)
    for customer_id, active in found:
        if active:
            return customer_id
    near = [match for match, _score, _at in process.extract(name, names(), scorer=fuzz.WRatio, limit=3)]
    raise ConfigurationError(
        f"The settings of store {store.name} name the customer '{name}' ({key}), which "
        + ("is inactive in the QuickBooks company." if found else "could not be found in the QuickBooks company."),
        advice=f"The nearest that it has: {', '.join(near) or 'none'}. Correct the settings, or "
        + ("make it active" if found else "add it")
        + " in QuickBooks; the next run finds it.",
    )
