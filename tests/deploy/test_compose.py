"""The Compose deployment, as far as it can be checked without running it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.local.environment import SECRETS
from tests.deploy.compose import COMPOSE, ROOT, SERVICES, TEXT, environment

# In one process, because Airflow is slow to import; the users and celery commands come with their providers.
PARSE = """
import json, sys
from airflow.cli.cli_parser import get_parser
refused = []
for command in json.load(sys.stdin):
    try:
        get_parser().parse_args(command)
    except SystemExit:
        refused.append(command)
print(json.dumps(refused))
"""


def _lines(value: Any) -> Iterator[str]:
    """The shell lines of a command or health check, continued lines joined."""
    parts = [value] if isinstance(value, str) else value
    for part in parts if isinstance(value, str) or "\n" in "".join(parts) else [shlex.join(parts)]:
        yield from part.replace("\\\n", " ").splitlines()


def _commands(program: str) -> list[list[str]]:
    """Every call of a program in the file, as its arguments."""
    found = []
    for service in SERVICES.values():
        for value in (service.get("command", ""), service.get("healthcheck", {}).get("test", "")):
            for line in _lines(value):
                words = shlex.split(line)
                words = words[1:] if words[:1] == ["exec"] else words
                words = shlex.split(words[1]) if words[:1] == ["CMD-SHELL"] else words
                if words[:1] == [program]:
                    found.append(words[1:])
    return found


def _refused_by_airflow(commands: list[list[str]], home: Path) -> list[list[str]]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = SERVICES["scheduler"]["environment"]
    chosen = {name: environment[name] for name in ("AIRFLOW__CORE__AUTH_MANAGER", "AIRFLOW__CORE__EXECUTOR")}
    parsed = subprocess.run(
        [sys.executable, "-c", PARSE],
        input=json.dumps(commands),
        env=inherited | chosen | {"AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parsed.returncode == 0, parsed.stderr
    return json.loads(parsed.stdout.splitlines()[-1])


@pytest.mark.airflow
def test_each_airflow_command_exists_in_the_installed_airflow(tmp_path: Path) -> None:
    commands = _commands("airflow")
    assert [command[0] for command in commands].count("jobs") == 2
    assert {
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "celery",
        "db",
        "users",
        "connections",
    } <= {command[0] for command in commands}
    assert _refused_by_airflow([*commands, ["webserver"], ["db", "init"]], tmp_path) == [["webserver"], ["db", "init"]]


@pytest.mark.airflow
def test_the_worker_s_health_check_finds_its_application(tmp_path: Path) -> None:
    ((_, application, *_rest),) = _commands("celery")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    found = subprocess.run(
        [sys.executable, "-m", "celery", "--app", application, "inspect", "ping", "--help"],
        env=inherited | {"AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr


def test_each_database_and_queue_has_its_driver() -> None:
    drivers = set(re.findall(r"(redis|psycopg2?)://", TEXT))
    assert drivers == {"redis", "psycopg", "psycopg2"}
    assert all(find_spec(driver) for driver in drivers)


def test_each_python_module_exists() -> None:
    modules = [arguments[1] for arguments in _commands("python") if arguments[0] == "-m"]
    assert sorted(set(modules)) == ["include.sandbox", "order_sync"]
    for module in modules:
        assert find_spec(f"{module}.__main__"), module


def test_each_service_that_stays_up_has_a_health_check() -> None:
    staying = {name for name, service in SERVICES.items() if service["restart"] != "no"}
    assert staying == {
        *("postgres", "redis", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "sandbox"),
    }
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == staying


def test_each_variable_is_in_the_example() -> None:
    used = set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", TEXT))
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert used <= set(example)


def test_each_secret_must_be_given() -> None:
    for name in SECRETS:
        uses = re.findall(rf"(?<!\$)\$\{{?{name}\b(.{{2}})", TEXT)
        assert uses, f"{name} is not used"
        assert set(uses) == {":?"}, f"{name} has a default"


def test_no_other_value_looks_like_a_secret() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("KEY|SECRET|PASSWORD|AUTH$", name):
                assert value.startswith("${"), name


def test_each_mounted_path_is_in_the_repository() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (name, volume)


def test_the_parts_of_airflow_wait_for_the_databases() -> None:
    for name in ("api-server", "scheduler", "dag-processor", "triggerer", "worker"):
        assert SERVICES[name]["depends_on"] == {"airflow-init": {"condition": "service_completed_successfully"}}
    assert {name: need["condition"] for name, need in SERVICES["airflow-init"]["depends_on"].items()} == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "database-init": "service_completed_successfully",
    }
    assert SERVICES["database-init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_image_has_the_pinned_airflow() -> None:
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    image = re.match(r"FROM apache/airflow:([\d.]+)-python3\.1[123]\n", (ROOT / "Dockerfile").read_text())
    assert pinned
    assert image
    assert image[1] == pinned[1]


VARIABLES = {name: f"<{name}>" for name in SECRETS} | {
    "AIRFLOW_ADMIN_EMAIL": "a@example.com",
    "AIRFLOW_ADMIN_USER": "a",
}
AIRFLOW = {"POSTGRES_PASSWORD", "AIRFLOW__CORE__FERNET_KEY"}  # Airflow's database, and the key of what is in it
SIGNING, SESSIONS = "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"


def test_r25_each_service_has_only_the_secrets_that_it_needs() -> None:
    held = {
        name: {
            secret
            for secret in SECRETS
            if any(f"<{secret}>" in value for value in environment(name, VARIABLES).values())
        }
        for name in SERVICES
    }
    assert held == {
        "postgres": {"POSTGRES_PASSWORD"},
        "database-init": {"POSTGRES_PASSWORD", "ORDER_SYNC_DATABASE_PASSWORD"},
        "redis": {"REDIS_PASSWORD"},
        "airflow-init": {*AIRFLOW, "ORDER_SYNC_DATABASE_PASSWORD", "AIRFLOW_ADMIN_PASSWORD"},
        "api-server": {*AIRFLOW, SIGNING, SESSIONS, "ORDER_SYNC_DATABASE_PASSWORD", "ORDER_SYNC_FERNET_KEY"},
        "scheduler": {*AIRFLOW, SIGNING, "REDIS_PASSWORD"},
        "dag-processor": AIRFLOW,
        "triggerer": {*AIRFLOW, SESSIONS},
        "worker": {"REDIS_PASSWORD", SESSIONS, "ORDER_SYNC_DATABASE_PASSWORD", "ORDER_SYNC_FERNET_KEY"},
        "sandbox": set(),
        "sandbox-connections": AIRFLOW,
    }


def test_r25_the_sync_signs_in_with_a_role_and_a_password_of_its_own() -> None:
    for name in ("worker", "airflow-init"):
        assert environment(name, VARIABLES)["ORDER_SYNC_DATABASE_URL"] == (
            "postgresql+psycopg://order_sync:<ORDER_SYNC_DATABASE_PASSWORD>@postgres/order_sync"
        )


@pytest.mark.parametrize("name", SERVICES)
def test_r25_no_service_may_gain_rights_or_change_its_own_files(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "privileged" not in service
    # Airflow's image runs as a user of its own; these begin as root, and would need rights to become another.
    assert service.get("user") == {"postgres": "postgres", "database-init": "postgres", "redis": "redis"}.get(name)


def test_r25_only_this_machine_reaches_the_ports() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_r25_airflow_finds_a_configuration_file_and_writes_none_with_secrets() -> None:
    assert "touch /opt/airflow/airflow.cfg" in (ROOT / "Dockerfile").read_text()


def test_r25_the_sandbox_answers_to_the_name_that_its_connections_use() -> None:
    text = (ROOT / "include/config/connections.sandbox.json").read_text()
    hosts = re.findall(r'"(\w+)": "http://([^:/]+)', text)
    own = SERVICES["sandbox"]["environment"]["SANDBOX_HOSTS"]
    # The page for consent is the one that a browser opens, on this machine.
    assert {(field, host) for field, host in hosts} == {("host", own), ("token_url", own), ("consent_url", "localhost")}


OPTIONS = """
import json, sys
from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager
ProvidersManager().initialize_providers_configuration()
known = {(section, name) for section, described in conf.configuration_description.items() for name in described["options"]}
print(json.dumps([name for name in json.load(sys.stdin)
                  if tuple(name.lower().split("__")[1:]) not in known]))
