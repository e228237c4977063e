"""The lines of an address: where in them the street is, whom a letter goes to, and what of town and country stands below.

Infusionsoft has two lines, for the street. QuickBooks has five, and accountants write in them what stands on a letter: a company, `Attn:`,
and where a list was imported, the town with its postal code too, its own fields empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal

from order_sync.countries import country_key, is_country, plain_name
from order_sync.regions import region_key

LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")

Found = Literal["none", "other", "same", "with town"]

_ADDRESSEE = re.compile(
    r"(attn|attention|att|fao|c/o|c/-|care of|z ?hd|zu handen|t ?a ?v|a l ?attention|a la atencion|presso)(\b|(?<=-))(?! ?\d)"
)
"""How a line begins that says who is to get what comes to the street."""

_NUMBERED = frozenset(("apt", "apartment", "unit", "suite", "ste"))
"""Words before the number of a flat or an office, in whose place people write #, or nothing."""

_DOORS = _NUMBERED | {
    *("flat", "studio", "room", "rm", "floor", "fl", "level", "building", "bldg", "block", "tower", "wing", "hall"),
    *("gate", "dock", "entrance", "door", "box"),
}
"""Where one of them stands, a line says which door, and is no name of a company or of a house."""

_SHORT = {
    word: short
    for short, words in {
        "st": "street str saint",
        "ave": "avenue av avenida",
        "rd": "road",
        "blvd": "boulevard bd",
        "dr": "drive",
        "ln": "lane",
        "ct": "court",
        "pl": "place",
        "sq": "square",
        "hwy": "highway",
        "pkwy": "parkway",
        "ter": "terrace",
        "cir": "circle",
        "trl": "trail",
        "bldg": "building",
        "fl": "floor",
        "rm": "room",
        "mt": "mount",
        "ft": "fort",
        "n": "north",
        "s": "south",
        "e": "east",
        "w": "west",
        "ne": "northeast",
        "nw": "northwest",
        "se": "southeast",
        "sw": "southwest",
    }.items()
    for word in words.split()
}
"""Words of streets and towns that half of the people shorten: none of them makes another one."""


def street_in(wanted: Mapping[str, str], has: Mapping[str, str | None], home: str, names: Collection[str]) -> Found:
    """Whether the street of an address, where it has one, is that in the lines of another one, and whether its town stands there too.

    Lines that say who is to get it count for nothing, nor do those above a street with its number that may be a company or the name of a
    house; but of the address that is to be written, only where the other one says somebody too. `names` are what customer and contact are
    called.
    """
    country = country_key(wanted.get("Country") or has.get("Country") or home)
    mine, theirs = _lines(wanted), _lines(has)
    my_street, their_street = _below_names(mine, names), _below_names(theirs, names)
    street = place_key(" ".join(my_street), country)
    says_whom = my_street != mine and any(map(_is_addressee, mine)) and their_street == theirs
    for start in range(len(their_street) if _has_digit(street) else 1):
        if not all(map(_may_be_name, their_street[:start])):
            break
        words = [word for line in their_street[start:] for word in line.split()]
        for end in range(len(words) + 1):
            if place_key(" ".join(words[:end]), country) != street:
                continue
            if end == len(words):
                return "other" if says_whom and not start else "same"
            is_door = words[end - 1] in (*_NUMBERED, "#") or words[end].startswith("#")
            if street and not is_door and _is_town(words[end:], wanted, country):
                return "with town"
    return "other" if street else "none"


def place_key(text: str, country: str) -> str:
    """What two writings of the same street, or of the same town, share; `country` is the key of its country."""
    text = re.sub(r"\b(p o|post office) box\b", "po box", plain(text).replace("#", " ").replace("-", " "))
    if country in _WITH_UMLAUTS:
        text = re.sub(r"([aou])e", r"\1", text)
    words = [re.sub("strasse$|str$", "st", _SHORT.get(word, word)) for word in text.split() if word not in _NUMBERED]
    return re.sub(r"(?<=\d) (?=[a-z]\b)", "", " ".join(words))


