"""`make pictures`: the console's pages as the docs show them, wide and narrow, light and dark, from the orders of `make demo`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from include.local.airflow_api import AirflowApi
from include.local.environment import ROOT, local_environment
from include.local.services import alone, keep_password, running, taken_port, wait_until_healthy

IMAGES = ROOT / "docs" / "images"
WIDTHS = (1400, 800)
THEMES = ("light", "dark")
MOST_BYTES = 150_000


def pages(store: str, *, held: str, posted: str, run: str, plan: str) -> dict[str, str]:
    """The console's pages, by name: the path of each; a new page is a line here, and is tried and pictured with the others."""
    run, plan = quote(run), quote(plan)
    return {
        "overview": f"{store}/",
        "orders": f"{store}/orders",
        "posted": f"{store}/orders?tab=posted",
        "nothing-failed": f"{store}/orders?tab=failed",
        "order": f"{store}/orders/{posted}",
        "held-order": f"{store}/orders/{held}",
        "review": f"{store}/review",
        "choices": f"{store}/review/choices",
        "customers": f"{store}/lists",
        "items": f"{store}/lists/items",
        "accounts": f"{store}/lists/accounts",
        "settings": f"{store}/settings",
        "rules": f"{store}/settings?tab=revenue",
        "versions": f"{store}/settings/versions",
        "runs": f"{store}/runs",
        "run": f"{store}/runs/of/{run}",
        "plan": f"{store}/runs/plans/{plan}",
        "connections": f"{store}/connections",
    }


@dataclass(frozen=True)
class Picture:
    """One that the docs show: so many pixels of a page, from its top."""

    page: str
    width: int
    theme: str
    height: int


SHOWN = (
    Picture("overview", 1400, "light", 820),
    Picture("overview", 800, "dark", 900),
    Picture("orders", 1400, "light", 600),
    Picture("orders", 800, "dark", 760),
    Picture("order", 1400, "light", 860),
    Picture("order", 1400, "dark", 840),
    Picture("review", 1400, "light", 700),
    Picture("review", 800, "light", 900),
    Picture("run", 1400, "light", 620),
    Picture("plan", 1400, "light", 620),
    Picture("settings", 1400, "light", 760),
    Picture("settings", 800, "dark", 900),
    Picture("connections", 1400, "light", 480),
)


def main() -> int:
    """Writes them, and all others beside them where a folder is named; 2 where something that they need is not there."""
    environment = local_environment()
    ledger, chromium = ROOT / ".airflow" / "order_sync.sqlite", shutil.which("chromium")
    shown = _shown(ledger) if ledger.exists() else None
    if not shown:
        return _refuse("There are no orders of the demo: make demo first.")
    if not chromium:
        return _refuse("There is no `chromium` on this machine (Debian: apt-get install chromium).")
    if port := taken_port(environment):
        return _refuse(f"Port {port[1]} is taken. Choose another: {port[0]}=… make pictures, or set it in .env.")
    with alone() as is_alone:
        if not is_alone:
            return _refuse("make up or make demo is running in this folder already; end it first.")
        keep_password(environment)
        with running(environment, ("api-server",)) as parts:
            if not wait_until_healthy(environment, parts):
                return 1
            everything = Path(sys.argv[1]) if len(sys.argv) > 1 else None
            _take(environment, pages("demo", **shown), chromium, everything)
    return 0


def _shown(ledger: Path) -> dict[str, str] | None:
    """Of the demo the newest order that waits to be somebody's, and that is recorded; the newest of the days' runs, and plan."""
    newest = "SELECT max(order_id) FROM orders WHERE store = 'demo' AND status = ? AND coalesce(code, '') = ?"
    asked = {
        "held": (newest, ("held", "CONTRADICTED")),
        "posted": (newest, ("posted", "")),
        "run": ("SELECT max(substr(run_key, 6)) FROM runs WHERE store = 'demo' AND is_backfill", ()),
        "plan": ("SELECT max(substr(run_key, 6)) FROM plans WHERE store = 'demo'", ()),
    }
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        found = {name: connection.execute(*question).fetchone()[0] for name, question in asked.items()}
    return found if all(found.values()) else None


def _take(environment: Mapping[str, str], paths: Mapping[str, str], chromium: str, everything: Path | None) -> None:
    from playwright.sync_api import sync_playwright

    url = f"http://127.0.0.1:{environment['AIRFLOW_PORT']}"
    token = AirflowApi(environment).token
    wanted = {(one.page, one.width, one.theme): one for one in SHOWN}
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
        )
        for width in WIDTHS:
            for theme in THEMES:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                context.add_cookies([{"name": "_token", "value": token, "url": url}])
                page = context.new_page()
                for name, path in paths.items():
                    page.goto(f"{url}/order-sync/{path}")
                    file = f"console-{name}-{width}-{theme}.png"
                    if everything:
                        page.screenshot(path=everything / file, full_page=True)
                    if one := wanted.get((name, width, theme)):
                        part = {"x": 0, "y": 0, "width": width, "height": one.height}
                        picture = page.screenshot(path=IMAGES / file, clip=part, full_page=True)
                        note = "" if len(picture) <= MOST_BYTES else f" (more than {MOST_BYTES:,}: make it less high)"
                        print(f"docs/images/{file}: {len(picture):,} bytes{note}")
                context.close()
        browser.close()


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
