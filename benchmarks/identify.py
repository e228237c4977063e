"""`python benchmarks/identify.py [--seeds 2 3 4]`: how often the right customer is found, and how often a wrong one.

Made people (`identities`) order; the step `match_customers` itself, with the settings that a new store has, decides over a real database.
docs/performance.md says what is counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from sqlalchemy import Engine, make_url  # noqa: E402 (the path comes first)

from benchmarks import stores  # noqa: E402
from benchmarks.identities import NUMBER, VARIANTS, Identities, Person, Variant, identities  # noqa: E402
from benchmarks.records import NOON, sale  # noqa: E402
from order_sync.database.cache import save_customers  # noqa: E402
from order_sync.database.customer_keys import prepare_keys  # noqa: E402
from order_sync.database.database import migrate, open_database  # noqa: E402
from order_sync.database.orders import orders_of_run  # noqa: E402
from order_sync.database.orders_read import save_orders  # noqa: E402
from order_sync.database.runs import begin_run, read_run  # noqa: E402
from order_sync.infusionsoft.records import Address, Contact  # noqa: E402
from order_sync.sync.orders.row import OrderRow  # noqa: E402
from order_sync.sync.orders.snapshot import Snapshot, reading  # noqa: E402
from order_sync.sync.recording.context import Context  # noqa: E402
from order_sync.sync.steps.match_customers import match_customers  # noqa: E402

LEAST_PRECISION, LEAST_FOUND = 0.997, 0.97
"""The goals, in each variant that has them: of the orders that got a customer, those that got theirs; of the contacts that are customers,
those whose customer was found, or is the first that a person is shown."""


@dataclass(frozen=True)
class Score:
    """What became of the contacts of a variant."""

    variant: str
    known: int = 0
    """Contacts that are customers."""
    matched: int = 0
    """Orders that got a customer without a person."""
    wrong: int = 0
    """Of those, somebody else's."""
    new_wrong: int = 0
    """Of those, people who are no customers."""
    right: int = 0
    """Orders that got their own customer without a person."""
    first: int = 0
    """Others whose own customer is the first that a person is shown."""
    right_held: int = 0
    """Orders whose own customer was found, and held by the guard."""

    @property
    def precision(self) -> float:
        return self.right / self.matched if self.matched else 1.0

    @property
    def found(self) -> float:
        return (self.right + self.first) / self.known if self.known else 1.0

    @property
    def meets_the_goals(self) -> bool:
        return self.precision >= LEAST_PRECISION and self.found >= LEAST_FOUND


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[2, 3, 4], help="seed 1 is the one that the code was made on"
    )
    parser.add_argument("--number", type=int, default=NUMBER, help="customers, and contacts that order")
    options = parser.parse_args(arguments)
    scores = [_together([measure(variant, seed, options.number) for seed in options.seeds]) for variant in VARIANTS]
    sys.stdout.write(markdown(scores))
    pairs = zip(VARIANTS, scores, strict=True)
    return 0 if all(score.meets_the_goals for variant, score in pairs if variant.has_goals) else 1


def _together(scores: Sequence[Score]) -> Score:
    counts = {name: sum(getattr(one, name) for one in scores) for name in COUNTS}
    return Score(scores[0].variant, **counts)


COUNTS = tuple(field.name for field in fields(Score) if field.name != "variant")


def measure(variant: Variant, seed: int, number: int = NUMBER) -> Score:
    """The step over the people of a seed."""
    made = identities(variant, seed, number)
    with tempfile.TemporaryDirectory() as folder:
        return score(variant.name, made, decided(Path(folder), made))


def decided(folder: Path, made: Identities) -> list[OrderRow]:
    """The orders of all contacts, in their order, after `match_customers`."""
    engine = open_database(make_url(f"sqlite:///{folder / 'identities.sqlite'}"))
    migrate(engine)
    store = stores.settings(0)
    save_customers(engine, stores.REALM_ID, list(map(customer, made.customers)))
    prepare_keys(engine, stores.REALM_ID, store.customers)
    key = begin_run(engine, store=store.name, run_id="all", interval_start=NOON, interval_end=NOON + timedelta(days=1))
    _save(engine, store.name, key, [order(one, number) for number, one in enumerate(made.contacts)])
    match_customers(Context(engine, stores.REALM_ID, store, read_run(engine, key)))
    found = {row.order_id: row for row in orders_of_run(engine, store.name, key)}
    engine.dispose()
    return [found[_order_id(number)] for number in range(len(made.contacts))]


