"""`python -m order_sync`: makes the tables (`migrate`), ends by a person's decision an order (`skip`) or a record (`dismiss`), has an order
recorded that was left out (`post-anyway`), lets the account of a store have another id (`new-account-id`), shows what is due (`plan`), and
lists or restores what was saved of a store's settings (`settings`)."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from order_sync.database.database import migrate, open_database, require_migrated
from order_sync.database.order_status import skip_order
from order_sync.database.refused_records import dismiss_record
from order_sync.database.settings_versions import OF_FILE, newest_version, settings_in_force, versions
from order_sync.database.stores import forget_account
from order_sync.errors import OrderSyncError
from order_sync.settings import load_store, stores_folder
from order_sync.settings.versions import tabs_of_file
from order_sync.sync.review.actions import post_anyway
from order_sync.sync.review.settings import restore_settings

COMMAND_LINE = "command line"
"""Who did it, of what was done here."""


def main() -> int:
    """Runs the command line; 2 when it cannot do what was asked."""
    options = parser().parse_args()
    try:
        engine = open_database()
        if options.command == "migrate":
            migrate(engine)
        require_migrated(engine)
        match options.command:
            case "migrate":
                _say(f"The database {engine.url.render_as_string(hide_password=True)} is up to date.")
            case "skip":
                status = skip_order(engine, options.store, options.order, options.why)
                _say(f"Order {options.order} of store {options.store} is {status}.")
            case "post-anyway":
                done = post_anyway(engine, load_store(_file(options)), [options.order], COMMAND_LINE)
                if done.refused:
                    raise LookupError(f"Not posted anyway: {done.refused[options.order]}")
                _say(f"Order {options.order} of store {options.store} is posted anyway: the next run records it.")
            case "dismiss":
                dismiss_record(engine, options.store, options.record, options.why)
                _say(f"Record {options.record} of store {options.store} is dismissed.")
            case "new-account-id":
                former = forget_account(engine, options.store)
                _say(
                    f"Store {options.store} had the account {former or 'of no known id'}. Its next run takes the one that its connection "
                    "leads to, if it finds the store's orders there."
                )
            case "settings":
                _settings(engine, options)
            case "plan":
                _plan(engine, options)
    except (OrderSyncError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    """What may stand on the command line."""
    parser = argparse.ArgumentParser(prog="python -m order_sync")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="make or update the tables; safe to run twice")
    skipping = commands.add_parser("skip", help="end an order, for example one that was entered by hand")
    skipping.add_argument("store", help="the store's name")
    skipping.add_argument("order", help="the Infusionsoft order id")
    skipping.add_argument("why", help="the reason, for the order's history")
    overruling = commands.add_parser(
        "post-anyway", help="have the next run record an order that the settings leave out, or that was skipped"
    )
    overruling.add_argument("store", help="the store's name")
    overruling.add_argument("order", help="the Infusionsoft order id")
    dismissing = commands.add_parser("dismiss", help="take a record that could not be read off the reports, for good")
    dismissing.add_argument("store", help="the store's name")
    dismissing.add_argument("record", type=int, help="the record's number, as the report has it")
    dismissing.add_argument("why", help="the reason, which is kept with it")
    renaming = commands.add_parser(
        "new-account-id", help="let the next run note the id of a store's Infusionsoft account anew"
    )
    renaming.add_argument("store", help="the store's name")
    versions = commands.add_parser("settings", help="list what was saved of a store's settings, or restore one of it")
    versions.add_argument("store", help="the store's name")
    versions.add_argument(
        "--restore",
        metavar="VERSION",
        type=int,
        help="save this one as the newest, which is in force; 0 is the store's file",
    )
    planning = commands.add_parser("plan", help="show what would be sent; nothing is")
    planning.add_argument("store", help="the store's name")
    planning.add_argument("--settings", metavar="FILE", type=Path, help="settings to try instead of those in force")
    planning.add_argument("--from", dest="first", metavar="DAY", type=_day, help="as 2026-11-16")
    planning.add_argument("--to", dest="last", metavar="DAY", type=_day, help="the last day, included")
    return parser


def _plan(engine: Engine, options: argparse.Namespace) -> None:
    # Here, because Airflow, whose connections it needs, takes seconds to import.
    from order_sync.bridge.plan import candidate_of_file, make_plan
    from order_sync.sync.recording.plan_words import in_lines

    logging.getLogger("order_sync").setLevel(logging.WARNING)  # each call is told in the logs of Airflow, not here
    store, _version = settings_in_force(engine, load_store(_file(options)))
    candidate = candidate_of_file(store, options.settings) if options.settings else None
    run_id = f"plan__{datetime.now(UTC).isoformat(timespec='seconds')}"
    plan = make_plan(engine, store, run_id, options.first, options.last, candidate)
    for line in in_lines(plan.rows, plan.names):
        _say(line)
    _say(f"Nothing was sent. The table plans has all of it under {plan.key}.")


def _settings(engine: Engine, options: argparse.Namespace) -> None:
    path = _file(options)
    store = load_store(path)
    newest = newest_version(engine, store)
    if options.restore is not None:
        base = newest.number if newest else OF_FILE
        saved = restore_settings(engine, store, tabs_of_file(path), options.restore, base=base, who=COMMAND_LINE)
        _say(f"Version {options.restore} is in force again, as version {saved.number}.")
        return
    for one in versions(engine, options.store):
        _say(f"{one.number}\t{one.saved_at:%Y-%m-%d %H:%M} UTC\t{one.who}\t{one.note}")
    _say(f"In force: {f'version {newest.number}' if newest else f'the file {path}'}.")


def _file(options: argparse.Namespace) -> Path:
    return stores_folder() / f"{options.store}.yaml"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-11-16") from None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    raise SystemExit(main())
