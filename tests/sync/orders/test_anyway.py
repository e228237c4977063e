"""Which orders a person may have recorded although they are left out, and what is said of the others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from order_sync.sync.orders.anyway import MAY_BE_OVERRULED, may_be_overruled, refusal_to_overrule
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.eligibility import READY, judge
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import Status
from tests.shop import records, stores


def row(status: str, code: str | None = None, **more: Any) -> OrderRow:
    """An order of the id 1, with words and advice where it has a code."""
    why = {"code": code, "message": "It is so.", "advice": "Do something."} if code else {}
    return OrderRow("demo", "1", Status(status), **why, **more)


def refusal(order: OrderRow, snapshot: Any = None, **settings: Any) -> str | None:
    return refusal_to_overrule(order, snapshot, stores.settings(**settings))


def test_what_is_overruled_is_named_here_once_more() -> None:
    """Whoever adds one has thought of the books."""
    assert {code.value for code in MAY_BE_OVERRULED} == {
        "STATUS",
        "BEFORE_START",
        "BELOW_MINIMUM",
        "ZERO_TOTAL",
        "UNPAID",
        "BY_PERSON",
    }


@pytest.mark.parametrize("code", [code for code in Code if code not in MAY_BE_OVERRULED])
@pytest.mark.parametrize("status", ["held", "skipped", "waiting"])
def test_each_other_reason_is_refused_with_what_to_do(status: str, code: Code) -> None:
    told = refusal(row(status, code)) or ""
    assert told.startswith("It is so. ")
    assert len(told) > len("It is so. Recorded so, it would make the books wrong. ")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (row("posted"), "It is recorded already, and nothing is recorded twice."),
        (row("posted with warnings", "BY_PERSON", document_id="5"), "It is recorded already"),
        (row("held", "TAX_DIFFERS", document_id="5"), "It is recorded already"),
        (row("matched"), "Nothing leaves it out: the next run records it."),
        (row("extracted"), "Nothing leaves it out"),
        (row("failed", "6000"), "Nothing leaves it out, it failed: It is so. Do something."),
        (row("unsettled", "UNSETTLED"), "Wait: nothing is sent before it is known whether it is there."),
        (row("held", "TOTAL_DIFFERS"), "It is so. Recorded so, it would make the books wrong. Do something."),
        (row("held", "AMBIGUOUS"), "say it in Review"),
        (row("held", "ITEM_UNKNOWN"), "say it in Review"),
        (row("skipped", "GONE"), "enter it in QuickBooks by hand"),
    ],
)
def test_what_is_not_left_out_by_choice_is_refused(order: OrderRow, why: str) -> None:
    assert not may_be_overruled(order)
    assert why in (refusal(order) or "")


@pytest.mark.parametrize(
    ("changes", "settings", "code"),
    [
        ({"total": "4.00", "total_paid": "4.00"}, {"orders": {"minimum_total": 5}}, "BELOW_MINIMUM"),
        ({"total": "0.00", "total_paid": "0.00"}, {}, "ZERO_TOTAL"),
        ({}, {"start_date": date(2030, 1, 1)}, "BEFORE_START"),
        ({}, {"orders": {"statuses": ["SENT"]}}, "STATUS"),
        ({}, {"start_date": date(2030, 1, 1), "orders": {"statuses": ["SENT"], "minimum_total": 500}}, "BEFORE_START"),
    ],
)
def test_what_the_settings_leave_out_is_ready_anyway(changes: dict[str, str], settings: Any, code: str) -> None:
    paid = [records.payment(changes["total_paid"])] if changes.get("total_paid", "1") != "0.00" and changes else []
    snapshot = records.snapshot(records.order(**changes), None, *paid)
    store = stores.settings(**settings)
    left_out = judge(snapshot, store)
    assert left_out.code == code
    assert judge(snapshot, store, anyway=True) == READY
    assert refusal(row(left_out.status, code), snapshot, **settings) is None


@pytest.mark.parametrize(
    ("changes", "settings", "why"),
    [
        ({"source_type": "QUICKBOOKS"}, {}, "would be there twice"),
        ({"total_paid": "0.00", "status": "SENT"}, {"orders": {"minimum_total": 500}}, "Wait for the rest"),
        ({"total_paid": "0.00", "status": "SENT"}, {"revenue": {"post_as": "Invoice"}}, None),
    ],
)
def test_a_skip_is_taken_back_of_what_may_come_to_be_recorded(
    changes: dict[str, str], settings: Any, why: str | None
) -> None:
    told = refusal(row("skipped", "BY_PERSON"), records.snapshot(records.order(**changes)), **settings)
    assert told is None if why is None else why in (told or "")


@pytest.mark.parametrize("code", sorted(MAY_BE_OVERRULED))
def test_a_receipt_waits_for_its_money_whatever_else_left_it_out(code: Code) -> None:
    unpaid = records.snapshot(records.order(total_paid="0.00", status="DRAFT"))
    left_out = row("skipped" if code in (Code.BY_PERSON, Code.BELOW_MINIMUM) else "waiting", code)
    assert refusal(left_out, unpaid) == (
        "0.00 USD of 108.25 USD are paid; it waits for the rest. A sales receipt says that the money came. Wait for the rest; or, if the "
        "customer is to owe it, have such orders recorded as invoices (revenue.post_as, revenue.rules)."
    )
    assert refusal(left_out, unpaid, revenue={"post_as": "Invoice"}) is None


def test_a_skipped_order_that_could_never_be_read_may_be_taken_back() -> None:
    assert refusal(row("skipped", "BY_PERSON")) is None
