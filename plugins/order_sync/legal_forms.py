"""The legal forms of companies, and how they are taken off the end of a name."""

from __future__ import annotations

import re

LEGAL_FORMS = (
    *("inc", "incorporated", "corp", "corporation", "ltd", "limited", "co", "company"),
    *("l.l.c", "l.c", "p.l.l.c", "p.l.c", "l.l.p", "l.p", "p.c", "u.l.c"),
    *("pty", "proprietary limited", "pte", "pvt", "private limited", "sdn bhd", "k.k", "g.k"),
    *("gmbh", "ggmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "e.k", "se", "cie", "cia"),
    *("s.a", "s.a.s", "s.a.s.u", "s.a.r.l", "s.à.r.l", "s.l", "s.l.u", "s.p.a", "s.r.l", "s.a.de.c.v", "ltda", "lda"),
    *("b.v", "n.v", "b.v.b.a", "oy", "oyj", "ab", "a.s", "a.s.a", "aps", "kft", "zrt", "s.r.o", "d.o.o", "sp.z.o.o"),
)
"""Our own list. A point stands where a point, a slash, a space or nothing may be written: `l.l.c` is LLC, L.L.C. and L L C."""

_BETWEEN = r"[\s.,;:/&+-]"
_FORMS = "|".join(form.replace(".", r"[\s./]*").replace(" ", f"{_BETWEEN}+") for form in LEGAL_FORMS)
_LAST_FORM = re.compile(rf"{_BETWEEN}+(?:(?:and|und|et|y){_BETWEEN}+(?=c))?\(?(?:{_FORMS})\)?{_BETWEEN}*$")


def drop_legal_forms(name: str) -> str:
    """A case-folded name without the legal forms at its end (`widgets pty ltd`, `huber gmbh & co. kg`); the whole name is never one."""
    # One form at a time: a pattern that repeats takes for ever over a long row of single letters.
    while (bare := _LAST_FORM.sub("", name)) != name and any(map(str.isalnum, bare)):
        name = bare
    return name
