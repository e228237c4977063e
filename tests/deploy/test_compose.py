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
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.local.environment import SECRETS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
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
    assert {need["condition"] for need in SERVICES["airflow-init"]["depends_on"].values()} == {"service_healthy"}


def test_the_image_has_the_pinned_airflow() -> None:
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    image = re.match(r"FROM apache/airflow:([\d.]+)-python3\.1[123]\n", (ROOT / "Dockerfile").read_text())
    assert pinned
    assert image
    assert image[1] == pinned[1]
