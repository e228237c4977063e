"""People who order and the customers they are, as companies have them: namesakes, households, typing errors, what has changed, and gaps.

Made from numbers alone: the same seed is the same people anywhere. The shares below are set beforehand, and hard on purpose: names as
skewed as real ones, so that a name that is there once is often somebody else's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

NUMBER = 5_000
"""Customers, and orders, each of another contact."""

IN_HOUSEHOLD, SHARED_PHONE, SHARED_EMAIL, JUNIOR = 0.35, 0.4, 0.03, 0.01
"""Of the people: those who live with others, and of those: with the household's telephone number, its e-mail address, the father's name."""

TYPED_WRONG, SWAPPED, NICKNAME, INITIAL, MARRIED = 0.15, 0.01, 0.06, 0.015, 0.03
"""Of the contacts: a letter of the name typed wrong; given and family name swapped; a short name; an initial; another family name."""

MOVED, OTHER_EMAIL, OTHER_PHONE, TYPED_ADDRESS, OTHER_SPELLING = 0.08, 0.10, 0.12, 0.15, 0.30
"""Of the contacts: another address, e-mail address, telephone number than the customer's; errors in the address; `Street` for `St`."""

NO_ADDRESS, NO_PHONE, NO_EMAIL = 0.03, 0.20, 0.04
"""Missing on each side."""

COMPANY, OTHER_FORM, SUFFIX_GIVEN = 0.08, 0.10, 0.75
"""Customers with a company; whose display name is not First Last; of those with a suffix, the ones whose record says it."""


FREQUENT = 0.2
"""Of the people: those who bear one of some fifty frequent family names."""


@dataclass(frozen=True)
class Variant:
    """Which of the people are known to both services, and by what."""

    name: str
    emails: bool = True
    new: float = 0.0
    """The share of the contacts that no customer is."""
    has_goals: bool = True


VARIANTS = (
    Variant("both e-mails"),
    Variant("no e-mails", emails=False),
    Variant("half new", new=0.5),
    Variant("half new, no e-mails", emails=False, new=0.5, has_goals=False),  # harder than any goal was set for
)


@dataclass(frozen=True)
class Person:
    """Somebody, or what one service has of somebody; empty text for what it does not have."""

    id: int
    given: str
    family: str
    middle: str = ""
    suffix: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    house: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    display: str = ""
    """Of a customer."""


@dataclass(frozen=True)
class Identities:
    """The customers of a company, the contacts that order, and which customer each contact is: None for somebody new."""

    customers: list[Person] = field(default_factory=list)
    contacts: list[Person] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)


def identities(variant: Variant, seed: int, number: int = NUMBER) -> Identities:
    """The people of a seed: `number` customers, and as many contacts."""
    chance = random.Random(f"{seed} {variant.name}")
    new = round(number * variant.new)
    everybody = _everybody(chance, number + new)
    known, strangers = everybody[:number], everybody[number:]
    taken: set[str] = set()
    customers = [_as_customer(one, chance, taken, variant) for one in known]
    buyers = [*chance.sample(known, number - new), *strangers]
    chance.shuffle(buyers)
    contacts = [_as_contact(one, chance, variant) for one in buyers]
    ids = {one.id for one in known}
    return Identities(customers, contacts, [one.id if one.id in ids else None for one in buyers])


def _everybody(chance: random.Random, number: int) -> list[Person]:
    """All people, mixed, so that some of a household are known and others are new."""
    found: list[Person] = []
    while len(found) < number:
        head = _anybody(chance, 1_000 + len(found))
        found.append(head)
        # Every household adds two more on the average.
        if chance.random() < IN_HOUSEHOLD / (3 - 2 * IN_HOUSEHOLD):
            given = {head.given}
            for _ in range(chance.choice((1, 1, 2, 2, 4))):
                found.append(_relative(head, chance, 1_000 + len(found), given))
                given.add(found[-1].given)
    chance.shuffle(found)
    return found[:number]


