"""What an Airflow connection must hold for each service, and what becomes of it: the connection that the service's client takes.

Airflow's own connection does not come here: tasks are given it by Airflow's API, the console reads it where it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from order_sync import hosts
from order_sync.database.connections import Known
from order_sync.errors import ConfigurationError
from order_sync.infusionsoft.client import InfusionsoftConnection
from order_sync.quickbooks.client import QuickBooksConnection

_FORM = "include/config/connections.example.json shows its form."
CONNECT = "Connect it on the console's page Connections (Order sync in Airflow's navigation), or fill it in by hand: docs/connect.md."


@dataclass(frozen=True, slots=True)
class Service:
    """One of the two services: where its API is, where tokens come from, and its page for consent; each may be elsewhere by the fields."""

    key: Literal["quickbooks", "infusionsoft"]
    name: str
    api: hosts.Service
    tokens: hosts.Service
    token_url: str
    consent: hosts.Service
    consent_url: str
    scope: str

    def connection_of(self, store: str) -> str:
        """The Airflow connection of a store to it."""
        return f"{self.key}_{store}"


QUICKBOOKS = Service(
    key="quickbooks",
    name="QuickBooks",
    api=hosts.QUICKBOOKS,
    tokens=hosts.QUICKBOOKS_SIGN_IN,
    token_url="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",  # noqa: S106
    consent=hosts.QUICKBOOKS_CONSENT,
    consent_url="https://appcenter.intuit.com/connect/oauth2",
    scope="com.intuit.quickbooks.accounting",
)
INFUSIONSOFT = Service(
    key="infusionsoft",
    name="Infusionsoft",
    api=hosts.INFUSIONSOFT,
    tokens=hosts.INFUSIONSOFT,
    token_url="https://api.infusionsoft.com/token",  # noqa: S106
    consent=hosts.INFUSIONSOFT_CONSENT,
    consent_url="https://accounts.infusionsoft.com/app/oauth/authorize",
    scope="full",
)
SERVICES: Mapping[str, Service] = {one.key: one for one in (QUICKBOOKS, INFUSIONSOFT)}


@dataclass(frozen=True, slots=True)
class Fields:
    """An Airflow connection as somebody filled it in."""

    id: str
    host: str
    login: str
    password: str = field(repr=False)
    extra: Mapping[str, Any] = field(repr=False)

    @property
    def refresh_token(self) -> str:
        """The first refresh token, where one was entered by hand."""
        return str(self.extra.get("refresh_token") or "")


def fields_of(id: str, host: str | None, login: str | None, password: str | None, extra: str | None) -> Fields:
    """The fields of a connection whose `extra` is a text; ConfigurationError where that is no JSON object."""
    try:
        read = json.loads(extra or "{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ConfigurationError(f"The `extra` of connection {id} is not a JSON object.", advice=_FORM)
    return Fields(id, host or "", login or "", password or "", read)


def quickbooks_connection(fields: Fields, known: Known) -> QuickBooksConnection:
    """The QuickBooks connection of these fields; the company that somebody chose at QuickBooks counts where they name none.

    Raises ConfigurationError that names what is missing or wrong.
    """
    realm_id = fields.extra.get("realm_id") or known.realm_id
    _require_client(fields)
    _require(
        fields, {"extra.realm_id": realm_id, "extra.refresh_token": fields.refresh_token or known.connected_at}, CONNECT
    )
    return with_company(fields, str(realm_id))


def with_company(fields: Fields, realm_id: str) -> QuickBooksConnection:
    """The same for a company that is named elsewhere, as at QuickBooks' own page."""
    _require_client(fields)
    return QuickBooksConnection(
        id=fields.id,
        base_url=_url(fields, "host", fields.host, QUICKBOOKS.api),
        realm_id=_realm_id(fields, realm_id),
        client_id=fields.login,
        client_secret=fields.password,
        refresh_token=fields.refresh_token,
        token_url=_token_url(fields, QUICKBOOKS),
    )


def infusionsoft_connection(fields: Fields, known: Known) -> InfusionsoftConnection:
    """The Infusionsoft connection of these fields: OAuth, where a refresh token was entered or somebody let the sync in, else a key.

    Raises as above.
    """
    _require(fields, {"host": fields.host, "password (the key, or the client secret)": fields.password}, _FORM)
    if is_by_key(fields, known):
        return InfusionsoftConnection(
            id=fields.id, base_url=_url(fields, "host", fields.host, INFUSIONSOFT.api), api_key=fields.password
        )
    return by_oauth(fields)


def is_by_key(fields: Fields, known: Known) -> bool:
    """Whether Infusionsoft is asked by a key: no refresh token was entered, and nobody let the sync in."""
    return not (fields.refresh_token or (fields.login and known.connected_at))


def as_used(fields: Fields, known: Known) -> Known:
    """What is known of Infusionsoft's connection as it signs in now: by a key, the tokens that it had before say nothing."""
    return replace(known, refreshed_at=None, refresh_expires_at=None) if is_by_key(fields, known) else known


def by_oauth(fields: Fields) -> InfusionsoftConnection:
    """The same by OAuth, whether or not there are tokens yet."""
    _require_client(fields)
    return InfusionsoftConnection(
        id=fields.id,
        base_url=_url(fields, "host", fields.host, INFUSIONSOFT.api),
        client_id=fields.login,
        client_secret=fields.password,
        refresh_token=fields.refresh_token,
        token_url=_token_url(fields, INFUSIONSOFT),
    )


def _token_url(fields: Fields, service: Service) -> str:
    """Where tokens come from."""
    return _url(fields, "token_url", fields.extra.get("token_url") or service.token_url, service.tokens)


def consent_url(fields: Fields, service: Service) -> str:
    """The page at which somebody lets the sync in."""
    return _url(fields, "consent_url", fields.extra.get("consent_url") or service.consent_url, service.consent)


def _url(fields: Fields, name: str, url: object, service: hosts.Service) -> str:
    named = f"{name} of connection {fields.id}"
    return hosts.allowed_url(str(url), name=named, service=service, trusted=hosts.trusted_origins())


def _realm_id(fields: Fields, told: str) -> str:
    """The company's id, which becomes a part of each path."""
    realm_id = told.strip()
    if not re.fullmatch("[0-9]{1,20}", realm_id):
        raise ConfigurationError(
            f"The realm_id of connection {fields.id} is not a number; nothing was sent.",
            advice="Put the company's id there, in digits alone, as Intuit showed it (realmId) when the app was connected.",
        )
    return realm_id


def _require_client(fields: Fields) -> None:
    wanted = {
        "host": fields.host,
        "login (client id)": fields.login,
        "password (client secret)": fields.password,
    }
    _require(fields, wanted, _FORM)


def _require(fields: Fields, values: Mapping[str, object], advice: str) -> None:
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ConfigurationError(f"The Airflow connection {fields.id} lacks {', '.join(missing)}.", advice=advice)
