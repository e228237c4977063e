"""Settings files that somebody broke: whatever stands in one, it is read, or refused with a ConfigurationError that names it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from order_sync.errors import ConfigurationError
from order_sync.settings import ROOT, load_store

DEMO = (ROOT / "include/config/stores/demo.yaml").read_text()
FILES = [
    DEMO,
    # What the demo's file shows as comments, as settings.
    re.sub(r"^(\s*)# (\w+:|- \{)", r"\1\2", DEMO, flags=re.MULTILINE),
    *re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/businesses.md").read_text(), re.DOTALL),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1e308, float("inf"), float("nan"), 10**4000, "", " ", "off", "0x1F", "2026-31-01"),
    *(
        "\ud800",
        "\0",
        "\u202e",
        "x" * 5000,
        "{",
        "}{",
        "{first",
        "|",
        "a|b",
        "{order_id}" * 99,
        "' OR 1=1",
        "*/0 * * * *",
    ),
    *([], {}, [[]], [None], {"": ""}, {None: None}, {1: {2: {3: 4}}}, ["a"] * 500, [{"source": "Email"}], {"when": {}}),
]
TEXTS = [
    "\t",
    "\0",
    "\r",
    "\ufeff",
    "---\n",
    "...\n",
    "&a ",
    "*a ",
    "<<: *a\n",
    "!!binary ",
    "!!timestamp ",
    "!!set ",
    "!x ",
    "? ",
]
TEXTS += [
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "|\n",
    ">-\n",
    "#",
    '"',
    "'",
    "%YAML 9.9\n",
    "0b",
    "0o9",
    "1:2:3",
    "~",
    "=",
    "2026-02-30",
    "\x07",
]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each mapping or list in a value, with each of its keys."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, each in items:
        yield value, key
        yield from _places(each)


def _with_other_values(text: str, chance: random.Random) -> bytes:
    settings = yaml.safe_load(text) or {}
    for _ in range(chance.randint(1, 4)):
        holder, key = chance.choice(list(_places(settings)) or [({}, "x")])
        match chance.randrange(4):
            case 0:
                holder[key] = deepcopy(chance.choice(VALUES))
            case 1:
                other, of = chance.choice(list(_places(settings)))
                holder[key] = deepcopy(other[of])
            case 2 if isinstance(holder, dict):
                holder[chance.choice(["extends", "name", "", "x", 5, None, f"{key}s", "\0"])] = holder.pop(key)
            case _:
                holder[key] = [holder[key]]
    return yaml.safe_dump(settings, allow_unicode=True).encode("utf-8", "surrogatepass")


def _with_other_text(text: str, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        cut = chance.choice([0, 0, 1, 2, 30])
        text = text[:at] + chance.choice(TEXTS) * chance.choice([1, 1, 1, 40]) + text[at + cut :]
    return text.encode("utf-8", "surrogatepass")


def _with_other_bytes(text: str, chance: random.Random) -> bytes:
    content = bytearray(text.encode())
    for _ in range(chance.randint(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _without_comments(text: str) -> str:
    return "\n".join(line for line in re.sub(r"\s+#.*", "", text, flags=re.MULTILINE).splitlines() if line.strip())


@pytest.mark.parametrize(
    ("mutation", "number"), [(_with_other_values, 1600), (_with_other_text, 1700), (_with_other_bytes, 700)]
)
def test_r5_a_broken_settings_file_is_read_or_refused_in_words(
    tmp_path: Path, mutation: Callable[[str, random.Random], bytes], number: int
) -> None:
    (tmp_path / "_shared.yaml").write_text(DEMO)
    file, refused = tmp_path / "shop.yaml", 0
    files = [_without_comments(text) for text in FILES]
    for seed in range(number):
        chance = random.Random(seed)
        file.write_bytes(mutation(chance.choice(files), chance))
        refusal = _refusal(file)
        if refusal is None:
            continue
        refused += 1
        said = f"seed {seed}: {refusal}"
        assert tmp_path.name in refusal.message, said
        assert refusal.advice, said
        assert len(str(refusal)) < 20_000, said
        assert "settings cannot be made of" not in refusal.message, said
    assert number / 4 < refused <= number


def _refusal(file: Path) -> ConfigurationError | None:
    """What is said of a file; any other error is the test's, and the file that made it is left in its folder."""
    try:
        load_store(file)
    except ConfigurationError as error:
        return error
    return None
