"""The Compose file as Compose reads it: anchors merged, variables put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^${}]*))?\}")


def put_in(value: str, variables: Mapping[str, str]) -> str:
    """A value with its variables, innermost first; `:-` gives a default, `:?` refuses."""

    def found(match: re.Match[str]) -> str:
        if given := variables.get(match[1]):
            return given
        assert match[2] != "?", f"{match[1]} must be given"
        return match[3] or ""

    kept = value.replace("$$", "\0")
    while (after := _VARIABLE.sub(found, kept)) != kept:
        kept = after
    assert "$" not in kept, value
    return kept.replace("\0", "$")


def environment(service: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What a service is started with, of what the file says."""
    return {name: put_in(str(value), variables) for name, value in SERVICES[service].get("environment", {}).items()}
