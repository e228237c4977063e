"""How fast the console's pages read a store of many orders: the first page, each tab, each filter, the search.

    python -m benchmarks.console [--orders 1000000] [--databases sqlite postgresql]

Prints the milliseconds of each (the median of five), and which parts read a whole table. Orders are made up, over three years: most are
posted, one in a hundred waits for a person.
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

from sqlalchemy import URL, Engine, create_engine, event, make_url, text

from benchmarks.stores import server
from order_sync.database.database import insert_many, migrate, open_database
from order_sync.database.order_lists import (
    Place,
    Tab,
    Wanted,
    codes_of,
    count_orders,
    count_tabs,
    find_orders,
    list_orders,
)
from order_sync.database.overview import orders_by_day, past_runs, reasons
from order_sync.database.tables import Order, OrderReading, RunOrder

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
STORE, RUN = "demo", "demo/scheduled"
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
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for kind in chosen.databases:
            engine = _filled(_place(kind, Path(folder)), chosen.orders)
            print(f"{kind}, {chosen.orders:,} orders")
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
    return {
        "counts of the tabs": lambda: count_tabs(engine, STORE),
        "reasons of a tab": lambda: codes_of(engine, STORE, Tab.NEEDS_A_PERSON),
        "reasons of all": lambda: codes_of(engine, STORE, Tab.ALL),
        **tabs,
        "oldest first": page(oldest_first=True),
        "a page in the middle": page(after=middle),
        "filter day": page(since=NOW - timedelta(days=400), until=NOW - timedelta(days=399)),
        "filter code": page(code="EMAIL_LEFT_OUT"),
        "filter rare code": page(code="6000"),
        "filter amount": page(at_least=99_990),
        "filter run": page(run_key=RUN),
        **{name: search(called) for name, called in searches.items()},
        "overview: reasons": lambda: reasons(engine, STORE),
        "overview: days": lambda: orders_by_day(engine, STORE, NOW.date(), 30, zone),
        "overview: runs": lambda: past_runs(engine, STORE, 6),
    }


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
                    for table in ("orders", "order_readings")
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


def _filled(url: URL, orders: int) -> Engine:
    engine = open_database(url)
    migrate(engine)
    chance = random.Random(14)
    with engine.begin() as connection:
        for start in range(0, orders, PORTION):
            numbers = range(start, min(start + PORTION, orders))
            ids = [str(number) for number in numbers]
            statuses = chance.choices(list(_STATUSES), list(_STATUSES.values()), k=len(ids))
            at = [NOW - timedelta(minutes=1.5 * (orders - number)) for number in numbers]
            first = [chance.choice(_FIRST) for _ in ids]
            last = [f"Family{chance.randrange(100_000)}" for _ in ids]
            row = {
                "store": STORE,
                "order_id": ids,
                "ordered_at": at,
                "created_at": at,
                "updated_at": NOW,
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
                 "postal_code", "snapshot", "company"),
                "",
            )  # fmt: skip
            email = [f"{one}.{other}@example.com" for one, other in zip(first, last, strict=True)]
            named = {"store": STORE, "order_id": ids, "first": first, "last": last, "email": email, **party}
            insert_many(connection, OrderReading, named, len(ids))
        seen = [str(orders - number) for number in range(1, 301)]
        insert_many(connection, RunOrder, {"run_key": RUN, "order_id": seen}, len(seen))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))
    return engine


if __name__ == "__main__":
    main()
