"""Customers that somebody merged in QuickBooks: who they are now, and what that makes of the candidates for an order.

Nothing in QuickBooks' API names the survivor of a merge; the documents that were the duplicate's do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from order_sync.keys import UNSEEN, Candidates, compared, without_ending
from order_sync.sync.customers.candidates import Bodies, Row, columns_of, in_place_of, rows_of


def survivor_of(customer_id: str, named: Sequence[str]) -> str:
    """Into whom an inactive customer was merged, by the customers that its documents name now; empty where it was not, or where they
    do not agree: one that names it still was never moved, and single ones may have been given to others by hand."""
    if not named or customer_id in named:
        return ""
    survivor, number = Counter(named).most_common(1)[0]
    return survivor if 2 * number > len(named) else ""


def followed(merged_into: Mapping[str, str]) -> dict[str, str]:
    """The last survivor of each customer: one that was merged may be merged again. Those that lead in a circle have none."""
    found = {}
    for customer_id in merged_into:
        seen, now = {customer_id}, merged_into[customer_id]
        while now in merged_into and now not in seen:
            seen.add(now)
            now = merged_into[now]
        found[customer_id] = "" if now in seen else now
    return found


def former_contacts(merged_into: Mapping[str, str]) -> dict[str, list[str]]:
    """By contact, those that were merged into it in Infusionsoft, the newest first."""
    found: dict[str, list[str]] = {}
    for former, now in followed(merged_into).items():
        if now:
            found.setdefault(now, []).append(former)
    return {now: sorted(of, key=lambda id: (len(id), id), reverse=True) for now, of in found.items()}


def of_today(found: Candidates, bodies: Bodies, *, by_name: bool) -> Candidates:
    """The candidates with survivors in the place of those that were merged, where no active customer of the currency has the key; of active
    ones that were looked for `by_name`, those that were made active again and kept the ending of their name give way to those who bear it.
    """
    merged = [at for at, survivor in enumerate(found.merged_into) if survivor and not found.active[at]]
    renamed = by_name and any(name.endswith(")") and without_ending(name) != name for name in found.names)
    if not merged and not renamed:
        return found
    rows = rows_of(found)
    has_active = _currencies(row for row in rows if row["active"])
    merged = [at for at in merged if not _is_among(rows[at], has_active)]
    survivors = bodies(sorted({found.merged_into[at] for at in merged} - {UNSEEN})) if merged else {}
    for at in merged:
        rows[at] = _moved(rows[at], survivors.get(found.merged_into[at]))
    return columns_of(_once(_bearers(rows) if by_name else rows))


def _moved(row: Row, body: Mapping[str, Any] | None) -> Row:
    """The survivor in the place of a merged candidate, in words too; where it is not known, itself, never to be made active."""
    survivor = row["merged_into"]
    if survivor == UNSEEN:
        words = "Whether it was merged into another customer could not be seen: its documents could not be read."
        return {**row, "notes": words, "sealed": True}
    if body is None:
        words = f"It was merged into customer {survivor} in QuickBooks, which could not be found."
        return {**row, "notes": words, "sealed": True}
    name = body.get("DisplayName") or ""
    words = f"{row['names']} ({row['ids']}) was merged into {name} ({survivor}) in QuickBooks."
    # The key is the duplicate's, and so is what speaks for it.
    emails = (*row["emails"].split(","), *compared(body)["emails"].split(","))
    # And where it is a job, the person who merged the two chose that job, not the customer above it.
    return in_place_of(
        row, survivor, body, emails=",".join(dict.fromkeys(filter(None, emails))), jobs=False, notes=words
    )


def _bearers(rows: Sequence[Row]) -> list[Row]:
    """Those who bear their name without an ending, and those of a key that no active one of the currency bears so."""
    plain = _currencies(row for row in rows if row["active"] and without_ending(row["names"]) == row["names"])
    return [
        row
        for row in rows
        if not row["active"] or without_ending(row["names"]) == row["names"] or not _is_among(row, plain)
    ]


def _currencies(rows: Iterable[Row]) -> dict[int, set[str]]:
    """By key, the currencies of the candidates: a person has a customer in each."""
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["positions"], set()).add(row["currencies"])
    return found


def _is_among(row: Row, currencies: Mapping[int, set[str]]) -> bool:
    """Whether its key has one in its currency; one of no currency is in a company that has but one."""
    of_key, own = currencies.get(row["positions"], set()), row["currencies"]
    return bool(of_key) and (not own or not of_key.isdisjoint(("", own)))


def _once(rows: Sequence[Row]) -> list[Row]:
    """Each customer once for a key: it may have the key itself, and by another that was merged into it."""
    first: dict[tuple[int, str], Row] = {}
    for row in rows:
        first.setdefault((row["positions"], row["ids"]), row)
    return list(first.values())
