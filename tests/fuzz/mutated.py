"""Documents as a service or a person may give them by mistake: a real one, with something in it that is not as it should be.

`mutated` gives values as Python has them after JSON was read (or YAML); `mutated_bytes` gives what arrives over the wire, which may be no
JSON at all. Both shrink to the document itself with one place changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 10**19, -(10**40), 0.1, -0.0, 1e-300, 1e308),
    *("", " ", "0", "-1", "1e999999", "NaN", "null", "None", "true", "a\0b", "\x0b\x1f", "half \ud83d", "\udf89", "🎉" * 40),
    *("x" * 50, "9" * 60, "x" * 5000, "1,2", "a'b\"c\\d", "<a>&amp;</a>", "../..", "%s {0}", "\u202egnirts", "\ufeff"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999-12:00", "2026-02-30T00:00:00Z", "2026-05-21", "24:00"),
    *([], [[]], [None], [[[{}]]], ["x", 1, None], {}, {"": None}, {"id": None}, {"value": {"value": []}}),
)  # fmt: skip
"""What may stand anywhere."""

NUMBERS = (
    *("1e99999999999999999999", "-1e99999999999999999999", "1e-99999999999999999999", "1E400", "0." + "0" * 400 + "1"),
    *("9" * 400, "9" * 5000, "-0", "NaN", "Infinity", "-Infinity", "1.0", "01", "0x1F", "1_000"),
)
"""Numbers that only a text of JSON can hold; the last ones are none."""

_CHOICE = st.integers(0, 2**60)
"""Where, how and with what: one number, because each that is drawn takes its time."""
_HOLE = "\u0001the odd number\u0001"
Place = tuple[Any, Any]


def mutated(document: Any) -> st.SearchStrategy[Any]:
    """The document with one to three of its places changed: left out, replaced, of another type, doubled, or exchanged."""
    text = json.dumps(document)
    return st.lists(_CHOICE, min_size=1, max_size=3).map(lambda choices: _changed(text, choices))


def mutated_bytes(document: Any) -> st.SearchStrategy[bytes]:
    """The document as bytes of JSON, mutated; with an odd number or a doubled key in it, or cut, garbled or in another encoding."""
    return st.builds(_damaged, mutated(document), _CHOICE)


def _changed(text: str, choices: list[int]) -> Any:
    holder = [json.loads(text)]
    for choice in choices:
        if not (places := _places(holder)):
            break
        choice, where = divmod(choice, len(places))
        choice, how = divmod(choice, len(_CHANGES))
        _CHANGES[how](places[where], places, choice)
    return holder[0] if holder else None


def _places(container: Any) -> list[Place]:
    """Every place of a value inside a container, the outermost first: the container it is in, and its key there."""
    keys = list(container) if isinstance(container, dict) else range(len(container))
    found: list[Place] = [(container, key) for key in keys]
    for key in keys:
        if isinstance(container[key], dict | list):
            found += _places(container[key])
    return found


def _replace(place: Place, _places: list[Place], choice: int) -> None:
    container, key = place
    container[key] = deepcopy(ODD[choice % len(ODD)])  # it may be changed in its turn


def _leave_out(place: Place, _places: list[Place], _choice: int) -> None:
    container, key = place
    del container[key]


def _exchange(place: Place, places: list[Place], choice: int) -> None:
    container, key = place
    other, name = places[choice % len(places)]
    container[key] = deepcopy(other[name])  # or it could contain itself


def _double(place: Place, _places: list[Place], _choice: int) -> None:
    container, key = place
    if isinstance(container, list):
        container.insert(key, container[key])
    else:
        container[f"{key} "] = container[key]


def _retype(place: Place, _places: list[Place], choice: int) -> None:
    container, key = place
    value = container[key]
    others = ([value], {"value": value}, [value] * 3, str(value), _as_number(value), {str(value): key})
    container[key] = others[choice % len(others)]


def _as_number(value: Any) -> Any:
    digits = "".join(filter(str.isdigit, str(value)))[:15]
    return float(digits) / 1000 if digits else -1


_CHANGES: tuple[Callable[[Place, list[Place], int], None], ...] = (
    _replace,
    _leave_out,
    _exchange,
    _retype,
    _double,
    _replace,
)


def _damaged(document: Any, choice: int) -> bytes:
    choice, how = divmod(choice, len(_DAMAGES))
    choice, plain = divmod(choice, 2)
    body = json.dumps(document, ensure_ascii=bool(plain)).encode("utf-8", "surrogatepass")
    return _DAMAGES[how](body, document, choice)


def _nothing(body: bytes, _document: Any, _where: int) -> bytes:
    return body


def _odd_number(_body: bytes, document: Any, where: int) -> bytes:
    holder = [json.loads(json.dumps(document))]
    places = _places(holder)
    container, key = places[where % len(places)]
    container[key] = _HOLE
    return json.dumps(holder[0]).replace(json.dumps(_HOLE), NUMBERS[where // len(places) % len(NUMBERS)]).encode()


def _doubled_key(body: bytes, _document: Any, where: int) -> bytes:
    if not body.startswith(b"{") or body == b"{}":
        return body
    first, _, _rest = body[1:].partition(b":")
    return body[:-1] + b"," + first + b":" + json.dumps(ODD[where % len(ODD)]).encode() + b"}"


def _cut(body: bytes, _document: Any, where: int) -> bytes:
    return body[: where % (len(body) + 1)]


def _garbled(body: bytes, _document: Any, where: int) -> bytes:
    at = where % (len(body) + 1)
    return body[:at] + bytes([where % 256]) + body[at + where % 3 :]


def _encoded(body: bytes, _document: Any, where: int) -> bytes:
    text = body.decode("utf-8", "replace")
    others = ("utf-16", "utf-8-sig", "utf-32-be", "latin-1", "cp037")
    return text.encode(others[where % len(others)], "replace")


def _nested(body: bytes, _document: Any, where: int) -> bytes:
    depth = (where % 3) * 50_000
    return b"[" * depth + body + b"]" * depth


_DAMAGES: tuple[Callable[[bytes, Any, int], bytes], ...] = (
    *(_nothing, _odd_number, _nothing, _doubled_key, _nothing, _odd_number, _cut, _garbled, _encoded, _nested),
)


def as_read(value: Any) -> Any:
    """A mutated document as the clients read it: numbers with a fraction are `Decimal`."""
    return json.loads(json.dumps(value), parse_float=Decimal)
