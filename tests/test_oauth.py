"""Access tokens: when they are refreshed, by whom, what is kept, and what a person is told when it no longer works."""

from __future__ import annotations

import base64
import logging
import multiprocessing
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from order_sync.errors import ConfigurationError, RetryLater, SignInAgain
from order_sync.oauth import AccessTokens, Grant
from order_sync.tokens import TokenPair, fingerprint
from order_sync.transport import Transport

SEED = "seed-refresh"


def grant(url: str, refresh_token: str = SEED) -> Grant:
    return Grant(
        service="QuickBooks",
        connection_id="quickbooks_demo",
        client_id="client",
        client_secret="client-secret",
        refresh_token=refresh_token,
        token_url=f"{url}/token",
        how_to_connect="Connect it again at the app's page.",
    )


def tokens(stand_in, vault, refresh_token: str = SEED) -> AccessTokens:
    return AccessTokens(grant(stand_in.url, refresh_token), vault, transport())


def transport() -> Transport:
    return Transport(requests_per_second=1000, requests_per_minute=60000, read_seconds=2)


def pair(access: str, refresh: str, *, minutes: float = 60, seed: str = SEED) -> TokenPair:
    return TokenPair(access, refresh, datetime.now(UTC) + timedelta(minutes=minutes), None, fingerprint(seed))


def sent_refresh_tokens(stand_in) -> list[str]:
    return [request.form["refresh_token"] for request in stand_in.token_requests]


def test_the_first_token_comes_from_the_connection(stand_in, vault):
    assert tokens(stand_in, vault).current() == "access-1"

    [request] = stand_in.token_requests
    assert request.form == {"grant_type": "refresh_token", "refresh_token": SEED}
    login = base64.b64encode(b"client:client-secret").decode()
    assert request.headers["Authorization"] == f"Basic {login}"
    kept = vault.load("quickbooks_demo")
    assert (kept.access_token, kept.refresh_token, kept.seed) == ("access-1", "refresh-1", fingerprint(SEED))
    assert timedelta(minutes=59) < kept.access_expires_at - datetime.now(UTC) <= timedelta(hours=1)


def test_the_end_of_the_refresh_token_is_kept(stand_in, vault):
    stand_in.reply_token(
        {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "x_refresh_token_expires_in": 864000}
    )
    tokens(stand_in, vault).current()

    left = vault.load("quickbooks_demo").refresh_expires_at - datetime.now(UTC)
    assert timedelta(days=9) < left <= timedelta(days=10)


def test_a_stored_token_is_used_while_it_holds(stand_in, vault):
    vault.save("quickbooks_demo", pair("stored", "r"))

    assert tokens(stand_in, vault).current() == "stored"
    assert stand_in.token_requests == []


def test_a_token_that_ends_within_five_minutes_is_refreshed(stand_in, vault):
    vault.save("quickbooks_demo", pair("stored", "stored-refresh", minutes=4.9))

    assert tokens(stand_in, vault).current() == "access-1"
    assert sent_refresh_tokens(stand_in) == ["stored-refresh"]


def test_a_refused_token_is_refreshed(stand_in, vault):
    vault.save("quickbooks_demo", pair("stored", "stored-refresh"))

    assert tokens(stand_in, vault).current(refused="stored") == "access-1"


def test_a_refused_token_is_replaced_by_one_that_another_process_made(stand_in, vault):
    vault.save("quickbooks_demo", pair("stored", "r1"))
    ours = tokens(stand_in, vault)
    ours.current()
    vault.save("quickbooks_demo", pair("newer", "r2"))

    assert ours.current(refused="stored") == "newer"
    assert stand_in.token_requests == []


def test_an_edited_connection_wins_over_the_stored_pair(stand_in, vault):
    vault.save("quickbooks_demo", pair("stored", "stored-refresh"))

    assert tokens(stand_in, vault, "edited").current() == "access-1"
    assert sent_refresh_tokens(stand_in) == ["edited"]
    assert vault.load("quickbooks_demo").seed == fingerprint("edited")


@pytest.mark.parametrize("minutes", [60, 1])
def test_the_stored_pair_counts_where_somebody_took_the_token_out_of_the_connection(stand_in, vault, minutes):
    vault.save("quickbooks_demo", pair("stored", "stored-refresh", minutes=minutes))

    assert tokens(stand_in, vault, "").current() == ("stored" if minutes == 60 else "access-1")
    assert sent_refresh_tokens(stand_in) == ([] if minutes == 60 else ["stored-refresh"])


