"""`python -m include.sandbox serve` and `python -m include.sandbox seed`: the sandbox from the command line."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from datetime import date
from pathlib import Path

import uvicorn

from include.sandbox import services
from include.sandbox.app import create_app
from include.sandbox.seeding.seed import seed

STATE = Path(".airflow/sandbox.sqlite")
PORT = 8765


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; 2 when it cannot do what was asked."""
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.sandbox", description="Infusionsoft and QuickBooks, here.")
    commands = parser.add_subparsers(required=True)

    serving = commands.add_parser("serve", help="serve both services")
    serving.set_defaults(run=_serve)
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=os.environ.get("SANDBOX_PORT") or PORT)
    serving.add_argument("--no-limits", action="store_true", help="without the services' rate limits")

    seeding = commands.add_parser("seed", help="fill both services with customers and orders")
    seeding.set_defaults(run=_seed)
    seeding.add_argument("--customers", type=int, default=300)
    seeding.add_argument("--orders", type=int, default=500)
    seeding.add_argument("--days", type=int, default=3)
    seeding.add_argument("--start", type=date.fromisoformat, default=date(2026, 11, 16), help="first day, YYYY-MM-DD")
    seeding.add_argument("--random-seed", type=int, default=1, help="the same number makes the same records")
    present = seeding.add_mutually_exclusive_group()
    present.add_argument("--reset", action="store_true", help="throw away what is there")
    present.add_argument("--if-empty", action="store_true", help="leave what is there, and call that success")

    for command in (serving, seeding):
        command.add_argument("--state", type=Path, default=STATE, help="SQLite file")
    return parser


def _serve(options: argparse.Namespace) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            advice = "Choose another with SANDBOX_PORT or --port."
            return _refuse(f"Port {options.port} on {options.host} cannot be had: {error.strerror}. {advice}")
    hosts = [name.strip() for name in os.environ.get("SANDBOX_HOSTS", "").split(",") if name.strip()]
    app = create_app(options.state, limits=not options.no_limits, hosts=hosts)
    print(f"The sandbox: http://{options.host}:{options.port}/ (Ctrl-C ends it)", flush=True)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning")
    return 0


def _seed(options: argparse.Namespace) -> int:
    state = services.open_state(options.state)
    if not services.is_untouched(state) and not options.reset:
        if options.if_empty:
            return 0
        return _refuse(f"{options.state} holds customers or orders already. Add --reset to throw them away.")
    try:
        with state.transaction():
            services.empty(state)
            seed(
                state,
                customers=options.customers,
                orders=options.orders,
                days=options.days,
                start=options.start,
                random_seed=options.random_seed,
            )
    except ValueError as error:
        return _refuse(f"Nothing was seeded: {error}.")
    counts = services.summary(state)
    orders, contacts = counts["infusionsoft"]["order"], counts["infusionsoft"]["contact"]
    customers = counts["quickbooks"].get("Customer", 0)
    print(f"{options.state}: {orders} orders of {contacts} contacts; {customers} customers in QuickBooks.")
    return 0


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
