"""What a person sees who made a mistake: one sentence that names the place and says what to do; the other stores go on."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from order_sync.database.runs import read_run
from order_sync.database.tables import Run, Write
from order_sync.errors import ConfigurationError
from order_sync.settings import store_files
from tests.dags.conftest import AFTER_THE_FIRST_DAY
from tests.sync.steps.test_report import wrote

pytestmark = pytest.mark.airflow

SYNC = "sync_orders__demo"
REFRESH = "refresh_quickbooks__demo"
PLAN = "plan_orders__demo"
ITS_DAGS = {SYNC, PLAN, REFRESH}
WRONG_SECRET = "a-secret-that-was-typed-wrong"


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A host on which nobody listens, for as long as the test lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def _assert_said(run: Any, shop: Any, task_id: str, error: str, *words: str, tries: int = 1) -> None:
    """The task failed with this error, its log says so in one sentence with these words, and holds no secret."""
    assert run.state == "failed"
    assert run.tasks[task_id] == "failed"
    assert run.tries[task_id] == tries
    assert set(run.raised) == {error}
    assert run.tracebacks == []
    sentence = run.raised[error]
    assert run.said == [sentence] * tries
    assert sentence in run.unmasked
    for word in words:
        assert word in sentence
    for secret in (*shop.secrets, WRONG_SECRET):
        assert secret not in run.text
        assert secret not in run.unmasked


def try_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is so without the two minutes between."""
    from order_sync.bridge.retry_policy import RETRY_POLICY

    later = next(rule for rule in RETRY_POLICY.rules if rule.retry_delay)
    monkeypatch.setattr(later, "retry_delay", later.retry_delay * 0)


# --- settings ---------------------------------------------------------------------------------------------------------------


def test_a_wrong_setting_fails_its_own_store_in_words_and_no_other(
    shop: Any, stores: Path, read_dags: Any, run_dag: Any
) -> None:
    text = (stores / "demo.yaml").read_text()
    (stores / "other.yaml").write_text(text.replace("number_prefix: IS-", "numer_prefix: IS-"))
    bag = read_dags()
    assert bag.import_errors == {}
    assert set(bag.dags) == ITS_DAGS | {"wrong_settings__other"}
    assert len(bag.dags[SYNC].tasks) == 7
    assert "revenue.numer_prefix" in bag.dags["wrong_settings__other"].doc_md

    run = run_dag("wrong_settings__other")
    place = str(stores / "other.yaml")
    words = (place, "revenue.numer_prefix: there is no such setting; did you mean number_prefix?", "Correct the file")
    _assert_said(run, shop, "read_settings", "ConfigurationError", *words)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken", b"time_zone: [America/Phoenix"),
        ("empty", b""),
        ("latin", "time_zone: America/Phoenix # f\u00fcr".encode("latin-1")),
        ("My Shop", b"time_zone: America/Phoenix"),
        ("list", b"- a\n- list"),
        ("numbers", b"1: 2"),
        ("tag", b"time_zone: !!python/object:x.Y {}"),
    ],
)
def test_a_file_that_holds_no_settings_leaves_the_other_stores_alone(
    stores: Path, read_dags: Any, name: str, content: bytes
) -> None:
    (stores / f"{name}.yaml").write_bytes(content)
    bag = read_dags()
    assert bag.import_errors == {}
    [stand_in] = set(bag.dags) - ITS_DAGS
    assert str(stores / f"{name}.yaml") in bag.dags[stand_in].doc_md


