"""Connecting an application: consent, tokens that rotate, tokens that end; and who is let in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from include.sandbox.quickbooks import company, oauth

CLIENT = (oauth.CLIENT_ID, oauth.CLIENT_SECRET)
TOKENS = "/quickbooks/oauth2/v1/tokens/bearer"
ASKED = {
    "client_id": oauth.CLIENT_ID,
    "response_type": "code",
    "scope": oauth.SCOPE,
    "redirect_uri": "http://127.0.0.1:9/callback?store=demo",
    "state": "xyz&<1>",
}


def refresh(qbo, token=oauth.FIRST_REFRESH_TOKEN, auth=CLIENT):
    return qbo.client.post(TOKENS, data={"grant_type": "refresh_token", "refresh_token": token}, auth=auth)


def read_with(qbo, access_token, realm_id=company.REALM_ID):
    headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
    return qbo.client.get(f"/quickbooks/v3/company/{realm_id}/companyinfo/{realm_id}", headers=headers)


def test_consent_leads_to_a_code_that_is_good_once(qbo):
    page = qbo.client.get("/quickbooks/connect/oauth2", params=ASKED)
    assert page.status_code == 200
    assert "<button>Connect Craig&#x27;s Design" in page.text
    assert "xyz&<1>" not in page.text

    approved = qbo.client.post("/quickbooks/connect/oauth2", params={**ASKED, "realmId": company.REALM_ID})
    assert approved.status_code == 302
    back = parse_qs(urlsplit(approved.headers["location"]).query)
    assert (back["state"], back["realmId"], back["store"]) == (["xyz&<1>"], [company.REALM_ID], ["demo"])

    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": ASKED["redirect_uri"]}
    assert qbo.client.post(TOKENS, data={**form, "redirect_uri": "http://else/"}, auth=CLIENT).status_code == 400
    tokens = qbo.client.post(TOKENS, data=form, auth=CLIENT).json()
    assert tokens["token_type"] == "bearer"
    assert (tokens["expires_in"], tokens["x_refresh_token_expires_in"]) == (3600, 8726400)
    assert read_with(qbo, tokens["access_token"]).status_code == 200
    assert refresh(qbo, tokens["refresh_token"]).status_code == 200
    again = qbo.client.post(TOKENS, data=form, auth=CLIENT)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "x"}, {"redirect_uri": "javascript:alert(1)"}, {"scope": "openid"}, {"response_type": "token"}],
)
def test_consent_is_not_asked_for_a_wrong_request(qbo, wrong):
    assert qbo.client.get("/quickbooks/connect/oauth2", params={**ASKED, **wrong}).status_code == 400


def test_a_refresh_token_stays_for_a_day_and_then_rotates(qbo):
    first = refresh(qbo).json()
    assert first["refresh_token"] == oauth.FIRST_REFRESH_TOKEN
    assert read_with(qbo, first["access_token"]).status_code == 200

    qbo.state.connection().execute("UPDATE qbo_refresh_tokens SET issued_at = issued_at - 86401")
    second = refresh(qbo).json()
    assert second["refresh_token"] != oauth.FIRST_REFRESH_TOKEN

    stale = refresh(qbo)
    assert stale.status_code == 400
    assert stale.json() == {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
    assert refresh(qbo, second["refresh_token"]).status_code == 200


def test_every_refresh_rotates_when_the_state_says_so(qbo):
    oauth.set_rotate_always(qbo.state.connection(), True)
    token = refresh(qbo).json()["refresh_token"]
    assert refresh(qbo).status_code == 400
    oauth.set_rotate_always(qbo.state.connection(), False)
    assert refresh(qbo, token).json()["refresh_token"] == token


def test_a_refresh_token_ends_after_its_hundred_days(qbo):
    qbo.state.connection().execute("UPDATE qbo_refresh_tokens SET issued_at = issued_at - 8726401")
    assert refresh(qbo).json()["error"] == "invalid_grant"


def test_the_token_endpoint_refuses_strangers_and_other_tokens(qbo):
    for auth in (None, ("someone", oauth.CLIENT_SECRET), (oauth.CLIENT_ID, "wrong")):
        answer = refresh(qbo, auth=auth)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    wrong_kind = refresh(qbo, qbo.access_token).json()
    assert wrong_kind == {"error": "invalid_grant", "error_description": "Incorrect Token type or clientID"}
    answer = qbo.client.post(TOKENS, data={"grant_type": "client_credentials"}, auth=CLIENT)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_revoked_company_is_disconnected(qbo):
    revoke = "/quickbooks/v2/oauth2/tokens/revoke"
    assert qbo.client.post(revoke, json={"token": "unknown"}, auth=CLIENT).status_code == 400
    assert qbo.client.post(revoke, json={"token": oauth.FIRST_REFRESH_TOKEN}, auth=CLIENT).status_code == 200
    assert read_with(qbo, qbo.access_token).status_code == 401
    assert refresh(qbo).status_code == 400


def test_without_a_good_token_the_answer_is_the_gateways_401(qbo):
    oauth.expire_access_tokens(qbo.state.connection())
    for token in (None, "short", "x" * 40, qbo.access_token):
        answer = read_with(qbo, token)
        assert answer.status_code == 401
        assert answer.headers["intuit_tid"]
        body = answer.json()
        assert "Fault" not in body
        assert body["fault"]["type"] == "AUTHENTICATION"
        assert body["fault"]["error"][0]["code"] == "3200"
        assert isinstance(body["time"], int)
    assert read_with(qbo, refresh(qbo).json()["access_token"]).status_code == 200


def test_a_token_of_one_company_does_not_open_another(qbo):
    with qbo.state.transaction() as connection:
        company.found(connection, "77", name="Other", country="US", time_zone="UTC", currency="USD")
    answer = read_with(qbo, qbo.access_token, "77")
    assert answer.status_code == 403
    assert answer.json()["fault"]["error"][0]["code"] == "3100"


def test_a_company_is_founded_once(state):
    with state.transaction() as connection, pytest.raises(ValueError, match="9341450000000001"):
        company.found(connection, company.REALM_ID, name="x", country="US", time_zone="UTC", currency="USD")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "order/1"),
        ("POST", "order"),
        ("GET", "customer"),
        ("DELETE", "customer/1"),
        ("GET", "customer/1/more"),
        ("PUT", "query"),
    ],
)
def test_an_address_that_does_not_exist_is_refused(qbo, method, path):
    headers = {"Authorization": f"Bearer {qbo.access_token}"}
    response = qbo.client.request(method, f"/quickbooks/v3/company/{company.REALM_ID}/{path}", headers=headers)
    assert qbo.refusal(response)["code"] == "500"
    assert response.headers["intuit_tid"]


@pytest.mark.parametrize("path", ["", "v3", "v3/companies"])
def test_nothing_under_the_service_answers_in_the_words_of_the_framework(qbo, path):
    assert qbo.refusal(qbo.client.get(f"/quickbooks/{path}"))["code"] == "500"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"DisplayName": "\\ud800"}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(qbo, body):
    url = f"/quickbooks/v3/company/{company.REALM_ID}/customer"
    response = qbo.client.post(url, content=body, headers={"Authorization": f"Bearer {qbo.access_token}"})
    assert qbo.refusal(response)["code"] == "2010"
