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
from order_sync.settings.values import shown

LARGEST_FILE_BYTES = 64 * 1024
MOST_VALUES = 20_000
"""Aliases (`*name`) count each time: ten lines of them can stand for more values than a machine has room for."""


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
    if not (isinstance(name, str) and re.fullmatch(r"[\w-]{1,100}", name)):
        raise ConfigurationError(
            f"{path}: extends: {shown(name)} is not the name of a settings file.",
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


def read_yaml(text: str, what: object) -> Any:
    """The values of a text in YAML; ConfigurationError that says `what` is not readable, and where."""
    try:
        return _values(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is broken"
        raise ConfigurationError(
            f"{what} is not readable as YAML{where}: {why}.", advice="Check the indentation and the quotes there."
        ) from None
    except RecursionError:
        raise ConfigurationError(
            f"{what} is nested too deeply.", advice="See include/config/stores/demo.yaml for the form."
        ) from None


def _content(path: Path) -> dict[str, Any]:
    content = read_yaml(_text(path), path)
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"{path} holds no settings.", advice="See include/config/stores/demo.yaml for the form."
        )
    if "name" in content:
        raise ConfigurationError(
            f"{path}: name: there is no such setting; a store has its file's name.", advice="Take the line out."
        )
    return content


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a folder; or a pipe, at which a reader waits for ever
            raise ConfigurationError(f"{path} is not a file.", advice="Take it out of the folder of store settings.")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise ConfigurationError(
                f"{path} is larger than {LARGEST_FILE_BYTES // 1024} KB, which no settings are.",
                advice="Put the settings file back; a map of products belongs into a CSV file of its own.",
            )
        return content.decode("utf-8")
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


def _values(text: str) -> Any:
    loader = _Yaml(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _number_of_values(node, {}) > MOST_VALUES:
            raise yaml.composer.ComposerError(
                None, None, f"its aliases make more than {MOST_VALUES} values of it", node.start_mark
            )
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _number_of_values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node stands for, each alias counted as what it stands for; more than allowed for one that holds itself."""
    if id(node) not in known:
        known[id(node)] = MOST_VALUES + 1  # met again before it is counted: it holds itself
        inner = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
        counted = sum(_number_of_values(each, known) for each in inner) if isinstance(inner, list) else 0
        known[id(node)] = 1 + counted
    return known[id(node)]


class _Yaml(yaml.SafeLoader):
    """Refuses a key that stands twice, where YAML would let the last one win in silence, and says of each value where it stands."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key, _value in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{str(key.value)[:80]} stands twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # of 2026-31-01, a plain ValueError that names neither value nor place
            kind = node.tag.rpartition(":")[2]
            kind = {"timestamp": "date", "int": "whole number", "float": "number"}.get(kind, kind)
            what = f"{shown(node.value)} is no {kind} that exists"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error
