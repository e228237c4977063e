"""What a person does about orders, one of them or many at once; each is told in the order's history with who did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from order_sync.database.choices import (
    as_chosen,
    choices,
    chosen_items,
    chosen_kinds,
    forget_choice,
    forget_item,
    forget_kind,
    forget_order,
    newest_of_contacts,
    note_choice,
    note_item,
    note_kind,
    note_order,
)
from order_sync.database.history import Event
from order_sync.database.order_status import skip_order
from order_sync.database.orders import orders_by_id
from order_sync.database.settings_versions import settings_in_force
from order_sync.errors import RecordRefused
from order_sync.settings import Store
from order_sync.settings.payments import PaymentKind, folded
from order_sync.sync.company.products import Product
from order_sync.sync.customers.new_customer import can_be_named
from order_sync.sync.orders.anyway import may_be_overruled, refusal_to_overrule
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import NEW_CUSTOMER, Choice, ItemChoice, KindChoice, OrderChoice
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import UNFINISHED
from order_sync.sync.orders.trouble import trouble

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action on several orders: the orders that it was done with, and why not with the others, by order id."""

    verb: str
    order_ids: tuple[str, ...]
    refused: dict[str, str]

    @property
    def words(self) -> str:
        """The whole in a few sentences."""
        number = len(self.order_ids)
        return f"{number or 'No'} {'order' if number < 2 else 'orders'} {self.verb}. {refusals(self.refused)}".rstrip()


_REASONS, _LISTED = 3, 10


def refusals(refused: Mapping[str, str]) -> str:
    """Why something was not done with orders, in words: the first three reasons, each with its orders; empty where nothing was refused."""
    orders_of: dict[str, list[str]] = {}
    for order_id, why in refused.items():
        orders_of.setdefault(why, []).append(order_id)
    told = list(orders_of.items())[:_REASONS]
    left = len(refused) - sum(len(order_ids) for _why, order_ids in told)
    said = [f"Not {_listed(order_ids)}: {why}" for why, order_ids in told]
    return " ".join([*said, *([f"And {left} more not: the page of each says how it stands."] if left else [])])


