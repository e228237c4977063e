"""Progress of long work in the log."""

from __future__ import annotations

import logging
import threading

import pytest

from order_sync.progress import EVERY_SECONDS, Progress


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch, caplog) -> Clock:
    caplog.set_level(logging.INFO)
    clock = Clock()
    monkeypatch.setattr("order_sync.progress.time", clock)
    return clock


def test_a_line_says_done_total_rate_and_time_left(clock, caplog):
    progress = Progress("orders posted", 100)
    for _ in range(20):
        clock.now += 0.5
        progress.step()

    assert caplog.messages == [
        "orders posted: 10 of 100, 2.0 a second, about 45 s left",
        "orders posted: 20 of 100, 2.0 a second, about 40 s left",
    ]


def test_pages_count_as_what_is_on_them(clock, caplog):
    progress = Progress("customers read", 3000)
    clock.now += 10
    progress.step(1000)
    assert caplog.messages == ["customers read: 1000 of 3000, 100.0 a second, about 20 s left"]


def test_a_total_that_nobody_knows_is_not_made_up(clock, caplog):
    progress = Progress("orders read")
    clock.now += 10
    progress.step(50)
    assert caplog.messages == ["orders read: 50, 5.0 a second"]


def test_short_work_says_nothing(clock, caplog):
    progress = Progress("orders posted", 3)
    for _ in range(3):
        clock.now += EVERY_SECONDS / 4
        progress.step()
    assert caplog.messages == []


def test_threads_lose_no_step(clock, caplog):
    progress = Progress("orders posted", 4000)
    threads = [threading.Thread(target=lambda: [progress.step() for _ in range(999)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += EVERY_SECONDS
    progress.step(4)

    assert caplog.messages == ["orders posted: 4000 of 4000, 800.0 a second, about 0 s left"]
