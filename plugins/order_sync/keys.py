"""When two names, or two e-mail addresses, count as equal: each becomes a key, and equal keys are equal.

The rule is ours (settings page §1, "What counts as equal"): Unicode NFKC, case folded, white space collapsed and trimmed; an e-mail
is trimmed and case folded. An empty key never matches anything. The cache keeps the version of the rule beside its keys.
"""

from __future__ import annotations

import unicodedata

KEY_VERSION = 1


def name_key(name: str | None) -> str:
    """The key of a person's or a company's name; empty for none."""
    if not name:
        return ""
    if not name.isascii():
        # Case folding can undo NFKC (and the other way round): once more makes the rule idempotent.
        name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(name.casefold().split())


def email_key(email: str | None) -> str:
    """The key of one e-mail address; empty for none."""
    return unicodedata.normalize("NFKC", email.strip()).casefold() if email else ""


def email_keys(field: str | None) -> list[str]:
    """The keys of a QuickBooks e-mail field, which may hold several addresses with commas (or semicolons) between them."""
    return list(dict.fromkeys(key for part in (field or "").replace(";", ",").split(",") if (key := email_key(part))))
