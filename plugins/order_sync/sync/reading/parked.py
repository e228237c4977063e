"""What a run could not read, so that it stops nothing else and is not forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from order_sync.database.orders import Known
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.records import Unreadable
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.refused import OpenRecord, Refused, Window


@dataclass(frozen=True, slots=True)
class Parked:
    """The orders that cannot go on, each with the reason, and the records that could not be read."""

    orders: dict[str, RecordRefused] = field(default_factory=dict)
    records: list[Refused] = field(default_factory=list)

    def park(
        self,
        record: Unreadable,
        order_ids: Collection[str] = (),
        *,
        again: Collection[str] = (),
        window: Window | None = None,
    ) -> None:
        """Parks orders because of a record; `again` are the orders to read again where it is not known whose it is."""
        self.orders.update(dict.fromkeys(order_ids, record.error))
        self.records.append(Refused(record, frozenset(order_ids or again), window))


def are_ended(order_ids: Collection[str], known: Mapping[str, Known]) -> bool:
    """Whether a person has ended all of these orders, of which there are some."""
    return bool(order_ids) and all(id in known and known[id].code == Code.BY_PERSON for id in order_ids)


def settled(again: Iterable[OpenRecord], refused: Iterable[Refused]) -> list[int]:
    """The open records, all of which this run has looked for, that it has not met again, by number."""
    met = {one.digest for one in refused}
    return [one.number for one in again if one.digest not in met]
