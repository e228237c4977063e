"""A customer's name as the settings want it: a name format or a template, filled in from the parties of orders.

What is blank leaves nothing behind (docs/settings/customers.md): a blank field goes with the text between it and the field before it, and
with the brackets that hold it; what then stands first has nothing in front of it and no brackets. Text before the first and behind the
last field stays where some field is filled. Brackets are a template within the template. Behind `|` stands what is used where the
template before it comes out blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from order_sync.settings import NAME_FORMATS, CustomerSettings

_TEXT = pa.large_string()

# A field, or a pair of brackets with a field in it; splitting by it gives text, part, text, part, …, text.
_PART = re.compile(r"(\([^()]*\{[^()]*\)|\[[^\[\]]*\{[^\[\]]*\]|<[^<>]*\{[^<>]*>|\{\w+\})")

# All that Python takes for white space, in the words of RE2, whose own \s is ASCII only; a single plain space may stay.
_WHITE_SPACE = r"[\pZ\t-\r\x1c-\x1f\x{85}]{2,}|[^\PZ ]|[\t-\r\x1c-\x1f\x{85}]"


def name_column(parties: pd.DataFrame, source: str) -> pd.Series[str]:
    """The names of many parties at once, empty where no field is filled; white space is collapsed and trimmed.

    `source` is one of `settings.NAME_FORMATS` or a template. `parties` has a text column for each of `used_fields(source)`, empty text
    for none; the names come on the same index.
    """
    names, *others = (_filled_in(parties, template) for template in _template(source).split("|"))
    for other in others:
        names = pc.if_else(pc.equal(names, ""), other, names)
    tidy = pc.utf8_trim_whitespace(pc.replace_substring_regex(names, _WHITE_SPACE, " "))
    return pd.Series(tidy, index=parties.index, dtype="str")


def name_of(party: Mapping[str, str], source: str) -> str:
    """One party's name, by the rule of `name_column`; `party` has each of `used_fields(source)`."""
    alone = pd.DataFrame([{field: party[field] for field in used_fields(source)}], index=[0])
    return str(name_column(alone, source).iloc[0])


def used_fields(source: str) -> tuple[str, ...]:
    """The fields that a source is made from, each once, in its order."""
    return tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", _template(source))))


def compares_contacts(settings: CustomerSettings) -> bool:
    """Whether a criterion compares the contact's id: it changes where two contacts are merged."""
    return any("contact_id" in used_fields(criterion.source) for criterion in settings.criteria)


def _template(source: str) -> str:
    return NAME_FORMATS.get(source, source)


def _filled_in(parties: pd.DataFrame, template: str) -> Any:
    before, *rest = _PART.split(template)
    names, behind = _part(parties, rest[0])[0], rest[-1]
    for between, part in zip(rest[1:-1:2], rest[2::2], strict=True):
        whole, inner = _part(parties, part)
        following = pc.if_else(pc.equal(names, ""), inner, _joined(names, between, whole))
        names = pc.if_else(pc.equal(inner, ""), names, following)
    return pc.if_else(pc.equal(names, ""), "", _joined(before, names, behind)) if before or behind else names


def _part(parties: pd.DataFrame, part: str) -> tuple[Any, Any]:
    """A part with its brackets, and what stands in them; both are empty where that is."""
    if part.startswith("{"):
        field = pc.utf8_trim_whitespace(pa.array(parties[part[1:-1]], _TEXT))
        return field, field
    inner = _filled_in(parties, part[1:-1])
    return pc.if_else(pc.equal(inner, ""), "", _joined(part[0], inner, part[-1])), inner


def _joined(*texts: Any) -> Any:
    columns = (pa.scalar(text, _TEXT) if isinstance(text, str) else text for text in texts)
    return pc.binary_join_element_wise(*columns, pa.scalar("", _TEXT))
