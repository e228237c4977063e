"""A QuickBooks company of the sandbox: in this process, and on a port for clients that nobody here wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from include.sandbox.quickbooks import SCHEMA, company, oauth, router
from include.sandbox.quickbooks.bookkeeping import entries_of, read_chart, transactions
from include.sandbox.quickbooks.ledger import Entry
from include.sandbox.quickbooks.settings import change_settings
from include.sandbox.state import State

PREFIX = "/quickbooks"


def in_words(entries: Iterable[Entry]) -> dict[str, str]:
    return {entry.account: f"Dr {entry.debit:.2f}" if entry.debit else f"Cr {entry.credit:.2f}" for entry in entries}


@dataclass
class Company:
    """The company as a signed-in client meets it."""

    state: State
    client: TestClient
    access_token: str
    realm_id: str = company.REALM_ID

    @property
    def base(self) -> str:
        return f"{PREFIX}/v3/company/{self.realm_id}"

    def post(self, path: str, body: Any, **params: str) -> Response:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.client.post(f"{self.base}/{path}", json=body, params=params, headers=headers)

    def get(self, path: str, **params: str) -> Response:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.client.get(f"{self.base}/{path}", params=params, headers=headers)

    def save(self, entity: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
        """Creates or updates, and gives back the record."""
        response = self.post(entity.lower(), body, **params)
        assert response.status_code == 200, response.text
        return response.json()[entity]

    def read(self, entity: str, record_id: str) -> dict[str, Any]:
        response = self.get(f"{entity.lower()}/{record_id}")
        assert response.status_code == 200, response.text
        return response.json()[entity]

    def query(self, statement: str) -> dict[str, Any]:
        response = self.get("query", query=statement)
        assert response.status_code == 200, response.text
        return response.json()["QueryResponse"]

    def named(self, entity: str, name: str) -> dict[str, str]:
        """A reference to a record of a list."""
        return {"value": self.query(f"SELECT * FROM {entity} WHERE Name = '{name}'")[entity][0]["Id"]}

    def customer(self, name: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
        return self.save("Customer", {"DisplayName": name, **fields})

    def prefer(self, **sections: dict[str, Any]) -> None:
        """Changes preferences of the company."""
        old = self.get("preferences").json()["Preferences"]
        self.save("Preferences", {"Id": "1", "SyncToken": old["SyncToken"], "sparse": True, **sections})

    def settle(self, **changes: Any) -> dict[str, Any]:
        """Changes how the company is set, as the control pages do."""
        with self.state.transaction() as connection:
            return change_settings(connection, self.realm_id, changes)

    def entries(self, entity: str, record_id: str) -> dict[str, str]:
        """What a document does to the general ledger: `{"Checking": "Dr 80.00"}`."""
        books = company.books_of(self.state.connection(), self.realm_id)
        found = books.find(entity, record_id)
        assert found
        if found.deleted:
            return {}
        return in_words(entries_of(books, read_chart(books), entity, found.body))

    def balances(self) -> dict[str, str]:
        """What stands in each account."""
        books = company.books_of(self.state.connection(), self.realm_id)
        sums: Counter[str] = Counter()
        for transaction in transactions(books):
            for entry in transaction.entries:
                sums[entry.account] += entry.amount  # type: ignore[assignment]
        return {
            name: f"Dr {amount:.2f}" if amount > 0 else f"Cr {-amount:.2f}" for name, amount in sums.items() if amount
        }

    @staticmethod
    def item_line(amount: float, item: str = "1", tax: str = "NON", **detail: Any) -> dict[str, Any]:
        return {
            "DetailType": "SalesItemLineDetail",
            "Amount": amount,
            "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": {"value": tax}, **detail},
        }

    @staticmethod
    def refusal(response: Response) -> dict[str, Any]:
        """The only error of a refusal."""
        assert response.status_code == 400, response.text
        body = response.json()
        assert body["Fault"]["type"] == "ValidationFault"
        assert body["time"]
        (error,) = body["Fault"]["Error"]
        return error


def found(path: Path, country: str, currency: str) -> State:
    state = State(path)
    state.create(SCHEMA)
    with state.transaction() as connection:
        zone = "America/Los_Angeles"
        company.found(
            connection, company.REALM_ID, name="Craig's Design", country=country, time_zone=zone, currency=currency
        )
    return state


def signed_in(state: State) -> Company:
    app = FastAPI()
    app.include_router(router(state), prefix=PREFIX)
    with state.transaction() as connection:
        tokens = oauth.issue_tokens(connection, company.REALM_ID, oauth.FIRST_REFRESH_TOKEN)
    return Company(state, TestClient(app, follow_redirects=False), tokens["access_token"])


@pytest.fixture
def company_in(tmp_path: Path) -> Callable[[str, str], Company]:
    """A company of another country."""

    def make(country: str, currency: str) -> Company:
        return signed_in(found(tmp_path / f"{country}.db", country, currency))

    return make


@pytest.fixture
def state(tmp_path: Path) -> State:
    return found(tmp_path / "sandbox.db", "US", "USD")


@pytest.fixture
def app(state: State) -> FastAPI:
    app = FastAPI()
    app.include_router(router(state), prefix=PREFIX)
    return app


@pytest.fixture
def qbo(state: State, app: FastAPI) -> Company:
    with state.transaction() as connection:
        tokens = oauth.issue_tokens(connection, company.REALM_ID, oauth.FIRST_REFRESH_TOKEN)
    return Company(state, TestClient(app, follow_redirects=False), tokens["access_token"])


@pytest.fixture
def live(serve: Callable[[FastAPI], str], app: FastAPI, qbo: Company) -> str:
    """The address of a server that runs the application."""
    return serve(app) + PREFIX
