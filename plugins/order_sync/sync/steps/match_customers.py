"""Step 3: which QuickBooks customer each order belongs to, with an explanation for each.

The cost follows the orders, not the cache: their distinct keys are looked up in the indexed cache, portion by portion, and pandas
decides over the small frame of candidates that comes back.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import msgspec
import pandas as pd

from order_sync.database.cache import cached_customers, customer_names, customers_named, formerly_named
from order_sync.database.choices import choices
from order_sync.database.contacts import merged_contacts
from order_sync.database.customer_keys import look_alikes, look_up
from order_sync.database.merges import known_merges, survivors
from order_sync.database.order_status import save_decisions
from order_sync.database.orders import parties_by_id, parties_of_run
from order_sync.sync.company.reading import new_customer_defaults
from order_sync.sync.customers.chosen import Chosen, chosen_today
from order_sync.sync.customers.decisions import StandIns, columns_needed, decide
from order_sync.sync.customers.found import Directory
from order_sync.sync.customers.lookalikes import MOST_COMPARED, in_words, suggest
from order_sync.sync.customers.merges import former_contacts
from order_sync.sync.customers.stand_ins import Names, find_stand_ins
from order_sync.sync.orders.decision import NEW_CUSTOMER, OF_CONTACT, Decided, Decision
from order_sync.sync.orders.status import Status
from order_sync.sync.recording.context import Context

PORTION = 20_000
"""Orders that are decided at a time: what bounds the memory of a run of a million."""


def match_customers(context: Context) -> Counter[str]:
    """Decides the customer of each order of the run that is on its way, writes the decisions back, and counts them by outcome.

    Raises ConfigurationError, before anything is written, where the settings name a customer, term or type that the company has not.
    """
    return _match(context, (Status.EXTRACTED, Status.MATCHED))


def match_again(context: Context) -> Counter[str]:
    """Decides anew the run's orders that would create a customer: another run may have made it since.

    Under the company's lease nobody can make one between this and what the caller does about it.
    """
    return _match(context, (Status.MATCHED,), without_customer=True)


def _match(context: Context, statuses: Sequence[Status], *, without_customer: bool = False) -> Counter[str]:
    engine, store, realm_id, run = context.engine, context.store, context.realm_id, context.run
    settings = store.matching
    stand_ins = stand_ins_of(context)
    new_customer_defaults(engine, realm_id, store)
    columns, former = columns_needed(settings), former_contacts(merged_contacts(engine, store.name))
    duplicates = partial(_duplicates, context, cache(partial(known_merges, engine, realm_id)))
    if chosen := _chosen(context, former):
        columns = list(dict.fromkeys((*columns, "contact_id")))
    counts = Counter[str]()
    portions = parties_of_run(
        engine, store.name, run.run_key, statuses, columns, portion=PORTION, without_customer=without_customer
    )
    # While one portion is written, the next is read and decided.
    with ThreadPoolExecutor(1) as writer, _uncollected():
        written: Future[set[str]] | None = None
        for order_ids, before, texts in portions:
            parties = pd.DataFrame(texts, dtype="object")
            directory = _directory(context, order_ids, former, duplicates)
            decided = decide(parties, settings, directory, stand_ins, chosen)
            decisions = _add_look_alikes(context, _in_words(order_ids, before, decided))
            if written:
                written.result()
            written = writer.submit(save_decisions, engine, store.name, run.run_key, decisions)
            counts.update(decided["outcome"])
        if written:
            written.result()
    return counts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would walk a portion's many small objects, all of them needed, over and over."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def stand_ins_of(context: Context) -> StandIns:
    """The customers of today that the settings name. ConfigurationError where the company has not one of them."""
    ours = (context.engine, context.realm_id)
    names = Names(
        named=partial(customers_named, *ours),
        formerly=partial(formerly_named, *ours),
        merged=partial(survivors, *ours),
        bodies=partial(cached_customers, *ours),
        all=partial(customer_names, *ours),
    )
    return find_stand_ins(context.store, names)


def _duplicates(
    context: Context, merges: Callable[[], Mapping[str, str]], ids: Sequence[str]
) -> dict[str, list[Mapping[str, Any]]]:
    """By customer, those that were merged into it in QuickBooks; the merges are read once, when somebody is doubted first."""
    wanted = set(ids)
    merged = {id: survivor for id, survivor in merges().items() if survivor in wanted}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for id, body in cached_customers(context.engine, context.realm_id, sorted(merged)).items():
        found.setdefault(merged[id], []).append(body)
    return found


def _chosen(context: Context, former: Mapping[str, Sequence[str]]) -> dict[str, Chosen]:
    """What people chose for the store's contacts, as it counts today."""
    made = choices(context.engine, context.store.name)
    if not made:
        return {}
    ids = [choice.customer_id for choice in made.values() if choice.customer_id not in ("", NEW_CUSTOMER)]
    merged_into = survivors(context.engine, context.realm_id, ids)
    return chosen_today(made, former, merged_into, partial(cached_customers, context.engine, context.realm_id))


