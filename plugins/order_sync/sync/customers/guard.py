"""What speaks against two records being the same person, though a name or another key is the same ("guard" in docs/settings/customers.md).

A unique, exact name is the wrong person in 4 of 100 cases, measured on public labelled data. So all that is known on both sides is
compared: what agrees confirms, what differs contradicts, and what one side does not have says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

from order_sync.emails import email_keys
from order_sync.keys import compared, former_name, name_key, phone_digits
from order_sync.likeness import Name, Place, names_agree, person_name, place, places_agree, plain_lines, written_name
from order_sync.settings import CustomerField, Equality
from order_sync.settings.placeholders import says_nothing

_COMPANY = Equality(ignore_legal_forms=True)

_SHARED: tuple[CustomerField, ...] = ("PrimaryEmailAddr", "PrimaryPhone")
"""What a family has in common: found by one of these, another name counts."""

_GENERATION = "suffix (Sr., Jr. or III)"

NO_NAMES: tuple[CustomerField, ...] = (*_SHARED, "ResaleNum", "Notes marker")
"""Who is found by one of these may have another name."""


@dataclass(frozen=True)
class Identity:
    """What is known of somebody."""

    names: tuple[Name, ...] = ()
    """As far as given and family name are told apart."""
    written: tuple[Name, ...] = ()
    """Read out of one text."""
    generations: frozenset[str] = frozenset()
    """`Sr.`, `Jr.`, `III`: of several of one name, which; none for most."""
    companies: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    """The display name, which may be a company's."""
    emails: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()
    phones: frozenset[str] = frozenset()
    currency: str = ""
    """A customer's; empty in a company of one currency."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(map(place, self.lines))

    @property
    def is_one_word(self) -> bool:
        return not any(name.is_whole for name in (*self.names, *self.written))

    def joined_with(self, other: Identity) -> Identity:
        """One of whom all is known that is known of either."""
        return replace(
            self,
            names=self.names + other.names,
            written=self.written + other.written,
            generations=self.generations | other.generations,
            companies=self.companies | other.companies,
            shown=self.shown | other.shown,
            emails=self.emails | other.emails,
            lines=self.lines + other.lines,
            phones=self.phones | other.phones,
        )


def of_party(party: Mapping[str, str]) -> Identity:
    """Of an order's party (`sync.orders.snapshot.party`)."""
    name = person_name(party["first"], party["last"], party["suffix"])
    return Identity(
        names=(name,) if name.given or name.family else (),
        generations=frozenset(filter(None, [name.generation])),
        companies=_companies(party["company"]),
        emails=frozenset(email_keys(party["emails"])),
        lines=plain_lines(party["addresses"]),
        phones=frozenset(filter(None, [phone_digits(party["phone"])])),
    )


def of_customer(body: Mapping[str, Any], *duplicates: Mapping[str, Any]) -> Identity:
    """Of a customer as QuickBooks gives it, and of those that were merged into it: what was known of them is known of it."""
    return reduce(Identity.joined_with, map(_of_record, duplicates), _of_record(body))


def _of_record(body: Mapping[str, Any]) -> Identity:
    columns, shown = compared(body), former_name(body)
    given, family = body.get("GivenName") or "", body.get("FamilyName") or ""
    name, written = person_name(given, family, body.get("Suffix") or ""), written_name(shown)
    return Identity(
        names=(name,) if name.is_whole else (),
        written=(written,) if written.given else (),
        generations=frozenset(filter(None, [name.generation or written.generation])),
        companies=_companies(body.get("CompanyName") or ""),
        shown=_companies(shown),
        emails=frozenset(filter(None, columns["emails"].split(","))),
        lines=tuple(columns["addresses"].splitlines()),
        phones=frozenset(filter(None, columns["phones"].split(","))),
        currency=columns["currency"],
    )


