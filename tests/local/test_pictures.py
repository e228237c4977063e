"""The pictures of the console that the docs show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from include.local import pictures


def test_each_picture_is_of_a_page_and_small_and_as_wide_as_it_says() -> None:
    pages = pictures.pages("demo", held="1", posted="2", run="3", plan="4")
    names = {f"console-{one.page}-{one.width}-{one.theme}.png": one for one in pictures.SHOWN}
    assert {file.name for file in pictures.IMAGES.glob("console-*.png")} == set(names)
    for name, one in names.items():
        assert one.page in pages
        png = (pictures.IMAGES / name).read_bytes()
        assert len(png) <= pictures.MOST_BYTES, name
        assert int.from_bytes(png[16:20]) == one.width, name


def test_without_the_demo_it_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    assert pictures.main() == 2
    assert "make demo first" in capsys.readouterr().err


def test_what_the_pictures_are_of_is_the_newest(tmp_path: Path) -> None:
    file = tmp_path / "order_sync.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE orders (store, order_id, status, code)")
        for table in ("runs", "plans"):
            connection.execute(f"CREATE TABLE {table} (store, run_key, is_backfill DEFAULT true)")
        assert pictures._shown(file) is None
        rows = [("1", "held", "CONTRADICTED"), ("2", "posted", None), ("3", "posted", None), ("4", "held", "INACTIVE")]
        connection.executemany("INSERT INTO orders VALUES ('demo', ?, ?, ?)", rows)
        for table in ("runs", "plans"):
            keys = [(f"demo/{table}__1",), (f"demo/{table}__2",)]
            connection.executemany(f"INSERT INTO {table} (store, run_key) VALUES ('demo', ?)", keys)
        connection.commit()
        assert pictures._shown(file) == {"held": "1", "posted": "3", "run": "runs__2", "plan": "plans__2"}
