"""What a person is told who did something with several orders at once."""

from __future__ import annotations

from order_sync.sync.review.actions import Done


def test_each_reason_is_told_with_its_orders() -> None:
    refused = {"2": "It is recorded.", "3": "It failed.", "4": "It is recorded."}
    assert Done("skipped", ("1",), refused).words == "1 order skipped. Not 2, 4: It is recorded. Not 3: It failed."


def test_of_many_reasons_and_orders_the_first_are_told_and_the_rest_counted() -> None:
    alike = {str(number): "It is recorded." for number in range(1, 13)}
    others = {str(number): f"Order {number} failed." for number in range(13, 18)}
    assert Done("skipped", (), alike | others).words == (
        "No order skipped. Not 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more: It is recorded. Not 13: Order 13 failed. "
        "Not 14: Order 14 failed. And 3 more not: the page of each says how it stands."
    )
