"""The transport against a service that breaks in every way: what arrived, what was raised, what was logged."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from order_sync.errors import ConfigurationError, OutcomeUnknown, RetryLater, Stop
from order_sync.transport import Answer, Call, Transport

READ = Call("QuickBooks", "quickbooks_demo", "read Customer")
WRITE = Call("QuickBooks", "quickbooks_demo", "create Customer", writes=True)


@pytest.fixture
def transport() -> Iterator[Transport]:
    opened = Transport(requests_per_second=100, requests_per_minute=6000, read_seconds=0.2)
    yield opened
    opened.close()


def send(transport, call, url, **more):
    return transport.send(call, "POST", url, sign=lambda refused: "token", **more)


def test_an_answer_comes_whole_and_is_counted(transport, stand_in):
    stand_in.reply(b"words", headers={"intuit_tid": "1-2-3", "Retry-After": "7"})

    answer = send(transport, READ, f"{stand_in.url}/x", params={"a": "b c&d"}, body=b"question")

    assert (answer.status, answer.body, answer.trace_id, answer.retry_after) == (200, b"words", "1-2-3", 7.0)
    [request] = stand_in.requests
    assert (request.query, request.body) == ({"a": "b c&d"}, b"question")
    assert request.headers["Authorization"] == "Bearer token"
    assert transport.calls == {"read Customer": 1}


def test_a_netrc_does_not_replace_the_token(transport, stand_in, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    stand_in.reply()

    send(transport, READ, stand_in.url)

    assert stand_in.requests[0].headers["Authorization"] == "Bearer token"


def test_a_token_that_was_pasted_with_a_line_break_is_sent_without(transport, stand_in):
    stand_in.reply()

    transport.send(READ, "GET", stand_in.url, sign=lambda refused: " pasted\n")

    assert stand_in.requests[0].headers["Authorization"] == "Bearer pasted"


@pytest.mark.parametrize("token", ["", "two\nlines", "two words", "tokén"])
def test_what_cannot_be_a_token_is_refused_without_being_quoted(transport, stand_in, token):
    with pytest.raises(ConfigurationError, match="quickbooks_demo") as caught:
        transport.send(READ, "GET", stand_in.url, sign=lambda refused: token)

    assert not token or token not in str(caught.value)
    assert stand_in.requests == []


def test_a_401_is_tried_once_more_with_another_token(transport, stand_in):
    stand_in.reply(status=401)
    stand_in.reply(b"fine")

    answer = transport.send(WRITE, "POST", stand_in.url, sign=lambda refused: "new" if refused == "old" else "old")

    assert answer.body == b"fine"
    assert [request.headers["Authorization"] for request in stand_in.requests] == ["Bearer old", "Bearer new"]


def test_a_401_stays_when_there_is_no_other_token(transport, stand_in):
    stand_in.reply(status=401)

    assert send(transport, READ, stand_in.url).status == 401
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("how", ["dropped", "cut", "dripping", "late"])
def test_a_write_whose_answer_is_lost_is_unknown_and_sent_once(transport, stand_in, how):
    stand_in.reply(b"x" * 100, how=how)

    with pytest.raises(OutcomeUnknown, match=r"create customer.*quickbooks_demo"):
        send(transport, WRITE, stand_in.url)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("how", ["dropped", "cut", "dripping", "late"])
def test_a_read_whose_answer_is_lost_may_be_tried_again(transport, stand_in, how, short_waits):
    stand_in.reply(b"x" * 100, how=how)
    stand_in.reply(b"fine")

    assert transport.read(lambda: send(transport, READ, stand_in.url)).body == b"fine"
    assert len(stand_in.requests) == 2


@pytest.mark.parametrize("call", [READ, WRITE])
def test_nothing_is_sent_to_a_closed_port(transport, call):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(RetryLater) as caught:
        send(transport, call, f"http://127.0.0.1:{port}/v3?query=Ann")

    assert f"127.0.0.1:{port} (connection quickbooks_demo): the connection is refused" in str(caught.value)
    assert "Ann" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_nothing_is_sent_to_an_unknown_name(transport, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(RetryLater, match=r"quickbooks\.invalid.*the name is unknown"):
        send(transport, WRITE, "http://quickbooks.invalid/")


@pytest.fixture
def self_signed(tmp_path) -> Iterator[str]:
    """A TLS server whose certificate nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    certificate = builder.sign(key, hashes.SHA256())
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_nothing_is_sent_to_a_host_that_nobody_vouches_for(transport, self_signed):
    with pytest.raises(ConfigurationError, match=r"certificate of 127\.0\.0\.1.*not sent"):
        send(transport, WRITE, self_signed)


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://", "nonsense"])
def test_an_impossible_url_is_a_matter_of_the_connection(transport, url):
    with pytest.raises(ConfigurationError, match="quickbooks_demo"):
        send(transport, WRITE, url)


