"""What the general ledger of a sandbox shows, as an accountant writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from order_sync.database import cache
from order_sync.sync.review.entries import Chart, chart_of
from tests.shop.books import Books


def entries(books: Books, *entities: str) -> dict[str, str]:
    """The net entry of every account, `{"Undeposited Funds": "Dr 95.00"}`; of all documents, or of those of a kind."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in books.sandbox.get("/_sandbox/ledger"):
        for entry in one["entries"] if not entities or one["entity"] in entities else ():
            found[entry["account"]] += Decimal(str(entry["debit"])) - Decimal(str(entry["credit"]))
    return {
        account: f"Dr {amount:.2f}" if amount > 0 else f"Cr {-amount:.2f}"
        for account, amount in found.items()
        if amount
    }


def in_words(entries: Iterable[Mapping[str, Any]]) -> str:
    """The entries of one document in a line: `Dr Undeposited Funds 95.00, Cr Sales of Product Income 95.00`."""
    sides = ((entry, side, entry[name]) for entry in entries for side, name in (("Dr", "debit"), ("Cr", "credit")))
    return ", ".join(f"{side} {entry['account']} {Decimal(str(amount)):.2f}" for entry, side, amount in sides if amount)


def chart_in(engine: Engine, realm_id: str) -> Chart:
    """A company's chart, from its cached lists."""
    lists = [cache.entries(engine, realm_id, name) for name in ("Account", "Item", "TaxCode", "TaxRate")]
    [preferences] = cache.entries(engine, realm_id, "Preferences")
    return chart_of(*lists, preferences)
