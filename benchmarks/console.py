"""How fast the console's pages read a store of many orders and customers: the first page, each tab, each filter, each sort, the
search.

    python -m benchmarks.console [--orders 1000000] [--customers 1000000] [--databases sqlite postgresql]

Prints the milliseconds of each (the median of five), and which parts read a whole table. Orders are made up, over three years: most are
posted, one in a hundred waits for a person. Of the customers, one in a thousand is inactive.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Engine, create_engine, event, make_url, select, text

from benchmarks.stores import server
from order_sync.database import cached_lists
from order_sync.database.cached_lists import count_customers, find_customers, list_customers
from order_sync.database.customer_keys import keys_of_customers, prepare_keys
from order_sync.database.database import insert_many, migrate, open_database
from order_sync.database.order_lists import (
    Place,
    Sort,
    Tab,
    Wanted,
    codes_of,
    count_orders,
    count_tabs,
    find_orders,
    list_orders,
)
from order_sync.database.overview import orders_by_day, past_runs, reasons
from order_sync.database.run_orders import progress_of
from order_sync.database.tables import Customer, CustomerBody, CustomerKey, KeySet, Order, OrderReading, RunOrder
from order_sync.settings import CustomerSettings
from order_sync.sync.orders.snapshot import called

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
STORE, RUN, REALM = "demo", "demo/scheduled", "9341"
TIMES, SIZE, PORTION = 5, 50, 50_000
DATABASE = "order_sync_benchmark_console"

_STATUSES = {"posted": 90, "posted with warnings": 4, "waiting": 3, "skipped": 1.9, "held": 1, "failed": 0.1}
_CODES = {
    "posted with warnings": "EMAIL_LEFT_OUT",
    "waiting": "UNPAID",
    "skipped": "BY_PERSON",
    "held": "AMBIGUOUS",
    "failed": "6000",
}
_FIRST = "Ada Grace Alan Edsger Barbara Donald Frances John Mary Łukasz".split()  # noqa: SIM905


def main() -> None:
    """Fills each database, and prints a table of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind in chosen.databases:
            engine = _filled(_place(kind, Path(folder)), chosen.orders, chosen.customers)
            print(f"{kind}, {chosen.orders:,} orders, {chosen.customers:,} customers")
            for name, (taken, whole) in measured(engine, chosen.orders).items():
                print(f"  {name:<28} {taken:8.1f} ms{'   reads all of ' + ', '.join(whole) if whole else ''}")
            engine.dispose()


def measured(engine: Engine, orders: int) -> Mapping[str, tuple[float, list[str]]]:
    """Of each part of a page the milliseconds, and the tables that it reads from end to end."""
    found = {}
    for name, work in parts(engine, orders).items():
        taken = []
        for _ in range(TIMES):
            began = time.perf_counter()
            work()
            taken.append((time.perf_counter() - began) * 1000)
        found[name] = (statistics.median(taken), _read_whole(engine, work))
    return found


