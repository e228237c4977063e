"""The sandbox as one application, and its command line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox.__main__ import main
from include.sandbox.app import create_app
from include.sandbox.infusionsoft.oauth import SERVICE_ACCOUNT_KEY
from include.sandbox.services import infusionsoft_records, open_state, quickbooks_records, summary

ROOT = Path(__file__).parents[2]
SEED = ["seed", "--customers", "12", "--orders", "20", "--days", "2"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.sqlite"


def test_both_services_answer_from_a_fresh_state(serve: Callable[[Any], str], state: Path) -> None:
    url = serve(create_app(state))
    orders = requests.get(
        url + "/infusionsoft/rest/v2/orders", headers={"X-Keap-API-Key": SERVICE_ACCOUNT_KEY}, timeout=5
    )
    assert orders.json()["orders"] == []
    assert orders.headers["x-keap-product-throttle-available"] == "239"
    assert requests.get(url + "/quickbooks/v3/company/1/preferences", timeout=5).status_code == 401
    assert requests.get(url + "/quickbooks/.well-known/openid_configuration", timeout=5).json()["token_endpoint"]
    assert requests.get(url + "/docs", timeout=5).status_code == 404


def test_limits_are_on_unless_told_otherwise(serve: Callable[[Any], str], state: Path) -> None:
    for limits in (True, False):
        url = serve(create_app(state, limits=limits))
        assert requests.get(url + "/_sandbox/limits", timeout=5).json()["enabled"] is limits


def test_what_one_server_kept_the_next_one_serves(serve: Callable[[Any], str], state: Path) -> None:
    first = serve(create_app(state))
    requests.post(first + "/_sandbox/quickbooks/Customer", json={"DisplayName": "Ana"}, timeout=5).raise_for_status()
    second = serve(create_app(state))
    assert requests.get(second + "/_sandbox/summary", timeout=5).json()["quickbooks"]["Customer"] == 1


def test_seed_fills_a_state(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SEED, "--state", str(state)]) == 0
    assert "20 orders of 12 contacts" in capsys.readouterr().out
    counts = summary(open_state(state))
    assert (counts["infusionsoft"]["order"], counts["infusionsoft"]["contact"]) == (20, 12)


def test_seed_fills_a_state_that_was_only_opened(state: Path) -> None:
    create_app(state)
    assert main([*SEED, "--state", str(state)]) == 0
    assert summary(open_state(state))["infusionsoft"]["order"] == 20


def test_seed_refuses_to_mix_with_what_is_there(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*SEED, "--state", str(state)])
    before = list(infusionsoft_records(open_state(state), "order"))
    assert main([*SEED, "--random-seed", "2", "--state", str(state)]) == 2
    assert "--reset" in capsys.readouterr().err
    assert main([*SEED, "--random-seed", "2", "--if-empty", "--state", str(state)]) == 0
    assert list(infusionsoft_records(open_state(state), "order")) == before


def test_seed_with_reset_makes_the_same_records_again(state: Path) -> None:
    main([*SEED, "--state", str(state)])
    first = list(infusionsoft_records(open_state(state), "order"))
    customers = [customer["DisplayName"] for customer in quickbooks_records(open_state(state), "Customer")]
    assert main([*SEED, "--reset", "--state", str(state)]) == 0
    assert list(infusionsoft_records(open_state(state), "order")) == first
    assert [customer["DisplayName"] for customer in quickbooks_records(open_state(state), "Customer")] == customers


def test_seed_says_what_cannot_be(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*SEED, "--state", str(state)])
    assert main(["seed", "--customers", "0", "--orders", "5", "--reset", "--state", str(state)]) == 2
    assert "orders need at least one customer" in capsys.readouterr().err
    assert summary(open_state(state))["infusionsoft"]["order"] == 20


def test_a_taken_port_is_named_with_what_to_do(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port), "--state", str(state)]) == 2
    said = capsys.readouterr().err
    assert str(port) in said
    assert "SANDBOX_PORT" in said


def test_r25_the_names_of_the_environment_are_handed_on(
    state: Path, monkeypatch: pytest.MonkeyPatch, serve: Callable[[Any], str]
) -> None:
    served: list[Any] = []
    monkeypatch.setattr("include.sandbox.__main__.uvicorn.run", lambda app, **_: served.append(app))
    monkeypatch.setenv("SANDBOX_HOSTS", "sandbox, books.example")
    assert main(["serve", "--port", "0", "--state", str(state)]) == 0
    url = serve(served[0])
    for host, status in {"sandbox": 200, "books.example": 200, "other.example": 421}.items():
        assert requests.get(f"{url}/_sandbox/summary", headers={"Host": host}, timeout=5).status_code == status


def test_serve_answers_on_the_port_of_the_environment_until_it_is_ended(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    serving = subprocess.Popen(
        [sys.executable, "-m", "include.sandbox", "serve", "--no-limits", "--state", str(state)],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout is not None
        assert url in serving.stdout.readline()
        _until_it_answers(url, serving)
        assert requests.get(url + "/_sandbox/limits", timeout=5).json()["enabled"] is False
    finally:
        serving.terminate()
        serving.communicate(timeout=20)


def _until_it_answers(url: str, serving: subprocess.Popen[str]) -> None:
    for _ in range(600):
        assert serving.poll() is None
        try:
            requests.get(url + "/_sandbox/summary", timeout=5).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the sandbox did not answer")
