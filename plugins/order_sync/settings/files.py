"""A store's settings file as YAML, together with the files that it extends."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from order_sync.errors import ConfigurationError


@dataclass(frozen=True)
class SettingsFile:
    """One file's settings as they stand there, without `extends`."""

    path: Path
    content: dict[str, Any]


def read_files(path: Path) -> list[SettingsFile]:
    """The file and, after it, those that it extends, each the one before it; raises ConfigurationError that names the file at fault."""
    files: list[SettingsFile] = []
    following: Path | None = path
    while following:
        if following in (seen := [file.path for file in files]):
            circle = " → ".join(file.name for file in (*seen, following))
            raise ConfigurationError(
                f"{path}: extends goes round in a circle: {circle}.", advice="Take extends out of one of them."
            )
        content = _content(following)
        extended = _extended(following, content)
        files.append(SettingsFile(following, content))
        following = extended
    return files


def merged(files: Sequence[SettingsFile]) -> dict[str, Any]:
    """The settings of all files as one: mappings key by key, of everything else the first file's that has it."""
    return reduce(_merge, (file.content for file in reversed(files)))


def file_of(files: Sequence[SettingsFile], location: Sequence[str | int]) -> Path | None:
    """The file that the value at a place of the merged settings comes from; None for a place that no file has."""
    return next((file.path for file in files if _holds(file.content, location)), None)


def _merge(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merge(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **both}


def _holds(content: Any, location: Sequence[str | int]) -> bool:
    for part in location:
        if not isinstance(content, dict):
            return True  # what is no mapping comes whole from one file
        if part not in content:
            return False
        content = content[part]
    return True


def _extended(path: Path, content: dict[str, Any]) -> Path | None:
    """Takes `extends` out of the content, and gives the file that it names."""
    if "extends" not in content:
        return None
    name = content.pop("extends")
    if not (isinstance(name, str) and re.fullmatch(r"[\w-]+", name)):
        raise ConfigurationError(
            f"{path}: extends: {name!r} is not the name of a settings file.",
            advice="Name a file of the same folder, without its ending: extends: _shared.",
        )
    extended = path.with_name(f"{name}.yaml")
    if not extended.is_file():
        there = sorted(file.stem for file in path.parent.glob("*.yaml") if file != path)
        near = difflib.get_close_matches(name, there, n=1)
        raise ConfigurationError(
            f"{path}: extends: there is no file {extended}.",
            advice=f"Did you mean {near[0]}?" if near else f"Beside it are: {', '.join(there) or 'no other files'}.",
        )
    return extended


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Yaml)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise ConfigurationError(
            f"The settings file {path} could not be found.", advice="Make it from include/config/stores/demo.yaml."
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"{path} is not UTF-8 text.", advice="Save it as UTF-8; any editor can do that."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", advice="Check that it is a file, and its permissions."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigurationError(
            f"{path} is not readable as YAML{where}: {getattr(error, 'problem', error)}.",
            advice="Check the indentation and the quotes there.",
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"{path} holds no settings.", advice="See include/config/stores/demo.yaml for the form."
        )
    if "name" in content:
        raise ConfigurationError(
            f"{path}: name: there is no such setting; a store has its file's name.", advice="Take the line out."
        )
    return content


class _Yaml(yaml.SafeLoader):
    """Refuses a key that stands twice, where YAML would let the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key, _value in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)
