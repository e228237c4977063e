"""`python benchmarks/match.py [--json]`: how long it takes to find the customers of a run's orders, and how much memory, beside other ways.

Every measurement is a fresh process; every way must find what the generated data say is right, or the benchmark ends with an error.
docs/performance.md says what is measured and how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

import pandas as pd  # noqa: E402 (the path comes first)
from sqlalchemy import URL  # noqa: E402

from benchmarks import people, stores  # noqa: E402
from benchmarks.ways import Task  # noqa: E402

OTHERS = {
    "pandas": "pandas, keys from the store",
    "pandas_parquet": "pandas, Parquet",
    "polars": "polars, Parquet",
    "duckdb": "DuckDB, Parquet",
}
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
LOOKALIKES = "look-alikes"
SUGGESTED_FOR = 1_000
"""Look-alikes are measured for so many orders that nobody was found for."""


@dataclass(frozen=True)
class Result:
    """One way over one size: the seconds of each repetition, their median, and the highest peak of extra memory (None: not known)."""

    orders: int
    customers: int
    way: str
    seconds: list[float]
    median_seconds: float
    extra_bytes: int | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 2 where nothing can be measured."""
    options = _options(arguments)
    databases = [name for name in options.databases if name != "postgresql" or stores.server_answers()]
    if not databases:
        sys.stderr.write("No PostgreSQL answers on 127.0.0.1 (PGPORT, PGUSER, PGPASSWORD): leave --databases out.\n")
        return 2
    options.folder.mkdir(parents=True, exist_ok=True)
    results = [
        result
        for customers in options.customers
        for result in _of_customers(options.folder, customers, options.orders, databases, options.repeat)
    ]
    report = {"machine": _machine(), "repeat": options.repeat, "results": [asdict(result) for result in results]}
    sys.stdout.write(json.dumps(report, indent=1) if options.json else markdown(report["machine"], results))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--orders", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 1_000_000, 3_000_000])
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--repeat", type=int, default=5, help="repetitions of each measurement; their median counts")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "order_sync_benchmark")
    parser.add_argument("--json", action="store_true", help="all repetitions as JSON, instead of tables")
    options = parser.parse_args(arguments)
    if min(options.customers) < people.FEWEST or min(options.orders) < 1 or options.repeat < 1:
        parser.error(f"at least {people.FEWEST} customers, one order and one repetition")
    return options


def _of_customers(
    folder: Path, customers: int, sizes: Sequence[int], databases: Sequence[str], repeat: int
) -> Iterator[Result]:
    urls = {name: stores.prepare_store(folder, name, customers) for name in databases}
    for number in sizes:
        file = people.orders_file(folder, number, customers)
        orders = pd.read_parquet(file)
        for name, url in urls.items():
            stores.prepare_orders(url, orders)
            task = task_of(folder, customers, number, file, url)
            yield measure(f"engine, {DATABASES[name]}", "engine", task, orders, customers, repeat)
        task = task_of(folder, customers, number, file, urls[databases[0]])
        for way, title in OTHERS.items():
            yield measure(title, way, task, orders, customers, repeat)
    file = people.strangers_file(folder, SUGGESTED_FOR, customers)
    for name, url in urls.items():
        task = task_of(folder, customers, SUGGESTED_FOR, file, url)
        runs = [_once("suggestions", task) for _ in range(repeat)]
        yield _result(f"{LOOKALIKES}, {DATABASES[name]}", task, customers, runs)


def task_of(folder: Path, customers: int, orders: int, file: Path, url: URL) -> Task:
    """The task of matching the orders in a file against a store's customers."""
    names, emails = (stores.keys_file(folder, field, customers) for field in ("DisplayName", "PrimaryEmailAddr"))
    database = url.render_as_string(hide_password=False)
    return Task(orders, str(file), database, str(names), str(emails), str(folder / "answers.parquet"))


def measure(title: str, way: str, task: Task, orders: pd.DataFrame, customers: int, repeat: int) -> Result:
    """Repeats one way over one size; SystemExit where an answer is not that of `orders`."""
    runs = []
    for _ in range(repeat):
        if way == "engine":
            stores.put_back(task.database, task.orders)
        runs.append(_once(way, task))
        found = (
            stores.read_answers(task.database, task.orders) if way == "engine" else pd.read_parquet(task.answers_file)
        )
        _require_right(title, found, orders)
    return _result(title, task, customers, runs)


def _once(way: str, task: Task) -> dict[str, Any]:
    Path(task.answers_file).unlink(missing_ok=True)
    command = [sys.executable, str(Path(__file__).with_name("once.py")), way, json.dumps(asdict(task))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} broke off:\n{done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _result(title: str, task: Task, customers: int, runs: Sequence[dict[str, Any]]) -> Result:
    seconds, extra = ([run[name] for run in runs] for name in ("seconds", "extra_bytes"))
    most = None if None in extra else max(extra)
    sys.stderr.write(f"{task.orders:,} x {customers:,}, {title}: {median(seconds):.3f} s\n")
    return Result(task.orders, customers, title, seconds, median(seconds), most)


def _require_right(title: str, found: pd.DataFrame, orders: pd.DataFrame) -> None:
    both = orders[["order_id", "answer"]].merge(found, on="order_id", how="outer", suffixes=("_right", "_found"))
    wrong = both[both["answer_right"].ne(both["answer_found"]) | both["answer_right"].isna()]
    if len(wrong) or len(found) != len(orders):
        raise SystemExit(f"{title} decides {len(wrong):,} of {len(orders):,} orders otherwise:\n{wrong.head()}")


def _machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "polars", "duckdb", "sqlalchemy"))
    return f"{os.cpu_count()} cores of {model}; {platform.system()}, Python {platform.python_version()}, {packages}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def markdown(machine: str, results: Sequence[Result]) -> str:
    """Times and memory as tables; behind a time, how many times that of the first column it is."""
    frame = pd.DataFrame([asdict(result) for result in results])
    suggesting = frame["way"].str.startswith(LOOKALIKES)
    seconds, extra = (_grid(frame[~suggesting], column) for column in ("median_seconds", "extra_bytes"))
    first = seconds.iloc[:, 0]
    times = seconds.apply(lambda column: [_time(own, one) for own, one in zip(column, first, strict=True)])
    times.iloc[:, 0] = [f"{one * 1000:,.0f}" for one in first]
    alone = frame[suggesting].pivot_table(index="customers", columns="way", values="median_seconds", sort=False)
    parts = {
        "Milliseconds": times,
        "Extra memory at its peak, MB": extra.map(lambda one: "" if pd.isna(one) else f"{one / 1e6:,.0f}"),
        f"Look-alikes, seconds for {SUGGESTED_FOR:,} orders": alone.map("{:.2f}".format),
    }
    return f"{machine}\n" + "".join(f"\n**{title}**\n\n{_table(part)}" for title, part in parts.items())


def _grid(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    grid = frame.pivot(index=["orders", "customers"], columns="way", values=column)
    return grid[list(dict.fromkeys(frame["way"]))].astype("float64")


def _time(seconds: float, of: float) -> str:
    return f"{seconds * 1000:,.0f} ({seconds / of:,.1f}×)"


def _table(frame: pd.DataFrame) -> str:
    head = [*frame.index.names, *frame.columns]
    rows = [[*(index if isinstance(index, tuple) else (index,)), *row] for index, *row in frame.itertuples()]
    lines = [
        head,
        ["---:"] * len(head),
        *([f"{one:,}" if isinstance(one, int) else one for one in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
