"""The one rule for e-mail addresses: the library's syntax, and what of it is taken without asking the library."""

from __future__ import annotations

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from order_sync import emails
from order_sync.emails import LONGEST, addresses, email_keys, passes_over

PIECE = st.text("abzAZ059._+'-%&", min_size=1, max_size=20)
LIKE_ADDRESSES = st.builds(lambda mailbox, labels: f"{mailbox}@{'.'.join(labels)}", PIECE, st.lists(PIECE, max_size=4))


def library_takes(address: str) -> bool:
    """Whether the library takes it as it is; names that are reserved for tests apart."""
    top = address.rpartition(".")[2]
    asked = address[: -len(top)] + "example" if top.lower() in emails.SPECIAL_USE_DOMAIN_NAMES else address
    return validate_email(asked, check_deliverability=False, allow_smtputf8=False, strict=True).ascii_email is not None


@given(st.one_of(LIKE_ADDRESSES, st.from_regex(emails._PLAIN, fullmatch=True)))
def test_what_is_taken_without_asking_the_library_takes(address: str) -> None:
    if emails._is_plain(address):
        assert library_takes(address)
        assert emails._address(address) == address


@given(st.one_of(LIKE_ADDRESSES, st.text(max_size=60), st.lists(LIKE_ADDRESSES, max_size=4).map("; ".join)))
def test_a_key_of_a_key_is_the_key_and_fits(field: str) -> None:
    keys = email_keys(field)
    assert email_keys(",".join(keys)) == keys
    assert all(len(key) <= LONGEST and key == key.lower() and "," not in key for key in keys)
    assert bool(keys) or passes_over(field) == bool(field.strip())


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("ann@example.com", ["ann@example.com"]),
        ("Ann@Example.com; ann@example.com", ["Ann@Example.com"]),
        ("ann@example.com bob@example.com\ncy@example.com", ["ann@example.com", "bob@example.com", "cy@example.com"]),
        ("Ann Lee <ann@example.com>", ["ann@example.com"]),
        ("mailto:ann@example.com", ["ann@example.com"]),
        ('"ann@example.com".', ["ann@example.com"]),
        ("\u200bann@example.com\u00a0", ["ann@example.com"]),
        ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", ["ann@example.com"]),
        ("ann@exämple.de", ["ann@xn--exmple-cua.de"]),
        ("ann@xn--exmple-cua.de", ["ann@xn--exmple-cua.de"]),
        ("o'brien+shop@example.co.uk", ["o'brien+shop@example.co.uk"]),
        (
            "_ann__lee@shop.test; a@shop.invalid; a@shop.local",
            ["_ann__lee@shop.test", "a@shop.invalid", "a@shop.local"],
        ),
        ("Ann<ann@example.com>", ["ann@example.com"]),
        ('"Ann" <ann@example.com>', ["ann@example.com"]),
        ('Ann"ann@example.com"', ["ann@example.com"]),
        ("“ann@example.com”", ["ann@example.com"]),
        ("‘ann@example.com’", ["ann@example.com"]),
        ("o’brien@example.com", ["o'brien@example.com"]),
        ("«ann@example.com»,", ["ann@example.com"]),
        ("mailto:ann@example.com?subject=hi", ["ann@example.com"]),
        ("MAILTO:ann@example.com?cc=bob@example.com&subject=hi", ["ann@example.com"]),
        ('<a href="mailto:ann@example.com">ann@example.com</a>', ["ann@example.com"]),
        ("E-Mail: ann@example.com", ["ann@example.com"]),
        ("E-Mail:ann@example.com", ["ann@example.com"]),
        ("email=ann@example.com", ["ann@example.com"]),
        ("Ann:ann@example.com", ["ann@example.com"]),
        ("e-mail：ann@example.com", ["ann@example.com"]),
        *((f"ann@example.com{mark}", ["ann@example.com"]) for mark in ".,);:!?*>/'\"…•&-"),
        *((f"{mark}ann@example.com", ["ann@example.com"]) for mark in ".,(;:!*</'\"…•-"),
        ("ann@example.com...", ["ann@example.com"]),
        ("ann@example.com).", ["ann@example.com"]),
        ("ann@example.com(work)", ["ann@example.com"]),
        ("ann@example.com/office", ["ann@example.com"]),
        *(
            (f"ann@example.com{mark}bob@example.com", ["ann@example.com", "bob@example.com"])
            for mark in [
                "/",
                " / ",
                "|",
                " ",
                ",",
                ";",
                ":",
                "&",
                "+",
                "\\n",
                "\\r\\n",
                "><",
                "、",
                "，",
                " and ",
                "\u2028",
            ]
        ),
        ("a@x.com/b@x.com/c@x.com", ["a@x.com", "b@x.com", "c@x.com"]),
        ("dept/shipping@example.com", ["dept/shipping@example.com"]),
        ("r&d=x@example.com", ["r&d=x@example.com"]),
        ("ann＠example。com", ["ann@example.com"]),
        ("ann@\u200bexample\u00ad.com\ufeff", ["ann@example.com"]),
        ("ANN@EXAMPLE.COM.", ["ANN@EXAMPLE.COM"]),
        ("Lee, Ann <ann@example.com>; Ray, Bob<bob@example.com>", ["ann@example.com", "bob@example.com"]),
        ("ann @ example.com", []),
        ("ann at example.com", []),
        ("n/a", []),
        ("Kim Carter", []),
        ("ann@example", []),
        ("ann@localhost", []),
        ("ann@@example.com", []),
        ("ann.@example.com", []),
        ("ann@-example.com", []),
        ("ann@192.168.0.1", []),
        ("josé@example.com", []),
        (f"{'a' * 89}@example.com", []),
        ("", []),
        (None, []),
    ],
)
def test_the_addresses_in_a_field(field: str | None, found: list[str]) -> None:
    assert addresses(field) == found
    assert email_keys(field) == [address.lower() for address in found]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (["ann@example.com"], False),
        (["ann@example.com (office)", "n/a"], False),
        (["Ann Lee: ann@example.com"], False),
        (["ann@example.com; bob@example"], False),
        (["bob@example; ann@example.com"], True),
        (["n/a", "ann@example.com"], True),
        (["", None, "ann@example.com"], False),
        (["", "  "], False),
        (["Kim Carter"], True),
    ],
)
def test_whether_something_is_passed_over_before_the_first_address(fields: list[str | None], told: bool) -> None:
    assert passes_over(*fields) is told
