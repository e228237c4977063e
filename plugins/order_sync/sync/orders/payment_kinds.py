"""The kind of each payment, by its type in Infusionsoft and the settings (docs/settings/payments.md); the types that are known without
these are `settings.payments.USUAL_KINDS`. Which payments of a kind count, by their status, is in `payments`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from order_sync.infusionsoft.records import Payment
from order_sync.settings import Store
from order_sync.settings.payments import USUAL_KINDS, PaymentKind, folded
from order_sync.sync.orders.decision import KindChoice


def with_kinds(payments: Iterable[Payment], store: Store) -> list[Payment]:
    """The payments, each with its kind as the settings are today; one without a type is money, one of no known type is to be held."""
    known = kinds_of(store)
    return [replace(one, kind=known.get(folded(one.method), "hold") if one.method else "money") for one in payments]


def with_chosen(store: Store, chosen: Iterable[KindChoice]) -> Store:
    """The settings with what people said that payments of a type are, which goes before what the settings say."""
    said: dict[str, PaymentKind | None] = {one.type: one.kind for one in chosen}
    if not said:
        return store
    again = {folded(word) for word in said}
    kinds = {word: kind for word, kind in store.payments.kinds.items() if folded(word) not in again} | said
    return store.model_copy(update={"payments": store.payments.model_copy(update={"kinds": kinds})})


def kinds_of(store: Store) -> Mapping[str, PaymentKind]:
    """The kind of each type that is known, folded: what the settings say goes before what is usual; a type with an account is money."""
    own = {folded(word): kind for word, kind in store.payments.kinds.items()}
    revenue = store.revenue
    of_accounts: dict[str, PaymentKind] = {
        folded(word): "money" for word in (*revenue.deposit_accounts, *revenue.payment_methods)
    }
    found: dict[str, PaymentKind | None] = {**USUAL_KINDS, **of_accounts, **own}
    return {word: kind for word, kind in found.items() if kind}
