"""`.env`, the environment of a local run, the connections and the pinned requirements."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include.local import services
from include.local.environment import SECRETS, local_environment, write_env

ROOT = Path(__file__).parents[2]
FILES = ("requirements", "requirements-dev")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but what the local environment is made from."""
    for name in (".env.example", "include/config/connections.sandbox.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def _env(checkout: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", (checkout / ".env").read_text(), re.MULTILINE))


def test_the_example_holds_no_secret() -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name: example[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_env_is_made_with_secrets_of_the_right_kind(checkout: Path) -> None:
    write_env(checkout)
    env = _env(checkout)
    assert all(env[name] for name in SECRETS)
    assert len(env["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    for name in ("AIRFLOW__CORE__FERNET_KEY", "ORDER_SYNC_FERNET_KEY"):
        key = Fernet(env[name])
        assert key.decrypt(key.encrypt(b"token")) == b"token"
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize("before", [False, True], ids=["new", "of before"])
def test_r25_what_the_project_makes_is_its_owner_s_alone(checkout: Path, before: bool) -> None:
    if before:
        (checkout / ".env").touch(mode=0o644)
        (checkout / ".airflow").mkdir(mode=0o755)
    write_env(checkout)
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((checkout / ".airflow").stat().st_mode) == 0o700


def test_r25_a_start_closes_what_was_open(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_env(checkout)
    (checkout / ".env").chmod(0o644)
    (checkout / ".airflow").chmod(0o755)
    passwords = checkout / ".airflow" / "simple_auth_manager_passwords.json.generated"
    passwords.touch(mode=0o644)
    monkeypatch.setattr(services, "ROOT", checkout)
    with services.alone() as alone:
        assert alone
    services.keep_password(local_environment(checkout))
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((checkout / ".airflow").stat().st_mode) == 0o700
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


def test_each_checkout_has_secrets_of_its_own(checkout: Path) -> None:
    write_env(checkout)
    first = _env(checkout)
    (checkout / ".env").unlink()
    write_env(checkout)
    second = _env(checkout)
    assert all(first[name] != second[name] for name in SECRETS)


def test_what_has_a_value_is_left_alone_and_what_is_missing_is_added(checkout: Path) -> None:
    (checkout / ".env").write_text("# mine\nPOSTGRES_PASSWORD=chosen\nREDIS_PASSWORD=\nAIRFLOW_CONN_QUICKBOOKS_SHOP={}")
    write_env(checkout)
    once = (checkout / ".env").read_text()
    assert once.startswith("# mine\nPOSTGRES_PASSWORD=chosen\nREDIS_PASSWORD=")
    env = _env(checkout)
    assert env["AIRFLOW_CONN_QUICKBOOKS_SHOP"] == "{}"
    assert all(env[name] for name in SECRETS)
    write_env(checkout)
    assert (checkout / ".env").read_text() == once


def test_env_is_made_before_anything_is_installed(checkout: Path) -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\n"
    script += f"from include.local.environment import write_env\nwrite_env(Path({str(checkout)!r}))"
    # -I -S: without site-packages
    subprocess.run([sys.executable, "-I", "-S", "-c", script], check=True)
    assert (checkout / ".env").exists()


def test_a_local_run_writes_under_the_checkout_only(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://elsewhere/airflow")
    monkeypatch.delenv("ORDER_SYNC_DATABASE_URL", raising=False)
    write_env(checkout)
    environment = local_environment(checkout)
    assert "elsewhere" not in " ".join(environment[name] for name in environment if name.startswith("AIRFLOW"))
    home = str(checkout / ".airflow")
    assert environment["AIRFLOW_HOME"] == home
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{home}/airflow.db"
    assert environment["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"].startswith(home)
    assert environment["ORDER_SYNC_DATABASE_URL"] == f"sqlite:///{home}/order_sync.sqlite"
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(checkout), str(checkout / "plugins")]


def test_a_local_run_talks_to_the_sandbox_on_its_port(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PORT", "9123")
    environment = local_environment(checkout)
    quickbooks = json.loads(environment["AIRFLOW_CONN_QUICKBOOKS_DEMO"])
    infusionsoft = json.loads(environment["AIRFLOW_CONN_INFUSIONSOFT_DEMO"])
    assert quickbooks["host"] == "http://127.0.0.1:9123/quickbooks"
    assert quickbooks["extra"]["token_url"] == "http://127.0.0.1:9123/quickbooks/oauth2/v1/tokens/bearer"
    assert infusionsoft["host"] == "http://127.0.0.1:9123/infusionsoft"


def test_the_environment_wins_over_env_and_env_over_defaults(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANDBOX_PORT", raising=False)
    (checkout / ".env").write_text("SANDBOX_PORT=9001\nAIRFLOW_PORT=9002\nORDER_SYNC_DATABASE_URL=\n")
    monkeypatch.setenv("AIRFLOW_PORT", "9003")
    monkeypatch.delenv("ORDER_SYNC_DATABASE_URL", raising=False)
    environment = local_environment(checkout)
    assert environment["SANDBOX_PORT"] == "9001"
    assert environment["AIRFLOW__API__PORT"] == "9003"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:9003/execution/"
    assert environment["ORDER_SYNC_DATABASE_URL"].startswith("sqlite:///")


@pytest.mark.airflow
def test_airflow_reads_the_connections(checkout: Path, tmp_path: Path) -> None:
    example = json.loads((ROOT / "include/config/connections.example.json").read_text())
    environment = local_environment(checkout) | {"EXAMPLE": json.dumps(example)}
    script = (
        "import json, os\n"
        "from airflow.sdk import Connection\n"
        "for text in [os.environ['AIRFLOW_CONN_QUICKBOOKS_DEMO'], *map(json.dumps, json.loads(os.environ['EXAMPLE']).values())]:\n"
        "    connection = Connection.from_json(text)\n"
        "    print(json.dumps([connection.conn_type, connection.host, connection.extra_dejson.get('realm_id')]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()[-3:]] == [
        ["generic", "http://127.0.0.1:8765/quickbooks", "9341450000000001"],
        ["generic", "https://api.infusionsoft.com/crm", None],
        ["generic", "https://quickbooks.api.intuit.com", "<company id>"],
    ]


def _name(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-").replace(".", "-")


def _version(requirement: str) -> tuple[str, str]:
    return _name(requirement), requirement.partition(" ;")[0].partition("==")[2]


def _pinned(file: str) -> dict[str, list[str]]:
    """The requirements of a file with their hashes; fails for a line that is neither."""
    text = (ROOT / f"{file}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    found = {}
    for line in lines:
        match = re.fullmatch(r"([A-Za-z0-9._-]+==[^ ]+( ; [^\\]+?)?)((\s+--hash=sha256:[0-9a-f]{64})+)\s*", line)
        assert match, line
        found[match[1]] = re.findall(r"sha256:(\w+)", match[3])
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_pinned_and_every_direct_one_is_there(file: str) -> None:
    direct = [line for line in (ROOT / f"{file}.in").read_text().splitlines() if line[:1].isalpha()]
    assert direct
    for line in direct:
        assert re.search(r" # \w+", line), f"{line}: say why it is needed"
    assert {_name(line) for line in direct} <= {_name(line) for line in _pinned(file)}


def test_r25_every_requirement_has_its_hashes_for_every_system() -> None:
    pinned = _pinned("requirements") | _pinned("requirements-dev")
    assert all(pinned.values())
    assert list(map(_name, _pinned("requirements-pip"))) == ["pip"]
    # What is compiled has a file for each system and each Python: many more than the one that is installed here.
    compiled = {_name(line): len(hashes) for line, hashes in pinned.items()}
    assert all(compiled[name] > 20 for name in ("pandas", "pyarrow", "cryptography", "msgspec", "psycopg-binary"))


def test_r25_both_files_pin_a_shared_requirement_to_the_same_files() -> None:
    runtime, dev = ({_version(line): hashes for line, hashes in _pinned(file).items()} for file in FILES)
    shared = {version for version in dev if version[0] in {name for name, _ in runtime}}
    assert {version: dev[version] for version in shared} == {version: runtime[version] for version in shared}
    assert shared


def test_r25_every_installation_verifies_the_hashes() -> None:
    recipes = (ROOT / "Makefile").read_text() + (ROOT / "Dockerfile").read_text()
    installing = [line for line in recipes.splitlines() if re.search(r"pip install\b", line)]
    assert len(installing) == 4
    assert all("--require-hashes" in line for line in installing)
