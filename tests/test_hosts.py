"""Where secrets may be sent: by default to the services' own hosts and to this machine, whatever a connection says."""

from __future__ import annotations

import pytest

from order_sync import hosts
from order_sync.errors import ConfigurationError

LIVE = "https://quickbooks.api.intuit.com"


def allowed(url: str, *trusted: str) -> str:
    name = "host of connection quickbooks_shop"
    return hosts.allowed_url(url, name=name, service=hosts.QUICKBOOKS, trusted=trusted)


@pytest.mark.parametrize(
    ("given", "called"),
    [
        (LIVE, LIVE),
        (f" {LIVE}/ ", f"{LIVE}/"),
        ("HTTPS://QuickBooks.API.Intuit.com:443/v3", f"{LIVE}/v3"),
        ("https://sandbox-quickbooks.api.intuit.com", "https://sandbox-quickbooks.api.intuit.com"),
        ("http://127.0.0.1:8765/quickbooks", "http://127.0.0.1:8765/quickbooks"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://LocalHost:80/x", "http://localhost/x"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_r22_the_service_s_own_hosts_and_this_machine_are_called(given: str, called: str) -> None:
    assert allowed(given) == called


@pytest.mark.parametrize(
    "given",
    [
        "http://quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com:8443",
        "https://quickbooks.api.intuit.com.evil.example",
        "https://evil.example/quickbooks.api.intuit.com",
        "https://evil-quickbooks.api.intuit.com",
        "https://api.infusionsoft.com",
        "https://oauth.platform.intuit.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://2130706433",
        "http://127.1",
        "http://0x7f.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::2]",
        "http://sandbox:8765/quickbooks",
    ],
)
def test_r22_another_host_is_refused_with_its_name(given: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"host of connection quickbooks_shop leads to http.*nothing was sent"
    ) as caught:
        allowed(given)
    assert f"Give the https URL of QuickBooks there: {LIVE} or " in caught.value.advice


@pytest.mark.parametrize(
    "given",
    [
        "",
        "quickbooks.api.intuit.com",
        "ftp://quickbooks.api.intuit.com",
        "//quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com@evil.example",
        "https://quickbooks.api.intuit.com:443@evil.example",
        "https://user:secret-of-theirs@quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com.",
        "http://127.0.0.1.",
        "https://.quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com\\@evil.example",
        "https://evil.example\\quickbooks.api.intuit.com",
        "https://quickbooks.api.intuit.com\n.evil.example",
        "https://quickbooks.api.intuit.com\x00.evil.example",
        "https://quickbooks.api.intuit.com /v3",
        "https://quickbooks.api.intuit.com?x=1",
        "https://quickbooks.api.intuit.com#@evil.example",
        "https://quickbooks.api.intuit.com/%2e%2e/v3",
        "https://quickbooks.api.intuit.com:/v3",
        "https://quickbooks.api.intuit.com:99999",
        "https://quickbooks.api.intuit.com:+443",
        "https://quickbook\u017f.api.intuit.com",
        "https://quic\u212abooks.api.intuit.com",
        "https://quickb\u043e\u043eks.api.intuit.com",
        "https://quickbooks\u3002api.intuit.com",
        "http://[::1",
        "http://[::1%25eth0]",
        "http://\u0661\u0662\u0667.0.0.1",
    ],
)
def test_r22_what_two_readers_could_read_differently_is_no_url(given: str) -> None:
    with pytest.raises(ConfigurationError, match="host of connection quickbooks_shop is not a URL") as caught:
        allowed(given)
    assert LIVE in caught.value.advice
    assert "secret-of-theirs" not in str(caught.value)


def test_r22_the_advice_holds_when_it_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError) as caught:
        allowed("http://sandbox:8765/quickbooks")
    name, _, value = caught.value.advice.rpartition(" ")[2].partition("=")
    monkeypatch.setenv(name, f"https://gateway.example/, {value}")
    assert allowed("http://sandbox:8765/quickbooks", *hosts.trusted_origins()) == "http://sandbox:8765/quickbooks"
    assert allowed("https://gateway.example:443/q", *hosts.trusted_origins()) == "https://gateway.example/q"
    for other in (
        "http://sandbox",
        "https://sandbox:8765",
        "http://sandbox:8765.evil.example",
        "http://gateway.example",
    ):
        with pytest.raises(ConfigurationError):
            allowed(other, *hosts.trusted_origins())


@pytest.mark.parametrize(
    ("base_url", "environment"),
    [
        (LIVE, "production"),
        (f"{LIVE}/v3", "production"),
        ("https://sandbox-quickbooks.api.intuit.com", "sandbox"),
        ("http://127.0.0.1:8765/quickbooks", ""),
        (f"{LIVE}.example.com", ""),
    ],
)
def test_the_environment_of_a_company_is_known_by_its_host(base_url: str, environment: str) -> None:
    assert hosts.environment_of(base_url) == environment


def test_r22_nobody_is_advised_to_trust_a_service_without_encryption() -> None:
    with pytest.raises(ConfigurationError) as caught:
        allowed("http://quickbooks.api.intuit.com")
    assert hosts.TRUSTED not in caught.value.advice


@pytest.mark.parametrize(
    "entry", ["sandbox", "sandbox:8765", "http://sandbox:8765/quickbooks", "*", "http://*", "http://a@b"]
)
def test_r22_an_origin_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    monkeypatch.setenv(hosts.TRUSTED, f"http://gateway.example,{entry}")
    with pytest.raises(ConfigurationError, match="ORDER_SYNC_TRUSTED_ORIGINS holds an entry that is not an origin"):
        hosts.trusted_origins()


def test_r22_without_the_variable_nothing_else_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(hosts.TRUSTED, raising=False)
    assert hosts.trusted_origins() == ()