def test_a_redirect_is_not_followed(transport, stand_in):
    stand_in.reply(status=301, headers={"Location": f"{stand_in.url}/elsewhere"})

    with pytest.raises(ConfigurationError, match="redirect"):
        send(transport, WRITE, stand_in.url)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_r22_a_redirect_carries_no_secret_to_another_host(transport, stand_in, status):
    elsewhere = stand_in.url.replace("127.0.0.1", "localhost")
    call = Call("QuickBooks", "quickbooks_demo", "token")
    for _ in range(2):
        stand_in.reply(status=status, headers={"Location": f"{elsewhere}/elsewhere"})

    with pytest.raises(ConfigurationError, match="redirect"):
        send(transport, WRITE, f"{stand_in.url}/one")
    with pytest.raises(ConfigurationError, match="redirect"):
        transport.send_form(call, f"{stand_in.url}/two", form={"refresh_token": "r"}, login=("client", "secret"))
    assert [request.path for request in stand_in.requests] == ["/one", "/two"]


def test_an_answer_without_end_is_given_up(transport, stand_in, monkeypatch):
    monkeypatch.setattr("order_sync.transport.LARGEST_WRITE_BYTES", 1024 * 1024)
    stand_in.reply(b"x" * (2 * 1024 * 1024))

    with pytest.raises(OutcomeUnknown, match="larger than 1 MB"):
        send(transport, WRITE, stand_in.url)


@pytest.mark.parametrize(("call", "megabytes", "error"), [(READ, 32, Stop), (WRITE, 8, OutcomeUnknown)])
def test_r24_an_answer_that_swells_costs_no_memory(stand_in, call, megabytes, error):
    patient = Transport(requests_per_second=100, requests_per_minute=6000, read_seconds=20)
    stand_in.reply(_bomb(megabytes=64), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    with pytest.raises(error, match=f"larger than {megabytes} MB"):
        send(patient, call, stand_in.url)
    patient.close()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * megabytes * 1024 * 1024


def _bomb(*, megabytes: int) -> bytes:
    """Zeros, gzipped: about a thousandth of them arrives."""
    packing, piece = zlib.compressobj(wbits=31), bytes(1024 * 1024)
    return b"".join(packing.compress(piece) for _ in range(megabytes)) + packing.flush()


@pytest.mark.parametrize("asked", ["inf", "-inf", "nan", "1e999", "soon", "", "Wed, 99 Foo 2026"])
def test_r16_a_wait_of_no_length_is_none(asked):
    assert Answer(429, {"Retry-After": asked}, b"").retry_after is None


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0),
        ("-5", 0.0),
        ("86400", 86400.0),
        ("1e300", 1e300),
        ("Wed, 27 May 2026 10:01:30 GMT", 90.0),
        ("Wed, 27 May 2026 09:00:00 GMT", 0.0),
    ],
)
def test_r16_a_wait_is_read_in_seconds_or_until_a_moment_of_the_service_s_clock(asked, seconds):
    headers = {"Retry-After": asked, "Date": "Wed, 27 May 2026 10:00:00 GMT"}
    assert Answer(429, headers, b"").retry_after == seconds


