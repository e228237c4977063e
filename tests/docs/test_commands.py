"""The commands of the pages: each stands for itself in a block without a language, and does here what the page says it does.

What a page only shows is a block of another language (`text`, `sql`, `yaml` …). A command that no test below knows is a failure: either
it can be run here, or it is checked by the parser of its own program.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
import yaml
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from include.local.environment import local_environment
from include.sandbox.__main__ import main as sandbox_main
from order_sync.database.orders_read import save_orders
from order_sync.database.refused_records import save_refused
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.reading import unreadable
from order_sync.settings import ROOT
from order_sync.sync.orders.refused import Refused
from tests.shop.records import NOON

PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
]
RUN = [".venv/bin/python", "-m", "include.local.run"]
IN_COMPOSE = ["docker", "compose", "exec", "scheduler"]
DEMO_KEY = "KeapAK-sandbox-service-account-key"


class Command(NamedTuple):
    """A command of a page, as the shell would split it; `variables` are those that the page has set before it."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)[:90]}"


def _blocks(page: Path, language: str) -> Iterator[str]:
    fences = re.finditer(r"^( *)```(\w*)\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    yield from (found[3] for found in fences if found[2] == language)


def _commands() -> Iterator[Command]:
    for page in PAGES:
        variables: dict[str, str] = {}
        for block in _blocks(page, ""):
            for words in _split(block):
                if len(words) == 1 and (variable := re.fullmatch(r"(\w+)=(.*)", words[0])):
                    variables[variable[1]] = variable[2]
                else:
                    yield Command(str(page.relative_to(ROOT)), tuple(_with(variables, word) for word in words))


def _split(block: str) -> Iterator[list[str]]:
    """The commands of a block as the shell splits them, without comments."""
    lexer = shlex.shlex(
        re.sub(r"(^|\s)# .*$", "", block.replace("\\\n", " "), flags=re.MULTILINE), posix=True, punctuation_chars="&;\n"
    )
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for token in [*lexer, "\n"]:
        if set(token) - set("&;\n"):
            words.append(token)
        elif words:
            yield words
            words = []


def _with(variables: Mapping[str, str], word: str) -> str:
    return re.sub(r"\$(\w+)", lambda name: variables.get(name[1], name[0]), word)


COMMANDS = list(_commands())
AIRFLOW = [
    one
    for one in COMMANDS
    if list(one.words[:4]) in ([*RUN, "airflow"],) or list(one.words[:5]) == [*IN_COMPOSE, "airflow"]
]
OURS = [one for one in COMMANDS if list(one.words[:4]) == [*RUN, "order_sync"]]
SANDBOX = [one for one in COMMANDS if one.words[1:3] == ("-m", "include.sandbox")]
CURL = [one for one in COMMANDS if one.words[0] == "curl"]
MAKE = [one for one in COMMANDS if one.words[0] == "make"]
COMPOSE = [one for one in COMMANDS if one.words[:2] == ("docker", "compose")]
KEYS = [one for one in COMMANDS if one.words[:2] == ("python3", "-c")]
SCRIPTS = [one for one in COMMANDS if one.words[0] == ".venv/bin/python" and one not in (*OURS, *SANDBOX, *AIRFLOW)]


def test_r20_each_command_of_the_pages_is_tried_by_a_test_below() -> None:
    known = {*AIRFLOW, *OURS, *SANDBOX, *CURL, *MAKE, *COMPOSE, *SCRIPTS, *KEYS}
    assert [str(one) for one in COMMANDS if one not in known and one.words != ("git", "pull")] == []
    assert all((AIRFLOW, OURS, SANDBOX, CURL, MAKE, COMPOSE, SCRIPTS, KEYS))


def test_r20_the_key_that_a_page_makes_is_one() -> None:
    for command in KEYS:
        done = subprocess.run([sys.executable, *command.words[1:]], capture_output=True, text=True, check=True)
        Fernet(done.stdout.strip())


@pytest.mark.airflow
def test_r20_airflow_s_own_parser_takes_its_commands_and_the_dags_their_params(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ORDER_SYNC"))}
    environment |= {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    environment |= {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
    given = json.dumps([one.words[one.words.index("airflow") + 1 :] for one in AIRFLOW])
    done = subprocess.run(
        [sys.executable, "-c", TRY_AIRFLOW, given],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == f"{len(AIRFLOW)} commands"


TRY_AIRFLOW = """
import json, sys
from airflow.cli.cli_parser import get_parser
from airflow.dag_processing.dagbag import DagBag
dags = DagBag().dags
commands = json.loads(sys.argv[1])
for words in commands:
    asked = vars(get_parser().parse_args(words))
    if dag_id := asked.get("dag_id"):
        dag = dags[dag_id]
        conf = json.loads(asked.get("conf") or asked.get("dag_run_conf") or "{}")
        assert conf.keys() <= set(dag.params), (dag_id, conf)
        for name, value in conf.items():
            dag.params.get_param(name).resolve(value)
        assert "backfill" not in words or dag.schedule is not None, dag_id
print(len(commands), "commands")
"""


@pytest.fixture
def local(sandbox: Any, engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The environment of a local run, over a sandbox, a database and settings of the test's own, with the candidate of the pages."""
    sandbox.post("/_sandbox/seed", {"customers": 6, "orders": 10, "days": 1, "start": "2026-11-16"})
    held = {"order_id": "1001", "status": "held", "code": "AMBIGUOUS", "advice": "Choose.", "created_at": NOON}
    save_orders(engine, "demo", "demo/monday", [held], [])
    record = Refused(unreadable("order", None, RecordRefused("It is null.")), frozenset(), None)
    save_refused(engine, "demo", "demo/monday", [record], interval_end=NOON)
    stores = tmp_path / "stores"
    stores.mkdir()
    shutil.copy(ROOT / "include/config/stores/demo.yaml", stores)
    for block in (block for page in PAGES for block in _blocks(page, "yaml")):
        if file := re.match(r"# include/config/stores/(\S+)\n", block):
            (stores / file[1]).write_text(block)
    text = (ROOT / "include/config/connections.sandbox.json").read_text().replace("http://sandbox:8765", sandbox.url)
    return {
        **local_environment(),
        **{f"AIRFLOW_CONN_{id.upper()}": json.dumps(connection) for id, connection in json.loads(text).items()},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path / 'airflow.db'}",
        "ORDER_SYNC_DATABASE_URL": str(engine.url),
        "ORDER_SYNC_FERNET_KEY": Fernet.generate_key().decode(),
        "ORDER_SYNC_STORES": str(stores),
    }


@pytest.mark.airflow
def test_r20_our_own_commands_do_what_the_pages_say(local: dict[str, str], engine: Engine) -> None:
    said = {}
    for command in OURS:
        words = [word.replace("include/config/stores", local["ORDER_SYNC_STORES"]) for word in command.words[3:]]
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, env=local, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-500:]}{done.stderr[-2000:]}"
        said[" ".join(command.words[4:])] = done.stdout
    assert "Order 1001 of store demo is skipped." in "".join(said.values())
    [planned, tried] = [out for words, out in said.items() if words.startswith("plan")]
    assert "create sales receipt" in planned
    assert "otherwise" not in planned
    assert "Recorded otherwise than under the settings in force" in tried
    assert len({row.run_key for row in _all(engine, "SELECT run_key FROM plans")}) == 2


def test_r20_the_sandbox_is_filled_by_its_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in SANDBOX:
        words = command.words[3:]
        assert words[0] == "seed"
        few = [{"1000": "6", "5000": "10"}.get(word, word) for word in words]
        assert sandbox_main([*few, "--state", str(tmp_path / "sandbox.sqlite")]) == 0
    assert "10 orders of 6 contacts" in capsys.readouterr().out


def test_r20_what_curl_asks_is_answered(sandbox: Any) -> None:
    for command in CURL:
        method, url, headers, body = _request(command.words)
        if "oauth" in url or "/token" in url:
            continue  # the code comes out of a browser
        url = url.replace("http://127.0.0.1:8765", sandbox.url).replace(
            "https://api.infusionsoft.com/crm", f"{sandbox.url}/infusionsoft"
        )
        headers = {name: value.replace("KEY", DEMO_KEY) for name, value in headers.items()}
        answer = requests.request(method, url, headers=headers, data=body, timeout=60)
        assert answer.ok, f"{command}: {answer.status_code} {answer.text[:200]}"


def _request(words: Sequence[str]) -> tuple[str, str, dict[str, str], str | None]:
    """What curl would send: method, address, headers, body."""
    parser = argparse.ArgumentParser()
    parser.add_argument("curl")
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-u", dest="user")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", "--data-urlencode", dest="data", action="append", default=[])
    asked = parser.parse_args(words)
    body = "&".join(asked.data) or None
    headers = dict(header.split(": ", 1) for header in asked.headers)
    return asked.method or ("POST" if body else "GET"), asked.url, headers, body


def test_r20_the_targets_of_make_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {word for command in MAKE for word in command.words[1:]} <= targets


def test_r20_compose_has_the_services_and_profiles_that_are_named() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
    profiles = {profile for service in compose["services"].values() for profile in service.get("profiles", [])}
    for command in COMPOSE:
        words = list(command.words)
        for option, known in (("--profile", profiles), ("exec", compose["services"].keys())):
            if option in words:
                assert words[words.index(option) + 1] in known, str(command)
        if "--scale" in words:
            assert words[words.index("--scale") + 1].partition("=")[0] in compose["services"]


def test_r20_the_scripts_that_are_named_are_there() -> None:
    for command in SCRIPTS:
        words = list(command.words[1:])
        if words[:2] == ["-m", "pytest"]:
            assert all((ROOT / word).exists() for word in words[2:] if word.startswith("tests/"))
        else:
            assert (ROOT / words[0]).is_file(), str(command)


def test_r20_the_questions_to_the_database_can_be_asked(engine: Engine) -> None:
    asked = [one for page in PAGES for block in _blocks(page, "sql") for one in block.split(";") if one.strip()]
    assert len(asked) > 9
    for question in asked:
        _all(engine, question)


def _all(engine: Engine, question: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(question.replace(":", r"\:"))))
