"""The customers that the settings name: the standard customer and the default customer, found in the company or refused."""

from __future__ import annotations

from rapidfuzz import fuzz, process
from sqlalchemy import Engine

from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.store.cache import customer_names, customers_named
from order_sync.sync.decisions import StandIns


def read_stand_ins(engine: Engine, realm_id: str, store: Store) -> StandIns:
    """The ids of the store's standard and default customer; ConfigurationError, with the nearest names, where the company has none
    such or it is inactive."""
    settings = store.matching
    standard = "revenue.daily_customer" if store.daily_customer else "customers.standard_customer"
    return StandIns(
        standard=_find(engine, realm_id, store, standard, settings.standard_customer),
        default=_find(engine, realm_id, store, "customers.default_customer", settings.default_customer),
    )


def _find(engine: Engine, realm_id: str, store: Store, key: str, name: str | None) -> str | None:
    if name is None:
        return None
    found = customers_named(engine, realm_id, name)
    for customer_id, active in found:
        if active:
            return customer_id
    near = [
        match
        for match, _score, _at in process.extract(name, customer_names(engine, realm_id), scorer=fuzz.WRatio, limit=3)
    ]
    raise ConfigurationError(
        f"The settings of store {store.name} name the customer '{name}' ({key}), which "
        + ("is inactive in the QuickBooks company." if found else "the QuickBooks company has not."),
        advice=f"The nearest that it has: {', '.join(near) or 'none'}. Correct the settings, or "
        + ("make it active" if found else "add it")
        + " in QuickBooks; the next run finds it.",
    )
