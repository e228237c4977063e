"""The tab Payments: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

import pytest

from order_sync.settings import load_store
from order_sync.settings.payments import USUAL_KINDS, folded
from tests.shop.stores import SMALLEST, assert_the_only_fault, loaded, refusal, value_of, whole, written


@pytest.mark.parametrize("kind", ["money", "write-off", "credit", "refund", "hold"])
def test_every_kind(tmp_path, kind):
    assert value_of(loaded(tmp_path, "payments", f"kinds: {{Barter: {kind}}}"), "payments", "kinds") == {"Barter": kind}


def test_null_takes_a_type_away(tmp_path):
    assert loaded(tmp_path, "payments", "kinds: {Adjustment: null}").payments.kinds == {"Adjustment": None}


def test_what_a_file_without_the_section_means(tmp_path):
    assert load_store(written(tmp_path, SMALLEST)).payments.kinds == {}


@pytest.mark.parametrize("word", ["Credit Card", "CREDIT_CARD", "credit-card", " credit/card ", "CreditCard"])
def test_how_a_type_is_spelled_makes_no_difference(word):
    assert USUAL_KINDS[folded(word)] == "money"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Adjustment", "write-off"),
        ("Write-Off", "write-off"),
        ("CREDIT", "credit"),
        ("Refund", "refund"),
        ("Authorize.Net", "money"),
    ],
)
def test_types_that_are_known(word, kind):
    assert USUAL_KINDS[folded(word)] == kind


@pytest.mark.parametrize("word", ["Barter", "Gift Card", "Store credit"])
def test_types_that_are_not(word):
    assert folded(word) not in USUAL_KINDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "types: {}",
            "payments.types: there is no such setting; allowed are reversals, kinds, write_off_item, several_accounts",
        ),
        (
            "kinds: {Barter: cash}",
            "payments.kinds.Barter: 'cash' is not allowed; allowed is 'money', 'write-off', 'credit', 'refund' or 'hold'",
        ),
        (
            "kinds: {Gift Card: money, gift-card: hold}",
            "payments.kinds: names a type twice; upper and lower case, blanks and hyphens make no difference",
        ),
        (
            "kinds: {'-': money}",
            "payments.kinds.-: '-' holds no letter and no digit; write the type as Infusionsoft shows it",
        ),
        ("kinds: {' ': money}", "payments.kinds. : ' ' is blank"),
        ("kinds: [Barter]", "payments.kinds: ['Barter'] is not allowed; allowed is a section"),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("payments", text)), said)
