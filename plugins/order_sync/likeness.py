"""How alike two people's names, and two postal addresses, are: what typing errors, short names and other spellings leave of them.

Equal keys decide (`keys`); this only tells what speaks for and against.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from order_sync.keys import compared, former_name, key_function, plain_key
from order_sync.nicknames import given_names, is_short, spellings
from order_sync.settings import Equality

_GENERATIONS = {
    **dict.fromkeys(("sr", "senior", "i"), "Sr."),
    **dict.fromkeys(("jr", "junior", "ii", "2nd"), "Jr."),
    **dict.fromkeys(("iii", "3rd"), "III"),
    **dict.fromkeys(("iv", "4th"), "IV"),
    **dict.fromkeys(("v", "5th"), "V"),
}
_IN_NAMES = _GENERATIONS.keys() - {"i", "v"}  # alone, those are an initial
_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "md", "phd", "esq", "cpa", "dds"))
_ADDED = re.compile(r"\s*[(\[<].*")

folded_name = key_function("DisplayName", Equality())
"""A name as it is compared here, whatever a store's settings are."""


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name: the first word of the given names, the family name, folded; empty for none; and `Sr.`, `Jr.`, `III`, `IV`."""

    given: str = ""
    family: str = ""
    generation: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is more than one word."""
        return bool(self.given and self.family)


def person_name(given: str, family: str, suffix: str = "") -> Name:
    """A name that is given in parts; a family name may bear the suffix: `Smith Jr.`; and one part may hold the whole name."""
    if not (given and family):
        name = written_name(given or family)
        return replace(name, generation=generation_of(suffix) or name.generation)
    words, generation = _without_additions(folded_name(family).split())
    found = generation_of(suffix) or generation
    first, _ = _without_additions(folded_name(given).split())
    return Name(first[0] if first else "", " ".join(words), found)


@lru_cache(10_000)
def written_name(text: str) -> Name:
    """A name in one text, as `Ann M. Lee Jr.`, `Lee, Ann` or `Ann Lee (Infusionsoft 77)`."""
    family, comma, given = _ADDED.sub("", text).partition(",")
    words, generation = _without_additions(folded_name(given).split())
    if comma and words:
        return person_name(words[0], family, generation)
    words, generation = _without_additions(folded_name(f"{family} {given}").split())
    behind = [word for word in words[1:-1] if len(word) > 1] + words[1:][-1:]
    return Name(words[0] if words else "", " ".join(behind), generation)


def generation_of(suffix: str) -> str:
    """What a suffix says about which of several of one name is meant; empty for nothing, as `MD`."""
    return next((_GENERATIONS[word] for word in folded_name(suffix).split() if word in _GENERATIONS), "")


def _without_additions(words: list[str]) -> tuple[list[str], str]:
    generation = next((_GENERATIONS[word] for word in words[1:] if word in _IN_NAMES), "")
    left = [word for word in words if word not in _TITLES]
    return (left[:1] + [word for word in left[1:] if word not in _IN_NAMES], generation)


def names_agree(one: Name, other: Name) -> bool | None:
    """Whether two names may be one person's; None where that cannot be told: one is a single word, or only the family names differ."""
    if not (one.is_whole and other.is_whole):
        if _is_joined(one, other) or _is_joined(other, one):
            return True
        words = {one.given, *one.family.split()} & {other.given, *other.family.split()} - {""}
        return None if words or not (one.given or one.family) or not (other.given or other.family) else False
    given, family = _same_given(one.given, other.given), _same_family(one.family, other.family)
    if (given and family) or (_nearly(one.given, other.family) and _nearly(one.family, other.given)):
        return True
    return None if given else False


def _is_joined(one: Name, other: Name) -> bool:
    """Whether one name in ideographs is the other's two, which are written without a space: 王伟."""
    text = one.given or one.family
    orders = (other.family + other.given, other.given + other.family) if other.is_whole else ()
    return not one.is_whole and text in orders and all(map(_is_ideograph, text))


