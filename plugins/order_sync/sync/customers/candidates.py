"""Which of the customers that have a key count: no job beside the customer that it is billed with, and of a person's customers in
several currencies the one in the order's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from order_sync.keys import Candidates, compared, parent_of

Bodies = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""Customers as QuickBooks gave them, by id."""

_DEEPEST = 5
"""Levels that QuickBooks' sub-customers can have."""

Column = np.ndarray[Any, np.dtype[Any]]

Row = dict[str, Any]
"""One candidate, by the names of the columns."""


def rows_of(found: Candidates) -> list[Row]:
    """The candidates one by one."""
    return [dict(zip(Candidates._fields, row, strict=True)) for row in zip(*found, strict=True)]


def columns_of(rows: Iterable[Row]) -> Candidates:
    """The candidates by columns again."""
    all_rows = list(rows)
    return Candidates(*([row[name] for row in all_rows] for name in Candidates._fields))


def in_place_of(row: Row, id: str, body: Mapping[str, Any], **more: Any) -> Row:
    """Another customer in the place of a candidate, whose key it did not have itself."""
    columns = compared(body)
    return {
        **row,
        "ids": id,
        "names": str(body.get("DisplayName") or ""),
        "active": bool(body.get("Active", True)),
        "emails": columns["emails"],
        "currencies": columns["currency"],
        "jobs": columns["is_job"],
        "merged_into": "",
        **more,
    }


def without_jobs(found: Candidates, bodies: Bodies, *, by_name: bool) -> Candidates:
    """The candidates as they count where jobs and projects are not looked for; of those left, `jobs` are found by a job of theirs alone.

    A job or project stands for the customer that it is billed with, but not `by_name`: its display name may be anybody's, as that of the
    builder's customer whose house it is. A sub-customer that is billed itself is a customer of its own, but
    not beside one above it that has the same key.
    """
    if not any(found.jobs):
        return found
    above = _above(found, bodies)
    rows: dict[tuple[int, str], Row] = {}
    for row in rows_of(found):
        billed = _billed(row, above)
        if billed and not (by_name and billed["jobs"]):
            place = row["positions"], billed["ids"]
            if place not in rows or not billed["jobs"]:
                rows[place] = billed
    return columns_of(
        row for (position, id), row in rows.items() if not any((position, one) in rows for one in _line(id, above))
    )


def in_currency(
    found: Candidates, positions: Column, currencies: Column, *, others: bool
) -> tuple[Candidates, Column, Column]:
    """The candidates that count for orders of a key (its position) and a currency each; with `others`, all of a key that nobody has in
    the order's currency.

    Gives them by new positions, those of the orders, and which orders lack a candidate only because of the currency.
    """
    if len({*found.currencies, *currencies} - {""}) < 2:
        return found, positions, np.zeros(len(positions), dtype=bool)
    wanted = list(zip(positions.tolist(), currencies, strict=True))
    places = {pair: place for place, pair in enumerate(dict.fromkeys(wanted))}
    of_key: dict[int, list[Row]] = {}
    for row in rows_of(found):
        of_key.setdefault(row["positions"], []).append(row)
    rows, lacking = list[Row](), set[int]()
    for (position, currency), place in places.items():
        all_of_key = of_key.get(position, [])
        fitting = [row for row in all_of_key if not currency or row["currencies"] in ("", currency)]
        if all_of_key and not fitting:
            lacking.add(place)
            fitting = all_of_key if others else []
        rows += [{**row, "positions": place} for row in fitting]
    now = np.array([places[pair] for pair in wanted], dtype=np.int64)
    return columns_of(rows), now, np.isin(now, list(lacking))


def _above(found: Candidates, bodies: Bodies) -> dict[str, Mapping[str, Any]]:
    """The sub-customers among the candidates, and all that stand above them."""
    above: dict[str, Mapping[str, Any]] = {}
    wanted = {id for id, is_job in zip(found.ids, found.jobs, strict=True) if is_job}
    for _level in range(_DEEPEST):
        above |= bodies(sorted(wanted))
        wanted = {parent_of(body) for body in above.values()} - above.keys() - {""}
        if not wanted:
            break
    return above


def _line(id: str, above: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Those above a customer, the nearest first."""
    line: list[str] = []
    while (id := parent_of(above.get(id, {}))) and id not in line:
        line.append(id)
    return line


def _billed(row: Row, above: Mapping[str, Mapping[str, Any]]) -> Row | None:
    """The candidate that one stands for: itself, or the nearest above it that is billed itself; None where that is not known."""
    if not row["jobs"]:
        return row
    if not compared(above.get(row["ids"], {}))["billed_with"]:
        return {**row, "jobs": False}
    for id in _line(row["ids"], above):
        body = above.get(id, {})
        columns = compared(body)
        if body and not columns["billed_with"]:
            name = f"{body.get('DisplayName') or ''}, by its job {row['names']}"
            emails = ",".join(filter(None, (columns["emails"], row["emails"])))  # the guard knows both
            return in_place_of(row, id, body, names=name, emails=emails, jobs=True)
    return None