def test_r1_whatever_is_wrong_with_a_store_s_file_stops_that_store_alone(stores: Path, read_dags: Any) -> None:
    demo = (stores / "demo.yaml").read_text()
    files = {
        "impossible_day": demo.replace("2026-11-16", "2026-31-01"),
        "no_day": demo.replace("2026-11-16", "!!timestamp tomorrow"),
        "first_year": demo.replace("2026-11-16", "0001-01-01"),
        "last_year": demo.replace("2026-11-16", "9999-12-31"),
        "bomb": demo + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(12)),
        "itself": demo + "more: &more {again: *more}\n",
        "deep": demo + "[" * 3000,
        "digits": demo + f"write_mode: 0x{'f' * 5000}\n",
        "many_digits": demo + f"write_mode: {'9' * 5000}\n",
        "character_zero": demo + '"a\\0b": "\\ud800"\n',
        "binary": "\0\1\2",
        "tabs": demo + "orders:\n\tonly_paid: true\n",
        "twice": demo + "catchup: true\n",
        "never": demo.replace('"0 0 * * *"', '"0 0 31 2 *"'),
        "at_random": demo.replace('"0 0 * * *"', '"R 0 * * *"'),
        "nowhere": demo.replace("America/Phoenix", "America/Nowhere"),
        "this_machine": demo.replace("America/Phoenix", "localtime"),
        "large": demo + "#" * 100_000,
        "extends_all": f"extends: {'x' * 3000}\n",
        "Demo": demo,
        "My Shop": demo,
        "My_Shop": demo,
        "M\u00fcller": demo,
        "x" * 200: demo,
    }
    for name, text in files.items():
        (stores / f"{name}.yaml").write_text(text)
    (stores / "demo.yml").write_text(demo)
    (stores / "loop.yaml").symlink_to("loop.yaml")
    (stores / "gone.yaml").symlink_to("nothing")
    (stores / "folder.yaml").mkdir()
    os.mkfifo(stores / "pipe.yaml")
    (stores / ".#demo.yaml").symlink_to("an editor's lock")

    bag = read_dags()

    assert bag.import_errors == {}
    wrong = {dag_id: dag.doc_md for dag_id, dag in bag.dags.items() if dag_id not in ITS_DAGS}
    assert bag.dags.keys() >= ITS_DAGS
    assert all(dag_id.startswith("wrong_settings__") for dag_id in wrong)
    named = {*files, "demo.yml", "loop", "gone", "folder", "pipe"}
    assert len(wrong) == len(named)
    for name in named:
        file = stores / (name if name.endswith(".yml") else f"{name}.yaml")
        [words] = [doc for doc in wrong.values() if f"{file}" in doc]
        assert len(words) < 5000
        json.dumps(words).encode("utf-8")
        assert "\0" not in words
    assert "'2026-31-01' is no date that exists" in wrong["wrong_settings__impossible_day"]
    assert "line 8, column 13" in wrong["wrong_settings__impossible_day"]
    assert "Rename it to demo.yaml" in wrong["wrong_settings__demo.yml"]


