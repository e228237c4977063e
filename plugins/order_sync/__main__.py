"""`python -m order_sync`: makes the tables (`migrate`), and ends an order by a person's decision (`skip`)."""

from __future__ import annotations

import argparse
import sys

from order_sync.database.database import migrate, open_database, require_migrated
from order_sync.database.order_status import skip_order
from order_sync.errors import OrderSyncError


def main() -> int:
    """Runs the command line; 2 when it cannot do what was asked."""
    parser = argparse.ArgumentParser(prog="python -m order_sync")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="make or update the tables; safe to run twice")
    skipping = commands.add_parser("skip", help="end an order for good, for example one that was entered by hand")
    skipping.add_argument("store", help="the store's name")
    skipping.add_argument("order", help="the Infusionsoft order id")
    skipping.add_argument("why", help="the reason, for the order's history")
    options = parser.parse_args()
    try:
        engine = open_database()
        if options.command == "migrate":
            migrate(engine)
        require_migrated(engine)
        if options.command == "skip":
            status = skip_order(engine, options.store, options.order, options.why)
            sys.stdout.write(f"Order {options.order} of store {options.store} is {status}.\n")
        else:
            sys.stdout.write(f"The database {engine.url.render_as_string(hide_password=True)} is up to date.\n")
    except (OrderSyncError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
