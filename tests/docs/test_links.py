"""The pages of the repository: links lead somewhere, what is named is there, and what is there is named."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from order_sync.settings import ROOT

_NOT_OURS = {"__pycache__", "node_modules", "site-packages"}


def files(*suffixes: str) -> list[Path]:
    """The repository's files with these endings; what tools keep in hidden folders is not ours."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name for name in folders if name == ".github" or (not name.startswith(".") and name not in _NOT_OURS)
        ]
        found.extend(Path(folder) / name for name in names if name.endswith(suffixes))
    return sorted(found)


PAGES = files(".md")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def code(page: Path) -> str:
    """What stands on a page as code, in blocks and in lines."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", prose(page))])


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the page's headings."""
    found, seen = set[str](), Counter[str]()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", prose(page), re.MULTILINE):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where the page's links into the repository lead: a file, and an anchor or nothing."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    for target in re.findall(r"\]\(<?([^)\s>]+)", text):
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        yield (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_link_leads_somewhere(page):
    dead = []
    for target, anchor in links(page):
        if not target.exists():
            dead.append(f"there is no {os.path.relpath(target, ROOT)}")
        elif anchor and anchor not in anchors(target):
            dead.append(f"{named(target)} has no heading for #{anchor}")
    assert not dead


def test_each_page_of_the_documentation_is_reached_from_the_readme():
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [target for target, _ in links(page) if target.suffix == ".md" and target.exists()]

    assert [named(page) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in reached] == []


def test_each_page_that_code_and_files_name_is_there():
    told = files(".py", ".yaml", ".toml", ".json", ".in", ".html", "Makefile", "Dockerfile", ".mako")
    missing = {
        f"{named(file)} names {page}"
        for file in told
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", file.read_text(encoding="utf-8"))
        if not (ROOT / page).is_file()
    }
    assert missing == set()


def test_each_target_of_make_that_a_page_names_is_there():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = {
        (named(page), name)
        for page in PAGES
        for name in re.findall(r"^(?:\w+=\S+ )*make ([a-z]+)\b", code(page), re.MULTILINE)
    }

    assert {one for one in told if one[1] not in targets} == set()
    assert {name for _, name in told} >= {"demo", "up", "setup", "test", "check"}


def test_the_map_has_a_sentence_for_each_room():
    package = ROOT / "plugins" / "order_sync"
    rooms = {f"sync/{one.name}" for one in (package / "sync").iterdir() if (one / "__init__.py").exists()}
    rooms |= {one.stem for one in package.iterdir() if one.suffix == ".py" or one.is_dir()}
    told = (ROOT / "docs" / "internals" / "map.md").read_text(encoding="utf-8")
    first_cells = "".join(re.findall(r"^\|([^|]*)\|", told, re.MULTILINE))

    unsaid = rooms - {"sync", "__init__", "__main__", "__pycache__"} - set(re.findall(r"`([^`]+)`", first_cells))
    assert unsaid == set()


def test_the_index_for_contributors_names_each_module():
    modules = {file.stem for file in (ROOT / "plugins" / "order_sync").rglob("*.py") if "migrations" not in file.parts}
    told = {one.strip("/") for one in re.findall(r"`([^`\n]+)`", prose(ROOT / "CONTRIBUTING.md"))}

    assert modules - {"__init__", "__main__"} - told == set()