def _listed(order_ids: Sequence[str]) -> str:
    more = len(order_ids) - _LISTED
    return ", ".join(order_ids[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def skip_orders(
    engine: Engine, store: str, order_ids: Sequence[str], why: str, by: str, seen: Mapping[str, str]
) -> Done:
    """Ends orders by a person's decision; each for itself, so that one which cannot be ended keeps none of the others.

    `seen` has the id of the document that the person saw on an order, where there was one. An order that has another by now is not
    ended: who skips a sale because it was entered by hand would have it twice.
    """
    return _each(
        "skipped", order_ids, lambda order_id: skip_order(engine, store, order_id, why, by, seen.get(order_id, ""))
    )


def ended_by_person(engine: Engine, store: str, order_ids: Sequence[str]) -> dict[str, str]:
    """Those of some orders that no run records any more, because a person has ended them: what they are told, and what to do instead."""
    rows = [row for row in orders_by_id(engine, store, order_ids) if row.code == Code.BY_PERSON]
    return {row.order_id: _SKIPPED if may_be_overruled(row) else _ENDED for row in rows}


_SKIPPED = "Somebody skipped it, so no run records it. To have it recorded, post it anyway."
_ENDED = "Somebody ended it: what is recorded stays as it is, and what is missing is theirs to enter."


def post_anyway(engine: Engine, store: Store, order_ids: Sequence[str], by: str) -> Done:
    """Has the next run record orders that the settings leave out, or that a person skipped, each for itself; `store` as its file has it.

    Refused is what is left out by nobody's choice: the words say why, and what to do instead. ConfigurationError where the version of the
    settings that is in force cannot be read.
    """
    today = _in_force(engine, store)
    return _each("to be posted by the next run", order_ids, lambda order_id: _overrule(engine, today, order_id, by))


def can_be_posted_anyway(engine: Engine, store: Store, row: OrderRow) -> bool:
    """Whether `post_anyway` would take an order, as far as its row says; raises what that does."""
    return may_be_overruled(row) and _refusal(row, _in_force(engine, store)) is None


def leave_out_again(engine: Engine, store: str, order_ids: Sequence[str], by: str) -> Done:
    """Takes back that orders are posted anyway, each for itself: it stands again as it did before, unless it is recorded by now."""
    words = "It is not posted anyway any more: it stands as it did before."

    def forget(order_id: str) -> None:
        forget_order(engine, store, Event(order_id, "anyway", words, code=Code.ANYWAY, who=by))

    return _each("left out again", order_ids, forget)


def _in_force(engine: Engine, store: Store) -> Store:
    return as_chosen(engine, settings_in_force(engine, store)[0])


def _refusal(row: OrderRow, store: Store) -> str | None:
    return refusal_to_overrule(row, snapshot_of(row, store) if row.snapshot else None, store)


def _each(verb: str, order_ids: Sequence[str], act: Callable[[str], object]) -> Done:
    done, refused = [], {}
    for order_id in dict.fromkeys(order_ids):
        try:
            act(order_id)
        except LookupError as error:
            refused[order_id] = str(error)
        else:
            done.append(order_id)
    return Done(verb, tuple(done), refused)


def _overrule(engine: Engine, store: Store, order_id: str, who: str) -> None:
    row = _known(engine, store.name, order_id)
    if refusal := _refusal(row, store):
        raise LookupError(refusal)
    left_out = f"It was skipped: {row.message}" if row.code == Code.BY_PERSON else f"It was left out: {row.message}"
    words = f"It is posted anyway; the next run records it. {left_out}"
    choice = OrderChoice(row.status, row.code or "", row.message or "", row.advice, who, datetime.now(UTC))
    why = trouble(Code.ANYWAY, f"{who} has it posted anyway; the next run records it. {left_out}")
    note_order(engine, store.name, choice, why, Event(order_id, "anyway", words, code=Code.ANYWAY, who=who))


def choose_customer(engine: Engine, store: str, order_id: str, customer: tuple[str, str], who: str) -> None:
    """Gives an order's contact a customer, id and name, for this and all orders to come; without an id, the standard customer.

    The next run follows it. LookupError where the order is not there or is finished; RecordRefused where it names no contact that the
    choice could be kept for.
    """
    customer_id, name = customer
    chosen = f"{name} ({customer_id})" if customer_id else "the standard customer"
    _choose(engine, _unfinished(engine, store, order_id), customer_id, f"{chosen} was chosen", who)


def choose_new_customer(engine: Engine, store: Store, order_id: str, who: str) -> None:
    """Has the next run make a customer for an order's contact, whoever else there is; all its orders to come are that one's then.

    LookupError where the order is not there or is finished; RecordRefused where it names no contact, or where nothing is known that the
    customer could be called by.
    """
    row = _unfinished(engine, store.name, order_id)
    if row.snapshot is None or not can_be_named(snapshot_of(row, store), store.customers):
        raise RecordRefused(
            f"Nothing is known of contact {row.contact_id or '–'} that a customer could be called by: no name, company or e-mail address.",
            advice="Complete the contact in Infusionsoft, or choose a customer that there is.",
        )
    _choose(engine, row, NEW_CUSTOMER, "A new customer was chosen", who)


def _choose(engine: Engine, row: OrderRow, customer_id: str, chosen: str, who: str) -> None:
    if row.contact_id is None:
        raise RecordRefused(
            f"Order {row.order_id} names no contact, so nothing can be remembered of whose it is.",
            advice="Give the order a contact in Infusionsoft, or skip it and enter it in QuickBooks by hand.",
        )
    told = Event(row.order_id, "chosen", f"{chosen} for contact {row.contact_id}; the next run follows it.", who=who)
    note_choice(engine, row.store, row.contact_id, Choice(customer_id, who, datetime.now(UTC)), told)


def let_criteria_decide(engine: Engine, store: str, contact_id: str, who: str) -> None:
    """Takes back what was chosen for a contact, and tells it in its newest order's history. LookupError where nobody did."""
    if contact_id not in choices(engine, store):
        raise LookupError(f"Nobody chose a customer for contact {contact_id or '–'}.")
    words = f"The customer of contact {contact_id} is found by the settings again."
    newest = newest_of_contacts(engine, store, [contact_id]).values()
    forget_choice(engine, store, contact_id, [Event(order_id, "chosen", words, who=who) for order_id in newest])


def require_contact(engine: Engine, store: str, order_id: str, contact_id: str) -> None:
    """LookupError where an order is not there, or is another contact's than the one whom a person saw who chooses for it."""
    row = _known(engine, store, order_id)
    if (row.contact_id or "") != contact_id:
        whose = f"contact {row.contact_id}'s" if row.contact_id else "nobody's"
        raise LookupError(
            f"Order {order_id} is {whose} by now, and was contact {contact_id or '–'}'s on the page: look at it again."
        )


def choose_item(engine: Engine, store: str, order_id: str, product: Product, item: tuple[str, str], who: str) -> None:
    """Says which item, id and name, a product of an order is, for this and all orders to come. LookupError where the order is not there or
    is finished."""
    _unfinished(engine, store, order_id)
    item_id, name = item
    words = f"The item {name} ({item_id}) was chosen for the product with the {product.key}; the next run follows it."
    choice = ItemChoice(item_id, who, datetime.now(UTC), order_id)
    note_item(engine, store, product.key, choice, Event(order_id, "chosen", words, who=who))


def let_settings_find_item(engine: Engine, store: str, product_key: str, who: str) -> None:
    """Takes back the item that was chosen for a product; LookupError where none was."""
    if not (chosen := chosen_items(engine, store).get(product_key)):
        raise LookupError(f"No item is chosen for the product with the {product_key}.")
    words = f"The item of the product with the {product_key} is found by the settings again."
    forget_item(engine, store, product_key, Event(chosen.order_id, "chosen", words, who=who))


def choose_payment_kind(engine: Engine, store: str, order_id: str, type: str, kind: PaymentKind, who: str) -> None:
    """Says what payments of a type are, for this and all orders to come. LookupError where the order is not there or is finished, or the
    type has neither letter nor digit."""
    _unfinished(engine, store, order_id)
    if not folded(type):
        raise LookupError(f"The type {type!r} holds no letter and no digit: nothing can be remembered of it.")
    words = f"Payments of the type '{type}' are {KINDS_IN_WORDS[kind]}; the next run follows it."
    note_kind(
        engine,
        store,
        KindChoice(type, kind, who, datetime.now(UTC), order_id),
        Event(order_id, "chosen", words, who=who),
    )


KINDS_IN_WORDS: Mapping[PaymentKind, str] = {
    "money": "money that came in",
    "write-off": "written off",
    "credit": "credited",
    "refund": "money that went back",
    "hold": "for a person to look at, each time",
}


def let_settings_say_kind(engine: Engine, store: str, type: str, who: str) -> None:
    """Takes back what was said of payments of a type; LookupError where nothing was."""
    if not (chosen := chosen_kinds(engine, store).get(folded(type))):
        raise LookupError(f"Nothing is chosen for payments of the type {type!r}.")
    words = f"What payments of the type '{chosen.type}' are is said by the settings again."
    forget_kind(engine, store, type, Event(chosen.order_id, "chosen", words, who=who))


def _unfinished(engine: Engine, store: str, order_id: str) -> OrderRow:
    row = _known(engine, store, order_id)
    if row.status not in UNFINISHED or row.document_id:
        raise LookupError(
            f"Order {order_id} is {row.status}: what it became stands in QuickBooks already, or never will."
        )
    return row


def _known(engine: Engine, store: str, order_id: str) -> OrderRow:
    for row in orders_by_id(engine, store, [order_id]):
        return row
    raise LookupError(f"Order {order_id} of store {store} could not be found.")