@pytest.mark.parametrize("asked", ["inf", "86400", "1e300", "1e999", "-1", "nan", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_r16_no_read_waits_beyond_its_patience(transport, stand_in, short_waits, asked):
    for _ in range(6):
        stand_in.reply(status=503, headers={"Retry-After": asked})

    def attempt() -> None:
        answer = send(transport, READ, stand_in.url)
        raise RetryLater("busy", retry_after=answer.retry_after)

    began = time.monotonic()
    with pytest.raises(RetryLater, match="busy"):
        transport.read(attempt)
    assert time.monotonic() - began < 5


def test_r4_a_trace_id_is_cut_to_what_its_column_takes():
    assert Answer(200, {"intuit_tid": "1-" + "x\0" * 100}, b"").trace_id == "1-" + "x" * 78


@pytest.mark.parametrize("secret", ["sécret", "秘密", "two words", "line\nbreak", "half \ud83d", ""])
def test_r5_a_secret_that_is_none_is_refused_without_being_quoted(transport, stand_in, secret):
    with pytest.raises(ConfigurationError, match="quickbooks_demo") as caught:
        transport.send_form(READ, stand_in.url, form={"grant_type": "refresh_token"}, login=("client", secret))
    assert not secret or secret not in str(caught.value)
    assert stand_in.requests == []


def test_reads_end_after_six_attempts(transport, stand_in, short_waits):
    for _ in range(10):
        stand_in.reply(how="dropped")

    with pytest.raises(RetryLater, match="the connection broke"):
        transport.read(lambda: send(transport, READ, stand_in.url))
    assert len(stand_in.requests) == 6


def test_reads_wait_as_long_as_the_service_asks(transport, short_waits):
    attempts: list[float] = []

    def attempt() -> str:
        attempts.append(time.monotonic())
        if len(attempts) == 1:
            raise RetryLater("busy", retry_after=0.3)
        return "done"

    assert transport.read(attempt) == "done"
    assert attempts[1] - attempts[0] >= 0.3


def test_reads_do_not_wait_beyond_five_minutes(transport):
    def attempt() -> str:
        raise RetryLater("busy", retry_after=400.0)

    with pytest.raises(RetryLater, match="busy"):
        transport.read(attempt)


def test_other_errors_are_not_tried_again(transport):
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        raise OutcomeUnknown("lost")

    with pytest.raises(OutcomeUnknown):
        transport.read(attempt)
    assert len(attempts) == 1


def test_a_write_that_waits_too_long_for_its_turn_is_not_sent(stand_in, monkeypatch):
    monkeypatch.setattr("order_sync.transport.WRITE_WAIT_SECONDS", 0.3)
    slow = Transport(requests_per_second=1, requests_per_minute=60, read_seconds=5)
    stand_in.reply()
    send(slow, READ, stand_in.url)

    with pytest.raises(RetryLater, match="was not sent"):
        send(slow, WRITE, stand_in.url)
    assert len(stand_in.requests) == 1
    slow.close()


def test_threads_together_keep_the_pace(stand_in):
    paced = Transport(requests_per_second=10, requests_per_minute=600, read_seconds=5)
    for _ in range(8):
        stand_in.reply()
    started = time.monotonic()
    threads = [threading.Thread(target=send, args=(paced, READ, stand_in.url)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert paced.calls == {"read Customer": 8}
    assert time.monotonic() - started >= 0.7, "eight calls at ten a second are 0.7 s apart at least"
    paced.close()


def test_one_line_a_call_without_values(transport, stand_in, caplog):
    stand_in.reply(b"ann@example.com", headers={"intuit_tid": "1-2-3"})
    caplog.set_level(logging.DEBUG, "order_sync")

    transport.send(
        READ,
        "GET",
        f"{stand_in.url}/query",
        sign=lambda refused: "secret-token",
        params={"query": "select ann@example.com"},
        headers={"X-Name": "Ann"},
    )

    [line] = caplog.messages
    assert line.startswith("GET read Customer 200 ")
    assert line.endswith("intuit_tid=1-2-3")
    assert "ann" not in line.lower()
    assert "secret" not in line
