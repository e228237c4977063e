"""Who has the keys of orders: the customers that a criterion finds, as they count today, a column for each part of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from order_sync.keys import Candidates, each_key
from order_sync.likeness import Known
from order_sync.settings import Criterion, CustomerField, CustomerSettings, Equality
from order_sync.sync.customers.candidates import Bodies, Column, without_jobs
from order_sync.sync.customers.merges import of_today


@dataclass(frozen=True, slots=True)
class Directory:
    """The customers to choose from, by keys of a field, and as QuickBooks gave them; and the parties of some rows in full."""

    look_up: Callable[[CustomerField, Equality, Sequence[str]], Candidates]
    bodies: Bodies
    parties: Callable[[Sequence[int]], Sequence[Mapping[str, str]]]
    alike: Callable[[Sequence[str]], Sequence[Known]]
    """The customers in blocks (`likeness.blocks`)."""
    former_contacts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By contact, those that were merged into it in Infusionsoft."""
    duplicates: Callable[[Sequence[str]], Mapping[str, Sequence[Mapping[str, Any]]]] = lambda _ids: {}
    """By customer, those that were merged into it in QuickBooks."""


def looked_up(
    criterion: Criterion, keys: Sequence[str], settings: CustomerSettings, directory: Directory
) -> Candidates:
    """Who has these keys today: survivors in the place of those that were merged, customers in the place of their jobs."""
    by_name = criterion.destination == "DisplayName"
    found = of_today(_with_keys(directory, criterion, settings.equality, keys), directory.bodies, by_name=by_name)
    if settings.match_jobs:
        return found._replace(jobs=[False] * len(found.ids))
    return without_jobs(found, directory.bodies, by_name=by_name)


def _with_keys(directory: Directory, criterion: Criterion, equality: Equality, keys: Sequence[str]) -> Candidates:
    """The customers that have one of these keys; of a party's several e-mail addresses, one of them, each customer once."""
    field = criterion.destination
    if field != "PrimaryEmailAddr" or not any("," in key for key in keys):
        return directory.look_up(field, equality, keys)
    of_party = pd.Series([each_key(field, key) for key in keys], dtype="object").explode()
    codes, distinct = pd.factorize(of_party.to_numpy(object), sort=True)
    found = directory.look_up(field, equality, list(distinct))
    parties = pd.DataFrame({"key": codes, "party": of_party.index})
    candidates = pd.DataFrame({"key": found.positions, "at": range(len(found.ids)), "id": found.ids})
    met = candidates.merge(parties, on="key").drop_duplicates(["party", "id"])
    columns = ([column[at] for at in met["at"]] for column in found[1:])
    return Candidates(met["party"].tolist(), *columns)


class Found:
    """What a look-up found, a column for each part of a candidate; by the position of its key, how many there are and the first.

    Inactive customers count only where no active one has the key.
    """

    def __init__(self, candidates: Candidates, size: int) -> None:
        positions, active = np.array(candidates.positions, dtype=np.int64), np.array(candidates.active, dtype=bool)
        columns = (
            candidates.ids,
            candidates.names,
            candidates.emails,
            candidates.notes,
            candidates.sealed,
            candidates.jobs,
        )
        texts = [objects(column) for column in columns]
        if not active.all():
            has_active = np.zeros(size, dtype=bool)
            has_active[positions[active]] = True
            counting = active | ~has_active[positions]
            positions, active, *texts = (column[counting] for column in (positions, active, *texts))
        self.positions, self.active = positions, active
        self.ids, self.names, self.emails, self.notes, self.sealed, self.by_job = texts
        self.number = np.bincount(positions, minlength=size)
        self.first = np.zeros(size, dtype=np.int64)
        self.first[positions[::-1]] = np.arange(len(positions))[::-1]

    def groups(self, positions: Column) -> dict[int, list[int]]:
        """Which candidates have the keys at these positions, by position."""
        groups: dict[int, list[int]] = {}
        for at in np.flatnonzero(np.isin(self.positions, positions)).tolist():
            groups.setdefault(int(self.positions[at]), []).append(at)
        # A database gives them in any order; the words of a decision must not change with it.
        return {position: sorted(group, key=lambda at: by_id(self.ids[at])) for position, group in groups.items()}

    def named(self, group: Sequence[int]) -> str:
        names = [self.in_words(at) for at in group[:3]] + (["others"] if len(group) > 3 else [])
        return f"{', '.join(names[:-1])} and {names[-1]}"

    def candidate(self, at: int) -> dict[str, str]:
        by = "job" if self.by_job[at] else "merge" if self.notes[at] and not self.sealed[at] else ""
        return {"id": self.ids[at], "name": self.names[at], **({"by": by} if by else {})}

    def in_words(self, at: int) -> str:
        return f"{self.names[at]} ({self.ids[at]})"


def by_id(id: Any) -> tuple[int, str]:
    return int(id) if id.isdecimal() else 0, id


def objects(values: Sequence[Any]) -> Column:
    return np.fromiter(values, dtype=object, count=len(values))