def _anybody(chance: random.Random, id: int) -> Person:
    given, family = _given(chance), _family(chance)
    house, street, city, state, postal_code = _address(chance)
    company = f"{_family(chance)} {chance.choice(_TRADES)}" if chance.random() < COMPANY else ""
    return Person(
        id,
        given,
        family,
        middle=chance.choice("ABCDEFGHJKLMNPRSTW"),
        suffix=chance.choice(("Sr.", "Jr.", "III")) if chance.random() < JUNIOR else "",
        company=company,
        email=_email(chance, given, family),
        phone=_phone(chance),
        house=house,
        street=street,
        city=city,
        state=state,
        postal_code=postal_code,
    )


def _relative(head: Person, chance: random.Random, id: int, taken: set[str]) -> Person:
    own = _anybody(chance, id)
    family = head.family if chance.random() < 0.9 else own.family
    given, suffix = next(name for name in iter(lambda: _given(chance), "") if name not in taken), ""
    if not head.suffix and chance.random() < JUNIOR:
        given, family, suffix = head.given, head.family, "Jr."
    return replace(
        head,
        id=id,
        given=given,
        family=family,
        middle=own.middle,
        suffix=suffix,
        company="",
        email=head.email if chance.random() < SHARED_EMAIL else _email(chance, given, family),
        phone=head.phone if chance.random() < SHARED_PHONE else own.phone,
    )


def _as_customer(one: Person, chance: random.Random, taken: set[str], variant: Variant) -> Person:
    suffix = one.suffix if chance.random() < SUFFIX_GIVEN else ""
    plain = f"{one.given} {one.family}"
    forms = [plain, f"{plain} {suffix}" if suffix else f"{one.given} {one.middle}. {one.family}"]
    forms += [f"{plain} ({one.city})", f"{plain} (Infusionsoft {one.id})"]
    if chance.random() < OTHER_FORM:
        other = [f"{one.family}, {one.given}", f"{one.given} {one.middle}. {one.family}", one.company or plain]
        forms.insert(0, chance.choice(other))
    display = next(form for form in forms if form.lower() not in taken)
    taken.add(display.lower())
    return _with_gaps(replace(one, suffix=suffix, display=display), chance, variant)


def _as_contact(one: Person, chance: random.Random, variant: Variant) -> Person:
    """What the shop has: as the person writes it today, and not always rightly."""
    given, family, suffix = one.given, one.family, one.suffix if chance.random() < SUFFIX_GIVEN else ""
    if chance.random() < NICKNAME:
        given = chance.choice(_SHORT.get(given, (given,)))
    elif chance.random() < INITIAL:
        given = given[0]
    if chance.random() < MARRIED:
        family = chance.choice((_family(chance), f"{family}-{_family(chance)}"))
    if chance.random() < TYPED_WRONG:
        if chance.random() < 0.5:
            given = _mistyped(given, chance)
        else:
            family = _mistyped(family, chance)
    if chance.random() < SWAPPED:
        given, family = family, given
    found = replace(one, given=given, family=family, suffix=suffix)
    if chance.random() < OTHER_EMAIL:
        found = replace(found, email=_email(chance, one.given, one.family))
    if chance.random() < OTHER_PHONE:
        found = replace(found, phone=_phone(chance))
    if chance.random() < MOVED:
        house, street, city, state, postal_code = _address(chance)
        if chance.random() < 0.5:  # to another street of the town
            city, state, postal_code = one.city, one.state, one.postal_code
        found = replace(found, house=house, street=street, city=city, state=state, postal_code=postal_code)
    return _with_gaps(_address_as_typed(found, chance), chance, variant)


