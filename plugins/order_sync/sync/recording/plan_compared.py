"""What of orders is otherwise now than a plan has it: plan against plan, less what is recorded just so already.

What a plan cannot know is looked through on both sides: a new customer or item stands for its JSON, whether it bears a name in angle
brackets or the id that it got since; a document of the order is one, with or without its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from order_sync.database.plans import Planned
from order_sync.sync.documents.change import difference
from order_sync.sync.documents.tax import TAX_FIELDS
from order_sync.sync.orders.kinds import DOCUMENTS, Entity, Kind
from order_sync.sync.orders.status import RECORDED
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.recording.differences import amount_of

Difference = list[list[str | None]]
"""`[path, as it was planned, as it is now]` for each value that is another; each path begins with what it is in, as `Payment[2]`."""

PROSPECTS = (Entity.CUSTOMER, Entity.ITEM)
"""What is made for several orders: a plan says it of the first of them."""

_OF_UPDATES = ("Id", "Line", *TAX_FIELDS, "ExchangeRate")
"""What an update is meant to change; all else that it names is as QuickBooks has it."""


@dataclass(frozen=True, slots=True)
class New:
    """The JSON of new customers and items, by what stands for them in a document."""

    customers: Mapping[str, Any]
    items: Mapping[str, Any]

    def __or__(self, other: New) -> New:
        return New({**self.customers, **other.customers}, {**self.items, **other.items})


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that would be sent, or was: its row, and its JSON as it can be compared."""

    row: Planned
    body: Any

    def is_same(self, other: Thing) -> bool:
        """Whether the other would be recorded just so."""
        return (self.row.entity, self.row.action, self.body) == (other.row.entity, other.row.action, other.body)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is compared: its rows by order, and what stands for whom in it."""

    rows: Mapping[str, Sequence[Planned]]
    new: New
    elsewhere: New
    """What other runs have made meanwhile, for what they recorded: nothing more may be sent that names it."""

    def things(self, order_id: str, written: Sequence[Write]) -> list[Thing]:
        """What it has of an order, the document of its day too; `written` is the ledger's of that order."""
        found = []
        for row in self.rows.get(order_id, ()):
            one = self._document_with(row.together_with) if row.together_with else row
            if one and one.body and one.entity not in PROSPECTS:
                found.append(Thing(one, comparable(one, self.new, links_of(order_id, written))))
        return found

    def _document_with(self, leader: str) -> Planned | None:
        of_leader = self.rows.get(leader, ())
        return next((row for row in of_leader if row.action == "create" and row.entity not in PROSPECTS), None)


NOTHING_NEW = New({}, {})


def plan_of(rows: Iterable[Planned], made: New, elsewhere: New = NOTHING_NEW) -> Plan:
    """The rows of a plan, as they can be compared; `made` is what has its id already."""
    by_order: dict[str, list[Planned]] = {}
    customers, items = dict[str, Any](), dict[str, Any]()
    for row in rows:
        by_order.setdefault(row.order_id, []).append(row)
        if row.action == "create" and row.entity == Entity.CUSTOMER and row.body:
            body = _read(row.body)
            for name in (f"<new customer {body.get('DisplayName')}>", _apart(body, row.order_id)):
                customers.setdefault(name, body)
        if row.action == "create" and row.entity == Entity.ITEM and row.body:
            items[named_item(row.message)] = _read(row.body)
    return Plan(by_order, New(customers, items) | made, elsewhere)


def named_item(words: str) -> str:
    """What stands for a new item in documents, by the words that a plan has for it: `<new item W-1>`."""
    label = words.removeprefix("The item of '").removesuffix("' would be created.")
    return f"<new item {label}>"


def new_of(writes: Iterable[Write]) -> New:
    """The customers and items that writes made, by their ids."""
    found: dict[Kind, dict[str, Any]] = {Kind.CUSTOMER: {}, Kind.ITEM: {}}
    for write in writes:
        if write.quickbooks_id and write.kind in found:
            found[write.kind][write.quickbooks_id] = _read(write.payload)
    return New(found[Kind.CUSTOMER], found[Kind.ITEM])


def links_of(order_id: str, written: Iterable[Write]) -> dict[tuple[str, str], str]:
    """By entity and id, what a plan calls the records of an order before they have an id."""
    return {
        (write.entity, write.quickbooks_id): f"<the {write.entity} of order {order_id}>"
        for write in written
        if write.status is WriteStatus.POSTED and write.quickbooks_id
    }


def comparable(row: Planned, new: New, links: Mapping[tuple[str, str], str]) -> Any:
    """The JSON of something as it can be compared with another of its sort."""
    body = _seen_through(_read(row.body or "{}"), new, links)
    if row.action == "create":
        return body
    id = links.get((row.entity or "", str(body.get("Id"))), body.get("Id"))
    return {name: value for name, value in {**body, "Id": id}.items() if name in _OF_UPDATES}


def as_row(order_id: str, write: Write | Intent) -> Planned:
    """Something that is to be written, or was, as a plan would have it."""
    action = "create" if write.operation == "create" else "update"
    return Planned(order_id, action, "", write.entity, write.payload, None, write.total, write.currency)


