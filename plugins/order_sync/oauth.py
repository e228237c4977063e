"""OAuth access tokens: refreshed ahead of their end, by one process at a time, kept before they are used.

Both services hand out a new refresh token with an access token and end the old one (facts: Intuit's and Keap's OAuth pages), so the
order of steps here is what keeps a person from having to sign in again.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tenacity import retry, stop_after_attempt, wait_exponential

from order_sync.errors import ConfigurationError, RetryLater, SignInAgain
from order_sync.tokens import Consent, TokenPair, TokenVault, fingerprint
from order_sync.transport import Answer, Call, Transport

REFRESH_AHEAD = timedelta(minutes=5)
LONGEST_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person gave when connecting a service: the client and its first refresh token."""

    service: str
    connection_id: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str
    how_to_connect: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the token endpoint is asked beside the form."""
    refresh_lasts: timedelta | None = None
    """How long a refresh token is good where the endpoint does not say so."""
    code_with_client: bool = False
    """Whether the client stands in the form when a code is exchanged; else, and always when a token is, it stands in the header."""

    @property
    def seed(self) -> str:
        """Tells the pairs that descend from this refresh token from those of one that a person has replaced since."""
        return fingerprint(self.refresh_token)


class _InvalidGrant(Exception):
    """The token endpoint refuses the code or the refresh token."""


def first_pair(grant: Grant, consent: Consent, transport: Transport) -> TokenPair:
    """Exchanges the code of a consent for the first pair; it is not kept yet. A code is good once, for minutes.

    Raises SignInAgain where the code or the client is refused, else as `AccessTokens.current`.
    """
    form = {"grant_type": "authorization_code", "code": consent.code, "redirect_uri": consent.redirect_uri}
    if consent.verifier:
        form["code_verifier"] = consent.verifier
    try:
        return _asked(grant, transport, form, "", as_form=grant.code_with_client)
    except _InvalidGrant:
        raise SignInAgain(
            f"{grant.service} does not take the code that it gave for connection {grant.connection_id}: it was used, or is too old.",
            advice="Begin again on the page Connections; what was kept before is as it was.",
            code="invalid_grant",
        ) from None


class AccessTokens:
    """Gives the access token of a grant; safe to use from several threads and processes."""

    def __init__(self, grant: Grant, vault: TokenVault, transport: Transport) -> None:
        self._grant = grant
        self._vault = vault
        self._transport = transport
        self._pair: TokenPair | None = None
        self._refreshing = threading.Lock()

    def current(self, refused: str | None = None) -> str:
        """An access token that holds for five minutes at least; never `refused`, the one that a 401 turned down.

        Raises SignInAgain when a person has to connect the service again, RetryLater when the token endpoint cannot be reached,
        ConfigurationError when its address is wrong.
        """
        if self._pair is not None and _usable(self._pair, refused):
            return self._pair.access_token
        with self._refreshing:
            self._pair = self._stored()
            if self._pair is None or not _usable(self._pair, refused):
                self._pair = self._refreshed(refused)
            return self._pair.access_token

    def _stored(self) -> TokenPair | None:
        pair = self._vault.load(self._grant.connection_id)
        # Without a token that a person entered, there is no other sign-in that could be meant.
        return pair if pair and (pair.seed == self._grant.seed or not self._grant.refresh_token) else None

    def _refreshed(self, refused: str | None) -> TokenPair:
        with self._vault.refreshing(self._grant.connection_id):
            stored = self._stored()
            if stored is not None and _usable(stored, refused):
                return stored
            spent = stored.refresh_token if stored else self._grant.refresh_token
            try:
                return self._exchanged(spent)
            except _InvalidGrant:
                newer = self._stored()
            if newer is None or newer.refresh_token == spent:
                raise _connect_again(self._grant, "its refresh token is used up, expired or revoked") from None
            if _usable(newer, refused):
                return newer
            try:
                return self._exchanged(newer.refresh_token)
            except _InvalidGrant:
                raise _connect_again(self._grant, "its refresh token is used up, expired or revoked") from None

    def _exchanged(self, refresh_token: str) -> TokenPair:
        """Exchanges a refresh token for a new pair, which is kept when this returns."""
        if not refresh_token:
            raise _connect_again(self._grant, "it holds no refresh token")
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        pair = _asked(self._grant, self._transport, form, refresh_token)
        self._keep(pair)
        return pair

    # The service has ended the old pair by now: a database that is busy for a moment must not cost the new one.
    @retry(stop=stop_after_attempt(5), wait=wait_exponential(multiplier=0.2, max=5), reraise=True)
    def _keep(self, pair: TokenPair) -> None:
        self._vault.save(self._grant.connection_id, pair)


def _asked(
    grant: Grant, transport: Transport, form: Mapping[str, str], refresh_token: str, *, as_form: bool = False
) -> TokenPair:
    """The pair that the token endpoint gives; `refresh_token` counts where it gives no other."""
    client = {"client_id": grant.client_id, "client_secret": grant.client_secret} if as_form else {}
    answer = transport.send_form(
        Call(grant.service, grant.connection_id, "token"),
        grant.token_url,
        form={**form, **client},
        login=None if as_form else (grant.client_id, grant.client_secret),
        headers=grant.headers,
    )
    body = _object(answer.body)
    if not 200 <= answer.status < 300:
        raise _refusal(grant, answer, _error_code(body))
    try:
        now = datetime.now(UTC)
        return TokenPair(
            access_token=_text(body["access_token"]),
            refresh_token=_text(body.get("refresh_token", refresh_token)),
            access_expires_at=now + timedelta(seconds=int(body["expires_in"])),
            refresh_expires_at=_end_of_refreshing(body, now, grant.refresh_lasts),
            seed=grant.seed,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RetryLater(
            f"{grant.service}'s token endpoint answered connection {grant.connection_id} with "
            f"something that is no token pair (status {answer.status}).",
            trace_id=answer.trace_id,
        ) from None


def _end_of_refreshing(body: Mapping[str, Any], now: datetime, usual: timedelta | None) -> datetime | None:
    """When the refresh token ends: by its own days, and by those after which Intuit ends all that came of one consent."""
    said = [body.get(name) for name in ("x_refresh_token_expires_in", "x_refresh_token_hard_expires_in")]
    ends = [now + timedelta(seconds=int(seconds)) for seconds in said if seconds]
    return min(ends, default=now + usual if usual else None)


def _refusal(grant: Grant, answer: Answer, code: str) -> Exception:
    if code == "invalid_grant":
        return _InvalidGrant()
    if code == "invalid_client":
        return SignInAgain(
            f"{grant.service} does not know the client of connection {grant.connection_id}: "
            "its client id or client secret is wrong.",
            advice="Correct both in the connection; they are on the keys page of the app at the developer portal.",
            code=code,
            trace_id=answer.trace_id,
        )
    if answer.status == 429 or answer.status >= 500:
        return RetryLater(
            f"{grant.service}'s token endpoint is busy or down (status {answer.status}).",
            retry_after=answer.retry_after,
            trace_id=answer.trace_id,
        )
    if code:
        return _connect_again(grant, f"the token endpoint says {code}", code=code)
    return ConfigurationError(
        f"The token URL of connection {grant.connection_id} answers {answer.status}, not as a token endpoint does.",
        advice="Correct token_url in the connection.",
        trace_id=answer.trace_id,
    )


def _connect_again(grant: Grant, why: str, *, code: str = "invalid_grant") -> SignInAgain:
    return SignInAgain(
        f"{grant.service} refuses the sign-in of connection {grant.connection_id}: {why}.",
        advice=grant.how_to_connect,
        code=code,
    )


def _usable(pair: TokenPair, refused: str | None) -> bool:
    return pair.access_token != refused and pair.access_expires_at - datetime.now(UTC) > REFRESH_AHEAD


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _error_code(body: dict[str, Any]) -> str:
    """The OAuth error code; its description stays unread, since such texts have echoed tokens."""
    code = body.get("error")
    return code if isinstance(code, str) and re.fullmatch("[a-z_]{1,40}", code) else ""


def _text(value: object) -> str:
    """A token; ValueError where it is none. Both services' are far shorter."""
    if not isinstance(value, str) or not re.fullmatch(rf"[\x21-\x7e]{{1,{LONGEST_TOKEN}}}", value):
        raise ValueError
    return value
