"""Both services of a sandbox, as the sync's clients reach them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from order_sync.database.leases import of_company
from order_sync.infusionsoft.client import Infusionsoft, InfusionsoftConnection
from order_sync.quickbooks.client import QuickBooks, QuickBooksConnection

REALM_ID = "9341450000000001"
COMPANY = of_company(REALM_ID)
"""The lease of the one company."""


class Controls(Protocol):
    """The sandbox, as `tests/conftest.py` makes it."""

    url: str

    def get(self, path: str) -> Any: ...
    def post(self, path: str, body: object = None) -> Any: ...
    def put(self, path: str, body: object = None) -> Any: ...
    def delete(self, path: str) -> Any: ...


@contextmanager
def infusionsoft(sandbox: Any, vault: Any) -> Iterator[Infusionsoft]:
    """The sandbox's Infusionsoft account, at any pace."""
    connection = InfusionsoftConnection(
        id="infusionsoft_demo",
        base_url=f"{sandbox.url}/infusionsoft",
        api_key="KeapAK-sandbox-service-account-key",
    )
    with Infusionsoft(connection, vault, requests_per_minute=60000, requests_per_second=1000) as client:
        yield client


@contextmanager
def quickbooks(sandbox: Any, vault: Any, realm_id: str = REALM_ID) -> Iterator[QuickBooks]:
    """A QuickBooks company of the sandbox, at any pace."""
    token_url = f"{sandbox.url}/quickbooks/oauth2/v1/tokens/bearer"
    with quickbooks_at(f"{sandbox.url}/quickbooks", token_url, vault, realm_id) as client:
        yield client


@contextmanager
def quickbooks_at(base_url: str, token_url: str, vault: Any, realm_id: str = REALM_ID) -> Iterator[QuickBooks]:
    """A QuickBooks company anywhere, at any pace."""
    connection = QuickBooksConnection(
        id=f"quickbooks_{realm_id}",
        base_url=base_url,
        realm_id=realm_id,
        client_id="sandbox-client",
        client_secret="sandbox-client-secret",
        refresh_token="sandbox-first-refresh-token" if realm_id == REALM_ID else f"first-refresh-token-{realm_id}",
        token_url=token_url,
    )
    with QuickBooks(connection, vault, requests_per_minute=60000, requests_per_second=1000) as client:
        yield client
