"""The demo starts with an empty store, and never with somebody's ledger thrown away."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, make_url

from include.local import demo
from include.local.environment import local_environment
from order_sync.database.database import migrate, open_database
from order_sync.database.tables import Order, Token

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose local data are the test's own."""
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    (tmp_path / ".airflow").mkdir()
    return tmp_path


@pytest.fixture
def environment(checkout: Path) -> dict[str, str]:
    """The environment of the migration that the demo starts."""
    return {
        "ORDER_SYNC_DATABASE_URL": f"sqlite:///{checkout / '.airflow/order_sync.sqlite'}",
        "PYTHONPATH": str(ROOT / "plugins"),
        "PATH": str(Path(sys.executable).parent),
    }


@pytest.fixture
def engine(environment: dict[str, str]) -> Engine:
    """The store that an earlier use left behind."""
    engine = open_database(make_url(environment["ORDER_SYNC_DATABASE_URL"]))
    migrate(engine)
    return engine


def _add_order(engine: Engine, store: str) -> None:
    with engine.begin() as connection:
        row = {"store": store, "order_id": "1", "status": "posted", "updated_at": datetime.now(UTC)}
        connection.execute(insert(Order).values(row))
    engine.dispose()


def _orders(checkout: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(checkout / ".airflow/order_sync.sqlite")) as connection:
        return connection.execute("SELECT store FROM orders").fetchall()


def test_without_a_store_one_is_made(checkout: Path, environment: dict[str, str]) -> None:
    demo._start_fresh(environment)
    assert _orders(checkout) == []


def test_the_orders_of_an_earlier_demo_are_gone(checkout: Path, environment: dict[str, str], engine: Engine) -> None:
    _add_order(engine, "demo")
    demo._start_fresh(environment)
    assert _orders(checkout) == []


def test_the_ledger_of_another_store_is_left_alone(checkout: Path, environment: dict[str, str], engine: Engine) -> None:
    _add_order(engine, "shop")
    with pytest.raises(
        demo.DemoFailed, match=r"order_sync\.sqlite holds orders or tokens of shop.*move that file away"
    ):
        demo._start_fresh(environment)
    assert _orders(checkout) == [("shop",)]


def test_the_tokens_of_another_connection_are_left_alone(environment: dict[str, str], engine: Engine) -> None:
    now = datetime.now(UTC)
    row = {"connection_id": "quickbooks_shop", "sealed": b"-", "access_expires_at": now, "updated_at": now}
    with engine.begin() as connection:
        connection.execute(insert(Token).values(row))
    with pytest.raises(demo.DemoFailed, match="quickbooks_shop"):
        demo._start_fresh(environment)
    with engine.connect() as connection:
        assert connection.execute(Token.__table__.select()).one().sealed == b"-"
    engine.dispose()


def test_the_demo_s_connections_are_the_sandbox_s_whatever_env_says(tmp_path: Path) -> None:
    """The demo's orders are invented: they must not reach a real company."""
    (tmp_path / "include/config").mkdir(parents=True)
    sandbox = ROOT / "include/config/connections.sandbox.json"
    (tmp_path / "include/config/connections.sandbox.json").write_text(sandbox.read_text())
    (tmp_path / ".env").write_text('AIRFLOW_CONN_QUICKBOOKS_DEMO={"host": "https://quickbooks.api.intuit.com"}\n')
    assert "http://127.0.0.1:" in local_environment(tmp_path)["AIRFLOW_CONN_QUICKBOOKS_DEMO"]
