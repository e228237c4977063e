"""The people of the seed: contacts as Infusionsoft has them, with the dirt of real data in known proportions."""

from __future__ import annotations

import itertools
import random
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from faker import Faker

# What is odd about a contact; the first of every hundred contacts have one each, in this order. All of them but those in STRANGERS
# have a customer in QuickBooks (some under another spelling, some to be found by e-mail only).
ODD = (
    "accents",
    "accents_lost_in_books",
    "ampersand",
    "double_spaces",
    "upper_case_in_books",
    "double_spaces_in_books",
    "null_address",
    "no_email",
    "no_name",
    "shares_email",
    "shares_email",
    "found_by_email",
    "email_of_two_customers",
    "inactive_in_books",
    "vendor_in_books",
    "emoji",
    "blank_parts",
    "moved",
    "no_address",
    "very_long_name",
    "namesake",
    "namesake",
    "merged_in_books",
    "job_in_books",
    "encoded_texts",
    "placeholders",
    "no_email_address",
    "two_emails_in_a_field",
    "junior",
    "other_address_only",
    "abroad",
    "wordy_phone",
)
STRANGERS = frozenset({"no_name", "vendor_in_books", "emoji", "very_long_name", "abroad", "stranger"})
# Of a hundred contacts so many have no customer although nothing is odd about them; with the odd ones that makes twenty.
PLAIN_STRANGERS = 14

ACCENTED_GIVEN = (
    "José",
    "Zoë",
    "François",
    "Jürgen",
    "Łukasz",
    "Søren",
    "Inés",
    "Anaïs",
    "Çağla",
    "Björn",
    "Siân",
    "Tomáš",
)
ACCENTED_FAMILY = (
    "Núñez",
    "Müller",
    "Lefèvre",
    "Škoda",
    "Łódzki",
    "Ångström",
    "Peña",
    "Gonçalves",
    "Øberg",
    "Straße",
    "O’Brien",
)
# Locality, region, region code, pattern of the postal code, country, ISO 3166 alpha-3 code.
PLACES = (
    ("Phoenix", "Arizona", "US-AZ", "850##", "United States", "USA"),
    ("Tucson", "Arizona", "US-AZ", "857##", "United States", "USA"),
    ("San Diego", "California", "US-CA", "921##", "United States", "USA"),
    ("Portland", "Oregon", "US-OR", "972##", "United States", "USA"),
    ("Austin", "Texas", "US-TX", "787##", "United States", "USA"),
    ("Boston", "Massachusetts", "US-MA", "021##", "United States", "USA"),
    ("Chicago", "Illinois", "US-IL", "606##", "United States", "USA"),
    ("Miami", "Florida", "US-FL", "331##", "United States", "USA"),
    ("Montréal", "Quebec", "CA-QC", "H2X #W#", "Canada", "CAN"),
    ("London", "England", "GB-ENG", "EC1A #AA", "United Kingdom", "GBR"),
)
TOKYO = ("Shinjuku", "Tokyo", "JP-13", "160-00##", "Japan", "JPN")
"""A region whose code is a number."""


@dataclass(frozen=True)
class Place:
    """A postal address, with Infusionsoft's parts."""

    line1: str
    line2: str
    locality: str
    region: str
    region_code: str
    postal_code: str
    country: str
    country_code: str


@dataclass(frozen=True)
class Person:
    """A contact to be; `odd` is one of ODD, "known" (nothing odd) or "stranger" (nothing odd, no customer)."""

    id: int
    odd: str
    given: str | None
    family: str | None
    company: str | None
    email: str | None
    phone: str
    billing: Place | None
    shipping: Place | None
    other: Place | None = None
    suffix: str | None = None

    @property
    def name(self) -> str:
        return f"{self.given or ''} {self.family or ''}".strip()

    @property
    def emails(self) -> list[str]:
        """Each address that the e-mail field holds."""
        return re.findall(r"[^\s;]+@[^\s;]+", self.email or "")


def people(fake: Faker, choose: random.Random, count: int) -> list[Person]:
    """So many people; their full names differ, also without accents and case, as customers in QuickBooks must, but for the namesakes'."""
    taken: set[str] = set()
    found: list[Person] = []
    for index in range(count):
        person = _person(fake, choose, taken, index)
        if person.odd == "shares_email" and found and found[-1].odd == "shares_email" and index % 2 == 0:
            person = replace(person, email=found[-1].email)
        if person.odd == "namesake" and found and found[-1].odd == "namesake" and index % 2 == 1:
            person = replace(person, given=found[-1].given, family=found[-1].family)
        found.append(person)
    return found


def contact_body(person: Person, time: str) -> dict[str, Any]:
    """The contact as REST v2 gives it; `time` (ISO-8601, UTC) is when it was made."""
    blank = "" if person.odd == "blank_parts" else None
    addresses = [
        address_body(person, kind, place)
        for kind, place in (("BILLING", person.billing), ("SHIPPING", person.shipping), ("OTHER", person.other))
        if place
    ]
    if person.odd == "blank_parts":
        addresses.append(dict.fromkeys(("line1", "line2", "locality", "region", "postal_code", "zip_code"), ""))
        addresses[-1] |= {"field": "OTHER", "country_code": None}
    return {
        "id": str(person.id),
        "given_name": person.given,
        "family_name": person.family,
        "middle_name": blank,
        "suffix": person.suffix,
        "preferred_name": blank,
        "company": {"id": str(person.id + 9000), "company_name": person.company} if person.company else None,
        "email_addresses": [
            {"email": person.email, "field": "EMAIL1", "is_opt_in": True, "email_opt_status": "SINGLE_OPT_IN"}
        ]
        if person.email
        else [],
        "phone_numbers": [{"number": person.phone, "field": "PHONE1", "type": "Mobile", "extension": blank}],
        "addresses": addresses,
        "owner_id": "1",
        "tag_ids": [],
        "custom_fields": [],
        "create_time": time,
        "update_time": time,
    }


