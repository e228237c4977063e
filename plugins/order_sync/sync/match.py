"""Step 3: which QuickBooks customer each order belongs to, with an explanation for each.

The cost follows the orders, not the cache: their distinct keys are looked up in the indexed cache, portion by portion, and pandas
decides over the small frame of candidates that comes back.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from order_sync.settings import Store
from order_sync.store.cache import cached_customers
from order_sync.store.customer_keys import look_up
from order_sync.store.orders import Decided, parties_of_run, save_decisions
from order_sync.store.runs import Run
from order_sync.sync.books import new_customer_defaults
from order_sync.sync.decisions import Directory, columns_needed, decide
from order_sync.sync.lookalikes import FIELDS, in_words, suggest
from order_sync.sync.stand_ins import read_stand_ins

PORTION = 20_000
"""Orders that are decided at a time: what bounds the memory of a run of a million."""


def match_customers(engine: Engine, store: Store, realm_id: str, run: Run) -> Counter[str]:
    """Decides the customer of each order of the run that is on its way, writes the decisions back, and counts them by outcome.

    Raises ConfigurationError, before anything is written, where the settings name a customer, term or type that the company has not.
    """
    return _match(engine, store, realm_id, run, ("extracted", "matched"))


def match_again(engine: Engine, store: Store, realm_id: str, run: Run) -> Counter[str]:
    """Decides anew the run's orders that would create a customer: another run may have made it since.

    Under the company's lease nobody can make one between this and what the caller does about it.
    """
    return _match(engine, store, realm_id, run, ("matched",), without_customer=True)


def _match(
    engine: Engine, store: Store, realm_id: str, run: Run, statuses: Sequence[str], *, without_customer: bool = False
) -> Counter[str]:
    settings = store.customers
    stand_ins = read_stand_ins(engine, realm_id, store)
    new_customer_defaults(engine, realm_id, store)
    directory = Directory(
        look_up=lambda field, equality, keys: look_up(engine, realm_id, field, equality, keys),
        bodies=lambda ids: cached_customers(engine, realm_id, ids),
    )
    columns = list(dict.fromkeys((*columns_needed(settings), *FIELDS)))
    counts = Counter[str]()
    for rows in parties_of_run(
        engine, store.name, run.run_key, statuses, columns, portion=PORTION, without_customer=without_customer
    ):
        with _uncollected():
            order_ids, known, *texts = zip(*rows, strict=True)
            parties = pd.DataFrame(dict(zip(columns, texts, strict=True)), dtype="object")
            decided = decide(parties, settings, directory, stand_ins)
            decisions = _kept(order_ids, known, decided, _suggester(engine, realm_id, columns, rows))
            save_decisions(engine, store.name, run.run_key, decisions)
        counts.update(decided["outcome"])
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


def _suggester(
    engine: Engine, realm_id: str, columns: Sequence[str], rows: Sequence[Any]
) -> Callable[[int], list[dict[str, Any]]]:
    return lambda row: suggest(engine, realm_id, dict(zip(columns, rows[row][2:], strict=True)))


ADVICE = {
    "AMBIGUOUS": "Merge the customers in QuickBooks, or tell them apart by name or e-mail; the next run decides again.",
    "CONTRADICTED": "If it is the same person, give the customer in QuickBooks the new e-mail or address; if not, another name. "
    "The next run decides again.",
    "INACTIVE": "Make the customer active in QuickBooks, or rename it; the next run decides again.",
    "NO_DETAILS": "Complete the contact in Infusionsoft, or name a default_customer; the next run decides again.",
    "NOT_FOUND": "Create the customer in QuickBooks, or correct the contact in Infusionsoft; the next run decides again.",
}


def _kept(
    order_ids: Sequence[str],
    before: Sequence[dict[str, Any] | None],
    decided: pd.DataFrame,
    suggest_for: Callable[[int], list[dict[str, Any]]],
) -> list[Decided]:
    """The decisions as they are kept; with look-alikes where nobody was found, or a person must decide."""
    decisions = []
    parts = ("outcome", "code", "criterion", "key", "explanation", "candidates", "keys", "customer_id")
    rows = zip(order_ids, before, *(decided[part] for part in parts), strict=True)
    for row, (order_id, known, outcome, code, criterion, key, words, candidates, keys, customer_id) in enumerate(rows):
        decision = {
            "outcome": outcome,
            "code": code,
            "criterion": criterion,
            "key": key,
            "candidates": candidates or [],
            "keys": keys or {},
            "suggestions": known.get("suggestions", []) if known else [],
            "explanation": words,
        }
        is_news = decision != known
        if is_news:
            named = {candidate["id"] for candidate in decision["candidates"]}
            found = suggest_for(row) if outcome in ("held", "create") else []
            decision["suggestions"] = [one for one in found if one["id"] not in named]
        suggestions = decision["suggestions"]
        decisions.append(
            Decided(
                order_id,
                outcome == "held",
                customer_id or None,
                decision,
                code or None,
                words + in_words(suggestions) if suggestions else words,
                ADVICE[code] if code else None,
                is_news,
            )
        )
    return decisions
