"""The way to a service: one pooled HTTP session, a steady pace, time-outs, one log line a call.

A read is tried again while its error says `RetryLater`; a write is sent once, and how it failed says whether anything was sent.
Neither tokens nor query values, bodies or headers reach a log.
"""

from __future__ import annotations

import logging
import math
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from pyrate_limiter import GCRA, Duration, Limiter, Rate, SingleBucketFactory, StateBucket
from requests.auth import AuthBase, HTTPBasicAuth
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)
from urllib3 import exceptions as urllib3_errors

from order_sync.errors import ConfigurationError, OrderSyncError, OutcomeUnknown, RetryLater, Stop
from order_sync.texts import LONGEST_TRACE_ID, cut

CONNECT_SECONDS = 10.0
TOKEN_SECONDS = 20.0
READ_ATTEMPTS = 6
READ_ATTEMPTS_SECONDS = 300.0
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
WRITE_WAIT_SECONDS = 5.0
LARGEST_READ_BYTES = 32 * 1024 * 1024
LARGEST_WRITE_BYTES = 8 * 1024 * 1024
"""Of an answer once it is decompressed: far more than a thousand records, or a batch of thirty, come to."""

log = logging.getLogger(__name__)
T = TypeVar("T")

AccessToken = Callable[[str | None], str]
"""Gives the token to sign a call with; it is handed the token that a 401 refused, or None at first."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a service; `kind` is what logs and counters call it, for example `create SalesReceipt`."""

    service: str
    connection_id: str
    kind: str
    writes: bool = False

    @property
    def words(self) -> str:
        """The kind as people call it: `create sales receipt`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.kind).lower()

    def __str__(self) -> str:
        return f"{self.service} {self.words!r} (connection {self.connection_id})"


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A service's whole answer; header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def trace_id(self) -> str:
        """QuickBooks' own id of the call, which its support asks for; empty elsewhere."""
        return cut(self.headers.get("intuit_tid", ""), LONGEST_TRACE_ID)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asks to wait, where it says so in seconds or as a date; finite, and never below 0.

        May be longer than anybody wants to wait: whoever waits bounds it by his own patience.
        """
        asked = self.headers.get("Retry-After", "")
        seconds = math.nan
        with suppress(ValueError):
            seconds = float(asked)
        if (until := _date(asked)) is not None:
            seconds = (until - (self.date or datetime.now(UTC))).total_seconds()
        return max(0.0, seconds) if math.isfinite(seconds) else None

    @property
    def date(self) -> datetime | None:
        """When the service answered, by its own clock; None where it does not say."""
        return _date(self.headers.get("Date", ""))


class Bearer(AuthBase):
    """Signs with an access token; as an `auth` object, because requests lets a `.netrc` replace a mere header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """A session with one service; safe to use from several threads.

    The pace is even, not in bursts, so that a write hardly waits between its intent and its sending. `calls` counts what was sent,
    by kind. `read_seconds` is the longest silence of the service; a whole answer may take twice that.
    """

    def __init__(
        self,
        *,
        requests_per_second: int,
        requests_per_minute: int,
        read_seconds: float,
        read_attempts: int = READ_ATTEMPTS,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._read_seconds = read_seconds
        self._read_attempts = read_attempts
        rates = [Rate(requests_per_second, Duration.SECOND, burst=1)]
        rates.append(Rate(requests_per_minute, Duration.MINUTE, burst=min(requests_per_second, requests_per_minute)))
        bucket = StateBucket(rates, algorithm=GCRA())
        # Threads that wait at the limiter do not queue: without this one can starve the others for as long as it has work.
        self._turn = threading.Lock()
        self._limiter = Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "infusionsoft-quickbooks-order-sync", "Accept": "application/json"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(
        self,
        call: Call,
        method: str,
        url: str,
        *,
        sign: AccessToken,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Sends a call; after a 401 once more, if `sign` has another token then (a 401 is never executed).

        Raises RetryLater when nothing was sent or a read broke, OutcomeUnknown when a write broke, ConfigurationError for a URL that
        cannot be right, and whatever `sign` raises. A write that could not go out within 5 s is not sent (RetryLater).
        """
        asked_at = time.monotonic()
        token = sign(None)
        request = requests.Request(method, url, headers=dict(headers or {}), params=dict(params or {}), data=body)
        request.auth = _bearer(call, token)
        answer = self._exchange(call, request, asked_at, self._read_seconds)
        if answer.status == 401 and (newer := sign(token)) != token:
            request.auth = _bearer(call, newer)
            answer = self._exchange(call, request, asked_at, self._read_seconds)
        return answer

    def send_form(
        self,
        call: Call,
        url: str,
        *,
        form: Mapping[str, str],
        login: tuple[str, str] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Posts a form, with Basic authentication by a login, as an OAuth token endpoint wants it; raises as `send`."""
        if not all(map(_is_printable, (*(login or ()), *form.values()))):
            raise ConfigurationError(
                f"The client id, the client secret, the refresh token or the code of connection {call.connection_id} holds characters that "
                "none has.",
                advice="Enter it again, without line breaks or blanks.",
            )
        auth = HTTPBasicAuth(*login) if login else _Unsigned()
        request = requests.Request("POST", url, data=dict(form), headers=dict(headers or {}), auth=auth)
        return self._exchange(call, request, time.monotonic(), TOKEN_SECONDS)

    def read(self, attempt: Callable[[], T]) -> T:
        """Makes a read, again while it raises RetryLater: `read_attempts` times within 5 minutes at most, then the last error is raised.

        Waits double from 1 s to 60 s, with jitter; a `retry_after` that is longer counts. One that would outlast
        the 5 minutes is not waited for.
        """
        return Retrying(
            retry=retry_if_exception_type(RetryLater),
            wait=_wait,
            stop=stop_after_attempt(self._read_attempts) | stop_before_delay(READ_ATTEMPTS_SECONDS),
            before_sleep=_say_that_it_waits,
            reraise=True,
        )(attempt)

    def close(self) -> None:
        """Closes the pooled connections."""
        self._session.close()
        self._limiter.close()

    def _exchange(self, call: Call, request: requests.Request, asked_at: float, read_seconds: float) -> Answer:
        try:
            prepared = self._session.prepare_request(request)
        except requests.exceptions.RequestException:
            raise _wrong_url(call, "is not a URL") from None
        if not request.url.startswith(("http://", "https://")):
            raise _wrong_url(call, "is not an http(s) URL")
        with self._turn:
            self._limiter.try_acquire(call.service)
        left = asked_at + WRITE_WAIT_SECONDS - time.monotonic() if call.writes else CONNECT_SECONDS
        if left <= 0:
            raise RetryLater(f"{call} waited too long for its turn and was not sent.", retry_after=1.0)
        with self._counting:
            self.calls[call.kind] += 1
        started = time.monotonic()
        try:
            largest = LARGEST_WRITE_BYTES if call.writes else LARGEST_READ_BYTES
            answer = self._receive(prepared, (min(CONNECT_SECONDS, left), read_seconds), started, largest)
        except (requests.exceptions.RequestException, urllib3_errors.HTTPError, _TooLarge) as error:
            failure = _failure(error, call, prepared.url or "")
            log.info("%s %s failed after %d ms", request.method, call.kind, _ms_since(started))
            raise failure from None
        log.info(
            "%s %s %d %d ms intuit_tid=%s",
            request.method,
            call.kind,
            answer.status,
            _ms_since(started),
            answer.trace_id or "-",
        )
        if 300 <= answer.status < 400:
            raise _wrong_url(call, f"answers with a redirect ({answer.status})")
        return answer

    def _receive(
        self, prepared: requests.PreparedRequest, timeout: tuple[float, float], started: float, largest: int
    ) -> Answer:
        settings = self._session.merge_environment_settings(prepared.url or "", {}, True, None, None)
        with self._session.send(prepared, timeout=timeout, allow_redirects=False, **settings) as response:
            body = b"".join(_pieces(response, deadline=started + 2 * timeout[1], largest=largest))
            return Answer(response.status_code, response.headers, body)


class _Unsigned(AuthBase):
    """Adds nothing; as an `auth` object too, since requests would take a login out of a `.netrc` where there is none."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _TooLarge(Exception):
    """An answer larger than any that the services give."""


def _bearer(call: Call, token: str) -> Bearer:
    """Refuses what cannot be a token here, because http.client's own error would quote it."""
    if not _is_printable(token.strip()):
        raise ConfigurationError(
            f"The key or token of connection {call.connection_id} holds characters that no token has.",
            advice="Enter it again, without line breaks or blanks.",
        )
    return Bearer(token.strip())


def _is_printable(text: str) -> bool:
    """Whether it is of those characters that keys, secrets and tokens are of, and not empty."""
    return re.fullmatch(r"[\x21-\x7e]+", text) is not None


def _date(text: str) -> datetime | None:
    """The moment that an HTTP header names; None where it names none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _pieces(response: requests.Response, *, deadline: float, largest: int) -> Iterator[bytes]:
    """The body as it comes, each piece decompressed by itself; requests' own time-out only limits the silence between two bytes."""
    size = 0
    while piece := response.raw.read1(64 * 1024, decode_content=True):
        size += len(piece)
        if size > largest:
            raise _TooLarge(largest)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout
        yield piece


def _failure(error: Exception, call: Call, url: str) -> OrderSyncError:
    """What a broken exchange means: nothing was sent, or the answer is lost."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    if _in_chain(error, ssl.SSLCertVerificationError):
        return ConfigurationError(
            f"The certificate of {host} is not trusted, {call} was not sent.",
            advice="Check the host in the connection, and the certificates and proxy of this machine.",
        )
    if _nothing_was_sent(error):
        return RetryLater(
            f"{call.service} cannot be reached at {host} (connection {call.connection_id}): {_why(error)}.",
            advice="Check the host in the connection, and this machine's network.",
        )
    why = _why(error)
    if call.writes:
        return OutcomeUnknown(f"{call} was sent and its answer is lost: {why}.")
    if isinstance(error, _TooLarge):
        return Stop(f"{call} failed at {host}: {why}.")
    return RetryLater(f"{call} failed at {host}: {why}.")


def _nothing_was_sent(error: Exception) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(
        reason, urllib3_errors.NewConnectionError
    )


def _why(error: Exception) -> str:
    """The reason in plain words; the libraries' own texts carry URLs."""
    if isinstance(error, _TooLarge):
        return f"its answer is larger than {error.args[0] // 1024 // 1024} MB"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3_errors.NameResolutionError):
        return "the name is unknown"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(reason, urllib3_errors.NewConnectionError):
        return "the connection is refused"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if _in_chain(error, TimeoutError) or isinstance(
        error, requests.exceptions.Timeout | urllib3_errors.ReadTimeoutError
    ):
        return "no answer in time"
    return "the connection broke"


def _in_chain(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether an error of this kind is among the causes, or wrapped in the arguments as the HTTP libraries do."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        found = pending.pop()
        if isinstance(found, kind):
            return True
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            pending += [found.__cause__, found.__context__, getattr(found, "reason", None), *found.args]
    return False


def _wrong_url(call: Call, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The host of connection {call.connection_id} {what}.",
        advice=f"Give the https URL of {call.service} in that connection.",
    )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, RetryLater) else None
    backoff = wait_exponential_jitter(
        multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS, jitter=FIRST_WAIT_SECONDS
    )
    return max(backoff(state), asked or 0.0)


def _say_that_it_waits(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("%s Trying again in %.0f s.", error, state.upcoming_sleep)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
