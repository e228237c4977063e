"""The token vault: encrypted at rest, one key, one refresh at a time."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select, update

from order_sync.database.database import reading
from order_sync.database.tables import Lease, Token
from order_sync.database.tokens import StoreVault
from order_sync.errors import ConfigurationError, LeaseLost
from order_sync.tokens import TokenPair

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def pair(number: int = 1, refresh_expires_at: datetime | None = NOW + timedelta(days=100)) -> TokenPair:
    return TokenPair(
        f"access-secret-{number}", f"refresh-secret-{number}", NOW + timedelta(hours=number), refresh_expires_at, "a1b2"
    )


@pytest.fixture(autouse=True)
def key(monkeypatch) -> str:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", key)
    return key


def test_a_pair_comes_back_as_it_was(engine):
    vault = StoreVault(engine)
    assert vault.load("quickbooks_demo") is None

    vault.save("quickbooks_demo", pair(1))
    vault.save("infusionsoft_demo", pair(7, refresh_expires_at=None))
    vault.save("quickbooks_demo", pair(2))

    assert StoreVault(engine).load("quickbooks_demo") == pair(2)
    assert StoreVault(engine).load("infusionsoft_demo") == pair(7, refresh_expires_at=None)


def test_nothing_that_is_stored_shows_a_token(engine, tmp_path):
    StoreVault(engine).save("quickbooks_demo", pair())

    with reading(engine) as connection:
        [row] = connection.execute(select(Token.__table__))
    stored = repr(row).encode() + b"".join(file.read_bytes() for file in Path(tmp_path).iterdir() if file.is_file())
    assert b"quickbooks_demo" in stored
    assert b"access-secret" not in stored
    assert b"refresh-secret" not in stored


def test_another_key_is_said_and_not_guessed_at(engine, monkeypatch):
    StoreVault(engine).save("quickbooks_demo", pair())
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", Fernet.generate_key().decode())

    with pytest.raises(ConfigurationError, match=r"quickbooks_demo.*another ORDER_SYNC_FERNET_KEY") as caught:
        StoreVault(engine).load("quickbooks_demo")
    assert "connect again" in caught.value.advice


@pytest.mark.parametrize("value", [None, "", "not a key", "c2hvcnQ="])
def test_a_key_that_is_none_is_refused(engine, monkeypatch, value):
    monkeypatch.delenv("ORDER_SYNC_FERNET_KEY")
    if value is not None:
        monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", value)
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_FERNET_KEY is missing or is not"):
        StoreVault(engine)


def sealed(engine, connection_id: str = "quickbooks_demo") -> bytes:
    with reading(engine) as connection:
        return connection.scalar(select(Token.sealed).where(Token.connection_id == connection_id))


def test_r25_keys_are_changed_without_connecting_again(engine, monkeypatch, key):
    StoreVault(engine).save("quickbooks_demo", pair())
    newest = Fernet.generate_key().decode()

    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", f"{newest}, {key}")
    assert StoreVault(engine).load("quickbooks_demo") == pair()

    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", newest)
    assert StoreVault(engine).load("quickbooks_demo") == pair()
    assert Fernet(newest).decrypt(sealed(engine))
    assert not opens(key, sealed(engine))


def test_r25_what_is_saved_is_under_the_newest_key(engine, monkeypatch, key):
    newest = Fernet.generate_key().decode()
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", f"{newest},{key}")
    StoreVault(engine).save("quickbooks_demo", pair())
    assert opens(newest, sealed(engine))
    before = sealed(engine)
    StoreVault(engine).load("quickbooks_demo")
    assert sealed(engine) == before


def opens(key: str, content: bytes) -> bool:
    try:
        return bool(Fernet(key).decrypt(content))
    except InvalidToken:
        return False


@pytest.mark.parametrize("value", ["{key},", "{key},,{key}", ",{key}", "{key};{key}", "{key} {key}", "{key},not a key"])
def test_r25_each_key_of_the_list_must_be_one(engine, monkeypatch, key, value):
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", value.format(key=key))
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_FERNET_KEY is missing or is not") as caught:
        StoreVault(engine)
    assert key not in str(caught.value)


def test_r25_a_row_that_was_copied_to_another_connection_is_refused(engine):
    vault = StoreVault(engine)
    vault.save("quickbooks_demo", pair())
    vault.save("quickbooks_other", pair(2))
    with engine.begin() as connection:
        connection.execute(update(Token).where(Token.connection_id == "quickbooks_other").values(sealed=sealed(engine)))

    with pytest.raises(
        ConfigurationError, match=r"kept for connection quickbooks_other are another connection's"
    ) as caught:
        vault.load("quickbooks_other")
    assert "Connect again, in Airflow under Order sync, Connections" in caught.value.advice
    assert vault.load("quickbooks_demo") == pair()


def row_of_before(engine, key: str, number: int) -> None:
    """A row as it was sealed before rows named their connection."""
    vault = StoreVault(engine)
    vault.save("quickbooks_demo", pair(number))
    content = json.loads(Fernet(key).decrypt(sealed(engine)))
    del content["connection_id"]
    with engine.begin() as connection:
        connection.execute(update(Token).values(sealed=Fernet(key).encrypt(json.dumps(content).encode())))


def test_r25_a_row_of_before_is_read_once_and_bound_to_its_connection(engine, key):
    row_of_before(engine, key, 3)
    vault = StoreVault(engine)
    assert vault.load("quickbooks_demo") == pair(3)

    vault.save("quickbooks_other", pair(2))
    with engine.begin() as connection:
        connection.execute(update(Token).where(Token.connection_id == "quickbooks_other").values(sealed=sealed(engine)))
    with pytest.raises(ConfigurationError, match="another connection's"):
        vault.load("quickbooks_other")
    assert vault.load("quickbooks_demo") == pair(3)


def test_r25_sealing_again_never_overwrites_a_newer_pair(engine, key, monkeypatch):
    row_of_before(engine, key, 1)
    vault, seal_again = StoreVault(engine), StoreVault._seal_again

    def after_another_process_saved(self, *arguments):
        vault.save("quickbooks_demo", pair(2))
        seal_again(self, *arguments)

    monkeypatch.setattr(StoreVault, "_seal_again", after_another_process_saved)
    vault.load("quickbooks_demo")
    assert vault.load("quickbooks_demo") == pair(2)


def test_one_refreshes_at_a_time(engine):
    vault, start, refreshes = StoreVault(engine), threading.Barrier(4), []
    vault.save("quickbooks_demo", pair(0))

    def refresh(_: int) -> None:
        start.wait()
        with vault.refreshing("quickbooks_demo"):
            # As a client does: whoever comes second finds what the first brought.
            if vault.load("quickbooks_demo") == pair(0):
                refreshes.append(1)
                vault.save("quickbooks_demo", pair(1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(refresh, range(4)))

    assert len(refreshes) == 1


def test_connections_refresh_side_by_side(engine):
    vault = StoreVault(engine)
    with vault.refreshing("quickbooks_demo"), vault.refreshing("infusionsoft_demo"):
        vault.save("quickbooks_demo", pair())
    with vault.refreshing("quickbooks_demo"):
        assert vault.load("quickbooks_demo") == pair()


def test_r15_a_refresher_that_overslept_does_not_overwrite_the_newer_pair(engine):
    sleeper, other = StoreVault(engine), StoreVault(engine)
    with sleeper.refreshing("quickbooks_demo"):
        with engine.begin() as connection:
            connection.execute(update(Lease).values(expires_at=NOW - timedelta(days=9)))
        with other.refreshing("quickbooks_demo"):
            other.save("quickbooks_demo", pair(2))
        with pytest.raises(LeaseLost):
            sleeper.save("quickbooks_demo", pair(1))
    assert sleeper.load("quickbooks_demo") == pair(2)