def parts(engine: Engine, orders: int) -> dict[str, Callable[[], Any]]:
    """What the pages ask the database."""
    zone = ZoneInfo("America/Phoenix")
    middle = Place(NOW - timedelta(days=500), str(orders // 2))

    def page(**wanted: Any) -> Callable[[], Any]:
        after = wanted.pop("after", None)
        return lambda: (
            list_orders(engine, STORE, Wanted(**wanted), SIZE, after),
            count_orders(engine, STORE, Wanted(**wanted)),
        )

    tabs = {f"tab {tab.key}": page(tab=tab) for tab in Tab}

    middles: dict[Sort, datetime | int | str] = {
        Sort.NUMBER: 6,
        Sort.TOTAL: 500_000,
        Sort.CUSTOMER: "grace family5",
        Sort.STATUS: middle.key,
    }
    year = {"since": NOW - timedelta(days=365), "until": NOW}
    sorts = {}
    for sort, key in middles.items():
        place = Place(key, str(orders // 2))
        sorts |= {
            f"by {sort.key}": page(sort=sort),
            f"by {sort.key}, the other way": page(sort=sort, ascending=True),
            f"by {sort.key}, in the middle": page(sort=sort, after=place),
            f"by {sort.key}, waiting": page(sort=sort, tab=Tab.WAITING),
            f"by {sort.key}, of a code": page(sort=sort, code="EMAIL_LEFT_OUT"),
            f"by {sort.key}, of a day": page(
                sort=sort, since=NOW - timedelta(days=400), until=NOW - timedelta(days=399)
            ),
            f"by {sort.key}, of a year": page(sort=sort, ascending=True, **year),
        }

    def search(called: str) -> Callable[[], Any]:
        return lambda: page(order_ids=tuple(find_orders(engine, STORE, called)))()

    searches = {
        "search order": str(orders // 3),
        "search document": f"IS-{orders // 4}",
        "search name": "ada family77",
        "search part of a name": "family7",
        "search e-mail": "grace.family1",
        "search nobody": "zzzzz",
    }

    def customers(search: str = "", active: bool | None = None, place: cached_lists.Place | None = None) -> Any:
        def page() -> None:
            found = tuple(find_customers(engine, REALM, search)) if search else None
            wanted = cached_lists.Wanted(active, ids=found)
            rows = list_customers(engine, REALM, wanted, SIZE, place).rows
            keys_of_customers(engine, REALM, CustomerSettings(), [row.id for row in rows])
            count_customers(engine, REALM, wanted)

        return page

    of_customers = {
        "first page": customers(),
        "a page in the middle": customers(place=cached_lists.Place("grace family5", "0")),
        "active": customers(active=True),
        "inactive": customers(active=False),
        "search name": customers("ada family77"),
        "search part of a name": customers("fr"),
        "search e-mail": customers("grace.family1"),
        "search whole e-mail": customers("grace.family77@example.com"),
        "search id": customers("4711"),
        "search nobody": customers("zzzzz"),
    }
    return {
        "counts of the tabs": lambda: count_tabs(engine, STORE),
        "reasons of a tab": lambda: codes_of(engine, STORE, Tab.NEEDS_A_PERSON),
        "reasons of all": lambda: codes_of(engine, STORE, Tab.ALL),
        **tabs,
        "oldest first": page(ascending=True),
        "a page in the middle": page(after=middle),
        **sorts,
        "filter day": page(since=NOW - timedelta(days=400), until=NOW - timedelta(days=399)),
        "filter code": page(code="EMAIL_LEFT_OUT"),
        "filter rare code": page(code="6000"),
        "filter amount": page(at_least=999_900),
        "filter run": page(run_key=RUN),
        **{name: search(called) for name, called in searches.items()},
        "overview: reasons": lambda: reasons(engine, STORE),
        "overview: days": lambda: orders_by_day(engine, STORE, NOW.date(), 30, zone),
        "overview: runs": lambda: past_runs(engine, STORE, 6),
        "progress of a run": lambda: progress_of(engine, STORE, [RUN]),
        **{f"customers: {name}": work for name, work in of_customers.items()},
    }


_LARGE = ("orders", "order_readings", "customers", "customer_bodies", "customer_keys")


def _read_whole(engine: Engine, work: Callable[[], Any]) -> list[str]:
    """The large tables that the statements of a part read from end to end, as the database plans them."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    whole = set[str]()
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.lstrip().upper().startswith("SELECT"):
                word = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
                plan = connection.exec_driver_sql(word + statement, parameters).all()
                lines = [str(row[-1]).strip() for row in plan]
                whole |= {
                    table
                    for table in _LARGE
                    for line in lines
                    if f"Seq Scan on {table}" in line or (line.startswith(f"SCAN {table}") and "USING" not in line)
                }
    return sorted(whole)


def _place(kind: str, folder: Path) -> URL:
    if kind == "sqlite":
        return make_url(f"sqlite:///{folder / 'console.sqlite'}")
    administration = create_engine(server(), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.exec_driver_sql(f"CREATE DATABASE {DATABASE}")
    administration.dispose()
    return server().set(database=DATABASE)


def _filled(url: URL, orders: int, customers: int) -> Engine:
    engine = open_database(url)
    migrate(engine)
    chance = random.Random(14)
    with engine.begin() as connection:
        for start in range(0, orders, PORTION):
            numbers = range(start, min(start + PORTION, orders))
            ids = [str(number) for number in numbers]
            statuses = chance.choices(list(_STATUSES), list(_STATUSES.values()), k=len(ids))
            at = [NOW - timedelta(minutes=1.5 * (orders - number)) for number in numbers]
            moved = [one + timedelta(minutes=chance.randrange(10_000)) for one in at]
            first = [chance.choice(_FIRST) for _ in ids]
            last = [f"Family{chance.randrange(100_000)}" for _ in ids]
            company = [f"{one} & Co. {id}" if chance.random() < 0.2 else "" for one, id in zip(last, ids, strict=True)]
            row = {
                "store": STORE,
                "order_id": ids,
                "called": [
                    called({"first": one, "last": other, "company": firm})
                    for one, other, firm in zip(first, last, company, strict=True)
                ],
                "status_at": moved,
                "ordered_at": at,
                "created_at": at,
                "updated_at": moved,
                "currency": "USD",
                "total_minor": [chance.randrange(100_000) for _ in ids],
                "status": statuses,
                "code": [_CODES.get(status) for status in statuses],
                "document_number": [f"IS-{id}" for id in ids],
                "is_open": [False] * len(ids),
            }
            insert_many(connection, Order, row, len(ids))
            party = dict.fromkeys(
                ("middle", "phone", "contact_id", "shipping_first", "shipping_last", "shipping_company", "emails", "addresses",
                 "postal_code", "snapshot"),
                "",
            )  # fmt: skip
            email = [f"{one}.{other}@example.com" for one, other in zip(first, last, strict=True)]
            named = {
                "store": STORE,
                "order_id": ids,
                "first": first,
                "last": last,
                "email": email,
                "company": company,
                **party,
            }
            insert_many(connection, OrderReading, named, len(ids))
        seen = [str(orders - number) for number in range(1, 301)]
        insert_many(connection, RunOrder, {"run_key": RUN, "order_id": seen}, len(seen))
    _fill_customers(engine, customers)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    return engine


def _fill_customers(engine: Engine, customers: int) -> None:
    prepare_keys(engine, REALM, CustomerSettings())  # of nobody yet: the sets stand, and are filled here
    with engine.connect() as connection:
        sets = {row.field: row.id for row in connection.execute(select(KeySet.__table__))}
    chance = random.Random(15)
    with engine.begin() as connection:
        for start in range(0, customers, PORTION):
            numbers = range(start, min(start + PORTION, customers))
            ids = [str(number) for number in numbers]
            first = [chance.choice(_FIRST) for _ in ids]
            last = [f"Family{chance.randrange(100_000)}" for _ in ids]
            names = [f"{one} {other} {id}" for one, other, id in zip(first, last, ids, strict=True)]
            emails = [f"{one}.{other}@example.com".lower() for one, other in zip(first, last, strict=True)]
            row = {
                "realm_id": REALM,
                "customer_id": ids,
                "display_name": names,
                "active": [number % 1000 != 7 for number in numbers],
                "emails": emails,
                "addresses": "",
                "phones": "",
                "currency": "USD",
                "is_job": [False] * len(ids),
                "billed_with": "",
                "merged_into": "",
                "version": "0",
                "fetched_at": NOW,
            }
            insert_many(connection, Customer, row, len(ids))
            bodies = [
                {"Id": id, "DisplayName": name, "PrimaryEmailAddr": {"Address": email}, "CurrencyRef": {"value": "USD"}}
                for id, name, email in zip(ids, names, emails, strict=True)
            ]
            insert_many(connection, CustomerBody, {"realm_id": REALM, "customer_id": ids, "body": bodies}, len(ids))
            for field, keys in (("DisplayName", [name.lower() for name in names]), ("PrimaryEmailAddr", emails)):
                keyed = {"key_set_id": sets[field], "key": keys, "customer_id": ids}
                insert_many(connection, CustomerKey, keyed, len(ids))


if __name__ == "__main__":
    main()
