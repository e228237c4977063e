"""Another record than the one that was sent is seen by what identifies it, whatever it comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Write, WriteStatus
from order_sync.sync.recording.identity import other_customer, other_document, other_item, other_version, other_voided

RECEIPT = {
    "PrivateNote": "Infusionsoft order 1 (store demo)\nThank you",
    "DocNumber": "IS-1",
    "TxnDate": "2026-11-16",
    "CustomerRef": {"value": "3"},
    "CurrencyRef": {"value": "EUR"},
}
PAYMENT = {
    "PrivateNote": "Infusionsoft order 1 (store demo), payment 101",
    "TxnDate": "2026-11-16",
    "CustomerRef": {"value": "3"},
    "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}],
}


def write(payload: dict[str, Any]) -> Write:
    text = json.dumps(payload)
    head = (1, "12", "demo", Kind.DOCUMENT, "1", 1, "r", Entity.SALES_RECEIPT, "create", text, None, None, "EUR", None)
    return Write(*head, WriteStatus.SENDING, 1, 1, None, None, None, None, None, None)


def links(*invoices: str) -> list[dict[str, Any]]:
    return [{"Amount": 5, "LinkedTxn": [{"TxnId": id, "TxnType": "Invoice"}]} for id in invoices]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"TotalAmt": 99, "Id": "7"}, ""),
        ({"PrivateNote": "Infusionsoft order 1 (store demo)"}, ""),
        ({"PrivateNote": "Infusionsoft order 11 (store demo)"}, "its private note is not the one that was sent"),
        ({"PrivateNote": None}, "its private note is not the one that was sent"),
        ({"DocNumber": "IS-2"}, "its number is IS-2 instead of IS-1"),
        ({"DocNumber": None}, "its number is None instead of IS-1"),
        ({"TxnDate": "2026-11-17"}, "its day is 2026-11-17 instead of 2026-11-16"),
        ({"CustomerRef": {"value": "4"}}, "its customer is 4 instead of 3"),
        ({"CustomerRef": None}, "its customer is None instead of 3"),
        ({"CurrencyRef": {"value": "USD"}}, "its currency is USD instead of EUR"),
    ],
)
def test_r9_a_document(changed: dict[str, Any], words: str) -> None:
    assert other_document(write(RECEIPT), {**RECEIPT, **changed}) == words


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (links("9"), ""),
        (links(), ""),
        (links("8"), "it is linked to invoice 8"),
        (links("9", "8"), "it is linked to invoice 8"),
    ],
)
def test_r9_a_payment(lines: list[dict[str, Any]], words: str) -> None:
    assert other_document(write(PAYMENT), {**PAYMENT, "Line": lines}) == words


def test_r9_a_change_and_a_void() -> None:
    sent = write({"Id": "5", "SyncToken": "2"})
    assert other_version(sent, {"Id": "5", "SyncToken": "3"}) == ""
    assert other_version(sent, {"Id": "5", "SyncToken": "2"}) == "it is the version before the change"
    assert other_version(sent, {"Id": "6", "SyncToken": "3"}) == "it is 6 instead of 5"
    assert (other_voided(sent, {"Id": "5"}), other_voided(sent, {"Id": "6"})) == ("", "it is 6 instead of 5")


ADA = {"DisplayName": "Ada Nguyễn", "PrimaryEmailAddr": {"Address": "ada@example.com"}}


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [
        ({}, False),
        ({"DisplayName": "Ada Nguy?n"}, False),
        ({"DisplayName": "Bob Roy"}, True),
        ({"PrimaryEmailAddr": None}, False),
        ({"PrimaryEmailAddr": {"Address": "bob@example.com"}}, True),
        ({"DisplayName": "Bob Roy", "PrimaryEmailAddr": None}, True),
    ],
)
def test_r9_a_customer_is_known_by_its_name_and_e_mail(changed: dict[str, Any], is_other: bool) -> None:
    assert bool(other_customer(write(ADA), {**ADA, **changed})) is is_other


@pytest.mark.parametrize(("changed", "is_other"), [({}, False), ({"Sku": "M-2"}, True), ({"Name": "Cup"}, True)])
def test_r9_an_item_is_known_by_its_name_and_sku(changed: dict[str, Any], is_other: bool) -> None:
    mug = {"Name": "Mug", "Sku": "M-1"}
    assert bool(other_item(write(mug), {**mug, **changed})) is is_other