def contradictions(one: Identity, other: Identity, by: CustomerField) -> Sequence[str]:
    """What speaks against two that `by` takes for the same, in words; none where nothing does, or what agrees outweighs it.

    Found by a name, whatever else is known and differs contradicts, unless something agrees: a telephone number or an e-mail address
    outweighs another postal address, for people move. A name of one word needs one of those two; where only one of them is a Jr., nothing
    but the e-mail address confirms. A company is another one at another postal address alone: e-mail addresses are its people's. Found by
    what families share, another given name in a family contradicts; found otherwise, another name together with something else.
    """
    if one.generations and other.generations and one.generations.isdisjoint(other.generations):
        return [_GENERATION]
    email, phone = meet(one.emails, other.emails), meet(one.phones, other.phones)
    lives_there = agree(places_agree(line, another) for line in one.places for another in other.places)
    # What the two were found by says nothing more.
    email, phone = None if by == "PrimaryEmailAddr" else email, None if by == "PrimaryPhone" else phone
    known = {"e-mail address": email, "postal address": lives_there, "telephone number": phone}
    differing = [what for what, agrees in known.items() if agrees is False]
    name, same_company = same_name(one, other), _same_company(one, other)
    if by in NO_NAMES:
        if name is not False or same_company:
            return []
        is_family = by in _SHARED and _are_a_family(one, other, lives_there)
        confirmed = email or phone or lives_there
        return ["name", *differing] if is_family or (differing and not confirmed) else []
    if email:
        return []
    if bool(one.generations) != bool(other.generations):  # father and son have one house and one telephone
        return [_GENERATION, *differing]
    if phone:
        return []
    if same_company:
        return [] if name or lives_there is not False else differing
    one_word = one.is_one_word or other.is_one_word
    return [] if lives_there and not one_word else differing


def may_be_one(one: Identity, other: Identity) -> bool:
    """Whether two have the same name; of one word, whether nothing shows that they have not."""
    name = same_name(one, other)
    return name is not False if one.is_one_word else bool(name)


def same_name(one: Identity, other: Identity) -> bool | None:
    """Whether their names may be one person's; None where that cannot be told."""
    pairs = [(own, their) for own in one.names + one.written for their in other.names + other.written]
    return agree(names_agree(own, their) for own, their in pairs)


def is_name_all(one: Identity, other: Identity) -> bool:
    """Whether nothing but the name is known of both."""
    pairs = ((one.emails, other.emails), (one.lines, other.lines), (one.phones, other.phones))
    return not any(own and others for own, others in pairs) and not _same_company(one, other)


def have_other_emails(one: Identity, other: Identity) -> bool:
    """Whether both have e-mail addresses, and none in common."""
    return meet(one.emails, other.emails) is False


def _are_a_family(one: Identity, other: Identity, lives_there: bool | None) -> bool:
    """Whether both are people, not companies, of one family name or in one house."""
    families = ({name.family for name in of.names + of.written if name.family} for of in (one, other))
    related = not set.isdisjoint(*families) or (lives_there is True and bool(one.names and other.names))
    return related and not (one.companies or other.companies)


def in_words(differing: Sequence[str]) -> str:
    """As the end of a sentence about a customer: `its e-mail address is another: it may be another person.`"""
    *most, last = (f"its {what}" for what in differing)
    named = f"{', '.join(most)} and {last}" if most else last
    return f"{named} {'are others' if most else 'is another'}: it may be another person."


def _same_company(one: Identity, other: Identity) -> bool:
    known, others = one.companies | one.shown, other.companies | other.shown
    return not (one.companies.isdisjoint(others) and other.companies.isdisjoint(known))


def meet(one: frozenset[str], other: frozenset[str]) -> bool | None:
    """Whether two that have something of a kind have one of it in common; None where one of them has none."""
    return not one.isdisjoint(other) if one and other else None


def agree(verdicts: Iterable[bool | None]) -> bool | None:
    """What several comparisons come to: one that agrees is enough; all must differ; None where that cannot be told."""
    found = set(verdicts)
    return True if True in found else None if None in found or not found else False


def _companies(name: str) -> frozenset[str]:
    return frozenset() if says_nothing(name) else frozenset(filter(None, [name_key(name, _COMPANY)]))
