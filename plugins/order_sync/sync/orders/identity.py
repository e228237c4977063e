"""Whose orders these are: the account and the company of a store, and what does not fit together.

Ids start small in each account: order 1001 of another account is another person's, and would overwrite the one that is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from order_sync.errors import ConfigurationError
from order_sync.infusionsoft.records import Order, Unreadable

SAME_MOMENT = timedelta(minutes=1)
"""The service gives times with and without fractions of a second; an order's creation never moves."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a store is bound to; `account` is empty where Infusionsoft does not tell, `number_prefix` None where QuickBooks numbers.

    `environment` is Intuit's (`production`, `sandbox`), empty where the company is at another host, or nobody has noted it.
    """

    store: str
    account: str
    realm_id: str
    number_prefix: str | None
    environment: str = ""


def require_own(mine: Identity, noted: Identity | None) -> None:
    """Raises ConfigurationError where the store's orders were read from another account."""
    if noted is None or not noted.account or not mine.account or noted.account == mine.account:
        return
    raise ConfigurationError(
        f"Store {mine.store} has the orders of the Infusionsoft account {noted.account}; connection infusionsoft_{mine.store} now "
        f"leads to {mine.account}, where the same order ids are other people's. Nothing was read or sent.",
        advice=f"Put a key of {noted.account} back into the connection. If {mine.account} is another account, give it a store of its "
        "own: a settings file of another name, with connections and a revenue.number_prefix of its own. If it is the same account "
        f"under a new id, run `python -m order_sync new-account-id {mine.store}`.",
    )


def require_alone(mine: Identity, others: Iterable[Identity]) -> None:
    """Raises ConfigurationError where another store records the same orders, or numbers documents of the company alike."""
    for other in others:
        if other.store == mine.store or other.realm_id != mine.realm_id:
            continue
        if mine.account and other.account == mine.account:
            raise ConfigurationError(
                f"Stores {other.store} and {mine.store} have the same Infusionsoft account, {mine.account}, and the same QuickBooks "
                f"company, {mine.realm_id}: each order would be recorded twice. Nothing was read or sent for {mine.store}.",
                advice=f"No setting tells the orders of two stores apart. Take the settings file of {mine.store} away, or connect it to "
                f"another account or company. If {mine.store} is a new name for {other.store}, give the file its former name back: "
                "the ledger knows the store by it.",
            )
        if _meet(mine.number_prefix, other.number_prefix):
            raise ConfigurationError(
                f"Stores {other.store} and {mine.store} number documents of the QuickBooks company {mine.realm_id} alike "
                f"({other.number_prefix!r} and {mine.number_prefix!r}): two orders would have one number. Nothing was read or sent "
                f"for {mine.store}.",
                advice=f"Give {mine.store} a revenue.number_prefix of its own, as {mine.store[:8].upper()!r} with a hyphen; what is "
                "recorded keeps its number.",
            )


def require_these_orders(store: str, known: Mapping[str, datetime], found: Collection[Order | Unreadable]) -> None:
    """Raises ConfigurationError where the account has none of the orders that the store has read from it, or others under their ids.

    `known` is when each was made, by id; `found` what the account has under these ids.
    """
    orders = [order for order in found if isinstance(order, Order) and order.id in known]
    others = [order for order in orders if is_another(order, known[order.id])]
    if not known or (found and not others):
        return
    what = f"order {others[0].id} there is another one, of another time" if others else "it has none of them"
    raise ConfigurationError(
        f"The orders of store {store} were not read from the Infusionsoft account that connection infusionsoft_{store} leads to: "
        f"{what} (of {len(known)} that were looked for). Nothing was read or sent.",
        advice="Put a key of the former account back into the connection, or give the other account a store of its own: a settings "
        "file of another name, with connections and a revenue.number_prefix of its own.",
    )


def is_another(order: Order, created_at: datetime) -> bool:
    """Whether an order was made at another time than the one that is known under its id."""
    return abs(order.created_at - created_at) > SAME_MOMENT


def _meet(one: str | None, other: str | None) -> bool:
    """Whether two prefixes can make one number: order ids are digits."""
    if one is None or other is None:
        return False
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter) if longer.startswith(shorter) else "no digits"
    return not rest or rest.isdigit()
