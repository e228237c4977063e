"""When two names, or two e-mail addresses, count as equal: each becomes a key, and equal keys are equal.

The rule is ours (docs/settings.md): Unicode NFKC, case folded, white space collapsed and trimmed; an e-mail
is trimmed and case folded. An empty key never matches anything. The cache keeps the version of the rule beside its keys.
"""

from __future__ import annotations

import unicodedata

KEY_VERSION = 1


def name_key(name: str | None) -> str:
    """The key of a person's or a company's name; empty for none."""
    return " ".join(_folded(name).split()) if name else ""


def email_key(email: str | None) -> str:
    """The key of one e-mail address; empty for none."""
    return _folded(email).strip() if email else ""


def email_keys(field: str | None) -> list[str]:
    """The keys of a QuickBooks e-mail field, which may hold several addresses with commas (or semicolons) between them."""
    parts = _folded(field or "").replace(";", ",").split(",")
    return list(dict.fromkeys(key for part in parts if (key := part.strip())))


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    # Case folding can undo NFKC (and the other way round): once more makes the rule idempotent.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).casefold()