def _directory(
    context: Context,
    order_ids: Sequence[str],
    former: Mapping[str, Sequence[str]],
    duplicates: Callable[[Sequence[str]], Mapping[str, Sequence[Mapping[str, Any]]]],
) -> Directory:
    engine, realm_id, with_jobs = context.engine, context.realm_id, context.store.customers.match_jobs

    def parties(rows: Sequence[int]) -> list[Mapping[str, str]]:
        found = parties_by_id(engine, context.store.name, [order_ids[row] for row in rows])
        return [found[order_ids[row]] for row in rows]

    return Directory(
        look_up=lambda field, equality, keys: look_up(engine, realm_id, field, equality, keys),
        bodies=lambda ids: cached_customers(engine, realm_id, ids),
        parties=parties,
        alike=lambda keys: look_alikes(engine, realm_id, keys, [], MOST_COMPARED, jobs=with_jobs),
        former_contacts=former,
        duplicates=duplicates,
    )


def _in_words(order_ids: Sequence[str], before: Sequence[Decision | None], decided: pd.DataFrame) -> Iterator[Decided]:
    """The decisions as they are kept, each with the look-alikes that were found when it was made first."""
    rows = zip(order_ids, before, *(decided[part] for part in _PARTS), strict=True)
    for order_id, known, outcome, code, criterion, key, customer_id, words, candidates, keys in rows:
        suggestions = known.suggestions if known else []
        decision = Decision(outcome, code, criterion, key, customer_id, candidates or [], keys or {}, suggestions)
        advice = code and (code.advice if outcome == "held" else code.as_warning)
        yield Decided(order_id, decision, words, advice, decision != known)


_PARTS = ("outcome", "code", "criterion", "key", "customer_id", "explanation", "candidates", "keys")


def _add_look_alikes(context: Context, decided: Iterable[Decided]) -> list[Decided]:
    """The decisions, with look-alikes where it is news that nobody was found, or that a person must decide."""
    decisions = list(decided)
    wanted = [
        one.order_id
        for one in decisions
        if one.is_news and one.decision.outcome in ("held", "create") and OF_CONTACT not in one.decision.keys
    ]
    if not wanted:
        return decisions
    named = {one.order_id: [each["id"] for each in one.decision.candidates] for one in decisions}
    found = suggestions(context, {order_id: named[order_id] for order_id in wanted})
    return [_with_look_alikes(one, found[one.order_id]) if one.order_id in found else one for one in decisions]


def _with_look_alikes(one: Decided, found: Sequence[dict[str, Any]]) -> Decided:
    return one._replace(
        decision=msgspec.structs.replace(one.decision, suggestions=list(found)), words=one.words + in_words(found)
    )


def suggestions(context: Context, named: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    """The look-alikes of each of these orders, among them the customers that were found for it."""
    parties = parties_by_id(context.engine, context.store.name, list(named))
    neighbours = partial(look_alikes, context.engine, context.realm_id, jobs=context.store.customers.match_jobs)
    return {order_id: suggest(neighbours, party, named[order_id]) for order_id, party in parties.items()}
