"""Whose customer each order is: pure decisions over whole columns, each explained in words that an accountant understands.

The order of precedence (docs/settings/customers.md): the standard customer where it always stands in; the default customer where
the order says nobody; the criteria in their order, each only for the orders that the one before found nobody for; not found.
Whatever needs a look at a single order (several candidates, a match that something contradicts) is done for those few alone.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from order_sync.keys import key_function
from order_sync.settings import Criterion, CustomerSettings, Equality
from order_sync.sync.customers.candidates import Column, in_currency
from order_sync.sync.customers.chosen import Chosen
from order_sync.sync.customers.doubts import contradicted, doubtful, identities, namesakes
from order_sync.sync.customers.found import Directory, Found, by_id, looked_up, objects
from order_sync.sync.customers.guard import NO_NAMES, contradictions, have_other_emails, may_be_one
from order_sync.sync.customers.names import name_column, used_fields
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import OF_CONTACT

MOST_CANDIDATES = 20
"""So many candidates are kept with a decision; their number is told in full."""

_DETAILS = ("first", "last", "company", "email")


@dataclass(frozen=True, slots=True)
class StandIns:
    """The ids of the standard and the default customer, None where the settings name none."""

    standard: str | None = None
    default: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    """What is to be told where one of them stands in, by id: it was merged, and the settings still name the former one."""

    def note(self, id: str | None) -> str:
        return f" {self.notes[id]}" if id and id in self.notes else ""


def columns_needed(settings: CustomerSettings) -> list[str]:
    """The columns of the parties that decisions under these settings read of every row."""
    used = (field for criterion in settings.criteria for field in used_fields(criterion.source))
    return list(dict.fromkeys((*_DETAILS, "suffix", "emails", *used)))


@dataclass(frozen=True)
class _Table:
    """Decisions in the making: a column of objects for each of their parts, filled row by row number."""

    size: int
    columns: dict[str, Column] = field(default_factory=dict)
    unsure: list[int] = field(default_factory=list)
    """Rows whose customer was found by a name and has another e-mail address, or was held by the guard: the following criteria may find
    who is meant."""

    def __post_init__(self) -> None:
        for name in ("outcome", "code", "criterion", "key", "customer_id", "explanation"):
            self.columns[name] = np.full(self.size, "", dtype=object)
        for name in ("candidates", "keys"):
            self.columns[name] = np.full(self.size, None, dtype=object)
        # Not part of a decision: of rows whose key only customers of other currencies have, the currency of the order.
        self.columns["lacking"] = np.full(self.size, "", dtype=object)

    def fill(self, rows: Column, **values: Any) -> None:
        for name, value in values.items():
            self.columns[name][rows] = objects(value) if isinstance(value, list) else value

    def add_words(self, rows: Column, words: str | Column) -> None:
        self.columns["explanation"][rows] += " " + words

    def decided(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: column for name, column in self.columns.items() if name != "lacking"}, dtype="object"
        )

    def open_rows(self) -> Column:
        """The numbers of the rows that nothing was decided about."""
        return np.flatnonzero(self.columns["outcome"] == "")


def decide(
    parties: pd.DataFrame,
    settings: CustomerSettings,
    directory: Directory,
    stand_ins: StandIns = StandIns(),
    chosen: Mapping[str, Chosen] = {},
) -> pd.DataFrame:
    """The decision for each party, one row a party, in their order.

    `parties`: the columns of `columns_needed`, text, empty for none; and `currency`, the order's: customers of another one count only
    where nobody has it, and not at all where a further customer is made for it. `chosen`: what a person chose, by contact; then the
    parties have the column contact_id.
    Gives columns outcome (matched, reactivate, create, standard, default, held), code, criterion, key, customer_id, explanation (text,
    empty for none), candidates (list of {id, name}, None for none) and keys ({criterion: key}, of orders to create a customer for, or
    {OF_CONTACT: contact} where a person chose that; else None).
    """
    table = _Table(len(parties))
    if settings.always_standard:
        words = f"The settings always take the standard customer {settings.standard_customer} ({stand_ins.standard})."
        words += stand_ins.note(stand_ins.standard)
        table.fill(table.open_rows(), outcome="standard", customer_id=stand_ins.standard, explanation=words)
        return table.decided()
    _follow_choices(table, parties, chosen, settings, stand_ins)
    details = (parties[column].to_numpy(object) == "" for column in _details(settings))
    nobody = "The contact has no name, no company and no e-mail address"
    said_nothing = np.flatnonzero(reduce(operator.and_, details) & (table.columns["outcome"] == ""))
    _nameless(table, said_nothing, nobody, settings, stand_ins)
    keys: list[Column] = []
    for rank, criterion in enumerate(settings.criteria):
        rows = np.concatenate([table.open_rows(), np.array(table.unsure, dtype=np.int64)])
        of_all = np.full(table.size, "", dtype=object)
        of_all[rows] = _keys(parties.iloc[rows], criterion, settings.equality)
        keys.append(of_all)
        _find(table, parties, rows[of_all[rows] != ""], rank, of_all, settings, directory)
        if directory.former_contacts and "contact_id" in used_fields(criterion.source):
            _find_former(table, parties, rank, settings, directory)
    if not settings.makes_currencies:
        for rank, of_all in enumerate(keys):
            rows = np.flatnonzero((table.columns["outcome"] == "") & (table.columns["lacking"] != "") & (of_all != ""))
            _find(table, parties, rows, rank, of_all, settings, directory, others=True)
    rows = table.open_rows()
    keyless = reduce(operator.and_, (of_all[rows] == "" for of_all in keys))
    sources = ", ".join(dict.fromkeys(criterion.source for criterion in settings.criteria))
    _nameless(
        table, rows[keyless], f"The criteria compare {sources}, and the contact has nothing there", settings, stand_ins
    )
    _not_found(table, rows[~keyless], keys, settings, stand_ins)
    return table.decided()


def _follow_choices(
    table: _Table, parties: pd.DataFrame, chosen: Mapping[str, Chosen], settings: CustomerSettings, stand_ins: StandIns
) -> None:
    """Decides about the rows whose customer a person chose."""
    if not chosen:
        return
    contacts = parties["contact_id"].to_numpy(object)
    for row in np.flatnonzero(np.isin(contacts, list(chosen))):
        one, this = chosen[contacts[row]], np.array([row])
        if one.code:
            table.fill(this, outcome="held", code=one.code, explanation=one.words)
        elif one.new_for:
            table.fill(this, outcome="create", keys=[{OF_CONTACT: one.new_for}], explanation=one.words)
        elif not one.is_standard:
            table.fill(this, outcome="matched", customer_id=one.customer_id, explanation=one.words)
        elif stand_ins.standard is not None:
            words = f"{one.words} It is {settings.standard_customer} ({stand_ins.standard}).{stand_ins.note(stand_ins.standard)}"
            table.fill(this, outcome="standard", customer_id=stand_ins.standard, explanation=words)


def _details(settings: CustomerSettings) -> list[str]:
    """The fields of which one must be filled, or the order says nobody."""
    used = (name for criterion in settings.criteria for name in used_fields(criterion.source))
    return [*_DETAILS, *(name for name in used if name.startswith("shipping_"))]


def _nameless(table: _Table, rows: Column, why: str, settings: CustomerSettings, stand_ins: StandIns) -> None:
    if stand_ins.default is None:
        table.fill(rows, outcome="held", code=Code.NO_DETAILS, explanation=f"{why}.")
    else:
        words = f"{why}; the default customer {settings.default_customer} ({stand_ins.default}) stands in."
        words += stand_ins.note(stand_ins.default)
        table.fill(rows, outcome="default", customer_id=stand_ins.default, explanation=words)


def _not_found(
    table: _Table, rows: Column, keys: Sequence[Column], settings: CustomerSettings, stand_ins: StandIns
) -> None:
    nobody = "No criterion found a customer"
    match settings.not_found:
        case "standard":
            words = f"{nobody}; the standard customer {settings.standard_customer} ({stand_ins.standard}) stands in."
            words += stand_ins.note(stand_ins.standard)
            table.fill(rows, outcome="standard", customer_id=stand_ins.standard, explanation=words)
        case "hold":
            table.fill(rows, outcome="held", code=Code.NOT_FOUND, explanation=f"{nobody}.")
        case "create":
            labels = [str(criterion) for criterion in settings.criteria]
            of_rows = zip(*(of_all[rows] for of_all in keys), strict=True)
            own = [{label: key for label, key in zip(labels, some, strict=True) if key} for some in of_rows]
            lacking = table.columns["lacking"][rows]
            made = [f"{nobody}{f' in {one}' if one else ''}; a new one is made." for one in lacking]
            table.fill(rows, outcome="create", explanation=made, keys=own)


def _keys(parties: pd.DataFrame, criterion: Criterion, equality: Equality) -> Column:
    """The parties' keys under a criterion; each distinct text is normalised once."""
    codes, distinct = pd.factorize(name_column(parties, criterion.source).to_numpy(object))
    return objects([*map(key_function(criterion.destination, equality), distinct)])[codes]


