"""What people write where they have nothing to write: it counts as blank (docs/settings/customers.md, "Placeholders")."""

from __future__ import annotations

PLACEHOLDERS = frozenset(
    {
        "not applicable",
        "not available",
        "not given",
        "not known",
        "not provided",
        "not specified",
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
        "object object",
        "tbd",
        "tba",
        "xxx",
        "xxxx",
    }
)
"""Compared as a whole: letters and digits alone, so that `[Not applicable]` is one too. What has neither is one by itself (`-`, `...`)."""

MAY_BE_NAMES = frozenset({"na", "nan", "nil", "no", "none", "null"})
"""These too, but for names of people and places, which may be so: Na Li, Jennifer Null, the town of None."""

NOBODYS_MAILBOXES = frozenset({"no email", "no mail", "no email address"})
"""Before the `@`, whatever stands behind it; the others are placeholders where one stands on both sides (`none@none.com`)."""

NOBODYS_DOMAINS = frozenset({"email", "mail", "no email", "no mail", "nowhere"})
"""Behind the `@`, beside the words above."""


def folded(text: str) -> str:
    """A word of the settings, or a text to compare with them: upper and lower case and blanks make no difference."""
    return " ".join(text.casefold().split())