def address_body(person: Person, kind: str, place: Place) -> dict[str, Any]:
    """An address of a person as REST v2 gives it; `kind` is BILLING, SHIPPING or OTHER."""
    if person.odd == "null_address":
        # Seen on the wire: an address without a value has the word in it.
        parts = ("line1", "line2", "locality", "region", "region_code", "postal_code", "zip_code", "country")
        return {**dict.fromkeys(parts, "null"), "zip_four": None, "country_code": None, "field": kind}
    return {
        "line1": place.line1,
        "line2": place.line2 or None,
        "locality": place.locality,
        "region": place.region,
        "region_code": place.region_code,
        "postal_code": place.postal_code,
        "zip_code": place.postal_code,
        "zip_four": None,
        "country": place.country,
        "country_code": place.country_code,
        "field": kind,
    }


def place(fake: Faker, choose: random.Random) -> Place:
    """An address somewhere."""
    return _within(fake, choose, choose.choice(PLACES))


def _within(fake: Faker, choose: random.Random, where: tuple[str, str, str, str, str, str]) -> Place:
    locality, region, region_code, postal, country, country_code = where
    return Place(
        line1=fake.street_address(),
        line2=f"Apt. {choose.randint(1, 99)}" if choose.random() < 0.2 else "",
        locality=locality,
        region=region,
        region_code=region_code,
        postal_code=fake.numerify(postal),
        country=country,
        country_code=country_code,
    )


def folded(name: str) -> str:
    """A name without accents, case and double spaces, to tell apart what would be one name to a reader in a hurry."""
    plain = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ł", "l").replace("Ø", "O").replace("ø", "o"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().split())


def odd_of(index: int) -> str:
    """What is odd about the contact at this place; the very long name is there once, whatever the size."""
    position = index % 100
    if position < len(ODD):
        return ODD[position] if ODD[position] != "very_long_name" or index < 100 else "known"
    return "stranger" if position >= 100 - PLAIN_STRANGERS else "known"


def _person(fake: Faker, choose: random.Random, taken: set[str], index: int) -> Person:
    odd = odd_of(index)
    given, family = _name(fake, choose, odd)
    while folded(f"{given} {family}") in taken:
        family = f"{family}-{fake.last_name()}"
    taken.add(folded(f"{given} {family}"))
    id = 101 + index
    account = "".join(
        letter for letter in folded(f"{given[:20]}.{family[:20]}") if letter.isascii() and letter not in " &'’"
    )
    billing = None if odd == "no_address" else place(fake, choose)
    shipping = place(fake, choose) if billing and choose.random() < 0.2 else billing
    nameless = odd == "no_name"
    person = Person(
        id=id,
        odd=odd,
        given=None if nameless else given,
        family=None if nameless else family,
        company=fake.company() if choose.random() < 0.1 else None,
        email=None if odd == "no_email" else f"{account}{id}@example.{choose.choice(('com', 'org', 'net'))}",
        phone=fake.numerify("(###) 555-01##"),
        billing=billing,
        shipping=shipping,
    )
    return _oddly_kept(fake, choose, person)


def _oddly_kept(fake: Faker, choose: random.Random, person: Person) -> Person:
    """The person with what is odd about its details, as people and web forms leave them."""
    billing = person.billing
    match person.odd:
        case "encoded_texts":
            return replace(person, family=f"O&#39;{person.family}", company=f"{person.family} &amp; Sons")
        case "placeholders":
            line2 = replace(billing, line2="-") if billing else None
            return replace(person, company="N/A", email="noemail@noemail.com", billing=line2)
        case "no_email_address":
            return replace(person, email="n/a")
        case "two_emails_in_a_field":
            return replace(person, email=f"{person.email}; second.{person.email}")
        case "junior":
            return replace(person, suffix="Jr.")
        case "other_address_only":
            return replace(person, billing=None, shipping=None, other=billing)
        case "abroad":
            tokyo = _within(fake, choose, TOKYO)
            return replace(person, billing=tokyo, shipping=tokyo)
        case "wordy_phone":
            return replace(person, phone=f"{person.phone} (office, ask for {person.given})")
        case _:
            return person


def _name(fake: Faker, choose: random.Random, odd: str) -> tuple[str, str]:
    given, family = fake.first_name(), fake.last_name()
    match odd:
        case "accents" | "accents_lost_in_books":
            return choose.choice(ACCENTED_GIVEN), choose.choice(ACCENTED_FAMILY)
        case "ampersand":
            return f"{family} & {fake.last_name()}", choose.choice(("Design", "Plumbing", "Catering", "Books"))
        case "double_spaces":
            return f"{given}  {fake.first_name()}", family
        case "emoji":
            return f"{given} 🌵", family
        case "very_long_name":
            words = itertools.cycle((given, "Maria", "del", "Carmen"))
            return " ".join(itertools.islice(words, 200))[:299].strip().ljust(299, "a"), (family * 60)[:300]
        case _:
            return given, family
