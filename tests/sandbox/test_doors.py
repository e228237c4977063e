"""Who may come in: whoever calls the sandbox by a name of this machine, and no page of another site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox.app import create_app
from include.sandbox.infusionsoft.oauth import SERVICE_ACCOUNT_KEY

PATHS = ("/", "/customers", "/_sandbox/summary", "/_sandbox/quickbooks/Customer", "/infusionsoft/rest/v2/orders")
KEY = {"X-Keap-API-Key": SERVICE_ACCOUNT_KEY}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "sandbox",
        "sandbox.evil.example:8765",
        "10.0.0.1:8765",
        "0.0.0.0",
        "[::2]",
        "localhost@evil.example",
        "localhost:8765:1",
        "2130706433",
        "",
    ],
)
def test_r25_a_name_that_another_may_point_here_is_refused(sandbox: Any, host: str) -> None:
    for path in PATHS:
        answer = requests.get(sandbox.url + path, headers={**KEY, "Host": host}, timeout=5)
        assert answer.status_code == 421, path
        assert "SANDBOX_HOSTS" in answer.text


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8765", "127.0.0.1", "127.8.9.1:80", "[::1]:8765", "[::1]"])
def test_r25_the_names_of_this_machine_are_taken(sandbox: Any, host: str) -> None:
    for path in PATHS:
        assert requests.get(sandbox.url + path, headers={**KEY, "Host": host}, timeout=5).status_code == 200, path


def test_r25_a_name_that_is_given_at_the_start_is_taken(serve: Callable[[Any], str], tmp_path: Path) -> None:
    url = serve(create_app(tmp_path / "sandbox.sqlite", hosts=["sandbox"]))
    for host, status in {"sandbox:8765": 200, "Sandbox": 200, "sandbox.evil.example": 421, "localhost": 200}.items():
        assert requests.get(f"{url}/_sandbox/summary", headers={"Host": host}, timeout=5).status_code == status, host


@pytest.mark.parametrize(
    "of_a_page",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_sandbox/reset"),
        ("POST", "/_sandbox/faults"),
        ("PUT", "/_sandbox/company"),
        ("DELETE", "/_sandbox/calls"),
        ("POST", "/quickbooks/oauth2/v1/tokens/bearer"),
        ("POST", "/infusionsoft/token"),
    ],
)
def test_r25_a_page_of_another_site_changes_nothing(
    sandbox: Any, of_a_page: dict[str, str], method: str, path: str
) -> None:
    sandbox.post("/_sandbox/quickbooks/Customer", {"DisplayName": "Ana"})
    answer = requests.request(method, sandbox.url + path, headers=of_a_page, timeout=5)
    assert answer.status_code == 403
    assert sandbox.get("/_sandbox/summary")["quickbooks"]["Customer"] == 1


def test_r25_its_own_page_and_programs_may_change_it(sandbox: Any) -> None:
    for headers in ({}, {"Origin": sandbox.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        answer = requests.delete(f"{sandbox.url}/_sandbox/calls", headers=headers, timeout=5)
        assert answer.status_code == 204
