"""What the address of a list of orders asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from order_sync.database.order_lists import MOST_FOUND, Place, Sort, Tab, Wanted
from order_sync.sync.orders.status import Status
from order_sync.texts import clean

Value = TypeVar("Value")

COLUMNS = {
    "date": "Date",
    "customer": "Customer",
    "total": "Total",
    "status": "Status",
    "reason": "Reason",
    "document": "Document",
}
_BY_KEY = {tab.key: tab for tab in Tab}
_SORTS = {sort.key: sort for sort in Sort}
_LARGEST = 10**18
"""No total comes to more thousandths, and both databases have the number."""
_MOMENT = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for; `wrong` says what of it could not be read, or is too much."""

    wanted: Wanted
    after: Place | None
    columns: tuple[str, ...]
    wrong: tuple[str, ...]


def read_address(fields: Mapping[str, str], store: str, zone: ZoneInfo, find: Callable[[str], Sequence[str]]) -> Asked:
    """What a page's address asks for; days are days of the company, and `find` gives the orders that are called so (`find_orders`).

    What cannot be read narrows nothing, and is told.
    """
    wrong: list[str] = []
    tab = _BY_KEY.get(fields.get("tab", Tab.NEEDS_A_PERSON.key))
    if tab is None:
        wrong.append(f"There is no list {fields['tab']!r}.")
    run = fields.get("run", "")
    if run and not run.startswith(f"{store}/"):
        wrong.append(f"The run {run!r} is not one of store {store}.")
        run = ""
    status = _read(Status, fields.get("status"), "is no status", wrong)
    since = _read(_day, fields.get("since"), "is no day; write it as 2026-11-16", wrong)
    until = _read(_day, fields.get("until"), "is no day; write it as 2026-11-16", wrong)
    least, most = (
        _read(_thousandths, fields.get(name), "is no amount; write it as 100.00", wrong) for name in ("from", "to")
    )
    if since and until and since > until:
        wrong.append(f"From ({since}) is later than To ({until}): no day is both.")
    if least is not None and most is not None and least > most:
        wrong.append(f"At least ({fields['from']}) is more than At most ({fields['to']}): no total is both.")
    found = tuple(find(search)) if (search := fields.get("q", "")) else None
    if found is not None and len(found) >= MOST_FOUND:
        wrong.append(
            f"More orders than {MOST_FOUND:,} are called {search!r} or begin so: say more, to see all of them."
        )
    sort, ascending = _read(_sorting, fields.get("sort"), "is nothing to sort by", wrong) or (Sort.DATE, False)
    wanted = Wanted(
        tab=tab or Tab.ALL,
        order_ids=found,
        status=status,
        code=fields.get("code", ""),
        since=_midnight(since, zone),
        until=_midnight(until + timedelta(1) if until else None, zone),
        run_key=run,
        at_least=least,
        at_most=most,
        sort=sort,
        ascending=ascending,
    )
    after = _read(partial(_read_place, sort), fields.get("after"), "is no place in the list", wrong)
    chosen = tuple(name for name in COLUMNS if name in fields.get("columns", "").split(","))
    return Asked(wanted, after, chosen or tuple(COLUMNS), tuple(wrong))


def _read(make: Callable[[str], Value], text: str | None, why_not: str, wrong: list[str]) -> Value | None:
    if not text:
        return None
    try:
        return make(text)
    except (ValueError, ArithmeticError):
        wrong.append(f"{text!r} {why_not}.")
        return None


def _day(text: str) -> date:
    """A day that has a day before and behind it, in every time zone."""
    day = date.fromisoformat(text)
    if not date.min < day < date.max - timedelta(1):
        raise ValueError(text)
    return day


def _thousandths(text: str) -> int:
    # No currency has smaller ones: a list of several is narrowed by the figure that stands there.
    amount = Decimal(text.replace(",", "")).scaleb(3)
    if not amount.is_finite() or abs(amount) > _LARGEST:
        raise ValueError(text)
    return int(amount)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=zone)


def _sorting(text: str) -> tuple[Sort, bool]:
    name = text.removeprefix("-")
    if name not in _SORTS:
        raise ValueError(text)
    return _SORTS[name], name == text


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column by which the list can be sorted."""

    sort: str
    """What the page's address asks for when it is pressed: by this column, or by it the other way round."""
    now: str
    """How the list is sorted by it now, as `aria-sort` says it; empty where it is not."""


def headings(wanted: Wanted) -> dict[str, Heading]:
    """The headings of a list, by the key of their sort, which is also that of the column."""
    found = {}
    for sort in Sort:
        is_now = sort is wanted.sort
        descends = wanted.ascending if is_now else sort.descends
        now = ("ascending" if wanted.ascending else "descending") if is_now else ""
        found[sort.key] = Heading(f"-{sort.key}" if descends else sort.key, now)
    return found


def written_place(place: Place) -> str:
    """A place in the list as it stands in an address."""
    key = f"{place.key.astimezone(UTC):{_MOMENT}}" if isinstance(place.key, datetime) else place.key
    return f"{key}~{place.order_id}"


def _read_place(sort: Sort, text: str) -> Place:
    key, _, order_id = text.rpartition("~")
    match sort:
        case Sort.CUSTOMER:
            return Place(clean(key), order_id)
        case Sort.NUMBER | Sort.TOTAL:
            return Place(_whole(key), order_id)
    return Place(datetime.strptime(key, _MOMENT).replace(tzinfo=UTC), order_id)


def _whole(text: str) -> int:
    """A number that the databases have."""
    if abs(number := int(text)) > _LARGEST:
        raise ValueError(text)
    return number