def _address_as_typed(one: Person, chance: random.Random) -> Person:
    street, house, city, postal_code = one.street, one.house, one.city, one.postal_code
    if chance.random() < OTHER_SPELLING:
        for short, long in _SPELLINGS:
            street = f"{street} ".replace(f" {short} ", f" {long} ").strip()
    if chance.random() < TYPED_ADDRESS:
        match chance.randrange(4):
            case 0:
                street = _mistyped(street, chance)
            case 1:
                city = _mistyped(city, chance)
            case 2:
                house = _mistyped(house, chance, "0123456789")
            case _:
                postal_code = _mistyped(postal_code, chance, "0123456789")
    return replace(one, street=street, house=house, city=city, postal_code=postal_code)


def _with_gaps(one: Person, chance: random.Random, variant: Variant) -> Person:
    if chance.random() < NO_ADDRESS:
        one = replace(one, house="", street="", city="", state="", postal_code="")
    if chance.random() < NO_PHONE:
        one = replace(one, phone="")
    if not variant.emails or chance.random() < NO_EMAIL:
        one = replace(one, email="")
    return one


def _mistyped(text: str, chance: random.Random, letters: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """One error as people make them: two letters exchanged, one left out, doubled, another, one too many."""
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    before, here, after = text[:at], text[at], text[at + 1 :]
    errors: Sequence[Callable[[], str]] = (
        lambda: before + after[0] + here + after[1:],
        lambda: before + after,
        lambda: before + here + here + after,
        lambda: before + chance.choice(letters) + after,
        lambda: before + chance.choice(letters) + here + after,
    )
    return chance.choice(errors)()


def _given(chance: random.Random) -> str:
    return chance.choices(_GIVEN, cum_weights=_GIVEN_WEIGHTS)[0]


def _family(chance: random.Random) -> str:
    """One of the frequent names, or one of thousands."""
    if chance.random() < FREQUENT:
        return chance.choices(_FAMILY, cum_weights=_FAMILY_WEIGHTS)[0]
    syllables = [chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 2, 3)))]
    return "".join(syllables).capitalize() + chance.choice(("", "n", "r", "s", "ton", "man", "ski", "ez"))


def _email(chance: random.Random, given: str, family: str) -> str:
    given, family = given.lower(), family.lower()
    number = chance.randrange(1, 10_000)
    local = chance.choice(
        (
            f"{given}.{family}{number}",
            f"{given[0]}{family}{number}",
            f"{family}{number}",
            f"{given}{number}",
            f"{given}_{family}{number}",
        )
    )
    return f"{local}@{chance.choice(('example.com', 'example.com', 'example.org', 'example.net'))}"


def _phone(chance: random.Random) -> str:
    return f"({chance.choice(_AREAS)}) {chance.randrange(200, 999)}-{chance.randrange(10_000):04}"


def _address(chance: random.Random) -> tuple[str, str, str, str, str]:
    city, state, code, codes = chance.choices(_CITIES, cum_weights=_CITY_WEIGHTS)[0]
    street = chance.choices(_STREETS, cum_weights=_STREET_WEIGHTS)[0]
    street = f"{chance.choice(('N', 'S', 'E', 'W'))} {street}" if chance.random() < 0.3 else street
    street = f"{street} Apt {chance.randrange(1, 60)}" if chance.random() < 0.15 else street
    return str(chance.randrange(1, 9_999)), street, city, state, f"{code + chance.randrange(codes):05}"


def _zipf(number: int, power: float) -> list[float]:
    return list(accumulate(1 / (rank + 3) ** power for rank in range(number)))


