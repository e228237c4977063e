"""What a person does about orders, one of them or many at once; each is told in the order's history with who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from order_sync.database.choices import forget_choice, note_choice
from order_sync.database.history import Event
from order_sync.database.order_status import skip_order
from order_sync.database.orders import orders_by_id
from order_sync.errors import RecordRefused
from order_sync.sync.orders.decision import Choice
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import UNFINISHED

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action on several orders: the orders that it was done with, and why not with the others, by order id."""

    verb: str
    order_ids: tuple[str, ...]
    refused: dict[str, str]

    @property
    def words(self) -> str:
        """The whole in a sentence or two; of what was refused, the first."""
        number = len(self.order_ids)
        done = f"{number} {'order' if number == 1 else 'orders'} {self.verb}."
        if not self.refused:
            return done
        first, why = next(iter(self.refused.items()))
        more = f" ({len(self.refused) - 1} more alike or for other reasons.)" if len(self.refused) > 1 else ""
        return f"{done} Not {first}: {why}{more}"


def skip_orders(engine: Engine, store: str, order_ids: Sequence[str], why: str, by: str) -> Done:
    """Ends orders by a person's decision, for good; each for itself, so that one which cannot be ended keeps none of the others."""
    done, refused = [], {}
    for order_id in dict.fromkeys(order_ids):
        try:
            skip_order(engine, store, order_id, why, by)
        except LookupError as error:
            refused[order_id] = str(error)
        else:
            done.append(order_id)
    return Done("skipped", tuple(done), refused)


def choose_customer(engine: Engine, store: str, order_id: str, customer: tuple[str, str], who: str) -> None:
    """Gives an order's contact a customer, id and name, for this and all orders to come; without an id, the standard customer.

    The next run follows it. LookupError where the order is not there or is finished; RecordRefused where it names no contact that the
    choice could be kept for.
    """
    row = _unfinished(engine, store, order_id)
    if row.contact_id is None:
        raise RecordRefused(
            f"Order {order_id} names no contact, so nothing can be remembered of whose it is.",
            advice="Give the order a contact in Infusionsoft, or skip it and enter it in QuickBooks by hand.",
        )
    customer_id, name = customer
    chosen = f"{name} ({customer_id})" if customer_id else "the standard customer"
    told = Event(
        order_id, "chosen", f"{chosen} was chosen for contact {row.contact_id}; the next run follows it.", who=who
    )
    note_choice(engine, store, row.contact_id, Choice(customer_id, who, datetime.now(UTC)), told)


def let_criteria_decide(engine: Engine, store: str, order_id: str, who: str) -> None:
    """Takes back what was chosen for an order's contact. LookupError where the order is not there or names no contact."""
    row = _known(engine, store, order_id)
    if row.contact_id is None:
        raise LookupError(f"Order {order_id} names no contact.")
    told = Event(
        order_id, "chosen", f"The customer of contact {row.contact_id} is found by the settings again.", who=who
    )
    forget_choice(engine, store, row.contact_id, told)


def _unfinished(engine: Engine, store: str, order_id: str) -> OrderRow:
    row = _known(engine, store, order_id)
    if row.status not in UNFINISHED or row.document_id:
        raise LookupError(f"Order {order_id} is {row.status}: its customer stands on a document in QuickBooks already.")
    return row


def _known(engine: Engine, store: str, order_id: str) -> OrderRow:
    for row in orders_by_id(engine, store, [order_id]):
        return row
    raise LookupError(f"Order {order_id} of store {store} could not be found.")