def _find(
    table: _Table,
    parties: pd.DataFrame,
    rows: Column,
    rank: int,
    keys: Column,
    settings: CustomerSettings,
    directory: Directory,
    *,
    others: bool = False,
) -> None:
    """Decides about those rows whose key somebody has; with `others`, also where only customers of another currency have it."""
    criterion = settings.criteria[rank]
    codes, distinct = pd.factorize(keys[rows], sort=True)
    candidates = looked_up(criterion, list(distinct), settings, directory)
    if "currency" in parties:
        currencies = parties["currency"].to_numpy(object)[rows]
        candidates, codes, lacking = in_currency(candidates, codes, currencies, others=others)
        table.fill(rows[lacking], lacking=currencies[lacking])
    found = Found(candidates, int(codes.max(initial=-1)) + 1)
    unsure = table.columns["outcome"][rows] != ""
    if unsure.any():
        _find_instead(table, rows[unsure], codes[unsure], keys, found, criterion, directory)
        rows, codes = rows[~unsure], codes[~unsure]
    number = found.number[codes]
    known = rows[number > 0]
    table.fill(known, criterion=str(criterion), key=keys[known])

    one = number == 1
    the_one = found.first[codes[one]]
    names, ids = found.names[the_one], found.ids[the_one]
    table.fill(
        rows[one],
        candidates=[[found.candidate(at)] for at in the_one],
        explanation=f"{criterion}: one customer has this key, " + names + " (" + ids + ").",
    )
    name_alone = {"first", "last", "company"}.issuperset(used_fields(criterion.source))
    _take(table, parties, rows[one], found, the_one, criterion, settings, directory, name_alone=name_alone)

    several = number > 1
    if several.any():
        _choose(table, parties, rows[several], codes[several], found, rank, settings, directory)