def _same_given(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1 and not _is_ideograph(shorter):
        return one[0] == other[0]
    if not given_names(one).isdisjoint(given_names(other)):
        return True
    is_beginning = len(shorter) > 2 and longer.startswith(shorter)
    is_known = one in _SPELLINGS and other in _SPELLINGS
    if is_known and not (is_beginning and is_short(shorter)):
        # No slip of each other, as Mary and Gary, Paul and Paula; but Sean and Shawn are one name.
        return _SPELLINGS[one] == _SPELLINGS[other]
    return is_beginning or _nearly(one, other)


_SPELLINGS = {folded_name(name): at for at, one in enumerate(spellings()) for name in one}


def _is_ideograph(letter: str) -> bool:
    """Whether one character is a name by itself, and no initial: Chinese, Japanese, Korean."""
    return letter >= "\u2e80"


def _same_family(one: str, other: str) -> bool:
    words, others = set(one.split()), set(other.split())
    return words <= others or others <= words or _nearly(one, other) or one.replace(" ", "") == other.replace(" ", "")


def _nearly(one: str, other: str) -> bool:
    """Equal but for a typing error, or two in a long word."""
    shorter = min(len(one), len(other))
    allowed = 0 if shorter < 3 or (shorter == 3 and len(one) == len(other)) else 1 if shorter < 8 else 2
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


_SHORT_FORMS = {
    long: short
    for short, forms in {
        "st": "street str",
        "ave": "avenue av",
        "rd": "road",
        "dr": "drive",
        "ln": "lane",
        "blvd": "boulevard",
        "ct": "court",
        "pl": "place",
        "hwy": "highway",
        "pkwy": "parkway",
        "ter": "terrace",
        "n": "north",
        "s": "south",
        "e": "east",
        "w": "west",
        "apt": "apartment unit suite ste",
    }.items()
    for long in forms.split()
}
_CODE = re.compile(r"\s(\d{5} \d{4}|[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}|[a-z]\d[a-z] \d[a-z]\d|(?=\S*\d)\w{4,})$")
"""A postal code at the end: ZIP+4, British, Canadian, or any word of four with a digit."""

_BOX = re.compile(r"\bp ?o box\b|\bpostfach\b")


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address in one line, taken apart: the number of the house, the postal code, the rest."""

    number: str
    code: str
    words: str
    is_box: bool


@lru_cache(10_000)
def place(line: str) -> Place:
    """A folded line, street first and postal code last, as `keys.address_line` makes it."""
    text = re.sub(r"[^\w\s]", " ", line.replace("#", " apt ").replace(".", ""))
    text = " ".join(text.split())
    written = _CODE.search(text)
    code = written[1].replace(" ", "") if written else ""
    words = [_SHORT_FORMS.get(word, word) for word in (text[: written.start()] if written else text).split()]
    number = next((word for word in words if _has_digit(word)), "")
    rest = " ".join(word for word in words if word != number and word != "apt")
    return Place(number, code[:5], rest, bool(_BOX.search(text)))


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


STREET_ALIKE, NEARLY_ALIKE = 75, 90
"""From this likeness of street and town on (0 to 100) the same number is the same house; and another number may be an error."""


def places_agree(one: Place, other: Place) -> bool | None:
    """Whether two addresses are one house; None where that cannot be told: another number in the street, a post-office box."""
    alike = fuzz.ratio(one.words, other.words)
    same_code = bool(one.code) and _nearly_number(one.code, other.code)
    if one.is_box != other.is_box:
        return None if same_code or not (one.code and other.code) else False
    if one.number and other.number:
        if one.number == other.number:
            return True if alike >= STREET_ALIKE else None if same_code else False
        if alike < NEARLY_ALIKE:
            return False
        return True if _nearly_number(one.number, other.number) and same_code else None
    if alike >= NEARLY_ALIKE:
        return True
    return None if same_code or alike >= STREET_ALIKE else False


def _nearly_number(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    return one == other or (shorter > 2 and OSA.distance(one, other, score_cutoff=1) <= 1)


def likeness_of_places(one: Place, other: Place) -> float:
    """0 to 100."""
    return fuzz.ratio(f"{one.number} {one.words} {one.code}", f"{other.number} {other.words} {other.code}")


def plain_lines(lines: str) -> tuple[str, ...]:
    """The addresses of a party, folded as a customer's are kept."""
    return tuple(filter(None, map(plain_key, lines.splitlines())))


class Known(NamedTuple):
    """A customer as look-alikes are compared: `addresses` in lines, `emails` and `phones` with commas between them."""

    id: str
    name: str
    active: bool
    emails: str
    addresses: str
    phones: str
    currency: str = ""


def blocks(names: Iterable[Name], emails: Iterable[str], lines: Iterable[str], phones: Iterable[str]) -> list[str]:
    """The blocks in which somebody is looked for: a telephone number, what stands before the @, number and street of the house, the
    first letters of given and family name in any order, the family name's last with an initial, the postal code."""
    found = [f"t {phone}" for phone in phones if phone]
    found += [f"e {local}" for email in emails if (local := local_part(email))]
    places = [place(line) for line in lines]
    found += [f"a {one.number} {_street_start(one.words)}" for one in places if one.number and one.words]
    for name in names:
        for given in sorted(given_names(name.given)):
            starts = sorted({given[:3], name.family[:3]} - {""})
            found += [f"n {' '.join(starts)}"] if starts else []
            found += [f"l {given[:1]}{name.family[-4:]}"] if name.family else []
    found += [f"p {one.code}" for one in places if one.code]
    return list(dict.fromkeys(found))


def _street_start(words: str) -> str:
    return next((word for word in words.split() if len(word) > 1), words)[:3]


def local_part(email: str) -> str:
    """What stands before the @, letters and digits alone."""
    return "".join(filter(str.isalnum, email.partition("@")[0].partition("+")[0]))


def blocks_of_customer(body: Mapping[str, Any]) -> list[str]:
    """Those of a customer as QuickBooks gives it."""
    columns = compared(body)
    own = person_name(body.get("GivenName") or "", body.get("FamilyName") or "")
    names = dict.fromkeys((written_name(former_name(body)), own))
    return blocks(names, columns["emails"].split(","), columns["addresses"].splitlines(), columns["phones"].split(","))
