"""The processes of a local run: ports that are taken, parts that end by themselves, nothing left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.local import services


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.fixture
def free() -> Iterator[str]:
    """A port on which nobody listens, for as long as the test lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield str(bound.getsockname()[1])


def test_a_taken_port_is_told_with_the_variable_that_changes_it(taken: str, free: str) -> None:
    assert services.taken_port({"AIRFLOW_PORT": taken, "SANDBOX_PORT": free}) == ("AIRFLOW_PORT", taken)
    assert services.taken_port({"AIRFLOW_PORT": free, "SANDBOX_PORT": taken}) == ("SANDBOX_PORT", taken)
    assert services.taken_port({"AIRFLOW_PORT": free, "SANDBOX_PORT": free}) is None


def test_a_part_that_ends_by_itself_is_told_with_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sandbox.log").write_text("line\n" * 100 + "address already in use\n")
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    ended.wait()
    assert services.has_ended({"sandbox": ended}, {"AIRFLOW_HOME": str(tmp_path)})
    said = capsys.readouterr().err
    assert "address already in use\nThe sandbox ended by itself, with code 3" in said
    assert said.count("line\n") < 20


def test_ending_ends_the_children_of_a_part_too(tmp_path: Path) -> None:
    """As Airflow's are, when one of them does not listen."""
    child = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    part = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, start_new_session=True)
    assert part.stdout
    assert part.stdout.readline() == b"ready\n"
    [grandchild] = psutil.Process(part.pid).children()
    services._stop({"airflow": part})
    deadline = time.monotonic() + 20
    while grandchild.is_running() and grandchild.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert part.poll() is not None
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    part.stdout.close()


@pytest.mark.airflow
def test_r25_no_part_serves_its_logs_to_other_machines(tmp_path: Path) -> None:
    """Airflow's log servers listen on every interface; what starts one is started without."""
    parse = (
        "import json, sys\n"
        "from airflow.cli.cli_parser import get_parser\n"
        "parsed = [vars(get_parser().parse_args(command)) for command in json.load(sys.stdin)]\n"
        "print(json.dumps([[one['subcommand'], one.get('skip_serve_logs')] for one in parsed]))\n"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, "-c", parse],
        input=json.dumps(list(services.AIRFLOW.values())),
        env=inherited | {"AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    serving = dict(json.loads(done.stdout.splitlines()[-1]))
    assert serving == {"api-server": None, "scheduler": True, "dag-processor": None, "triggerer": True}