def _find_former(
    table: _Table, parties: pd.DataFrame, rank: int, settings: CustomerSettings, directory: Directory
) -> None:
    """Decides about rows whose contact had another id, by that, before it was merged with another one in Infusionsoft."""
    criterion, former = settings.criteria[rank], directory.former_contacts
    contacts = parties["contact_id"].to_numpy(object)
    for nth in range(max(map(len, former.values()))):
        rows = np.array([row for row in table.open_rows() if len(former.get(contacts[row], ())) > nth], dtype=np.int64)
        was, keys = [former[contacts[row]][nth] for row in rows], np.full(table.size, "", dtype=object)
        keys[rows] = _keys(parties.iloc[rows].assign(contact_id=was), criterion, settings.equality)
        _find(table, parties, rows[keys[rows] != ""], rank, keys, settings, directory)
        words = [
            f"Contact {id} was merged into contact {contacts[row]} in Infusionsoft."
            for id, row in zip(was, rows, strict=True)
        ]
        found = table.columns["outcome"][rows] != ""
        table.add_words(rows[found], objects(words)[found])


def _take(
    table: _Table,
    parties: pd.DataFrame,
    rows: Column,
    found: Found,
    chosen: Column,
    criterion: Criterion,
    settings: CustomerSettings,
    directory: Directory,
    *,
    name_alone: bool = False,
) -> None:
    """Decides for rows with one candidate each, whose explanation says how it was found; `name_alone`: by nothing but a name that no
    other has letter for letter."""
    table.fill(rows, outcome="matched", customer_id=found.ids[chosen])
    if (told := found.notes[chosen] != "").any():
        table.add_words(rows[told], found.notes[chosen[told]])
    if settings.guard != "off":
        found_so = found.ids[chosen], found.names[chosen], found.emails[chosen]
        pairs = doubtful(parties.iloc[rows], rows, *found_so, criterion.destination, directory)
        # A job has a name and a site of its own, which say nothing of the customer that it is billed with.
        pairs = {at: pair for at, pair in pairs.items() if not found.by_job[chosen[at]]}
        doubts = contradicted(pairs, criterion.destination)
        if name_alone and criterion.destination not in NO_NAMES:
            doubts |= namesakes({at: pairs[at] for at in pairs.keys() - doubts.keys()}, found.ids[chosen], directory)
        doubted = rows[list(doubts)]
        table.fill(doubted, code=Code.CONTRADICTED)
        for at, words in doubts.items():
            table.add_words(rows[[at]], f"But {words}")
        if settings.guard == "hold":
            table.fill(doubted, outcome="held", customer_id="")
            table.unsure.extend(rows[at] for at, pair in pairs.items() if at in doubts or have_other_emails(*pair))
    asleep, wakes = ~found.active[chosen], settings.reactivate_inactive
    may_wake = asleep & ~found.sealed[chosen].astype(bool) & wakes
    woken, left = rows[may_wake & (table.columns["outcome"][rows] == "matched")], rows[asleep & ~may_wake]
    table.fill(woken, outcome="reactivate")
    table.add_words(woken, "It is inactive; it is made active.")
    table.fill(left, outcome="held", code=Code.INACTIVE, customer_id="")
    table.add_words(left, f"It is inactive; {'it is not made' if wakes else 'the settings do not make it'} active.")


