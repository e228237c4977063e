"""A PostgreSQL server of a test's own, as the Compose image makes one: first on its socket only, then over TCP."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "postgres-password-of-the-test"


@dataclass(frozen=True)
class Server:
    """`folder` holds its data and its socket; its superuser is `airflow`, with the database of that name, as in the Compose file."""

    folder: Path
    bin: Path
    port: int

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's programs, by a user that it takes: it refuses root."""
        as_owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*as_owner, str(self.bin / program), *arguments], cwd="/", check=True, capture_output=True)

    def start(self, listen: str) -> None:
        """Listens on its socket and, where `listen` is an address, on that."""
        options = f"-p {self.port} -c listen_addresses='{listen}' -k {self.folder} -c fsync=off"
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "restart")


@pytest.fixture
def server() -> Iterator[Server]:
    """A new volume with the image's init still under way: no database but the server's own, and no TCP yet."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed here")
    # Not pytest's own folder: a socket's path has at most 107 bytes, and another user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    made = Server(folder, found[-1].parent, port)
    password = folder / "password"
    password.write_text(PASSWORD)
    methods = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}", "--no-sync")
    made.run("initdb", "-D", f"{folder}/data", "-U", "airflow", *methods)
    made.start("")
    yield made
    made.run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    shutil.rmtree(folder)