def test_r1_what_airflow_refuses_of_a_store_stops_that_store_alone(
    stores: Path, read_dags: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the settings let pass that Airflow does not take."""
    from order_sync.bridge import stores as bridge

    (stores / "other.yaml").write_text((stores / "demo.yaml").read_text())
    timetable = bridge.timetable

    def refused(store: Any) -> Any:
        if store.name == "other":
            raise RuntimeError("no such moon")
        return timetable(store)

    monkeypatch.setattr(bridge, "timetable", refused)
    bag = read_dags()
    assert bag.import_errors == {}
    assert set(bag.dags) == ITS_DAGS | {"plan_orders__other", "refresh_quickbooks__other", "wrong_settings__other"}
    words = bag.dags["wrong_settings__other"].doc_md
    assert "Airflow cannot make a Dag of the settings of store other" in words
    assert "no such moon" in words


def test_r1_a_settings_folder_that_cannot_be_read_is_named(stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_folder: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ConfigurationError, match=f"{stores} cannot be read: Permission denied"):
        store_files()


def test_a_second_file_cannot_take_the_name_of_another_store(stores: Path, read_dags: Any) -> None:
    text = (stores / "demo.yaml").read_text()
    (stores / "other.yaml").write_text(text.replace("America/Phoenix", "Europe/Berlin") + "name: demo\n")
    bag = read_dags()
    assert bag.dags[SYNC].timezone.name == "America/Phoenix"
    assert "name" in bag.dags["wrong_settings__other"].doc_md


def test_a_folder_that_is_called_as_a_file_leaves_the_other_stores_alone(stores: Path, read_dags: Any) -> None:
    (stores / "folder.yaml").mkdir()
    bag = read_dags()
    assert bag.import_errors == {}
    assert set(bag.dags) >= ITS_DAGS


def test_a_settings_folder_that_is_not_there_is_named(
    stores: Path, read_dags: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_SYNC_STORES", str(stores / "nowhere"))
    bag = read_dags()
    assert bag.dags == {}
    for error in bag.import_errors.values():
        assert str(stores / "nowhere") in error
        assert "Set ORDER_SYNC_STORES" in error
    assert len(bag.import_errors) == 3


# --- connections ------------------------------------------------------------------------------------------------------------


def test_a_missing_connection_to_quickbooks(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_QUICKBOOKS_DEMO")
    words = (
        "The Airflow connection quickbooks_demo, which store demo needs, could not be found or read",
        "store demo",
        "Admin → Connections",
        "connections.example.json",
    )
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "ConfigurationError", *words)
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


def test_a_missing_connection_to_infusionsoft(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_INFUSIONSOFT_DEMO")
    words = (
        "The Airflow connection infusionsoft_demo, which store demo needs, could not be found or read",
        "Admin → Connections",
    )
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "ConfigurationError", *words)


def test_a_connection_that_airflow_cannot_read(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_QUICKBOOKS_DEMO", f'{{"password": "{WRONG_SECRET}", ')
    words = (
        "The Airflow connection quickbooks_demo, which store demo needs, could not be found or read",
        "connections.example.json",
    )
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


@pytest.mark.parametrize("key", ["realm_id", "refresh_token"])
def test_a_connection_that_lacks_a_value(shop: Any, connections: Any, connect: Any, run_dag: Any, key: str) -> None:
    quickbooks = connections["quickbooks_demo"]
    del quickbooks["extra"][key]
    connect("quickbooks_demo", quickbooks)
    words = (f"connection quickbooks_demo lacks extra.{key}.", "page Connections", "docs/connect.md")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


def test_a_connection_that_lacks_nearly_everything_names_all_of_it(shop: Any, connect: Any, run_dag: Any) -> None:
    connect("quickbooks_demo", {"conn_type": "generic", "login": "sandbox-client"})
    words = ("quickbooks_demo lacks host, password (client secret)",)
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


@pytest.mark.parametrize("extra", [f"refresh_token={WRONG_SECRET}", f'["{WRONG_SECRET}"]'])
def test_an_extra_that_is_not_json(shop: Any, connections: Any, connect: Any, run_dag: Any, extra: str) -> None:
    connect("quickbooks_demo", connections["quickbooks_demo"] | {"extra": extra})
    words = ("`extra` of connection quickbooks_demo is not a JSON object", "connections.example.json")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


def test_a_refused_key(shop: Any, connections: Any, connect: Any, run_dag: Any) -> None:
    connect("infusionsoft_demo", connections["infusionsoft_demo"] | {"password": WRONG_SECRET})
    words = ("Infusionsoft refuses the key of connection infusionsoft_demo", "Make a Service Account Key")
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "SignInAgain", *words)


def test_a_refused_refresh_token(shop: Any, connections: Any, connect: Any, run_dag: Any) -> None:
    connections["quickbooks_demo"]["extra"]["refresh_token"] = WRONG_SECRET
    connect("quickbooks_demo", connections["quickbooks_demo"])
    words = ("QuickBooks refuses the sign-in of connection quickbooks_demo", "Connect QuickBooks again")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "SignInAgain", *words)


def test_a_wrong_client_secret(shop: Any, connections: Any, connect: Any, run_dag: Any) -> None:
    connect("quickbooks_demo", connections["quickbooks_demo"] | {"password": WRONG_SECRET})
    words = ("client of connection quickbooks_demo", "client secret is wrong", "Correct both in the connection")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "SignInAgain", *words)


def test_a_company_that_the_sign_in_does_not_open(shop: Any, connections: Any, connect: Any, run_dag: Any) -> None:
    connections["quickbooks_demo"]["extra"]["realm_id"] = "123"
    connect("quickbooks_demo", connections["quickbooks_demo"])
    run = run_dag(REFRESH)
    [error] = run.raised
    assert error in ("Stop", "SignInAgain")
    _assert_said(run, shop, "refresh_lists", error, "connection quickbooks_demo")


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(
    ("connection_id", "dag_id", "task_id", "service"),
    [
        ("quickbooks_demo", REFRESH, "refresh_lists", "QuickBooks"),
        ("infusionsoft_demo", SYNC, "refresh_customers", "Infusionsoft"),
    ],
)
def test_a_host_that_nobody_answers_on_is_tried_three_times(
    shop: Any,
    connections: Any,
    connect: Any,
    run_dag: Any,
    bridge: Any,
    closed_port: str,
    monkeypatch: pytest.MonkeyPatch,
    connection_id: str,
    dag_id: str,
    task_id: str,
    service: str,
) -> None:
    try_again_at_once(monkeypatch)
    connect(connection_id, connections[connection_id] | {"host": f"http://{closed_port}"})
    words = (
        f"{service} cannot be reached at {closed_port} (connection {connection_id}): the connection is refused.",
        "Check the host in the connection",
    )
    _assert_said(run_dag(dag_id), shop, task_id, "RetryLater", *words, tries=3)


def test_a_host_that_is_no_url(shop: Any, connections: Any, connect: Any, run_dag: Any) -> None:
    connect("quickbooks_demo", connections["quickbooks_demo"] | {"host": "quickbooks.api.intuit.com"})
    words = ("host of connection quickbooks_demo is not", "Give the https URL of QuickBooks")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


# --- the store --------------------------------------------------------------------------------------------------------------


def test_a_store_without_its_tables(shop: Any, run_dag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite'}")
    words = (f"The database sqlite:///{tmp_path / 'new.sqlite'} has tables of version None", "order_sync migrate")
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "ConfigurationError", *words)


def test_a_store_whose_url_is_none(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", WRONG_SECRET)
    words = ("ORDER_SYNC_DATABASE_URL is not the URL of", "Write it as sqlite:////")
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "ConfigurationError", *words)


def test_a_store_whose_folder_cannot_be_made(
    shop: Any, run_dag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'order_sync.sqlite'}")
    words = (str(tmp_path / "file"), "ORDER_SYNC_DATABASE_URL")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


def test_r14_a_database_that_restarts_is_tried_again(
    shop: Any, run_dag: Any, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_again_at_once(monkeypatch)
    url = f"postgresql+psycopg://order_sync:{WRONG_SECRET}@{closed_port}/order_sync"
    monkeypatch.setenv("ORDER_SYNC_DATABASE_URL", url)
    words = (closed_port, "cannot be reached", "It may be restarting", "check ORDER_SYNC_DATABASE_URL")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "RetryLater", *words, tries=3)


def test_a_key_of_the_store_that_is_missing_or_none(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("ORDER_SYNC_FERNET_KEY is missing or is not a Fernet key", "`make setup` writes one into .env")
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", WRONG_SECRET)
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)
    monkeypatch.delenv("ORDER_SYNC_FERNET_KEY")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


def test_a_key_of_the_store_that_is_another(shop: Any, run_dag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_dag(REFRESH).state == "success"
    monkeypatch.setenv("ORDER_SYNC_FERNET_KEY", Fernet.generate_key().decode())
    words = ("tokens of connection quickbooks_demo", "another ORDER_SYNC_FERNET_KEY", "Put the former key back")
    _assert_said(run_dag(REFRESH), shop, "refresh_lists", "ConfigurationError", *words)


# --- the run ----------------------------------------------------------------------------------------------------------------


def test_r17_a_run_without_a_data_interval_takes_the_last_whole_day(shop: Any, run_dag: Any) -> None:
    run = run_dag(SYNC, logical_date=None, run_after=datetime(2026, 11, 17, 15, tzinfo=UTC))
    assert run.state == "success"
    row = read_run(shop.engine, f"demo/{run.run_id}")
    assert (row.interval_start, row.interval_end) == (
        datetime(2026, 11, 16, 7, tzinfo=UTC),
        datetime(2026, 11, 17, 7, tzinfo=UTC),
    )


# --- whose orders -----------------------------------------------------------------------------------------------------------


def _connected(sandbox: Any, tenant: str) -> None:
    sandbox.put("/_sandbox/infusionsoft", {"tenant": f"{tenant}.infusionsoft.com"})


def test_r11_another_account_behind_the_connection_stops_the_store_and_touches_nothing(
    till: Any, shop: Any, run_dag: Any
) -> None:
    _connected(till.sandbox, "ab103")
    till.sell(1, "Ada Lovelace", "ada@example.com")
    assert run_dag(SYNC).state == "success"
    before = till.receipts()
    assert len(before) == 1

    _connected(till.sandbox, "cd200")
    till.sell(1, "Ben Other", "ben@example.com")
    till.sell(2, "Cyd Other", "cyd@example.com")
    till.sandbox.delete("/_sandbox/calls")
    words = ("ab103", "cd200", "infusionsoft_demo", "a store of its own", "new-account-id demo")
    _assert_said(run_dag(SYNC), shop, "refresh_customers", "ConfigurationError", *words)
    assert set(till.sandbox.get("/_sandbox/calls")) <= {"infusionsoft get user info"}
    assert till.receipts() == before
    assert till.states() == {1: "posted"}

    _connected(till.sandbox, "ab103")
    assert run_dag(SYNC).state == "success"


def test_r11_an_account_that_is_exchanged_while_a_run_is_on_its_way_is_not_read(
    till: Any, shop: Any, run_dag: Any, bridge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = bridge.refresh_customers

    def then_exchanged(*arguments: Any) -> str:
        run_key: str = refresh(*arguments)
        _connected(till.sandbox, "cd200")
        return run_key

    _connected(till.sandbox, "ab103")
    till.sell(1, "Ben Other", "ben@example.com")
    monkeypatch.setattr(bridge, "refresh_customers", then_exchanged)
    words = ("answered by the Infusionsoft account cd200; the store's account is ab103",)
    _assert_said(run_dag(SYNC), shop, "extract_orders", "OtherAccount", *words)
    assert till.states() == {}


def test_r12_a_copied_settings_file_records_nothing_a_second_time(
    till: Any, shop: Any, stores: Path, connections: Any, connect: Any, run_dag: Any
) -> None:
    till.sell(1, "Ada Lovelace", "ada@example.com")
    assert run_dag(SYNC).state == "success"
    text = (stores / "demo.yaml").read_text()
    (stores / "shop.yaml").write_text(text.replace("number_prefix: IS-", "number_prefix: S-"))
    for service in ("infusionsoft", "quickbooks"):
        connect(f"{service}_shop", connections[f"{service}_demo"])
    words = ("Stores demo and shop have the same Infusionsoft account", "twice", "Take the settings file of shop away")
    _assert_said(run_dag("sync_orders__shop"), shop, "refresh_customers", "ConfigurationError", *words)
    assert till.receipts().keys() == {"IS-1"}
    assert run_dag(SYNC).state == "success"


def test_a_run_whose_first_task_was_only_marked_as_done(shop: Any, run_dag: Any) -> None:
    words = ("could not be found in the database", "start the Dag run from its first task")
    _assert_said(run_dag(SYNC, marked="refresh_customers"), shop, "extract_orders", "ConfigurationError", *words)


def test_an_item_of_the_settings_that_the_books_do_not_have(day: Any, stores: Path, run_dag: Any) -> None:
    settings = stores / "demo.yaml"
    settings.write_text(settings.read_text().replace("tip_item: Tips", "tip_item: Gratuity"))
    words = ("Gratuity", "tip_item")
    _assert_said(run_dag(SYNC), day, "match_customers", "ConfigurationError", *words)
    assert not any(kind.startswith("quickbooks create") for kind in day.sandbox.get("/_sandbox/calls"))


def test_a_company_other_than_the_one_that_holds_the_store_s_documents(day: Any, run_dag: Any) -> None:
    run_dag("sync_orders__demo")
    with day.engine.begin() as connection:
        connection.execute(update(Write).values(realm_id="77"))
    day.sandbox.delete("/_sandbox/calls")

    run = run_dag("sync_orders__demo")

    words = ("recorded in company 77", "a store of its own")
    _assert_said(run, day, "refresh_customers", "ConfigurationError", *words)
    assert not any(kind.startswith("quickbooks create") for kind in day.sandbox.get("/_sandbox/calls"))


# --- the run's row, and what may pass ----------------------------------------------------------------------------------------


def _row(shop: Any, run: Any) -> Any:
    with shop.engine.connect() as connection:
        return connection.execute(select(Run.__table__).where(Run.run_key == f"demo/{run.run_id}")).one()


def _next_day(days: int) -> datetime:
    """A logical date whose run is for the day so many days after the first."""
    return AFTER_THE_FIRST_DAY + timedelta(days=days)


def _wrong_key(infusionsoft: Any) -> Any:
    return infusionsoft | {"password": "key-of-a-subscription-that-lapsed"}


def test_r13_a_run_that_failed_says_so_in_its_row_and_the_next_reads_its_day(
    shop: Any, connections: Any, connect: Any, run_dag: Any
) -> None:
    infusionsoft = connections["infusionsoft_demo"]
    assert run_dag(SYNC).state == "success"
    connect("infusionsoft_demo", _wrong_key(infusionsoft))
    red = run_dag(SYNC, _next_day(1))
    row = failed = _row(shop, red)
    assert (row.state, row.failed_task, row.read_at) == ("failed", "refresh_customers", None)
    assert red.raised == {"SignInAgain": f"{row.message} {row.advice}"}
    assert row.finished_at

    connect("infusionsoft_demo", infusionsoft)
    row = _row(shop, run_dag(SYNC, _next_day(2)))
    assert (row.state, row.failed_task, row.message) == ("success", None, None)
    assert row.read_from == failed.interval_start < failed.interval_end == row.interval_start
    assert _row(shop, red) == failed


@pytest.mark.parametrize("deleted", [False, True])
def test_r13_a_run_whose_process_was_killed_is_closed_by_the_next(
    shop: Any, connections: Any, connect: Any, run_dag: Any, deleted: bool
) -> None:
    """Whether Airflow still has that run, as failed, or somebody deleted it there. What it had recorded is told with it."""
    infusionsoft = connections["infusionsoft_demo"]
    connect("infusionsoft_demo", _wrong_key(infusionsoft))
    killed = run_dag(SYNC)
    wrote(shop.engine, read_run(shop.engine, f"demo/{killed.run_id}"), "recorded", "12.00")
    with shop.engine.begin() as connection:  # as a process leaves it that had no time to say how it ended
        connection.execute(update(Run).values(state="running", failed_task=None, message=None, finished_at=None))
    connect("infusionsoft_demo", infusionsoft)

    after = run_dag(SYNC, _next_day(0 if deleted else 1))
    row = _row(shop, killed)
    assert (row.state, row.message) == ("failed", "The process of a task ended and could not say so.")
    assert row.totals == {"USD": {"documents": {"in": "12.00", "out": "12.00"}}}
    assert f"Airflow has it as {'gone' if deleted else 'failed'}" in after.unmasked


def test_r13_a_run_that_airflow_still_works_on_stays_as_it_is(shop: Any, run_dag: Any, monkeypatch: Any) -> None:
    from airflow.sdk import DagRunState
    from airflow.sdk.execution_time import task_runner

    other = run_dag(SYNC)
    with shop.engine.begin() as connection:
        connection.execute(update(Run).values(state="running", finished_at=None))
    monkeypatch.setattr(task_runner.RuntimeTaskInstance, "get_dagrun_state", lambda *_, **__: DagRunState.RUNNING)
    assert run_dag(SYNC, _next_day(1)).state == "success"
    assert _row(shop, other).state == "running"


def test_r14_a_connection_that_airflow_cannot_give_for_a_moment_is_asked_for_again(
    shop: Any, monkeypatch: Any, run_dag: Any
) -> None:
    """What the SDK says of a connection when the API server does not answer is that it is not defined."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import ErrorResponse

    def not_defined(conn_id: str) -> None:
        raise AirflowNotFoundException(f"The conn_id `{conn_id}` isn't defined")

    def unreachable(*_: Any, **__: Any) -> None:
        raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": None}))

    try_again_at_once(monkeypatch)
    monkeypatch.setattr(BaseHook, "get_connection", not_defined)
    monkeypatch.setattr(task_runner.RuntimeTaskInstance, "get_dagrun_state", unreachable)
    run = run_dag(REFRESH)
    _assert_said(run, shop, "refresh_lists", "RetryLater", "quickbooks_demo", "API server", tries=3)
