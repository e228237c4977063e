"""The beginning of step 1: whether the account and the company are those of the store, before anything is read or written."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from order_sync.database.stores import known_stores, newest_orders
from order_sync.database.writes import other_company
from order_sync.errors import ConfigurationError
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.settings import Store, store_files
from order_sync.sync.orders.identity import Identity, require_alone, require_own, require_these_orders

log = logging.getLogger(__name__)

ORDERS_LOOKED_FOR = 20


def identify_store(
    engine: Engine, store: Store, realm_id: str, infusionsoft: InfusionsoftReader, environment: str = ""
) -> Identity:
    """The store's account, company and numbers; ConfigurationError where they are another store's, or not those of its orders.

    To be noted (`note_store`) under the company's lease by a run that records: of two new stores with one company, the second one
    sees the first. A run that only plans notes nothing.
    """
    if company := other_company(engine, store=store.name, realm_id=realm_id):
        raise ConfigurationError(
            f"The orders of store {store.name} are recorded in company {company}; its connection now names {realm_id}.",
            advice="Give the other company a store of its own (a settings file of another name), or put the company back.",
        )
    prefix = store.revenue.number_prefix if store.revenue.number_from == "store" else None
    mine = Identity(store.name, infusionsoft.account(), realm_id, prefix, environment)
    known, orders = known_stores(engine), newest_orders(engine, store.name, ORDERS_LOOKED_FOR)
    noted = known.get(store.name)
    if orders:
        require_own(mine, noted)
    files = {file.stem for file in store_files()}
    require_alone(mine, [one for one in known.values() if one.store in files or newest_orders(engine, one.store, 1)])
    if not (mine.account and noted and noted.account):  # nobody says that it is the account that they came from
        require_these_orders(store.name, orders, list(infusionsoft.orders(ids=list(orders))))
    if not mine.account:
        log.warning("Infusionsoft does not tell which account the key of store %s is of.", store.name)
    return mine