def test_the_pair_is_kept_before_it_is_used(stand_in, vault, monkeypatch):
    def broken(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(vault, "save", broken)
    monkeypatch.setattr(AccessTokens._keep.retry, "wait", lambda _state: 0)

    with pytest.raises(OSError, match="disk full"):
        tokens(stand_in, vault).current()


def test_a_vault_that_is_busy_for_a_moment_costs_nothing(stand_in, vault, monkeypatch):
    save, failures = vault.save, [OSError("busy"), OSError("busy")]

    def sometimes(*args):
        if failures:
            raise failures.pop()
        save(*args)

    monkeypatch.setattr(vault, "save", sometimes)
    monkeypatch.setattr(AccessTokens._keep.retry, "wait", lambda _state: 0)

    assert tokens(stand_in, vault).current() == "access-1"
    assert len(stand_in.token_requests) == 1
    assert vault.load("quickbooks_demo").refresh_token == "refresh-1"


def test_an_answer_without_a_refresh_token_keeps_the_old_one(stand_in, vault):
    stand_in.reply_token({"access_token": "a", "expires_in": 3600})

    tokens(stand_in, vault).current()

    assert vault.load("quickbooks_demo").refresh_token == SEED


def test_a_used_up_token_is_replaced_by_a_newer_one_from_the_vault(stand_in, vault):
    vault.save("quickbooks_demo", pair("old", "used-up", minutes=1))
    load, loads = vault.load, []

    def load_newer_the_third_time(connection_id):
        loads.append(connection_id)
        if len(loads) == 3:
            vault.save(connection_id, pair("old", "newer", minutes=1))
        return load(connection_id)

    vault.load = load_newer_the_third_time
    stand_in.reply_token({"error": "invalid_grant"}, status=400)
    stand_in.reply_token({"access_token": "fresh", "refresh_token": "r", "expires_in": 3600})

    assert tokens(stand_in, vault).current() == "fresh"
    assert sent_refresh_tokens(stand_in) == ["used-up", "newer"]


def test_a_used_up_token_asks_a_person_to_connect_again(stand_in, vault):
    body = {"error": "invalid_grant", "error_description": f"Incorrect token {SEED}"}
    stand_in.reply_token(body, status=400)

    with pytest.raises(SignInAgain) as caught:
        tokens(stand_in, vault).current()

    assert "quickbooks_demo" in str(caught.value)
    assert "Connect it again at the app's page." in str(caught.value)
    assert SEED not in str(caught.value)
    assert len(stand_in.token_requests) == 1


def test_a_connection_without_a_refresh_token_asks_nobody(stand_in, vault):
    with pytest.raises(SignInAgain, match="no refresh token"):
        tokens(stand_in, vault, "").current()
    assert stand_in.token_requests == []


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_client_is_called_that(stand_in, vault, status):
    stand_in.reply_token({"error": "invalid_client"}, status=status)

    with pytest.raises(SignInAgain, match=r"quickbooks_demo.*client id or client secret"):
        tokens(stand_in, vault).current()


@pytest.mark.parametrize(("status", "how"), [(500, "whole"), (429, "whole"), (200, "cut"), (200, "dropped")])
def test_a_token_endpoint_that_is_down_is_tried_later(stand_in, vault, status, how):
    stand_in.reply_token({"access_token": "a", "refresh_token": "b"}, status=status, how=how)

    with pytest.raises(RetryLater):
        tokens(stand_in, vault).current()
    assert vault.load("quickbooks_demo") is None


def test_an_answer_that_is_no_pair_is_tried_later(stand_in, vault):
    stand_in.reply_token("<html>", status=200)

    with pytest.raises(RetryLater, match="no token pair"):
        tokens(stand_in, vault).current()


def test_a_wrong_token_url_is_a_matter_of_the_connection(stand_in, vault):
    stand_in.reply_token("<html>not found</html>", status=404)

    with pytest.raises(ConfigurationError, match="token_url"):
        tokens(stand_in, vault).current()


def test_threads_of_one_process_refresh_once(stand_in, vault):
    # A vault holds off other processes; it need not hold off this one's threads.
    vault.refreshing = lambda connection_id: nullcontext()
    stand_in.reply_token({"access_token": "a", "refresh_token": "b", "expires_in": 3600}, how="late")
    shared, found = tokens(stand_in, vault), []
    threads = [threading.Thread(target=lambda: found.append(shared.current())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["a"] * 8
    assert len(stand_in.token_requests) == 1


def _refresh_in_a_process(url, vault, start, found):
    start.wait(30)
    found.put(AccessTokens(grant(url), vault, transport()).current())


def test_processes_refresh_once(stand_in, vault):
    stand_in.reply_token({"access_token": "a", "refresh_token": "b", "expires_in": 3600}, how="late")
    context = multiprocessing.get_context("fork")
    start, found = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=_refresh_in_a_process, args=(stand_in.url, vault, start, found)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    tokens_found = [found.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)

    assert tokens_found == ["a"] * 3
    assert sent_refresh_tokens(stand_in) == [SEED]


def test_no_secret_reaches_a_log_or_a_repr(stand_in, vault, caplog):
    caplog.set_level(logging.DEBUG)
    tokens(stand_in, vault).current()

    said = caplog.text + repr(grant(stand_in.url)) + repr(vault.load("quickbooks_demo"))
    assert "token 200" in said
    for secret in (SEED, "client-secret", "access-1", "refresh-1"):
        assert secret not in said
