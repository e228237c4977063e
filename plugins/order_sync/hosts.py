"""Where keys, client secrets and tokens may go: the services' own https hosts, this machine, and what the deployment trusts.

A connection's host can be edited by people who cannot read its secrets; without this, a new host would have them sent there.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Collection
from dataclasses import dataclass

from order_sync.errors import ConfigurationError


@dataclass(frozen=True)
class Service:
    """A service, by the name that people know, and the origins at which it is called."""

    name: str
    origins: tuple[str, ...]


QUICKBOOKS = Service("QuickBooks", ("https://quickbooks.api.intuit.com", "https://sandbox-quickbooks.api.intuit.com"))
QUICKBOOKS_SIGN_IN = Service("QuickBooks", ("https://oauth.platform.intuit.com",))
QUICKBOOKS_CONSENT = Service("QuickBooks", ("https://appcenter.intuit.com",))
_ENVIRONMENTS = dict(zip(QUICKBOOKS.origins, ("production", "sandbox"), strict=True))
INFUSIONSOFT = Service("Infusionsoft", ("https://api.infusionsoft.com", "https://api.keap.com"))
INFUSIONSOFT_CONSENT = Service(
    "Infusionsoft",
    ("https://accounts.infusionsoft.com", "https://signin.infusionsoft.com", "https://accounts.keap.com"),
)

TRUSTED = "ORDER_SYNC_TRUSTED_ORIGINS"

# Stricter than a URL may be: whatever two parsers could read differently (a name before @, a backslash, other scripts) is none.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(/[a-z0-9._~-]*)*)",
    re.IGNORECASE | re.ASCII,
)
_PORTS = {"http": 80, "https": 443}


def trusted_origins() -> tuple[str, ...]:
    """The origins that `ORDER_SYNC_TRUSTED_ORIGINS` names, as `http://sandbox:8765`, with commas between them.

    It stands in the environment and not in a store's file, because which network may be trusted is known to who runs the
    deployment, not to who keeps the books. Raises ConfigurationError for an entry that is no origin.
    """
    entries = [entry.strip() for entry in os.environ.get(TRUSTED, "").split(",") if entry.strip()]
    found = [_URL.fullmatch(entry.removesuffix("/")) for entry in entries]
    if not all(match and not match["path"] for match in found):
        raise ConfigurationError(
            f"{TRUSTED} holds an entry that is not an origin.",
            advice="Write scheme, host and port alone, as http://sandbox:8765, with commas between several.",
        )
    return tuple(_origin(match) for match in found if match)


def allowed_url(url: str, *, name: str, service: Service, trusted: Collection[str]) -> str:
    """A URL that secrets may be sent to, its scheme and host in small letters; `trusted` are origins besides the service's own.

    Raises ConfigurationError with `name` ("host of connection …") for what is not a plain URL or leads elsewhere. Plain http is for
    this machine and trusted origins alone.
    """
    give = f"Give the https URL of {service.name} there: {' or '.join(service.origins)}"
    match = _URL.fullmatch(url.strip())
    if not match or int(match["port"] or 0) > 65535:
        raise ConfigurationError(
            f"The {name} is not a URL that can be trusted with secrets; nothing was sent.",
            advice=f"{give}, without user, password, blanks, ? and #, and no dot after the host.",
        )
    origin = _origin(match)
    if origin not in service.origins and origin not in trusted and not _is_this_machine(match["host"]):
        in_clear = f"https://{match['host'].lower()}" in service.origins
        else_trust = "" if in_clear else f" If {origin} is meant, the deployment has to say so: {TRUSTED}={origin}"
        raise ConfigurationError(
            f"The {name} leads to {origin}, which is not {service.name}'s; nothing was sent.",
            advice=f"{give}.{else_trust}",
        )
    return origin + match["path"]


def environment_of(base_url: str) -> str:
    """Intuit's environment of a company that is called there: `production` or `sandbox`; empty for a host that is not Intuit's."""
    return next((name for origin, name in _ENVIRONMENTS.items() if f"{base_url}/".startswith(f"{origin}/")), "")


def is_own(base_url: str, service: Service) -> bool:
    """Whether a URL leads to a host of the service itself."""
    return any(f"{base_url.strip().lower()}/".startswith(f"{origin}/") for origin in service.origins)


def _origin(match: re.Match[str]) -> str:
    scheme, port = match["scheme"].lower(), int(match["port"] or 0)
    return f"{scheme}://{match['host'].lower()}" + (f":{port}" if port and port != _PORTS[scheme] else "")


def _is_this_machine(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    # Python 3.13 takes ::ffff:127.0.0.1 for loopback, 3.11 does not; nobody needs it.
    return address.is_loopback and not getattr(address, "ipv4_mapped", None)
