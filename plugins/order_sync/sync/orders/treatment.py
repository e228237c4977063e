"""What an order is to become: the first rule of the settings that fits it ("Post as" in docs/settings/revenue.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from order_sync.infusionsoft.records import OrderItem, Payment
from order_sync.settings import Conditions, PostAs, Store
from order_sync.settings.payments import folded
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.payments import charges, completing_charges, covered, forgiven, received
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.trouble import trouble

UNDEPOSITED_FUNDS = "Undeposited Funds"
"""The account where QuickBooks puts money for which none is named, under the name that it has unless a company gives it another."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What a choice of "Post as" means."""

    entity: Entity
    paid_as_whole: bool = False
    """Whether an order is recorded only once it is paid in full, and the document shows the money."""
    with_payments: bool = False
    """Whether payments are recorded beside the document."""
    once_paid: bool = False
    """Whether they are recorded only once all of them are there."""

    @property
    def records_money(self) -> bool:
        """Whether the money that comes in is recorded."""
        return self.paid_as_whole or self.with_payments

    @property
    def owes_again(self) -> bool:
        """Whether money may go back while more is awaited: of what is recorded once all is paid, none does."""
        return self.with_payments and not self.once_paid


MANNERS: Mapping[PostAs, Manner] = {
    "Sales receipt": Manner(Entity.SALES_RECEIPT, paid_as_whole=True),
    "Invoice": Manner(Entity.INVOICE),
    "Invoice and payment": Manner(Entity.INVOICE, with_payments=True),
    "Invoice, payment if paid": Manner(Entity.INVOICE, with_payments=True, once_paid=True),
}
"""The ways to record an order, each once: a new one is added here."""

USUAL: Mapping[Entity, PostAs] = {Entity.SALES_RECEIPT: "Sales receipt", Entity.INVOICE: "Invoice"}
"""What a document was recorded as where nobody noted it."""

CHANGED = trouble(
    Code.CHANGED,
    "The order was changed in Infusionsoft after it was recorded; its document still shows the former order.",
)
"""What is told of an order whose document does not follow it."""


def is_flagged(store: Store, *, stands_alone: bool) -> bool:
    """Whether a change of a recorded order is only told: by setting, and always where the document holds other orders too."""
    return store.orders.changed == "flag" or (store.orders.changed == "update" and not stands_alone)


@dataclass(frozen=True, slots=True)
class Treatment:
    """How an order is recorded; class and location as QuickBooks shows them."""

    post_as: PostAs
    class_name: str | None = None
    location: str | None = None
    why: str = field(default="", compare=False)
    """Why it is no sales receipt, in words, where the order's payments decided that."""

    @property
    def manner(self) -> Manner:
        """What that means."""
        return MANNERS[self.post_as]

    @property
    def entity(self) -> Entity:
        """What the document is in QuickBooks."""
        return self.manner.entity


def treatment(snapshot: Snapshot, store: Store) -> Treatment:
    """By the first rule that fits, without rules as the revenue settings say for all; an invoice where a receipt cannot show its money."""
    chosen = _chosen(snapshot, store)
    may_be_invoice = store.payments.several_accounts == "invoice" and not store.revenue.consolidate
    if chosen.manner.paid_as_whole and may_be_invoice and exceeds_a_receipt(snapshot, store):
        why = "its money, or what is taken off it, goes to more than one account, and a sales receipt has one of each"
        return replace(chosen, post_as="Invoice and payment", why=why)
    return chosen


def _chosen(snapshot: Snapshot, store: Store) -> Treatment:
    revenue = store.revenue
    for rule in revenue.rules:
        if fits(rule.when, snapshot):
            why = "" if MANNERS[rule.post_as].paid_as_whole else _why_in_parts(rule.when)
            return Treatment(rule.post_as, rule.class_ or revenue.class_, rule.location or revenue.location, why)
    return Treatment(revenue.post_as or "Sales receipt", revenue.class_, revenue.location)


def _why_in_parts(when: Conditions) -> str:
    """What the condition of a rule says of an order that is paid in parts; empty where it asks for something else."""
    if when.payment_plan:
        return "it has a payment plan, for which revenue.rules has a rule"
    return "it is paid in parts, for which revenue.rules has a rule" if when.paid == "in parts" else ""


def exceeds_a_receipt(snapshot: Snapshot, store: Store) -> bool:
    """Whether a sales receipt, which has one account for its money and one discount line, cannot show an order that is paid."""
    if not charges(snapshot) or covered(snapshot) < snapshot.order.total:
        return False
    into = {_deposit_account(one, store) for one in completing_charges(snapshot)}
    off = {one.kind for one in forgiven(snapshot)}
    if store.revenue.discounts == "discount line" and any(map(takes_off, snapshot.order.items)):
        off.add("credit")  # it goes where discounts go
    return len(into) > 1 or (store.payments.write_off_item is not None and len(off) > 1)


def _deposit_account(payment: Payment, store: Store) -> str:
    """The account that money goes to, folded; where none is named, QuickBooks takes Undeposited Funds. One that the company calls
    otherwise has that name in the settings that `company.reading.with_account_names` gives."""
    revenue = store.revenue
    by_method = {folded(method): account for method, account in revenue.deposit_accounts.items()}
    return (by_method.get(folded(payment.method or "")) or revenue.deposit_account or UNDEPOSITED_FUNDS).casefold()


def takes_off(item: OrderItem) -> bool:
    """Whether a line is a discount of more than nothing."""
    return item.item_type.startswith("DISCOUNT") and bool(item.price or item.discount)


def fits(when: Conditions, snapshot: Snapshot) -> bool:
    """Whether an order fits every condition that is named."""
    order = snapshot.order
    return all(
        (
            not when.order_status or order.status in when.order_status,
            not when.payment_status or payment_status(snapshot) in when.payment_status,
            when.paid is None or (when.paid == "in parts") == is_paid_in_parts(snapshot),
            when.payment_plan is None or when.payment_plan == order.payment_plan,
            not when.payment_method or _folded(payment_method(snapshot)) & _folded(*when.payment_method) != set(),
            not when.order_type or order.order_type in when.order_type,
            not when.currency or order.currency in when.currency,
            not when.product or not _products(snapshot).isdisjoint(when.product),
            not when.tag or (snapshot.contact is not None and not set(snapshot.contact.tag_ids).isdisjoint(when.tag)),
            when.total_at_least is None or order.total >= when.total_at_least,
            when.total_below is None or order.total < when.total_below,
        )
    )


def payment_status(snapshot: Snapshot) -> str:
    """unpaid, partly paid or paid, by the money that came in; one whose rest was written off is paid."""
    came = received(snapshot)
    if came >= snapshot.order.total or (came > 0 and covered(snapshot) >= snapshot.order.total):
        return "paid"
    return "partly paid" if came > 0 else "unpaid"


def is_paid_in_parts(snapshot: Snapshot) -> bool:
    """Whether the money comes in several payments: a plan says so, more than one came, or a part did and the rest is open."""
    return snapshot.order.payment_plan or len(charges(snapshot)) > 1 or payment_status(snapshot) == "partly paid"


def payment_method(snapshot: Snapshot) -> str | None:
    """How the order was paid first, in the store's words; None where nothing came in."""
    return next((one.method for one in charges(snapshot)), None)


def _products(snapshot: Snapshot) -> set[str]:
    said: Iterable[str | None] = (
        text for item in snapshot.order.items for text in (item.sku, item.product_name, item.name)
    )
    return {text.strip() for text in said if text}


def _folded(*texts: str | None) -> set[str]:
    return {folded(text) for text in texts if text}
