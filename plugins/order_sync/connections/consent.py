"""Somebody lets the sync in at a service's own page: the address that they are sent to, and what becomes of the answer (RFC 6749, 4.1).

Neither service documents PKCE (RFC 7636). It is sent all the same, for what does not know it passes over it (RFC 6749, 3.1); `"pkce":
false` in the connection's `extra` leaves it out.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import Engine

from order_sync.connections.fields import INFUSIONSOFT, QUICKBOOKS, Fields, Service, by_oauth, consent_url, with_company
from order_sync.connections.trial import PATIENCE
from order_sync.database.connections import note_consent
from order_sync.database.stores import known_stores
from order_sync.database.tokens import StoreVault
from order_sync.errors import ConfigurationError, RetryLater
from order_sync.infusionsoft.client import InfusionsoftReader
from order_sync.oauth import Grant, first_pair
from order_sync.tokens import Consent, TokenPair
from order_sync.transport import Transport


def asks_for_proof(fields: Fields) -> bool:
    """Whether the code is bound to who asked for it (PKCE)."""
    return fields.extra.get("pkce") is not False


def address(service: Service, fields: Fields, redirect_uri: str, state: str, verifier: str) -> str:
    """Where somebody is sent to let the sync in; without a verifier, without PKCE.

    Raises ConfigurationError where the fields lack the client, or their addresses are not the service's.
    """
    _grant_of(service, fields, "0")
    asked = {
        "response_type": "code",
        "client_id": fields.login,
        "scope": service.scope,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if verifier:
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked |= {"code_challenge": proof, "code_challenge_method": "S256"}
    return f"{consent_url(fields, service)}?{urlencode(asked)}"


def _grant_of(service: Service, fields: Fields, realm_id: str) -> Grant:
    """How the sync signs in by these fields; ConfigurationError where they lack something."""
    return with_company(fields, realm_id).grant if service is QUICKBOOKS else by_oauth(fields).grant


def connect(engine: Engine, store: str, service: Service, fields: Fields, consent: Consent, who: str) -> None:
    """Exchanges a consent for tokens, and keeps them for the store's next run, in the place of those that were kept before.

    Raises ConfigurationError where another company or account was chosen than the store's; what was kept then stays. Raises as
    `oauth.first_pair` where the service does not take it.
    """
    if service is QUICKBOOKS:
        _require_company(engine, store, fields, consent.realm_id)
    grant, vault = _grant_of(service, fields, consent.realm_id), StoreVault(engine)
    transport = Transport(requests_per_second=1, requests_per_minute=10, read_seconds=PATIENCE)
    try:
        # A run that renews the old tokens at this moment is waited for: what it keeps must not come after these.
        with vault.refreshing(fields.id):
            pair = first_pair(grant, consent, transport)
            if service is INFUSIONSOFT:
                _require_account(engine, store, fields, pair)
            vault.save(fields.id, pair)
    finally:
        transport.close()
    note_consent(engine, fields.id, consent.realm_id or None, who)


def _require_company(engine: Engine, store: str, fields: Fields, realm_id: str) -> None:
    """Raises ConfigurationError where the chosen company is none, or not the one of the connection or of the store's orders."""
    if not realm_id:
        raise ConfigurationError(
            "QuickBooks did not say which company was chosen; nothing was kept.",
            advice="Begin again, and choose the company there.",
        )
    with_company(fields, realm_id)  # it has to be a number
    noted = known_stores(engine).get(store)
    for wanted, whose in (
        (
            str(fields.extra.get("realm_id") or "").strip(),
            f"connection {fields.id} names company {{}} (extra.realm_id)",
        ),
        (noted.realm_id if noted else "", f"the orders of store {store} are in company {{}}"),
    ):
        if wanted and wanted != realm_id:
            raise ConfigurationError(
                f"Company {realm_id} was chosen at QuickBooks, and {whose.format(wanted)}. Nothing was kept.",
                advice=f"Begin again, and choose company {wanted}; another company needs a store of its own "
                "(a settings file of another name).",
            )


def _require_account(engine: Engine, store: str, fields: Fields, pair: TokenPair) -> None:
    """Raises ConfigurationError where the tokens are of another account than the store's orders, RetryLater where nobody can say so now:
    they would replace those that work."""
    noted = known_stores(engine).get(store)
    if not (noted and noted.account):
        return
    with InfusionsoftReader(by_oauth(fields), _Held(pair), read_seconds=PATIENCE, read_attempts=1) as infusionsoft:
        try:
            account = infusionsoft.account()
        except RetryLater as error:
            raise RetryLater(
                f"Infusionsoft did not say which account was chosen; nothing was kept. {error.message}",
                advice="Begin again in a few minutes.",
                trace_id=error.trace_id,
            ) from None
    if account and account != noted.account:
        raise ConfigurationError(
            f"The account {account} was chosen at Infusionsoft, and the orders of store {store} are of {noted.account}. "
            "Nothing was kept.",
            advice=f"Begin again, signed in to {noted.account}; another account needs a store of its own "
            "(a settings file of another name).",
        )


@dataclass(slots=True)
class _Held:
    """A `TokenVault` of one pair that is not kept yet."""

    pair: TokenPair

    def load(self, connection_id: str) -> TokenPair | None:
        return self.pair

    def save(self, connection_id: str, pair: TokenPair) -> None:
        self.pair = pair

    def refreshing(self, connection_id: str) -> AbstractContextManager[None]:
        return nullcontext()