print(conf.getint("scheduler", "task_instance_heartbeat_timeout"))
"""


@pytest.mark.airflow
def test_r27_each_option_is_one_of_the_installed_airflow_and_is_read_as_meant(tmp_path: Path) -> None:
    names = set(re.findall(r"AIRFLOW__\w+", TEXT))
    assert {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", "AIRFLOW__FAB__COOKIE_SECURE"} <= names
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    wanted = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"}
    read = subprocess.run(
        [sys.executable, "-c", OPTIONS],
        input=json.dumps([*sorted(names), "AIRFLOW__SCHEDULER__ZOMBIE_TIMEOUT"]),
        env=inherited
        | {name: environment("scheduler", VARIABLES)[name] for name in wanted}
        | {"AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    unknown, timeout = read.stdout.splitlines()[-2:]
    assert json.loads(unknown) == ["AIRFLOW__SCHEDULER__ZOMBIE_TIMEOUT"]
    assert timeout == "60"


def test_r27_a_task_that_falls_silent_is_taken_over_after_a_minute_as_the_page_says() -> None:
    assert environment("scheduler", VARIABLES)["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"] == "60"
    assert "after a minute without a heartbeat" in (ROOT / "docs/backfill.md").read_text().lower()


def test_r28_a_worker_may_let_its_tasks_end() -> None:
    worker = SERVICES["worker"]
    assert worker["stop_grace_period"] == "120s"
    # The image's dumb-init signals the whole process group else, tasks included.
    assert worker["environment"]["DUMB_INIT_SETSID"] == "0"


def test_r29_the_health_of_the_server_is_asked_of_the_database_over_tcp() -> None:
    words = shlex.split(SERVICES["postgres"]["healthcheck"]["test"][1])
    assert "psql" in words
    assert {("--host", "127.0.0.1"), ("--dbname", "airflow"), ("--command", "SELECT 1")} <= set(pairwise(words))


@pytest.mark.parametrize(
    ("given", "base_url", "secure"),
    [
        ({}, "http://localhost:8080", "False"),
        ({"AIRFLOW_PORT": "9000"}, "http://localhost:9000", "False"),
        (
            {"AIRFLOW_BASE_URL": "https://airflow.example.com", "AIRFLOW_COOKIE_SECURE": "True"},
            "https://airflow.example.com",
            "True",
        ),
    ],
)
def test_r30_behind_a_proxy_links_have_its_address_and_cookies_are_secure(
    given: dict[str, str], base_url: str, secure: str
) -> None:
    api_server = environment("api-server", VARIABLES | given)
    assert api_server["AIRFLOW__API__BASE_URL"] == base_url
    assert api_server["AIRFLOW__FAB__COOKIE_SECURE"] == secure
    # Links in notifications come from the workers.
    assert environment("worker", VARIABLES | given)["AIRFLOW__API__BASE_URL"] == base_url


def test_r30_what_the_proxy_says_of_the_browser_is_believed() -> None:
    assert "--proxy-headers" in SERVICES["api-server"]["command"].split()
    assert SERVICES["api-server"]["environment"]["FORWARDED_ALLOW_IPS"] == "*"


@pytest.mark.parametrize("proxy", ["nginx", "Caddy"])
def test_r30_the_page_has_the_lines_for_the_proxy(proxy: str) -> None:
    page = (ROOT / "docs/proxy.md").read_text()
    [lines] = re.findall(rf"## {proxy}\n.*?```\w*\n(.*?)```", page, re.DOTALL)
    assert "127.0.0.1:8080" in lines
    assert "airflow.example.com" in lines
    if proxy == "nginx":
        for header in ("Host $host", "X-Forwarded-Proto $scheme", "X-Forwarded-For $remote_addr"):
            assert f"proxy_set_header {header};" in lines
    assert {"AIRFLOW_BASE_URL=https://airflow.example.com", "AIRFLOW_COOKIE_SECURE=True"} <= set(page.splitlines())
