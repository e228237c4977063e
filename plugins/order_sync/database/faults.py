"""What goes wrong in the sync's own database, in words, by what the caller does about it; neither values nor passwords are in them.

may pass by itself               RetryLater: it restarts, is busy, is full, has no connection left
two transactions met             Collision: the database ended one of them; `database.transaction` runs it again
a person must mend it            ConfigurationError: the password, the database's name, a table, a right, the file
a value that a column refuses    RecordRefused: this one record is wrong
anything else                    Stop: a fault of this program or of the database
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, StatementError

from order_sync.errors import ConfigurationError, OrderSyncError, RecordRefused, RetryLater, Stop


class Collision(RetryLater):
    """Two transactions stood in each other's way, and the database ended this one: nothing of it was written."""


_UNKEEPABLE = (UnicodeError, OverflowError)  # raised by the drivers before the database sees the value

_COLLISIONS = {"25P03", "40001", "40P01", "55P03"}
_REFUSED = ("22", "23")
_MENDED_BY_A_PERSON = {
    "28": "Correct the user and the password in ORDER_SYNC_DATABASE_URL.",
    "3D": "Correct the database's name in ORDER_SYNC_DATABASE_URL, or create it (`createdb`), then run `python -m order_sync migrate`.",
    "3F": "Run `python -m order_sync migrate`, as the user that ORDER_SYNC_DATABASE_URL names.",
    "42501": "Give the user that ORDER_SYNC_DATABASE_URL names the right to read and write all tables of the sync.",
    "42P01": "Run `python -m order_sync migrate` (make setup does).",
    "42703": "Run `python -m order_sync migrate` (make setup does).",
}
_PASSING = {
    "08": "It may be restarting; the task is tried again by itself.",
    "25006": "It may be a standby that takes over just now; if this stays, name the primary server in ORDER_SYNC_DATABASE_URL.",
    "53100": "Its disk is full: free some space; what was not written is done by the next try.",
    "53": "It is short of memory or connections; the task is tried again by itself.",
    "57": "It may be restarting; the task is tried again by itself.",
}
_REFUSED_CONNECTION = {
    # A connection that is refused brings no SQLSTATE with it, only the server's words.
    "28": re.compile(r"authentication failed|no pg_hba\.conf entry|role \".*\" does not exist|no password supplied"),
    "3D": re.compile(r"database \".*\" does not exist"),
}

_SQLITE_COLLISIONS = {5, 6}
_SQLITE_REFUSED = {18, 19, 20}
_SQLITE_PASSING = {
    10: "Its disk could not be read or written just now; the task is tried again by itself.",
    13: "Its disk is full: free some space; what was not written is done by the next try.",
}
_SQLITE_MENDED_BY_A_PERSON = {
    3: "Let the user that runs Airflow read and write the file.",
    8: "Let the user that runs Airflow write the file and its folder.",
    11: "The file is damaged: put the newest backup in its place.",
    14: "Check ORDER_SYNC_DATABASE_URL, and that the user that runs Airflow may write the file and its folder.",
    26: "Check ORDER_SYNC_DATABASE_URL: it names a file of something else.",
}


@contextmanager
def worded(engine: Engine) -> Iterator[None]:
    """Raises the database's errors as those of this package, without the values that a statement had bound."""
    try:
        yield
    except (DBAPIError, StatementError, engine.dialect.loaded_dbapi.Error, *_UNKEEPABLE) as error:
        cause = error.orig or error if isinstance(error, StatementError) else error
        found = _fault(cause, f"The database {engine.url.render_as_string(hide_password=True)}", engine.dialect.name)
        if found is None:
            raise
        raise found from None


def _fault(cause: BaseException, database: str, dialect: str) -> OrderSyncError | None:
    if isinstance(cause, _UNKEEPABLE):
        return RecordRefused(f"{database} cannot keep a value: {type(cause).__name__}.", advice=_REPORT)
    if type(cause).__module__.partition(".")[0] not in ("sqlite3", "psycopg"):
        return None  # of this program, while it made a statement
    return _of_sqlite(cause, database) if dialect == "sqlite" else _of_postgresql(cause, database)


def _of_postgresql(cause: BaseException, database: str) -> OrderSyncError:
    state = getattr(cause, "sqlstate", None) or ""
    name = type(cause).__name__
    if not state and name == "OperationalError":
        return _of_connection(str(cause), database)
    if state in _COLLISIONS:
        return Collision(f"{database} ended a transaction in favour of another one ({name}).", advice=_TRIED_AGAIN)
    if state.startswith(_REFUSED) or name == "DataError":
        diagnosis = getattr(cause, "diag", None)
        where = [getattr(diagnosis, part, None) for part in ("table_name", "column_name", "constraint_name")]
        return _refused(database, ", ".join(filter(None, [name, *where])))
    for key in (state, state[:2]):
        if advice := _PASSING.get(key):
            return RetryLater(f"{database} cannot work just now ({name}).", advice=advice)
        if advice := _MENDED_BY_A_PERSON.get(key):
            return ConfigurationError(f"{database} refuses what this program asks for ({name}).", advice=advice)
    return Stop(
        f"{database} refuses a statement of this program ({name}, SQLSTATE {state or 'unknown'}).", advice=_REPORT
    )


def _of_connection(words: str, database: str) -> OrderSyncError:
    told = f"{database} cannot be reached: {' '.join(words.split())[:300]}."
    for state, pattern in _REFUSED_CONNECTION.items():
        if pattern.search(words):
            return ConfigurationError(told, advice=_MENDED_BY_A_PERSON[state])
    return RetryLater(
        told,
        advice="It may be restarting. If this stays, check ORDER_SYNC_DATABASE_URL and that the database server runs.",
    )


def _of_sqlite(cause: BaseException, database: str) -> OrderSyncError:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # above are details
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    if code in _SQLITE_COLLISIONS:
        return Collision(f"{database} is locked by another process ({name}).", advice=_TRIED_AGAIN)
    if code in _SQLITE_REFUSED:  # its words are names of columns
        return _refused(database, f"{name}, {cause}")
    if advice := _SQLITE_PASSING.get(code):
        return RetryLater(f"{database} cannot work just now ({name}).", advice=advice)
    if advice := _SQLITE_MENDED_BY_A_PERSON.get(code):
        return ConfigurationError(f"{database} cannot be used ({name}).", advice=advice)
    if re.match("no such (table|column)", str(cause)):
        return ConfigurationError(
            f"{database} has not the tables of this version.", advice=_MENDED_BY_A_PERSON["42P01"]
        )
    if not code:
        return _refused(database, name)  # the driver has no column for such a value
    return Stop(f"{database} refuses a statement of this program ({name}).", advice=_REPORT)


def _refused(database: str, what: str) -> RecordRefused:
    return RecordRefused(f"{database} refuses a row for a value in it ({what}).", advice=_REPORT)


_TRIED_AGAIN = "The task is tried again by itself."
_REPORT = "Report it, with the log of this task: the program should have refused the value with its reason, or not have asked so."
