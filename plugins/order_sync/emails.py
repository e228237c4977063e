"""What is an e-mail address: the one rule for whatever is read, compared and sent.

The syntax is that of the library `email-validator`, without asking the network. QuickBooks takes 100 characters, and no letters beyond
ASCII: a domain that has some is written in Punycode, an address that has some before its `@` is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

LONGEST = 100
"""Characters that QuickBooks takes."""

# The library takes tens of microseconds an address: what it certainly takes need not be asked.
_PLAIN = re.compile(
    r"[A-Za-z0-9]+(?:[._+'-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}"  # no label of two hyphens
)
_LONGEST_PLAIN = 60  # so that no part can be longer than its own limit
_BETWEEN = re.compile(r"[\s,;:|<>()\[\]{}\"“”„«»‹›、\\]+")
_AROUND = "'`´.…-"
_BEFORE = re.compile(r"(?:[-*=#!~•·–—→/'`´.]|e?-?mail=)+", re.IGNORECASE)
"""What people set before an address; behind one, whatever no domain has ends it."""
_ASKED = re.compile(r"(@[\w.-]+)\?\S*")
_BEHIND = re.compile(r"(@[\w.-]+)[^\w.\s@-]+")
_BREAKS = re.compile(r"\\[nrt]")  # as a program writes them
_AS_ASCII = str.maketrans({**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("。｡", ".")})


def addresses(*fields: str | None) -> list[str]:
    """The addresses in these fields, in their order, each once; a field may hold several, with `,`, `;`, `|`, `/` or blanks between."""
    found: dict[str, str] = {}
    for field in filter(None, fields):
        for address in _in_field(field):
            found.setdefault(address.lower(), address)
    return list(found.values())


def email_keys(field: str | None) -> list[str]:
    """The key of each e-mail address in a field: what is no address is no key, so that nobody is found by `n/a`; upper and lower case make
    no difference."""
    if field and _is_plain(field):
        return [field.lower()]
    return [address.lower() for address in addresses(field)]


def passes_over(*fields: str | None) -> bool:
    """Whether something that stands where the first address is looked for is none: before it, or because there is none."""
    for field in filter(None, fields):
        parts = [part for part in _parts(field) if part]
        good = next((at for at, part in enumerate(parts) if _address(part)), None)
        if good is not None:
            return any("@" in part for part in parts[:good])  # words beside an address only say whose it is
        if field.strip():
            return True
    return False


def _in_field(field: str) -> Iterator[str]:
    if _is_plain(field):
        yield field
        return
    for part in _parts(field):
        if address := _address(part):
            yield address


def _parts(field: str) -> list[str]:
    if not field.isascii():
        # Full-width letters become plain ones; what nobody sees goes.
        seen = (mark for mark in field.translate(_AS_ASCII) if unicodedata.category(mark) not in ("Cf", "Cs"))
        field = unicodedata.normalize("NFKC", "".join(seen))
    field = _BEHIND.sub(r"\1 ", _ASKED.sub(r"\1 ", _BREAKS.sub(" ", field)))
    return [part[_start(part) :].rstrip(_AROUND) if "@" in part else part for part in _BETWEEN.split(field)]


def _start(part: str) -> int:
    found = _BEFORE.match(part)
    return found.end() if found else 0


def _address(part: str) -> str:
    if _is_plain(part):
        return part
    head, _, top = part.rpartition(".")
    if "@" not in head or len(part) > 4 * LONGEST:
        return ""
    # Names that are reserved for tests are good enough: sandboxes use them.
    asked = f"{head}.example" if top.lower() in SPECIAL_USE_DOMAIN_NAMES else part
    try:
        found = validate_email(asked, check_deliverability=False, allow_smtputf8=False).ascii_email or ""
    except EmailNotValidError:
        return ""
    if asked is not part:
        found = found.removesuffix("example") + top.lower()
    return found if len(found) <= LONGEST else ""


def _is_plain(text: str) -> bool:
    return len(text) <= _LONGEST_PLAIN and _PLAIN.fullmatch(text) is not None
