"""What two plans of the same orders make otherwise, and how a log tells it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from order_sync.database.plans import Planned
from order_sync.sync.recording.differences import differences
from order_sync.sync.recording.plan_words import in_lines

NAMES = {("DepositToAccountRef", "4"): "Undeposited Funds", ("ItemRef", "12"): "Widget, to Sales"}


def sent(order_id: str, entity: str, total: str | None = "10.00", **body: Any) -> Planned:
    amount = None if total is None else Decimal(total)
    return Planned(order_id, "create", "It would be.", entity, json.dumps(body), total=amount, currency="USD")


def none(order_id: str, code: str | None = None) -> Planned:
    return Planned(order_id, "none", "Nothing is due.", code=code)


def test_plans_that_are_alike_differ_in_nothing() -> None:
    plan = [sent("1", "Invoice", Line=[{"Amount": 10}]), none("2", "AMBIGUOUS"), none("3")]
    assert differences(plan, list(plan), recorded=[]) == []
    worded = [plan[0], none("2", "AMBIGUOUS"), Planned("3", "none", "In other words.")]
    assert differences(plan, worded, recorded=[]) == []


def test_values_things_and_codes_differ() -> None:
    was = [sent("1", "Invoice", DepositToAccountRef={"value": "4"}), sent("2", "SalesReceipt"), none("3", "AMBIGUOUS")]
    becomes = [
        sent("1", "Invoice", DepositToAccountRef={"value": "91"}),
        sent("2", "Invoice"),
        sent("2", "Payment", "4.00"),
        sent("2", "Payment", "6.00"),
        sent("3", "Invoice"),
        none("4", "UNPAID"),
    ]
    found = differences(was, becomes, recorded=["2"])
    assert {one.order_id: one.difference for one in found} == {
        "1": [["Invoice.DepositToAccountRef.value", "4", "91"]],
        "2": [
            ["SalesReceipt", "10.00 USD", None],
            ["Invoice", None, "10.00 USD"],
            ["Payment", None, "4.00 USD"],
            ["Payment[2]", None, "6.00 USD"],
        ],
        "3": [["Invoice", None, "10.00 USD"], ["code", "AMBIGUOUS", None]],
        "4": [["code", None, "UNPAID"]],
    }
    assert {one.action for one in found} == {"differs"}
    assert found[1].message == (
        "Under the settings in force: create sales receipt over 10.00 USD. Under these: create invoice over 10.00 USD, create payment "
        "over 4.00 USD, create payment over 6.00 USD. It is recorded already, and stays as it is."
    )
    assert found[2].message.startswith("Under the settings in force: nothing (AMBIGUOUS). Under these: create invoice")


def test_a_payment_of_nothing_is_said_by_what_it_does() -> None:
    becomes = [sent("1", "CreditMemo"), sent("1", "Payment", "0.00")]
    [found] = differences([none("1", "UNPAID")], becomes, recorded=[])
    assert found.message.endswith("Under these: create credit memo over 10.00 USD, apply the credit memo.")
    assert ["Payment", None, "applies the credit memo"] in (found.difference or [])


def test_the_log_names_ids_amounts_and_accounts_and_no_person() -> None:
    def body(account: str, person: str, line: dict[str, Any]) -> dict[str, Any]:
        return {
            "DepositToAccountRef": {"value": account},
            "CustomerRef": {"value": f"<new customer {person}>"},
            "BillEmail": {"Address": f"{person}@example.com"},
            "Line": [line],
            "CustomerMemo": {"value": f"Thank you, {person}"},
        }

    was = [sent("1", "SalesReceipt", **body("4", "Ann", {"Amount": 10, "ItemRef": {"value": "12"}}))]
    becomes = [sent("1", "SalesReceipt", **body("9", "Bob", {"Amount": 9.5, "ItemRef": {"value": "14"}}))]
    becomes[0] = sent(
        "1", "SalesReceipt", **{**json.loads(becomes[0].body or ""), "ShipAddr": {"Line1": "1 Bob Street"}}
    )
    lines = list(in_lines(differences(was, becomes, recorded=[]), NAMES))
    assert lines[0] == "Recorded otherwise than under the settings in force: 1 order"
    assert lines[2:] == [
        "order 1:   SalesReceipt.DepositToAccountRef.value: 4 (Undeposited Funds) → 9",
        "order 1:   SalesReceipt.CustomerRef.value: a new one → a new one",
        "order 1:   SalesReceipt.BillEmail.Address: differs",
        "order 1:   SalesReceipt.Line[0].Amount: 10 → 9.5",
        "order 1:   SalesReceipt.Line[0].ItemRef.value: 12 (Widget, to Sales) → 14",
        "order 1:   SalesReceipt.CustomerMemo.value: differs",
        "order 1:   SalesReceipt.ShipAddr: added",
    ]
    assert not [line for line in lines if "Ann" in line or "Bob" in line]
