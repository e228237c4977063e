"""The golden files: how one is read, and how the documents and entries in it are written anew.

A file says in `about`, in one line, what its documents show, and then only what differs from the usual:

- `order`: what differs from the usual order (`tests/shop/account.py`: one Widget for 100.00, paid in full). `items` are its lines, where
  they are others: `price`, `name`, and what else `account.item` takes. `paid` is what came in, `refunded` what went back.
- `contact`: what differs from Ann Lee of Phoenix (`bill` and `ship` are places, or whole addresses); null where it was deleted.
- `payments`: what Infusionsoft knows of the money, where it is asked: `amount`, and what else `account.payment` takes. `shares` is the
  order's own list of payments, where one is shared with another order.
- `gone`: the ids of payments that Infusionsoft calls void once all is recorded.
- `settings` and `company`: what differs from the usual ones; `"rules": "_rules.yaml"` are the rules of the file of that name.
- `rates`: QuickBooks' exchange rates, by currency and day, where the order is not in the home currency.
- `entries`: what the general ledger then shows, in the home currency, one text for each document: `Invoice: Dr Accounts Receivable (A/R)
  100.00, Cr Sales of Product Income 100.00`.
- `documents`: all that comes of it, in the order in which it is posted; ids say what they stand for. `warnings`, where there are some.

Amounts are text in the currency, as "112.50"; in `documents` they are numbers, as QuickBooks takes them.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.shop import account

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.json"))
_BRACE = "{\n"
_OUTCOME = re.compile(r',\n  "(?:entries|documents)": ')


def exact(text: str) -> Any:
    """JSON whose amounts are `Decimal`."""
    return json.loads(text, parse_float=Decimal)


def golden(file: Path) -> dict[str, Any]:
    """A file with the whole order, contact and payments, as Infusionsoft gives them."""
    return expanded(json.loads(file.read_text(encoding="utf-8")))


def expanded(content: dict[str, Any]) -> dict[str, Any]:
    """What a file means: the usual, changed as it says."""
    order = account.order(**content["order"])
    whole = {**content, "order": order, "contact": None, "warnings": content.get("warnings", [])}
    if content.get("contact", {}) is not None:
        whole["contact"] = account.contact(**content.get("contact", {}))
    if "payments" in content:
        places = enumerate(content["payments"], 1)
        whole["payments"] = [account.payment(**{"id": str(at), "orders": [order["id"]]} | one) for at, one in places]
    if "shares" in content:
        whole["shares"] = [account.share(**one) for one in content["shares"]]
    revenue = content.get("settings", {}).get("revenue", {})
    if isinstance(revenue.get("rules"), str):
        rules = yaml.safe_load((FOLDER / revenue["rules"]).read_text(encoding="utf-8"))
        whole["settings"] = {**content["settings"], "revenue": {**revenue, "rules": rules}}
    return dict(exact(json.dumps(whole)))


def write_documents(file: Path, documents: list[Any], warnings: list[Any]) -> None:
    """Puts documents in the place of those that the file has; what stands before them stays as a person wrote it."""
    _write(file, documents=documents, warnings=warnings)


def write_entries(file: Path, entries: list[str]) -> None:
    """Puts entries in the place of those that the file has."""
    _write(file, entries=entries)


def _write(file: Path, **changes: list[Any]) -> None:
    text = file.read_text(encoding="utf-8")
    told, *outcome = _OUTCOME.split(text, maxsplit=1)
    if not outcome:
        told = told.rstrip().removesuffix("}").rstrip()
    known = json.loads(text)
    found = {name: changes.get(name, known.get(name)) for name in ("entries", "documents", "warnings")}
    written = json.dumps({name: part for name, part in found.items() if part}, indent=2, ensure_ascii=False)
    file.write_text(f"{told},\n{written.removeprefix(_BRACE)}\n", encoding="utf-8")
