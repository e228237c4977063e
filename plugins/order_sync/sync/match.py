"""Step 3: which QuickBooks customer each order belongs to, vectorised with pandas, with an explanation for each.

The cost follows the orders, not the cache: their distinct keys are looked up in the indexed cache, and pandas decides over the small
frame of candidates that comes back.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
from sqlalchemy import Engine

from order_sync.keys import email_key, name_key
from order_sync.settings import Criterion, NameFormat, Store
from order_sync.store.cache import candidates
from order_sync.store.orders import Event, change_orders, orders_of_run
from order_sync.store.runs import Run
from order_sync.sync.snapshot import Snapshot, from_text

log = logging.getLogger(__name__)

CandidateLookup = Callable[[str, Sequence[str]], list[tuple[str, str, str, bool]]]
"""(field, keys) → (key, customer id, display name, active) of each cached customer that has one of the keys."""

_NORMALISE: dict[NameFormat, Callable[[str | None], str]] = {"First Last": name_key, "Email": email_key}
_COLUMN: dict[NameFormat, str] = {"First Last": "name", "Email": "email"}


def match_customers(engine: Engine, store: Store, realm_id: str, run: Run) -> Counter[str]:
    """Decides the customer of each extracted order of the run, writes the decisions back, and counts them by outcome."""
    rows = orders_of_run(engine, store.name, run.run_key, ("extracted", "matched"))
    decided = decide(
        order_frame([from_text(row.snapshot) for row in rows]),
        store.customers.criteria,
        lambda field, keys: candidates(engine, realm_id, field, keys),
    )
    before = {row.order_id: row.decision for row in rows}
    changes, events = [], []
    for row in decided.to_dict("records"):
        order_id, held, code = row["order_id"], row["outcome"] == "held", row["code"] or None
        decision = {name: row[name] for name in _DECISION}
        advice = _ADVICE.get(row["code"])
        changes.append(
            {
                "order_id": order_id,
                "status": "held" if held else "matched",
                "customer_id": row["customer_id"] or None,
                "decision": decision,
                "code": code,
                "message": row["explanation"] if held else None,
                "advice": advice,
            }
        )
        if decision != before[order_id]:
            event, level = ("held", "warning") if held else ("matched", "info")
            events.append(Event(order_id, event, row["explanation"], level, code, advice))
    change_orders(engine, store.name, run.run_key, changes, events)
    return Counter(decided["outcome"].tolist())


_DECISION = ("outcome", "criterion", "key", "person", "candidates", "explanation")
_ADVICE = {
    "AMBIGUOUS": "Merge the customers in QuickBooks, or tell them apart by name or e-mail; the next run decides again.",
    "NO_DETAILS": "Give the contact a name or an e-mail address in Infusionsoft; the next run decides again.",
    "INACTIVE": "Make the customer active in QuickBooks, or rename it; the next run decides again.",
}


def order_frame(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """A frame of the orders to decide: columns order_id, name, email (str, empty where there is none), one row an order."""
    return pd.DataFrame(
        {
            "order_id": [snapshot.order.id for snapshot in snapshots],
            "name": [snapshot.name for snapshot in snapshots],
            "email": [snapshot.email or "" for snapshot in snapshots],
        },
        dtype="str",
    )


def decide(orders: pd.DataFrame, criteria: Sequence[Criterion], look_up: CandidateLookup) -> pd.DataFrame:
    """The decision for each order, one row an order, in the orders' order.

    `orders`: columns order_id, name, email (str). Gives columns order_id, outcome (matched, create, held), code, criterion, key, person
    (the key under which a new customer is made once), customer_id, candidates (list of {id, name}), explanation. The next criterion
    is tried only where the one before found nobody (docs/settings.md); an empty key never matches.
    """
    result = orders[["order_id"]].reset_index(drop=True)
    for column in ("outcome", "code", "criterion", "key", "person", "customer_id", "explanation"):
        result[column] = pd.Series("", index=result.index, dtype="str")
    result["candidates"] = pd.Series([[] for _ in result.index], index=result.index, dtype="object")
    for criterion in criteria:
        keys = _keys(orders[_COLUMN[criterion.source]].reset_index(drop=True), criterion.source)
        nameless = (result["person"] == "") & (keys != "")
        result.loc[nameless, "person"] = criterion.source + ":" + keys[nameless]
        open_rows = (result["outcome"] == "") & (keys != "")
        _apply(result, keys[open_rows], criterion, look_up)
    _finish(result)
    return result


def _keys(values: pd.Series[str], source: NameFormat) -> pd.Series[str]:
    # One Python call a distinct value: orders of the same customer are normalised once.
    distinct = values.unique()
    return values.map(dict(zip(distinct, map(_NORMALISE[source], distinct), strict=True))).astype("str")


def _apply(result: pd.DataFrame, keys: pd.Series[str], criterion: Criterion, look_up: CandidateLookup) -> None:
    found = pd.DataFrame(
        look_up(criterion.destination, list(keys.unique())) if len(keys) else [],
        columns=["key", "customer_id", "display_name", "active"],
    ).drop_duplicates(["key", "customer_id"])
    if found.empty:
        return
    found = found.sort_values(["key", "customer_id"])
    by_key = found.groupby("key").agg(
        number=("customer_id", "size"),
        customer_id=("customer_id", "first"),
        active=("active", "all"),
        name=("display_name", "first"),
    )
    by_key["candidates"] = pd.Series(
        {
            key: [{"id": row.customer_id, "name": row.display_name} for row in group.itertuples()]
            for key, group in found.groupby("key")
        }
    )
    by_key["all_named"] = by_key["candidates"].map(
        lambda some: " and ".join(f"{one['name']} ({one['id']})" for one in some[:3])
    )
    hits = keys[keys.isin(by_key.index)]
    if hits.empty:
        return
    facts = by_key.loc[hits.tolist()].set_axis(hits.index)
    label = f"{criterion.source} → {criterion.destination}"
    several = facts["number"] > 1
    inactive = ~several & ~facts["active"].astype(bool)
    unique = ~several & ~inactive
    result.loc[hits.index, "criterion"] = label
    result.loc[hits.index, "key"] = hits
    result.loc[hits.index, "candidates"] = facts["candidates"]
    result.loc[hits.index, "outcome"] = unique.map({True: "matched", False: "held"}).astype("str")
    result.loc[hits.index, "code"] = several.map({True: "AMBIGUOUS", False: ""}).astype("str") + inactive.map(
        {True: "INACTIVE", False: ""}
    ).astype("str")
    result.loc[hits.index[unique], "customer_id"] = facts.loc[unique, "customer_id"]
    number, named, all_named = (facts[column].astype("str") for column in ("number", "name", "all_named"))
    result.loc[hits.index, "explanation"] = (
        (f"{label}: one customer has this key, " + named + " (" + facts["customer_id"].astype("str") + ").")
        .where(unique, f"{label}: only the inactive customer " + named + " has this key.")
        .where(~several, f"{label}: " + number + " customers have this key, " + all_named + "; a person must choose.")
    )


def _finish(result: pd.DataFrame) -> None:
    nobody = result["outcome"] == ""
    unnamed = nobody & (result["person"] == "")
    result.loc[unnamed, ["outcome", "code", "explanation"]] = [
        "held",
        "NO_DETAILS",
        "The contact has neither a name nor an e-mail address.",
    ]
    new = nobody & ~unnamed
    result.loc[new, ["outcome", "explanation"]] = ["create", "No criterion found a customer; a new one is made."]
