"""Whose orders a store has: two accounts, two companies, two stores, and what each combination of them does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.order_status import skip_order
from order_sync.database.orders import orders_of_run
from order_sync.database.stores import forget_account, known_stores, note_store
from order_sync.errors import ConfigurationError
from order_sync.infusionsoft.client import Infusionsoft
from order_sync.settings import Store
from order_sync.sync.orders.identity import Identity
from order_sync.sync.recording.context import Context
from order_sync.sync.steps.extract_orders import extract_orders
from order_sync.sync.steps.identify_store import identify_store
from tests.database import ledgers
from tests.shop import account, records, runs, services, stores
from tests.shop.account import Account
from tests.shop.services import REALM_ID

OTHER_COMPANY = "9341450000000002"
ADA, BEN = ("Ada Lovelace", records.NOON), ("Ben Other", records.NOON + timedelta(hours=3))
"""Whose order 1001 is in the one account and in the other, and when it was made."""


@pytest.fixture
def client(sandbox: Any, vault: Any) -> Iterator[Infusionsoft]:
    with services.infusionsoft(sandbox, vault) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of store settings, with both stores' files."""
    for store in ("demo", "shop"):
        (tmp_path / f"{store}.yaml").touch()
    monkeypatch.setenv("ORDER_SYNC_STORES", str(tmp_path))
    return tmp_path


def title(row: Any) -> str:
    return str(json.loads(row.snapshot)["order"]["title"])


def store_of(name: str, **revenue: Any) -> Store:
    return stores.settings(name=name, revenue=revenue)


def connected_to(sandbox: Any, tenant: str, order: tuple[str, Any]) -> None:
    """From now on the key opens this account, whose order 1001 is somebody's."""
    name, made = order
    sandbox.put("/_sandbox/infusionsoft", {"tenant": f"{tenant}.infusionsoft.com" if tenant else ""})
    times = {"ordered_at": made.isoformat(), "creation_time": made.isoformat(), "modification_time": made.isoformat()}
    Account(sandbox).put("order", account.order("1001", title=f"Order of {name}", **times))


def begin(engine: Engine, store: Store, realm_id: str, client: Infusionsoft) -> None:
    """As the first task of a run that records."""
    note_store(engine, identify_store(engine, store, realm_id, client))


def run(engine: Engine, client: Infusionsoft, store: Store, realm_id: str, run_id: str = "monday") -> dict[str, str]:
    """The first steps of a run; gives the orders that it read, each with its title."""
    begin(engine, store, realm_id, client)
    begun = runs.begun(engine, run_id, store=store.name)
    extract_orders(Context(engine, realm_id, store, begun), client)
    return {row.order_id: title(row) for row in orders_of_run(engine, store.name, begun.run_key)}


def first_run(engine: Engine, sandbox: Any, client: Infusionsoft) -> None:
    """The store `demo` has recorded Ada's order, of account ab103, in the company."""
    connected_to(sandbox, "ab103", ADA)
    assert run(engine, client, store_of("demo"), REALM_ID) == {"1001": "Order of Ada Lovelace"}
    [write] = ledgers.plan(engine, ledgers.receipt("1001", order_ids=("1001",)), realm=REALM_ID).values()
    ledgers.settled(engine, write, quickbooks_id="145")
    sandbox.delete("/_sandbox/calls")


ALIKE, OWN = {}, {"number_prefix": "S-"}
NO_SECOND_RECORD = "each order would be recorded twice"

