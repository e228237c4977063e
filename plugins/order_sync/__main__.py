"""`python -m order_sync`: makes the tables (`migrate`), ends by a person's decision an order (`skip`) or a record (`dismiss`), and lets the
account of a store have another id (`new-account-id`)."""

from __future__ import annotations

import argparse
import sys

from order_sync.database.database import migrate, open_database, require_migrated
from order_sync.database.order_status import skip_order
from order_sync.database.refused_records import dismiss_record
from order_sync.database.stores import forget_account
from order_sync.errors import ConfigurationError


def main() -> int:
    """Runs the command line; 2 when it cannot do what was asked."""
    parser = argparse.ArgumentParser(prog="python -m order_sync")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="make or update the tables; safe to run twice")
    skipping = commands.add_parser("skip", help="end an order for good, for example one that was entered by hand")
    skipping.add_argument("store", help="the store's name")
    skipping.add_argument("order", help="the Infusionsoft order id")
    skipping.add_argument("why", help="the reason, for the order's history")
    dismissing = commands.add_parser("dismiss", help="take a record that could not be read off the reports, for good")
    dismissing.add_argument("store", help="the store's name")
    dismissing.add_argument("record", type=int, help="the record's number, as the report has it")
    dismissing.add_argument("why", help="the reason, which is kept with it")
    renaming = commands.add_parser(
        "new-account-id", help="let the next run note the id of a store's Infusionsoft account anew"
    )
    renaming.add_argument("store", help="the store's name")
    options = parser.parse_args()
    try:
        engine = open_database()
        if options.command == "migrate":
            migrate(engine)
        require_migrated(engine)
        if options.command == "skip":
            status = skip_order(engine, options.store, options.order, options.why)
            sys.stdout.write(f"Order {options.order} of store {options.store} is {status}.\n")
        elif options.command == "dismiss":
            dismiss_record(engine, options.store, options.record, options.why)
            sys.stdout.write(f"Record {options.record} of store {options.store} is dismissed.\n")
        elif options.command == "new-account-id":
            former = forget_account(engine, options.store)
            sys.stdout.write(
                f"Store {options.store} had the account {former or 'of no known id'}. Its next run takes the one that its connection leads "
                "to, if it finds the store's orders there.\n"
            )
        else:
            sys.stdout.write(f"The database {engine.url.render_as_string(hide_password=True)} is up to date.\n")
    except (ConfigurationError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
