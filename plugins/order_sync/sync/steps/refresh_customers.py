"""Step 1, and the Dag of its own: the cached QuickBooks lists, by what changed since last time, or in full."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from order_sync.database.cache import (
    Freshness,
    drop_customers,
    drop_entries,
    drop_rows,
    entries,
    freshness,
    note_freshness,
    save_customers,
    save_entries,
)
from order_sync.database.database import clock_now
from order_sync.database.rates import drop_rates
from order_sync.errors import RetryLater, Stop
from order_sync.progress import Progress
from order_sync.quickbooks.client import QuickBooksReader
from order_sync.sync.recording.merges import find_merges

log = logging.getLogger(__name__)

CHANGING = ("Customer", "Item", "Account", "Term", "PaymentMethod", "Class", "Department")
"""The lists whose changes QuickBooks tells in one call."""

READ_IN_FULL = ("TaxCode", "TaxRate", "CustomerType")
"""The lists whose changes it does not tell."""

NEEDED_PREFERENCES = ("SalesFormsPrefs", "AccountingInfoPrefs", "CurrencyPrefs")
"""What of the preferences documents are made by."""

OVERLAP = timedelta(minutes=5)
"""Whether QuickBooks' `changedSince` is inclusive is not documented, and its clock is not ours."""

LOOK_BACK = timedelta(days=29)  # QuickBooks tells the changes of 30 days


def refresh_changes(engine: Engine, quickbooks: QuickBooksReader) -> Counter[str]:
    """Brings the cache up to date with one call where it can, in full where it must; counts the rows that came, by list."""
    known = freshness(engine, quickbooks.realm_id)
    now = clock_now(engine)  # the mark is read by other machines, whose clocks differ
    if known is None or now - known.changes_since > LOOK_BACK or _lacks_rates(engine, quickbooks.realm_id):
        log.info("The cache was never filled, or lacks a list, or is too old: reading all lists.")
        return refresh_lists(engine, quickbooks)
    changes = quickbooks.changes(CHANGING, known.changes_since - OVERLAP)
    if not changes.complete:
        log.info("More has changed than QuickBooks tells in one answer: reading all lists.")
        return refresh_lists(engine, quickbooks)
    counts = Counter[str]()
    for entity, rows in changes.rows.items():
        if entity == "Customer":
            save_customers(engine, quickbooks.realm_id, rows)
        else:
            save_entries(engine, quickbooks.realm_id, entity, rows)
        drop_rows(engine, quickbooks.realm_id, entity, changes.deleted[entity])
        counts[entity] += len(rows) + len(changes.deleted[entity])
    # Not among the changes that QuickBooks tells, and what they allow is checked before anything is sent.
    _read_preferences(engine, quickbooks)
    find_merges(engine, quickbooks)
    note_freshness(engine, quickbooks.realm_id, Freshness(now, known.full_at))
    return +counts


def refresh_lists(engine: Engine, quickbooks: QuickBooksReader) -> Counter[str]:
    """Reads every list in full, inactive rows too, and forgets what is not there any more; counts the rows by list.

    Exchange rates are forgotten too: they are read when a document needs them.
    """
    since, began = clock_now(engine), datetime.now(UTC)
    realm_id, counts = quickbooks.realm_id, Counter[str]()
    number = quickbooks.count("Customer", "Active IN (true, false)")
    progress = Progress("customers read", number)
    for page in quickbooks.query_all("Customer", "Active IN (true, false)", whole=False):
        save_customers(engine, realm_id, page)
        counts["Customer"] += len(page)
        progress.step(len(page))
    if counts["Customer"] < number:
        raise RetryLater(
            f"QuickBooks counted {number} customers and gave {counts['Customer']}: those that are missing are not taken for deleted."
        )
    drop_customers(engine, realm_id, fetched_before=began)
    for entity in (*CHANGING[1:], *READ_IN_FULL):
        where = "" if entity in READ_IN_FULL else "Active IN (true, false)"
        for page in quickbooks.query_all(entity, where, whole=False):
            counts[entity] += save_entries(engine, realm_id, entity, page)
        drop_entries(engine, realm_id, entity, fetched_before=began)
    _read_preferences(engine, quickbooks)
    info = _with(quickbooks.company_info(), "CompanyInfo", ("Country",))
    save_entries(engine, realm_id, "CompanyInfo", [{"Id": "1", **info}])
    drop_rates(engine, realm_id)
    find_merges(engine, quickbooks)
    note_freshness(engine, realm_id, Freshness(since, since))
    return +counts


def _lacks_rates(engine: Engine, realm_id: str) -> bool:
    """Whether a former version filled the cache, which did not read tax rates."""
    codes = (row.get("SalesTaxRateList") or {} for row in entries(engine, realm_id, "TaxCode"))
    return any(one.get("TaxRateDetail") for one in codes) and not entries(engine, realm_id, "TaxRate")


def _read_preferences(engine: Engine, quickbooks: QuickBooksReader) -> None:
    found = _with(quickbooks.preferences(), "Preferences", NEEDED_PREFERENCES)
    save_entries(engine, quickbooks.realm_id, "Preferences", [{"Id": "1", **found}])


def _with(answer: dict[str, Any], what: str, needed: Sequence[str]) -> dict[str, Any]:
    """An answer that says what is needed of it: a company that says nothing of its currencies is not taken for one of one currency."""
    if missing := [name for name in needed if not answer.get(name)]:
        raise Stop(
            f"QuickBooks gave the company's {what} without {', '.join(missing)}.",
            advice="Nothing was sent; run the task again, and if it comes back, report it.",
        )
    return answer