# store, its number prefix, the account and the company that its connections lead to: what is said, or None where the run goes on
COMBINATIONS: dict[str, tuple[str, dict[str, Any], str, str, str | None]] = {
    "same store, account and company": ("demo", ALIKE, "ab103", REALM_ID, None),
    "another account": ("demo", ALIKE, "cd200", REALM_ID, "has the orders of the Infusionsoft account ab103"),
    "another company": ("demo", ALIKE, "ab103", OTHER_COMPANY, f"recorded in company {REALM_ID}"),
    "another account and company": ("demo", ALIKE, "cd200", OTHER_COMPANY, f"recorded in company {REALM_ID}"),
    "second store, same account and company": ("shop", OWN, "ab103", REALM_ID, NO_SECOND_RECORD),
    "second store, another account": ("shop", OWN, "cd200", REALM_ID, None),
    "second store, another account, numbers alike": ("shop", ALIKE, "cd200", REALM_ID, "number documents"),
    "second store, another company": ("shop", ALIKE, "ab103", OTHER_COMPANY, None),
    "second store, another account and company": ("shop", ALIKE, "cd200", OTHER_COMPANY, None),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("combination", COMBINATIONS)
def test_r11_r12_two_accounts_two_companies_two_stores(engine, sandbox, client, combination):
    name, prefix, tenant, realm_id, refusal = COMBINATIONS[combination]
    first_run(engine, sandbox, client)
    buyer = ADA if tenant == "ab103" else BEN
    connected_to(sandbox, tenant, buyer)
    before = known_stores(engine)

    def second_run() -> dict[str, str]:
        return run(engine, client, store_of(name, **prefix), realm_id, "tuesday")

    if refusal is None:
        assert second_run() == {"1001": f"Order of {buyer[0]}"}
        assert known_stores(engine)[name] == Identity(name, tenant, realm_id, prefix.get("number_prefix", "IS-"))
    else:
        with pytest.raises(ConfigurationError, match=refusal) as caught:
            second_run()
        for word in {name, realm_id if "company" in caught.value.message else tenant}:
            assert word in caught.value.message
        assert caught.value.advice
        assert known_stores(engine) == before
        assert set(sandbox.get("/_sandbox/calls")) <= {"infusionsoft get user info"}
    # Whatever came, Ada's order is as it was read.
    [row] = orders_of_run(engine, "demo", "demo/monday")
    assert title(row) == "Order of Ada Lovelace"


@pytest.mark.usefixtures("folder")
def test_r11_an_account_is_told_by_its_id_and_not_by_what_a_merchant_edits(engine, sandbox, client):
    first_run(engine, sandbox, client)
    sandbox.put("/_sandbox/infusionsoft", {"tenant": "ab103.infusionsoft.com"})
    assert run(engine, client, store_of("demo"), REALM_ID) == {"1001": "Order of Ada Lovelace"}
    assert client.account() == "ab103"


@pytest.mark.usefixtures("folder")
def test_r11_the_same_account_under_a_new_id_goes_on_once_a_person_says_so(engine, sandbox, client):
    first_run(engine, sandbox, client)
    connected_to(sandbox, "xy900", ADA)
    with pytest.raises(ConfigurationError, match="new-account-id demo"):
        run(engine, client, store_of("demo"), REALM_ID)

    assert forget_account(engine, "demo") == "ab103"
    assert run(engine, client, store_of("demo"), REALM_ID) == {"1001": "Order of Ada Lovelace"}
    assert known_stores(engine)["demo"].account == "xy900"


@pytest.mark.usefixtures("folder")
def test_r11_what_a_person_says_of_another_account_is_not_believed(engine, sandbox, client):
    first_run(engine, sandbox, client)
    connected_to(sandbox, "cd200", BEN)
    forget_account(engine, "demo")
    with pytest.raises(ConfigurationError, match="order 1001 there is another one"):
        run(engine, client, store_of("demo"), REALM_ID)
    assert known_stores(engine)["demo"].account == ""


def an_account_without_them(sandbox: Any) -> None:
    sandbox.delete("/_sandbox/infusionsoft/order/1001")


def another_order(sandbox: Any) -> None:
    connected_to(sandbox, "", BEN)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("happens", "said"), [(an_account_without_them, "it has none of them"), (another_order, "is another one")]
)
def test_r11_where_the_service_does_not_tell_the_account_its_orders_do(
    engine, sandbox, client, happens: Callable[[Any], None], said: str
):
    connected_to(sandbox, "", ADA)
    for run_id in ("monday", "tuesday"):
        assert run(engine, client, store_of("demo"), REALM_ID, run_id) == {"1001": "Order of Ada Lovelace"}
    assert known_stores(engine)["demo"].account == ""
    happens(sandbox)
    with pytest.raises(ConfigurationError, match=said):
        run(engine, client, store_of("demo"), REALM_ID, "wednesday")


@pytest.mark.usefixtures("folder")
def test_r11_a_store_that_has_read_nothing_may_be_connected_anew(engine, sandbox, client):
    connected_to(sandbox, "ab103", ADA)
    begin(engine, store_of("demo"), REALM_ID, client)
    connected_to(sandbox, "cd200", BEN)
    begin(engine, store_of("demo"), OTHER_COMPANY, client)
    assert known_stores(engine)["demo"] == Identity("demo", "cd200", OTHER_COMPANY, "IS-")


@pytest.mark.usefixtures("folder")
def test_r11_another_order_under_a_known_id_reaches_nothing_even_in_the_same_account(engine, sandbox, client):
    """An account that was set back gives ids a second time."""
    first_run(engine, sandbox, client)
    connected_to(sandbox, "ab103", BEN)
    run(engine, client, store_of("demo"), REALM_ID, "tuesday")
    [row] = orders_of_run(engine, "demo", "demo/tuesday")
    assert title(row) == "Order of Ada Lovelace"
    assert row.status != "failed" or row.code == "UNREADABLE"


@pytest.mark.usefixtures("folder")
def test_r12_a_store_whose_file_is_gone_and_that_recorded_nothing_is_in_nobody_s_way(engine, sandbox, client, folder):
    connected_to(sandbox, "ab103", ADA)
    begin(engine, store_of("demo"), REALM_ID, client)
    with pytest.raises(ConfigurationError, match=NO_SECOND_RECORD):
        begin(engine, store_of("shop"), REALM_ID, client)
    (folder / "demo.yaml").unlink()
    begin(engine, store_of("shop"), REALM_ID, client)


@pytest.mark.usefixtures("folder")
def test_r12_a_file_under_a_new_name_records_nothing_again(engine, sandbox, client, folder):
    first_run(engine, sandbox, client)
    skip_order(engine, "demo", "1001", "whatever became of it")
    (folder / "demo.yaml").unlink()
    with pytest.raises(ConfigurationError, match="give the file its former name back"):
        begin(engine, store_of("shop"), REALM_ID, client)