def compared(then: Plan, now: Plan, written: Mapping[str, Sequence[Write]]) -> dict[str, Difference]:
    """By order, what is otherwise now than it was planned; orders of which nothing is, are left out."""
    found = {}
    known = {row.message for rows in then.rows.values() for row in rows if _is_mended(row)}
    for order_id in dict.fromkeys((*then.rows, *now.rows)):
        own = written.get(order_id, ())
        planned, is_on_its_way = outstanding(then, order_id, own)
        if is_on_its_way:
            continue  # nothing is known to be due before its outcome is
        rows = now.rows.get(order_id, ())
        why = " ".join(row.message for row in rows if not row.entity and not row.together_with)
        other: Difference = [
            [row.entity, None, row.message] for row in rows if _is_mended(row) and row.message not in known
        ]
        if other := other + between(planned, now.things(order_id, own), why or _GONE if not rows else why):
            found[order_id] = other
    return found


def recorded_since(then: Plan, now: Plan, written: Mapping[str, Sequence[Write]]) -> list[str]:
    """The orders whose document is in QuickBooks by now, otherwise than it was planned, and of which nothing more is due."""
    return [
        order_id
        for order_id, rows in now.rows.items()
        if all(map(_is_recorded, rows)) and _has_document(outstanding(then, order_id, written.get(order_id, ()))[0])
    ]


def _has_document(things: Iterable[Thing]) -> bool:
    return any(one.row.entity in DOCUMENTS and one.row.action == "create" for one in things)


def _is_recorded(row: Planned) -> bool:
    """Whether a row says that its order is recorded, and that nothing is due of it, as `planned.plan_run` says it."""
    return not row.entity and row.message.startswith(tuple(f"{status}: " for status in RECORDED))


_GONE = "Infusionsoft has no such order."


def outstanding(plan: Plan, order_id: str, written: Sequence[Write]) -> tuple[list[Thing], bool]:
    """What of an order's plan is not recorded yet; and whether something of it is on its way, just so, with an unknown outcome."""
    left, links, is_on_its_way = plan.things(order_id, written), links_of(order_id, written), False
    for write in written:
        is_there = write.status is WriteStatus.POSTED and not write.code
        of_day = write.kind is Kind.DOCUMENT and write.subject != order_id
        is_open = write.status.is_uncertain or (write.status is WriteStatus.PLANNED and of_day)
        if is_there or is_open:
            row = as_row(order_id, write)
            known = (plan.new, plan.new | plan.elsewhere) if is_there else (plan.new,)
            there = [Thing(row, comparable(row, new, links)) for new in known]
            same = next((one for one in left if any(map(one.is_same, there))), None)
            is_on_its_way |= is_open and same is not None
            left = [one for one in left if one is not same]
    return left, is_on_its_way


def between(planned: Sequence[Thing], now: Sequence[Thing], why: str = "") -> Difference:
    """What differs of these things; `why` is what is said of what is not there now."""
    found: Difference = []
    was, becomes = _named(planned), _named(now)
    for name in dict.fromkeys((*was, *becomes)):
        left, right = was.get(name), becomes.get(name)
        if left and right:
            found += [[path, _short(path, one), _short(path, other)] for path, one, other in _paths(left, right, name)]
        else:
            said = _in_words(right) if right else why or None
            found.append([name, _in_words(left) if left else None, said])
    return found


def _paths(left: Thing, right: Thing, name: str) -> Difference:
    if left.row.action != right.row.action:
        return [[name, left.row.action, right.row.action]]
    return difference(left.body, right.body, name)


def _named(things: Sequence[Thing]) -> dict[str, Thing]:
    """Each by its name; the second payment is `Payment[2]`."""
    found: dict[str, Thing] = {}
    for one in things:
        number = 1 + sum(other.row.entity == one.row.entity for other in found.values())
        found[f"{one.row.entity}[{number}]" if number > 1 else str(one.row.entity)] = one
    return found


def _in_words(one: Thing) -> str:
    return amount_of(one.row) or one.row.message or one.row.action


def _short(path: str | None, text: str | None) -> str | None:
    """Who or what is new by its name, where a whole customer or item stands for an id."""
    if not text or not text.startswith("{") or not str(path).endswith("Ref.value"):
        return text
    body = _read(text)
    return f"<new {body.get('DisplayName') or body.get('Name')}>"


def _is_mended(row: Planned) -> bool:
    """Whether a row has a customer or an item made active again."""
    return row.action == "update" and row.entity in PROSPECTS


def _seen_through(value: Any, new: New, links: Mapping[tuple[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_seen_through(one, new, links) for one in value]
    if not isinstance(value, Mapping):
        return value
    found = {name: _seen_through(one, new, links) for name, one in value.items()}
    for field, known in (
        ("CustomerRef", new.customers),
        ("EntityRef", new.customers),
        ("ItemRef", new.items),
        ("GroupItemRef", new.items),
    ):
        if isinstance(one := found.get(field), Mapping) and one.get("value") in known:
            found[field] = {**one, "value": known[one["value"]]}
    if "TxnId" in found:
        found["TxnId"] = links.get((str(found.get("TxnType")), str(found["TxnId"])), found["TxnId"])
    return found


def _apart(body: Mapping[str, Any], founder: str) -> str:
    return f"<new customer {body.get('DisplayName')}, order {founder}>"


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)