def score(variant: str, made: Identities, rows: Iterable[OrderRow]) -> Score:
    """Counts; the rows are those of the contacts, in their order."""
    counts = Counter[str]()
    for row, answer in zip(rows, made.answers, strict=True):
        own, seen = str(answer), shown(row)
        is_right = answer is not None and row.customer_id == own
        counts["known"] += answer is not None
        counts["matched"] += bool(row.customer_id)
        counts["wrong"] += bool(row.customer_id) and not is_right
        counts["new_wrong"] += bool(row.customer_id) and answer is None
        counts["right"] += is_right
        counts["first"] += not row.customer_id and seen[:1] == [own]
        if row.decision and row.decision.code == "CONTRADICTED":
            counts["right_held"] += own in [one["id"] for one in row.decision.candidates]
    return Score(variant, **counts)


def shown(row: OrderRow) -> list[str]:
    """The ids of the customers that a person is shown for an order, in that order."""
    if row.decision is None:
        return []
    return [str(one["id"]) for one in (*row.decision.suggestions, *row.decision.candidates)]


def customer(one: Person) -> dict[str, Any]:
    """As QuickBooks gives it."""
    body: dict[str, Any] = {"Id": str(one.id), "DisplayName": one.display, "Active": True, "SyncToken": "0"}
    names = {"GivenName": one.given, "FamilyName": one.family, "Suffix": one.suffix, "CompanyName": one.company}
    if one.id % 5:  # not all are filled in
        body |= {field: text for field, text in names.items() if text}
    if one.email:
        body["PrimaryEmailAddr"] = {"Address": one.email}
    if one.phone:
        body["PrimaryPhone"] = {"FreeFormNumber": one.phone}
    if one.street:
        body["BillAddr"] = {
            "Line1": f"{one.house} {one.street}",
            "City": one.city,
            "CountrySubDivisionCode": one.state,
            "PostalCode": one.postal_code,
        }
    return body


def order(one: Person, number: int) -> Snapshot:
    """Their order, with the contact."""
    region = (one.state, one.postal_code, "USA", "United States") if one.street else ()
    address = Address(f"{one.house} {one.street}", None, one.city, *region) if one.street else Address()
    contact = Contact(
        id=str(900_000 + number),
        given_name=one.given or None,
        middle_name=None,
        family_name=one.family or None,
        company=one.company or None,
        emails=(one.email,) if one.email else (),
        phones=(one.phone,) if one.phone else (),
        billing=address,
        shipping=address,
        updated_at=NOON,
        suffix=one.suffix or None,
    )
    return Snapshot(sale(_order_id(number), contact, address), contact, ())


def _order_id(number: int) -> str:
    return str(10_000_000 + number)


def _save(engine: Engine, store: str, run_key: str, read: Sequence[Snapshot]) -> None:
    rows = [
        {"order_id": one.order.id, "status": "extracted", "contact_id": one.order.contact_id, "reading": reading(one)}
        for one in read
    ]
    save_orders(engine, store, run_key, rows, [])


def markdown(scores: Iterable[Score]) -> str:
    """A row a variant."""
    rows = [
        (
            one.variant,
            f"{one.matched:,}",
            f"{one.wrong:,}",
            f"{one.new_wrong:,}",
            f"{one.precision:.4f}",
            f"{one.right / one.known:.3f}",
            f"{one.found:.4f}",
            f"{one.right_held:,}",
        )
        for one in scores
    ]
    head = (
        "People",
        "matched",
        "wrong",
        "of them new",
        "precision",
        "found",
        "found or shown first",
        "right, and held",
    )
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
