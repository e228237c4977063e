"""The customers and orders that matching is measured on: made from numbers alone, so that the same sizes are the same people anywhere.

Names are unique but for the ambiguous ones. A hundredth of the customers are twins: they bear another customer's name, written a
little differently, as QuickBooks wants it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

AMBIGUOUS, UNKNOWN, BY_EMAIL, OTHER_EMAIL = 0.02, 0.13, 0.10, 0.03
"""Of the orders: the ones with a twin's name; the ones of nobody that is cached; the ones whose name is written otherwise, so that only
the e-mail finds them; and of those found by name, the ones with another e-mail than the customer's (their address agrees)."""

FEWEST = 200
"""Customers that are needed for one of each kind."""

_FIRST_ID = 1_000_000
_TWINS = 100  # one customer in so many
_STRIDE = 6_700_417  # a prime: walks over all pairs of a first and a last name without meeting one twice

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_ACCENTED = str.maketrans("aeiou", "áéíóú")
_PLAIN = str.maketrans("áéíóú", "aeiou")
_STREETS = ("Main St", "Oak Ave", "Mill Rd", "Cedar Ln", "Lake View Dr", "Church St")
_CITIES = ("Phoenix", "Tucson", "Mesa", "Chandler", "Glendale", "Scottsdale", "Gilbert", "Tempe")


def _pool(parts: list[list[str]]) -> np.ndarray:
    names = [""]
    for syllables in parts:
        names = [name + syllable for name in names for syllable in syllables]
    # Every seventh ends in an accent: such names take the slow path of the keys.
    return np.array(
        [
            (name[:-1] + name[-1].translate(_ACCENTED) if number % 7 == 0 else name).capitalize()
            for number, name in enumerate(names)
        ],
        dtype=object,
    )


_FIRST = _pool([_SYLLABLES[:50], _SYLLABLES[20:]])
_LAST = _pool([_SYLLABLES[:16], _SYLLABLES[8:24], _SYLLABLES[40:56]])
_MAILBOX_FIRST, _MAILBOX_LAST = (
    np.array([name.lower().translate(_PLAIN) for name in pool], dtype=object) for pool in (_FIRST, _LAST)
)


def people(numbers: np.ndarray) -> pd.DataFrame:
    """The persons of these numbers: columns customer_id, first, last, email, line1, city, postal_code (str)."""
    pairs = numbers * _STRIDE % (len(_FIRST) * len(_LAST))
    first, last = pairs % len(_FIRST), pairs // len(_FIRST)
    text = numbers.astype(str).astype(object)
    return pd.DataFrame(
        {
            "customer_id": (numbers + _FIRST_ID).astype(str),
            "first": _FIRST[first],
            "last": _LAST[last],
            "email": _MAILBOX_FIRST[first] + "." + _MAILBOX_LAST[last] + "." + text + "@example.com",
            "line1": text + " " + np.array(_STREETS, dtype=object)[numbers % len(_STREETS)],
            "city": np.array(_CITIES, dtype=object)[numbers % len(_CITIES)],
            "postal_code": (85_000 + numbers * 31 % 14_000).astype(str),
        },
        dtype="str",
    )


def customers(start: int, stop: int, number: int) -> pd.DataFrame:
    """The customers from `start` to `stop` of `number` (`people`'s columns, and display_name); the last hundredth are the twins."""
    numbers = np.arange(start, stop, dtype=np.int64)
    found = people(numbers)
    found["display_name"] = found["first"] + " " + found["last"]
    twins = number // _TWINS
    twin = numbers >= number - twins
    of = people(numbers[twin] - (number - twins))
    found.loc[twin, ["first", "last"]] = of[["first", "last"]].to_numpy()
    found.loc[twin, "display_name"] = (of["first"] + " " + of["last"] + ".").to_numpy()
    return found


def orders(number: int, of_customers: int) -> pd.DataFrame:
    """The orders, one row each, and what is right: `people`'s columns, order_id, and `answer`, a customer id, `ambiguous` or `unknown`.

    Here customer_id is the person's number at the shop, whether QuickBooks knows it or not.
    """
    random = np.random.default_rng([number, of_customers])
    twins = of_customers // _TWINS
    ambiguous, unknown, by_email = (round(number * share) for share in (AMBIGUOUS, UNKNOWN, BY_EMAIL))
    by_name = number - ambiguous - unknown - by_email
    kind = np.repeat(["ambiguous", "unknown", "email", "name"], [ambiguous, unknown, by_email, by_name])
    numbers = np.concatenate(
        [
            random.integers(0, twins, ambiguous),
            of_customers + random.permutation(unknown),
            random.integers(twins, of_customers - twins, by_email + by_name),
        ]
    )
    shuffled = random.permutation(number)
    kind, numbers = kind[shuffled], numbers[shuffled]
    found = people(numbers)
    found.insert(0, "order_id", (10_000_000 + np.arange(number)).astype(str))
    found["answer"] = np.where(np.isin(kind, ["ambiguous", "unknown"]), kind, found["customer_id"].to_numpy())
    found.loc[kind == "email", "first"] = found["first"].str[0] + "."
    moved = (kind == "name") & (random.random(number) < OTHER_EMAIL)
    found.loc[moved, "email"] = "new." + found["email"]
    _write_carelessly(found, random)
    return found


def _write_carelessly(found: pd.DataFrame, random: np.random.Generator) -> None:
    """Capitals and blanks as people type them: what the keys take away."""
    for column, share in (("first", 0.2), ("last", 0.2), ("email", 0.2)):
        loud = random.random(len(found)) < share
        found.loc[loud, column] = found[column].str.upper()
    blank = random.random(len(found)) < 0.05
    found.loc[blank, "last"] = found["last"] + " "


def orders_file(folder: Path, number: int, of_customers: int) -> Path:
    """A Parquet file of these orders, made if it is not there."""
    path = folder / f"orders_{number}_of_{of_customers}.parquet"
    if not path.exists():
        orders(number, of_customers).to_parquet(path, index=False)
    return path


def strangers_file(folder: Path, number: int, of_customers: int) -> Path:
    """A Parquet file of orders (`people`'s columns) of as many persons that no customer is; made if it is not there."""
    path = folder / f"strangers_{number}_to_{of_customers}.parquet"
    if not path.exists():
        people(of_customers + np.arange(number)).to_parquet(path, index=False)
    return path
