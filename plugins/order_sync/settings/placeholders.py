"""What people write where they have nothing to write: it counts as blank (docs/settings/customers.md, "Placeholders")."""

from __future__ import annotations

import re
import unicodedata

PLACEHOLDERS = frozenset(
    {
        "not applicable",
        "not available",
        "not given",
        "not known",
        "not provided",
        "not specified",
        "not set",
        "not stated",
        "not supplied",
        "not entered",
        "unspecified",
        "undefined",
        "unknown",
        "no name",
        "no first name",
        "no last name",
        "no company",
        "no address",
        "no street",
        "no phone",
        "no email",
        "no e-mail",
        "no mail",
        "no phone number",
        "no telephone",
        "no city",
        "no country",
        "no state",
        "no sku",
        "no product",
        "no product name",
        "no title",
        "same as above",
        "same as billing",
        "same as billing address",
        "please select",
        "please choose",
        "object object",
        "tbc",
        "tbd",
        "tba",
        "to be advised",
        "to be confirmed",
        "to be determined",
        "xxx",
        "xxxx",
    }
)
"""Compared as a whole: letters and digits alone, so that `[Not applicable]` is one too. What has neither is one by itself (`-`, `...`)."""

MAY_BE_NAMES = frozenset({"na", "nan", "nil", "no", "none", "null"})
"""These too, but for names of people, which may be so: Na Li, Jennifer Null; and of the places below."""

TOWNS = {"none": "IT", "nan": "TH", "no": "DK"}
REGIONS = {"na": "IT", "no": "IT", "nan": "TH"}
"""Those of them that are a place, with its country (ISO 3166, two letters): None and the provinces of Naples and Novara in Italy."""

NOBODYS_MAILBOXES = frozenset({"no email", "no mail", "no email address", "no email provided", "no email given"})
"""Before the `@`, whatever stands behind it; the others are placeholders where one stands on both sides (`none@none.com`)."""

NOBODYS_NAMES = frozenset({"nobody", "no one", "nowhere"})
"""Before the `@`, beside the words above, where what stands behind it is nobody's too (`nobody@nowhere.com`)."""

NOBODYS_DOMAINS = frozenset({"email", "mail", "no email", "no mail", "nowhere"})
"""Behind the `@`, beside the words above."""


def folded(text: str) -> str:
    """A word of the settings, or a text to compare with them: upper and lower case and blanks make no difference."""
    return " ".join(text.casefold().split())


LONGEST = 40
"""Characters; no placeholder is longer."""

_BY_PROGRAMS = re.compile(
    r"~[\w.]+~|\{\{.*\}\}|\[\[.*\]\]|\*\|.*\|\*|\$\{.*\}|%+[A-Za-z_.]+%+"  # a merge field that nobody filled
    r"|#(?:REF|VALUE|NAME|NULL|NUM|DIV/0)[!?]"  # a spreadsheet's error
    r"|\\N"  # NULL in a database's export
    r"|-+ *select\b.*-+",  # the first line of a list to choose from
    re.IGNORECASE,
)


_EXTENSION = re.compile(r"[a-z#].*", re.IGNORECASE | re.DOTALL)
_WITH_AMERICA = 11  # digits of a number with the country's before it


_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())


def bare(text: str) -> str:
    """The letters and digits of a text, whatever their case and width."""
    if text.isascii():  # nearly all are, and whole lists of customers are asked for
        return text.lower().encode().translate(None, _SIGNS).decode()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def is_placeholder(text: str) -> bool:
    """Whether a text certainly says nothing: what may be somebody's name, as `na`, is none that is certain."""
    if len(text) > LONGEST:
        return False
    word = bare(text)
    if not word.strip("0") or word in _PLACEHOLDERS:
        return True
    text = text.strip()
    return not text[:1].isalnum() and _BY_PROGRAMS.fullmatch(text) is not None


def may_be_name(text: str) -> bool:
    """Whether a text is a placeholder unless it is a name: `na`, `N/A`, `none none`."""
    if len(text) > LONGEST:
        return False
    word = bare(text)
    if word in _MAY_BE_NAMES or word[:2] not in _BEGINNINGS:
        return word in _MAY_BE_NAMES
    words = [word for part in text.split() if (word := bare(part))]
    return bool(words) and _OF_NOBODY.issuperset(words)


def says_nothing(text: str) -> bool:
    """Whether a text that is no name is a placeholder."""
    if len(text) > LONGEST:
        return False
    word = bare(text)
    if word[:2] not in _BEGINNINGS and word.strip("0") and text[:1].isalnum():  # as nearly all are
        return False
    return is_placeholder(text) or may_be_name(text)


def is_nobodys_email(address: str) -> bool:
    """Whether an e-mail address is nobody's: `noemail@…`, `none@none.com`."""
    mailbox, _, domain = address.partition("@")
    mailbox = bare(mailbox)
    if mailbox in _NOBODYS_MAILBOXES or mailbox not in _NOBODYS_NAMES:
        return mailbox in _NOBODYS_MAILBOXES
    return bare(domain.partition(".")[0]) in _NOBODYS_DOMAINS


def is_nobodys_number(number: str) -> bool:
    """Whether a telephone number is nobody's: `000-000-0000`, `1234567890`."""
    digits = "".join(filter(str.isdecimal, _EXTENSION.sub("", number)))
    if len(digits) == _WITH_AMERICA:
        digits = digits.removeprefix("1")
    return digits in _NOBODYS_NUMBERS or len(set(digits)) == 1


_PLACEHOLDERS, _MAY_BE_NAMES, _NOBODYS_MAILBOXES = (
    frozenset(map(bare, words)) for words in (PLACEHOLDERS, MAY_BE_NAMES, NOBODYS_MAILBOXES)
)
_OF_NOBODY = _PLACEHOLDERS | _MAY_BE_NAMES
_BEGINNINGS = {word[:2] for word in _OF_NOBODY}
_NOBODYS_NAMES, _NOBODYS_DOMAINS = (
    _OF_NOBODY | frozenset(map(bare, words)) for words in (NOBODYS_NAMES, NOBODYS_DOMAINS)
)
_NOBODYS_NUMBERS = frozenset({"1234567890", "0123456789"})
