"""A throttle holds up all who send through it, for as long as QuickBooks says and the patience lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from order_sync.errors import LeaseLost, RetryLater, Stop
from order_sync.sync.outbox import throttle
from order_sync.sync.outbox.channel import Timing
from order_sync.sync.outbox.throttle import Throttle

TIMING = Timing(throttle_patience=10.0, throttle_wait=2.0)
THROTTLED = RetryLater("QuickBooks got too many calls.")


class Clock:
    """Stands still but for those who wait."""

    def __init__(self) -> None:
        self.now, self.waited = 1000.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def waits(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self.now += seconds
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(throttle, "time", clock)
    return clock


@pytest.fixture
def gate(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Throttle:
    gate = Throttle(TIMING)
    monkeypatch.setattr(gate._stopped, "wait", clock.waits)
    return gate


def answering(*answers: str | Exception) -> Callable[[], str]:
    """An attempt that ends so, each time otherwise."""
    left = list(answers)

    def attempt() -> str:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return attempt


def test_what_is_taken_does_not_wait(gate: Throttle, clock: Clock) -> None:
    assert gate.send(answering("taken")) == "taken"
    assert clock.waited == []


def test_it_waits_as_long_as_quickbooks_says_and_else_as_the_timing_does(gate: Throttle, clock: Clock) -> None:
    said = RetryLater("QuickBooks got too many calls.", retry_after=5.0)
    assert gate.send(answering(THROTTLED, said, "taken")) == "taken"
    assert clock.waited == [2.0, 5.0]


def test_one_that_is_throttled_holds_up_the_next(gate: Throttle, clock: Clock) -> None:
    with pytest.raises(Stop):
        gate.send(answering(THROTTLED, Stop("The company is locked.")))
    clock.now -= 1.0  # as if the other had come a second before the gate opened
    assert gate.send(answering("taken")) == "taken"
    assert clock.waited == [2.0, 1.0]


def test_one_that_outlasts_the_patience_is_raised(gate: Throttle, clock: Clock) -> None:
    with pytest.raises(RetryLater):
        gate.send(answering(*[THROTTLED] * 10))
    assert sum(clock.waited) == 12.0


@pytest.mark.parametrize("asked", [float("inf"), 86_400.0, 1e300])
def test_r16_no_longer_than_the_patience_is_waited_for_whatever_quickbooks_asks(
    gate: Throttle, clock: Clock, asked: float
) -> None:
    long = RetryLater("QuickBooks got too many calls.", retry_after=asked)
    assert gate.send(answering(long, "taken")) == "taken"
    gate.passed()
    with pytest.raises(RetryLater):
        gate.send(answering(*[long] * 10))
    assert clock.waited == [10.0, 10.0, 2.0]


def test_the_patience_begins_anew_with_each_write_that_is_taken(gate: Throttle, clock: Clock) -> None:
    for _time in range(3):
        assert gate.send(answering(*[THROTTLED] * 4, "taken")) == "taken"
        gate.passed()
    assert sum(clock.waited) == 24.0


def test_a_lost_lease_is_not_waited_for(gate: Throttle, clock: Clock) -> None:
    with pytest.raises(LeaseLost):
        gate.send(answering(LeaseLost("Another process has it.")))
    assert clock.waited == []


def test_a_stopped_delivery_sends_nothing(gate: Throttle) -> None:
    gate.stop()
    assert gate.send(answering(Stop("never reached"))) is None


def test_who_waits_when_a_delivery_is_stopped_waits_no_longer() -> None:
    gate, began = Throttle(Timing(throttle_wait=60.0)), time.monotonic()
    threading.Timer(0.05, gate.stop).start()
    assert gate.send(answering(THROTTLED, "never reached")) is None
    assert time.monotonic() - began < 30
