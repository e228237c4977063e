"""The tab Refunds: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

import pytest

from order_sync.settings import load_store
from tests.shop.stores import SECTION, SMALLEST, assert_the_only_fault, loaded, refusal, value_of, whole, written


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("record_as: refund receipt", "record_as", "refund receipt"),
        ("record_as: ignore", "record_as", "ignore"),
        ("account: Checking", "account", "Checking"),
        ("item: Refunds", "item", "Refunds"),
    ],
)
def test_every_value(tmp_path, text, key, value):
    assert value_of(loaded(tmp_path, "refunds", text), "refunds", key) == value


def test_what_a_file_without_the_section_means(tmp_path):
    refunds = load_store(written(tmp_path, SMALLEST)).refunds

    assert refunds.model_dump(exclude_none=True) == {"record_as": "refund receipt"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("receipt: true", "refunds.receipt: there is no such setting; allowed are record_as, account, item"),
        (
            "record_as: off",
            "refunds.record_as: False is not allowed; allowed is 'refund receipt' or 'ignore'",
        ),
        (
            "record_as: credit memo",
            "refunds.record_as: 'credit memo' is not possible: a credit memo moves no money, so the money would stay in the bank and the "
            "customer keep a credit for it; write refund receipt",
        ),
        (
            "record_as: ignore\naccount: Checking",
            "refunds: account is only for record_as: refund receipt; se",
        ),
        ("item: ''", "refunds.item: '' is blank"),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("refunds", text)), said)


def test_a_section_that_is_none(tmp_path):
    assert f"refunds: None {SECTION}" in refusal(tmp_path, f"{SMALLEST}refunds:\n")
    assert f"refunds: 'ignore' {SECTION}" in refusal(tmp_path, f"{SMALLEST}refunds: ignore\n")