def _find_instead(
    table: _Table,
    rows: Column,
    codes: Column,
    keys: Column,
    found: Found,
    criterion: Criterion,
    directory: Directory,
) -> None:
    """Gives unsure rows another customer than the one that an earlier criterion found: the only one that this one finds, if it is active,
    has the name too, and nothing speaks against it."""
    one = np.flatnonzero(found.number[codes] == 1)
    chosen = found.first[codes[one]]
    pairs = identities(rows[one], found.ids[chosen], directory)
    for row, at, pair in zip(rows[one], chosen, pairs, strict=True):
        if found.active[at] and pair and may_be_one(*pair) and not contradictions(*pair, criterion.destination):
            if found.ids[at] != table.columns["customer_id"][row]:
                candidate = found.candidate(at)
                this = np.array([row])
                table.fill(this, outcome="matched", code="", criterion=str(criterion), key=keys[row])
                table.fill(this, customer_id=candidate["id"], candidates=[[candidate]])
                told = f"But {criterion}: one customer has this key, {found.in_words(at)}. {found.notes[at]}"
                table.add_words(this, told.rstrip())
            table.unsure.remove(row)


def _choose(
    table: _Table,
    parties: pd.DataFrame,
    rows: Column,
    codes: Column,
    found: Found,
    rank: int,
    settings: CustomerSettings,
    directory: Directory,
) -> None:
    """Decides for rows whose key several customers have, by the settings' policy for that; `codes` are the positions of their keys."""
    groups = found.groups(np.unique(codes))
    if settings.ambiguous == "next criterion":
        chosen = _agreed(parties.iloc[rows], codes, found, groups, rank, settings, directory)
    else:
        best = _extreme(found, groups, settings, directory)
        chosen = [best.get(code) for code in codes]
    label = settings.criteria[rank]
    words = {
        code: f"{label}: {len(group)} customers have this key, {found.named(group)}" for code, group in groups.items()
    }
    lists = {code: [found.candidate(at) for at in group[:MOST_CANDIDATES]] for code, group in groups.items()}
    table.fill(
        rows,
        candidates=[lists[code] for code in codes],
        explanation=[
            f"{words[code]}; a person must choose."
            if at is None
            else f"{words[code]}; {found.in_words(at)} {_WHY[settings.ambiguous]}."
            for code, at in zip(codes, chosen, strict=True)
        ],
    )
    taken = np.array([at is not None for at in chosen])
    table.fill(rows[~taken], outcome="held", code=Code.AMBIGUOUS)
    some = np.array([at for at in chosen if at is not None], dtype=np.int64)
    _take(table, parties, rows[taken], found, some, label, settings, directory)


_WHY = {
    "hold": "",
    "oldest": "was created first",
    "most recently updated": "was updated last",
    "next criterion": "is the one that the following criteria point to",
}


def _extreme(
    found: Found, groups: Mapping[int, list[int]], settings: CustomerSettings, directory: Directory
) -> dict[int, int]:
    """The oldest, or the most recently updated candidate of each group; nobody where the settings choose nobody."""
    if settings.ambiguous == "hold":
        return {}
    bodies = directory.bodies([found.ids[at] for group in groups.values() for at in group])
    name = "CreateTime" if settings.ambiguous == "oldest" else "LastUpdatedTime"

    def age(at: int) -> tuple[datetime, tuple[int, str]]:
        id = found.ids[at]
        stamp = (bodies.get(id, {}).get("MetaData") or {}).get(name) or "1970-01-01T00:00:00+00:00"
        return datetime.fromisoformat(stamp), by_id(id)

    choose = min if settings.ambiguous == "oldest" else max
    return {code: choose(group, key=age) for code, group in groups.items()}


def _agreed(
    parties: pd.DataFrame,
    codes: Column,
    found: Found,
    groups: Mapping[int, list[int]],
    rank: int,
    settings: CustomerSettings,
    directory: Directory,
) -> list[int | None]:
    """Of each party's candidates the one that the following criteria find too; None where they find none of them, or several."""
    left = [groups[code] for code in codes]
    for criterion in settings.criteria[rank + 1 :]:
        keys = _keys(parties, criterion, settings.equality)
        distinct = sorted(set(keys) - {""})
        also: dict[str, set[str]] = {}
        candidates = looked_up(criterion, distinct, settings, directory)
        for position, id in zip(candidates.positions, candidates.ids, strict=True):
            also.setdefault(distinct[position], set()).add(id)
        left = [
            [at for at in some if found.ids[at] in also.get(key, ())] or some
            for some, key in zip(left, keys, strict=True)
        ]
    return [some[0] if len(some) == 1 else None for some in left]