_SHORT = {
    "Robert": ("Bob", "Rob"),
    "William": ("Bill", "Will"),
    "James": ("Jim",),
    "John": ("Jack", "Johnny"),
    "Michael": ("Mike",),
    "Richard": ("Rick", "Dick"),
    "Thomas": ("Tom",),
    "Christopher": ("Chris",),
    "Daniel": ("Dan",),
    "Matthew": ("Matt",),
    "Anthony": ("Tony",),
    "Joseph": ("Joe",),
    "Charles": ("Chuck", "Charlie"),
    "Edward": ("Ed", "Ted"),
    "Steven": ("Steve",),
    "Elizabeth": ("Liz", "Beth"),
    "Jennifer": ("Jen",),
    "Margaret": ("Peggy", "Maggie"),
    "Patricia": ("Pat", "Trish"),
    "Katherine": ("Kate", "Kathy"),
    "Susan": ("Sue",),
    "Deborah": ("Deb", "Debbie"),
    "Jessica": ("Jess",),
    "Barbara": ("Barb",),
}
_GIVEN = [
    *("James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William"),
    *("Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Christopher", "Karen", "Charles", "Lisa"),
    *("Daniel", "Nancy", "Matthew", "Betty", "Anthony", "Sandra", "Mark", "Margaret", "Steven", "Ashley", "Paul"),
    *("Kimberly", "Andrew", "Emily", "Joshua", "Donna", "Kenneth", "Michelle", "Kevin", "Carol", "Brian", "Amanda"),
    *("George", "Melissa", "Edward", "Deborah", "Ronald", "Stephanie", "Timothy", "Rebecca", "Jason", "Laura", "Maria"),
    *("Ryan", "Cynthia", "Jacob", "Katherine", "Gary", "Amy", "Eric", "Angela", "Jonathan", "Anna", "Larry", "Jose"),
    *("Ruth", "Frank", "Brenda", "Scott", "Pamela", "Justin", "Nicole", "Carlos", "Olga", "Ivan", "Priya", "Mei"),
    *("Ahmed", "Fatima", "Hiroshi", "Ingrid", "Lars", "Zoe", "Xavier", "Yusuf", "Wanda", "Quentin", "Ursula", "Otto"),
]
_GIVEN_WEIGHTS = _zipf(len(_GIVEN), 0.5)
_FAMILY = [
    *("Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez", "Lopez"),
    *("Hernandez", "Gonzalez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Perez"),
    *("Thompson", "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson", "Walker", "Young", "Allen"),
    *("King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores", "Green", "Adams", "Nelson", "Baker", "Hall"),
    *("Rivera", "Campbell", "Mitchell", "Carter", "Roberts", "Gomez", "Phillips", "Evans", "Turner", "Diaz", "Parker"),
]
_FAMILY_WEIGHTS = _zipf(len(_FAMILY), 0.5)
_SYLLABLES = [consonant + vowel for consonant in "bcdfghklmnprstvwz" for vowel in ("a", "e", "i", "o", "u", "ar", "en")]
_TRADES = ("Plumbing", "Design", "Consulting LLC", "& Sons", "Foods Inc.", "Dental", "Roofing", "Media")
_AREAS = (602, 480, 623, 520, 617, 312, 214, 512)
_CITIES = [
    ("Phoenix", "AZ", 85001, 54),
    ("Tucson", "AZ", 85701, 30),
    ("Mesa", "AZ", 85201, 15),
    ("Chandler", "AZ", 85224, 6),
    ("Boston", "MA", 2108, 28),
    ("Chicago", "IL", 60601, 57),
    ("Dallas", "TX", 75201, 50),
    ("Austin", "TX", 78701, 40),
]
_CITY_WEIGHTS = _zipf(len(_CITIES), 1.0)
_SPELLINGS = (("St", "Street"), ("Ave", "Avenue"), ("Dr", "Drive"), ("Rd", "Road"), ("N", "North"), ("Apt", "#"))
_STREETS = [
    f"{name} {kind}"
    for kind in ("St", "Ave", "Dr", "Rd", "Ln", "Blvd")
    for name in (
        *("Main", "Oak", "Central", "Park", "Cedar", "Lake View", "Church", "Elm", "Maple", "Washington", "Mill"),
        *(
            "Highland",
            "Sunset",
            "Camelback",
            "Indian School",
            "Thunderbird",
            "Saguaro",
            "Prospect",
            "Juniper",
            "Walnut",
        ),
    )
]
_STREET_WEIGHTS = _zipf(len(_STREETS), 0.5)
