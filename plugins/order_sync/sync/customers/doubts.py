"""Which matches are looked at in full: those that may be contradicted, by all that is at hand. The others cost nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from order_sync.emails import email_keys
from order_sync.keys import without_ending
from order_sync.likeness import Known, blocks, names_agree, person_name, written_name
from order_sync.settings import CustomerField
from order_sync.sync.customers.candidates import Column
from order_sync.sync.customers.found import Directory
from order_sync.sync.customers.guard import (
    NO_NAMES,
    Identity,
    contradictions,
    in_words,
    is_name_all,
    of_customer,
    of_party,
)


def doubtful(
    parties: pd.DataFrame,
    rows: Column,
    ids: Column,
    names: Column,
    emails: Column,
    by: CustomerField,
    directory: Directory,
) -> dict[int, tuple[Identity, Identity]]:
    """Of matches, a row each, those that may be doubted: by place, who the order's party is and who the customer.

    `ids`, `names` and `emails` are the customers', found by the field `by`. One that is not cached any more is left out.
    """
    look = np.flatnonzero(_may_be_doubted(parties, names, emails, by))
    pairs = identities(rows[look], ids[look], directory)
    return {at: pair for at, pair in zip(look.tolist(), pairs, strict=True) if pair}


def contradicted(pairs: Mapping[int, tuple[Identity, Identity]], by: CustomerField) -> dict[int, str]:
    """Of these matches, by place, those that something contradicts, and what in words."""
    differing = {at: contradictions(*pair, by) for at, pair in pairs.items()}
    return {at: in_words(what) for at, what in differing.items() if what}


def namesakes(pairs: Mapping[int, tuple[Identity, Identity]], ids: Column, directory: Directory) -> dict[int, str]:
    """Of these matches, by place, those of which nothing but the name is known, and another customer has it too: `Ann H. Lee`.
    One in another currency is no other: a person has a customer in each."""
    alone = {at: pair for at, pair in pairs.items() if is_name_all(*pair)}
    names = {at: name for at, (party, _customer) in alone.items() for name in party.names if name.is_whole}
    of_name: dict[tuple[str, str], list[Known]] = {}
    for one in directory.alike(blocks(names.values(), [], [], [])) if names else ():
        name = written_name(one.name)
        of_name.setdefault((name.given, name.family), []).append(one)
    found: dict[int, str] = {}
    for at, name in names.items():
        of_this = of_name.get((name.given, name.family), ())
        own = alone[at][1].currency
        others = [
            one
            for one in of_this
            if one.id != ids[at] and _bears_a_name(one) and (one.currency == own or not (one.currency and own))
        ]
        if others:
            shown = f"{others[0].name} ({others[0].id})"
            found[at] = f"{shown} has the name too, and nothing else is known of both: it may be another person."
    return found


def _bears_a_name(one: Known) -> bool:
    """Whether it is in use, and under a name of its own: not as a duplicate that was made active again."""
    return one.active and without_ending(one.name) == one.name


def identities(rows: Column, customer_ids: Column, directory: Directory) -> Iterator[tuple[Identity, Identity] | None]:
    """Who each of these rows and its customer are, in full; None where the customer is not cached any more."""
    if not len(rows):
        return
    ids = list(dict.fromkeys(customer_ids.tolist()))
    bodies, duplicates = directory.bodies(ids), directory.duplicates(ids)
    for party, id in zip(directory.parties(rows.tolist()), customer_ids, strict=True):
        yield (of_party(party), of_customer(bodies[id], *duplicates.get(id, ()))) if id in bodies else None


def _may_be_doubted(parties: pd.DataFrame, names: Column, emails: Column, by: CustomerField) -> Column:
    """Who has the same name and the same e-mail address, and is no Jr., is not looked at."""
    may: Column = parties["suffix"].to_numpy(object) != ""
    if by in NO_NAMES:
        whole = zip(*(parties[part].to_numpy(object) for part in ("first", "last")), names, strict=True)
        for at, (first, last, name) in enumerate(whole):
            own = person_name(first, last)
            may[at] |= bool(own.generation) or names_agree(own, written_name(name)) is not True
        return may
    ours = parties["emails"].to_numpy(object)
    may |= (ours == "") | (emails == "")
    for at in np.flatnonzero(~may & (ours != emails)).tolist():
        # Most that are not the same are written in capitals.
        may[at] = ours[at].lower() != emails[at] and set(email_keys(ours[at])).isdisjoint(emails[at].split(","))
    return may