_WITH_UMLAUTS = frozenset({"AT", "CH", "DE", "LI", "LU"})
"""Where `ü` is written `ue` too."""


def postal_key(text: str) -> str:
    """What two writings of the same postal code share: without spaces, hyphens, and the country's letters before its digits."""
    return "".join(filter(str.isalnum, re.sub(r"^[a-z]{1,2}-(?=\d)", "", plain(text))))


def plain(text: str) -> str:
    """A text without case, accents, full stops, commas and what spaces it has."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # The marks of other scripts tell words apart.
    kept = "".join(mark for mark in folded if not "\u0300" <= mark <= "\u036f" and mark not in ".'’")
    return " ".join(kept.replace(",", " ").split())


def is_zip_of(code: str, whole: str) -> bool:
    """Whether this is the ZIP code of a ZIP+4."""
    return bool(re.fullmatch(r"\s*(\d{5})-\d{4}\s*", whole)) and whole.strip()[:5] == code.strip()


def _lines(parts: Mapping[str, str | None]) -> list[str]:
    return [line for name in LINES for text in (parts.get(name) or "").splitlines() if (line := plain(text))]


def _below_names(lines: list[str], names: Collection[str]) -> list[str]:
    """The lines without those that say who is to get it; all of them where nothing else is left.

    Where no other line is a street, one of them may hold it: `c/o Bob, 5 Main St` above `Apt 4`.
    """
    left = [line for line in lines if not _is_addressee(line)]
    if not any(map(_may_be_street, left)):
        left = [line for line in lines if not _is_addressee(line) or _may_be_street(line)]
    known = set(map(plain, names))
    while left and left[0] in known:
        left = left[1:]
    return left or lines


def _is_addressee(line: str) -> bool:
    return bool(_ADDRESSEE.match(line))


def _may_be_street(line: str) -> bool:
    """Whether a line has a number and a word that is not a door's."""
    return _has_digit(line) and any(word.isalpha() and len(word) > 1 and word not in _DOORS for word in line.split())


def _may_be_name(line: str) -> bool:
    return not _has_digit(line) and _DOORS.isdisjoint(line.split())


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_town(words: Sequence[str], wanted: Mapping[str, str], country: str) -> bool:
    """Whether the words below a street are the town of an address, its postal code, its region and its country, in any order.

    Region and country may be left out; what the address itself leaves out may be anything beside a postal code.
    """
    code, city, region = (wanted.get(name) for name in ("PostalCode", "City", "CountrySubDivisionCode"))
    left, has_code = _without(
        words, lambda some: postal_key(some) == postal_key(code or "") or is_zip_of(code or "", some)
    )
    left, has_city = _without(left, lambda some: place_key(some, country) == place_key(city or "", country))
    left, _ = _without(left, lambda some: region_key(some, country) == region_key(region or "", country))
    left = _without_country(left, country)
    if (code and not has_code) or (wanted.get("Country") and _is_abroad(" ".join(left), country)):
        return False
    if not left:
        return has_code or has_city or not city
    if not _DOORS.isdisjoint(left):
        return False
    if any(map(_has_digit, left)):
        return not code and any(len(word) > 2 for word in filter(_has_digit, left))
    return bool(code or city) and not (city and (region or not has_city)) and len(left) <= _LONGEST


def _without_country(words: list[str], country: str) -> list[str]:
    """The words without this country's name, or code, at their end."""
    for start in range(len(words)):
        if country_key(" ".join(words[start:])) == country:
            return words[:start]
    return words


def _is_abroad(text: str, country: str) -> bool:
    """Whether this is another country's name; not a code, which may be a region's too."""
    is_region = region_key(text, country) != plain_name(text)
    return len(text) > 3 and is_country(text) and not is_region


_LONGEST = 4
"""Words of a town, or of a region."""


def _without(words: Sequence[str], is_it: Callable[[str], bool]) -> tuple[list[str], bool]:
    """The words without the last ones together that are meant; and whether there were any."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length, -1, -1):
            if is_it(" ".join(words[start : start + length])):
                return [*words[:start], *words[start + length :]], True
    return list(words), False
