"""In a process of its own, with Airflow's FAB auth manager in the place of the simple one: what the console's door says of its users.

Prints a line of JSON: by role what its user may do, as whom the door knows it, and what it says of nobody.
"""

from __future__ import annotations

import asyncio
import json

from airflow.api_fastapi.app import init_auth_manager
from fastapi import FastAPI
from starlette.requests import Request

from order_sync.console import airflow

ROLES = ("Admin", "Op", "User", "Viewer", "Public")


def main() -> None:
    manager = init_auth_manager(FastAPI())
    security = manager.security_manager
    found = {}
    for role in ROLES:
        name = role.lower()
        with manager.flask_app.app_context():
            security.add_user(name, name, "Test", f"{name}@example.com", security.find_role(role), "a password")
        user = asyncio.run(airflow.user_of(_asking(manager.generate_jwt(security.find_user(username=name)))))
        assert user is not None
        may = [what for what in ("GET", "PUT") if airflow.may(user, what, "demo")]
        found[role] = [user.get_name(), *may, *(["start"] if airflow.may_start(user, "demo") else [])]
    nobody = [asyncio.run(airflow.user_of(_asking(token))) for token in (None, "no token of ours")]
    print(json.dumps({**found, "nobody": nobody, "login": airflow.login_page("http://here/order-sync/")}))  # noqa: T201


def _asking(token: str | None) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    return Request(
        {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers, "app": FastAPI()}
    )


if __name__ == "__main__":
    main()
