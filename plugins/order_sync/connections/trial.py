"""Whether a service answers by a connection, and who it is that answers: the company or account by name.

It only reads, asks once, and waits 20 seconds at most: somebody looks at the page meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Engine

from order_sync.connections.fields import QUICKBOOKS, Fields, Service, infusionsoft_connection, quickbooks_connection
from order_sync.database.connections import known_connection, note_answer, note_refusal
from order_sync.database.stores import known_stores
from order_sync.database.tokens import StoreVault
from order_sync.errors import ConfigurationError, OrderSyncError
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.quickbooks.client import QuickBooksReader

PATIENCE = 20.0
"""Seconds that a service may be silent while somebody waits for the page."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered: the company's or account's name, and its id (empty where the service does not tell)."""

    name: str
    number: str


def try_connection(engine: Engine, store: str, service: Service, fields: Fields, who: str) -> Answered:
    """Asks a service who it is, and notes what came of it, with who asked.

    Raises what `errors` has for it where the service cannot be asked or refuses, and ConfigurationError where it is another company's
    or account's answer than the store's.
    """
    try:
        answered = _asked(engine, store, service, fields)
    except OrderSyncError as error:
        note_refusal(engine, fields.id, error, who)
        raise
    note_answer(engine, fields.id, answered.name, answered.number, who)
    return answered


def _asked(engine: Engine, store: str, service: Service, fields: Fields) -> Answered:
    known, noted, vault = known_connection(engine, fields.id), known_stores(engine).get(store), StoreVault(engine)
    if service is QUICKBOOKS:
        company = quickbooks_connection(fields, known)
        if noted and noted.realm_id != company.realm_id:
            raise ConfigurationError(
                f"The orders of store {store} are recorded in company {noted.realm_id}; connection {fields.id} names {company.realm_id}.",
                advice="Put the company back, or give the other one a store of its own (a settings file of another name).",
            )
        with QuickBooksReader(company, vault, read_seconds=PATIENCE, read_attempts=1) as quickbooks:
            return Answered(
                str(quickbooks.company_info().get("CompanyName") or "a company without a name"), company.realm_id
            )
    account = replace(infusionsoft_connection(fields, known), account=noted.account if noted else "")
    with InfusionsoftReader(account, vault, read_seconds=PATIENCE, read_attempts=1) as infusionsoft:
        name = str(infusionsoft.business_profile().get("name") or "an account without a name")
        return Answered(name, infusionsoft.account())
