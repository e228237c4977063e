"""Customers that somebody merged in QuickBooks: who they are now, and what that makes of the candidates for an order.

Nothing in QuickBooks' API names the survivor of a merge; the documents that were the duplicate's do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from order_sync.keys import UNSEEN, Candidates, compared, without_ending

Bodies = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""Customers as QuickBooks gave them, by id."""


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


class Today(NamedTuple):
    """Candidates as they are today."""

    candidates: Candidates
    notes: list[str]
    """Of each, what is to be told of it: that another was merged into it."""
    sealed: list[bool]
    """Of each, whether it must never be made active, because it was merged, or may have been."""


def of_today(found: Candidates, bodies: Bodies, *, by_name: bool) -> Today:
    """The candidates with survivors in the place of those that were merged, where no active customer has the key; of active ones that
    were looked for `by_name`, those that were made active again and kept the ending of their name give way to those who bear it."""
    merged = [at for at, survivor in enumerate(found.merged_into) if survivor and not found.active[at]]
    renamed = by_name and any(name.endswith(")") and without_ending(name) != name for name in found.names)
    if not merged and not renamed:
        return Today(found, [""] * len(found.ids), [False] * len(found.ids))
    has_active = {position for position, active in zip(found.positions, found.active, strict=True) if active}
    merged = [at for at in merged if found.positions[at] not in has_active]
    survivors = bodies(sorted({found.merged_into[at] for at in merged} - {UNSEEN})) if merged else {}
    rows = [*zip(*found, strict=True)]
    notes, sealed = [""] * len(rows), [False] * len(rows)
    for at in merged:
        row, survivor = _Row(*rows[at]), found.merged_into[at]
        rows[at], notes[at] = _moved(row, survivor, survivors.get(survivor))
        sealed[at] = survivor not in survivors
    kept = _once(rows, _bearers(rows) if by_name else range(len(rows)))
    columns = [list(column) for column in zip(*(rows[at] for at in kept), strict=True)] or [[] for _ in found]
    return Today(Candidates(*columns), [notes[at] for at in kept], [sealed[at] for at in kept])


class _Row(NamedTuple):
    """One candidate, in the order of the columns of `Candidates`."""

    position: int
    id: str
    name: str
    active: bool
    emails: str
    currency: str
    is_job: bool
    merged_into: str


def _moved(row: _Row, survivor: str, body: Mapping[str, Any] | None) -> tuple[tuple[Any, ...], str]:
    """A merged candidate's survivor in its place, and the words for it; itself where the survivor is not known."""
    if survivor == UNSEEN:
        return row, "Whether it was merged into another customer could not be seen: its documents could not be read."
    if body is None:
        return row, f"It was merged into customer {survivor} in QuickBooks, which could not be found."
    now, name = compared(body), str(body.get("DisplayName") or "")
    # The key is the duplicate's, and so is what speaks for it.
    emails = ",".join(dict.fromkeys(filter(None, (*row.emails.split(","), *now["emails"].split(",")))))
    moved = _Row(
        row.position, survivor, name, bool(body.get("Active", True)), emails, now["currency"], now["is_job"], ""
    )
    return moved, f"{row.name} ({row.id}) was merged into {name} ({survivor}) in QuickBooks."


def _bearers(rows: Sequence[tuple[Any, ...]]) -> Sequence[int]:
    """Those who bear their name without an ending, and those of a key that no active one bears so."""
    plain = {row[0] for row in rows if row[3] and without_ending(row[2]) == row[2]}
    return [at for at, row in enumerate(rows) if row[0] not in plain or not row[3] or without_ending(row[2]) == row[2]]


def _once(rows: Sequence[tuple[Any, ...]], of: Sequence[int]) -> list[int]:
    """Each customer once for a key: it may have the key itself, and by another that was merged into it."""
    first: dict[tuple[int, str], int] = {}
    for at in of:
        first.setdefault((rows[at][0], rows[at][1]), at)
    return sorted(first.values())
