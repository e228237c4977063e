"""Keys, the authorize page and the token endpoint."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from include.sandbox.infusionsoft import account, oauth

KEY = oauth.SERVICE_ACCOUNT_KEY
CALLBACK = "http://127.0.0.1:9999/callback?store=demo"


def basic(client_id: str = oauth.CLIENT_ID, secret: str = oauth.CLIENT_SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def refresh(client, token: str, headers: dict[str, str] | None = None):
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return client.post("token", data=form, headers=basic() if headers is None else headers)


@pytest.fixture
def first_pair(state):
    with state.transaction() as connection:
        return oauth.issue_tokens(connection, oauth.FIRST_REFRESH_TOKEN)


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer {KEY}"}, {"X-Keap-API-Key": KEY}],
)
@pytest.mark.parametrize("path", ["rest/v2/businessProfile", "crm/rest/v2/businessProfile"])
def test_a_service_account_key_opens_either_spelling_in_either_header(client, headers, path):
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["time_zone"]) == (200, "America/Phoenix")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": KEY}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": "Bearer "}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": f"Basic {KEY}"}, "oauth.v2.InvalidAccessToken"),
        ({"Authorization": "Bearer KeapAK-another"}, "keymanagement.service.invalid_access_token"),
        ({"X-Keap-API-Key": "KeapAK-another"}, "keymanagement.service.invalid_access_token"),
    ],
)
@pytest.mark.parametrize("path", ["rest/v2/orders", "rest/v2/no/such/path", "rest/v1/orders", "anything"])
def test_the_gateway_asks_for_a_key_before_it_looks_at_the_path(client, headers, code, path):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["fault"]["detail"] == {"errorcode": code}
    assert answer.json()["fault"]["faultstring"]


def test_a_refused_patch_changes_nothing(client, put, ask):
    put("contact", {"id": "1", "given_name": "Ann"})
    assert client.patch("rest/v2/contacts/1", json={"given_name": "Eve"}).status_code == 401
    assert ask("contacts/1")["given_name"] == "Ann"


def test_a_refresh_token_is_good_once_and_its_successor_works(client, first_pair):
    answer = refresh(client, oauth.FIRST_REFRESH_TOKEN)
    pair = answer.json()
    assert answer.status_code == 200
    assert (pair["token_type"], pair["expires_in"], pair["scope"]) == ("bearer", 86399, f"full|{account.TENANT}")
    assert pair["refresh_token"] != oauth.FIRST_REFRESH_TOKEN
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    assert client.get("rest/v2/orders", headers=bearer).status_code == 200

    again = refresh(client, oauth.FIRST_REFRESH_TOKEN)
    assert again.status_code == 400
    assert again.json() == {"error": "invalid_grant", "error_description": "Invalid refresh token"}
    assert refresh(client, pair["refresh_token"]).status_code == 200


def test_of_two_workers_who_refresh_at_once_one_is_refused(client, first_pair):
    statuses = []
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        statuses.append(refresh(client, oauth.FIRST_REFRESH_TOKEN).status_code)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(statuses) == [200, 400]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(secret="another"),
        basic(client_id="another"),
        {"Authorization": "Basicc2FuZGJveA=="},
        {"Authorization": "Basic %%%"},
        {"Authorization": f"Bearer {oauth.CLIENT_SECRET}"},
    ],
)
def test_a_refresh_without_the_clients_credentials_is_refused_and_spends_nothing(client, first_pair, headers):
    answer = refresh(client, oauth.FIRST_REFRESH_TOKEN, headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert refresh(client, oauth.FIRST_REFRESH_TOKEN).status_code == 200


def test_a_refresh_token_ends_after_its_days(client, state, first_pair):
    with state.transaction() as connection:
        connection.execute("UPDATE infusionsoft_token SET refresh_expires = 1")
    assert refresh(client, oauth.FIRST_REFRESH_TOKEN).json()["error"] == "invalid_grant"


def test_access_tokens_can_be_made_to_expire_and_a_refresh_heals_it(client, state, first_pair):
    bearer = {"Authorization": f"Bearer {first_pair['access_token']}"}
    assert client.get("rest/v2/orders", headers=bearer).status_code == 200
    with state.transaction() as connection:
        oauth.expire_access_tokens(connection)
    answer = client.get("rest/v2/orders", headers=bearer)
    assert answer.status_code == 401
    assert answer.json()["fault"]["detail"]["errorcode"] == "keymanagement.service.access_token_expired"
    pair = refresh(client, oauth.FIRST_REFRESH_TOKEN).json()
    assert client.get("rest/v2/orders", headers={"Authorization": f"Bearer {pair['access_token']}"}).status_code == 200


@pytest.mark.parametrize("form", [{}, {"grant_type": "password"}, {"grant_type": "client_credentials"}])
def test_other_grants_are_refused(client, form):
    answer = client.post("token", data=form, headers=basic())
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def ask_to_be_let_in(client, **changed):
    query = {"client_id": oauth.CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "state": 'x"<y>'}
    return client.get("app/oauth/authorize", params={**query, "scope": "full", **changed})


def test_a_person_lets_an_app_in_and_its_code_is_good_once(client):
    page = ask_to_be_let_in(client)
    assert page.status_code == 200
    assert '"<y>' not in page.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    approved = client.post("app/oauth/authorize", data={**fields, "state": "xyz"})
    assert approved.status_code == 302
    target = urlsplit(approved.headers["location"])
    answer = parse_qs(target.query)
    assert f"{target.scheme}://{target.netloc}{target.path}" == "http://127.0.0.1:9999/callback"
    assert (answer["state"], answer["store"]) == (["xyz"], ["demo"])

    form = {
        "client_id": oauth.CLIENT_ID,
        "client_secret": oauth.CLIENT_SECRET,
        "code": answer["code"][0],
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
    }
    assert client.post("token", data={**form, "redirect_uri": "https://elsewhere.example"}).status_code == 400
    assert client.post("token", data={**form, "client_secret": "no"}).json()["error"] == "invalid_client"
    pair = client.post("token", data=form).json()
    assert refresh(client, pair["refresh_token"]).status_code == 200
    assert client.post("token", data=form).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed", [{"client_id": "another"}, {"response_type": "token"}, {"redirect_uri": "http://example.com/x"}]
)
def test_an_app_that_asks_wrongly_is_not_sent_back(client, changed):
    page = ask_to_be_let_in(client, **changed)
    assert page.status_code == 400
    assert next(iter(changed)) in page.text
