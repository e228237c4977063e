"""QuickBooks' query language: a statement is read, checked against the entity, and answered by one SQL query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, from_json
from include.sandbox.quickbooks.entities import ENTITIES, Entity
from include.sandbox.quickbooks.versions import comparable

DEFAULT_ROWS, MOST_ROWS = 100, 1000
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)|(?P<mark><=|>=|[=<>(),*]))",
    re.DOTALL,
)
COLUMNS = {"Id": "id", "Active": "active", "MetaData.LastUpdatedTime": "updated_at", "DocNumber": "doc_number"}


@dataclass(frozen=True)
class Condition:
    """One condition of a statement; only `IN` has several values."""

    property: str
    operator: str
    values: tuple[str | bool | Decimal, ...]


@dataclass(frozen=True)
class Statement:
    """A statement taken apart; `order` pairs properties with ASC or DESC, `start` counts from 1."""

    entity: str
    selected: tuple[str, ...]
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, str], ...]
    start: int
    most: int

    @property
    def counts(self) -> bool:
        return self.selected == ("count(*)",)


def run_query(books: Books, text: str) -> Body:
    """The `QueryResponse` of a statement; refuses one that cannot be read (4000) or is not valid (4001)."""
    statement = Parser(text).statement()
    entity = ENTITIES.get(statement.entity)
    if entity is None:
        raise _not_valid(f"entity '{statement.entity}' is not queryable")
    where, values = _where_clause(books, entity, statement.conditions)
    if statement.counts:
        row = books.connection.execute(f"SELECT count(*) AS total FROM qbo_records WHERE {where}", values).fetchone()
        return {"totalCount": row["total"]}
    rows = books.connection.execute(
        f"SELECT body FROM qbo_records WHERE {where} ORDER BY {_order_clause(entity, statement)} LIMIT ? OFFSET ?",
        (*values, statement.most, statement.start - 1),
    )
    found = [_select(from_json(row["body"]), statement.selected) for row in rows]
    if not found:
        return {}
    return {entity.name: found, "startPosition": statement.start, "maxResults": len(found)}


def _select(body: Body, names: tuple[str, ...]) -> Body:
    if "*" in names:
        return body
    wanted = {name.split(".")[0] for name in names} | {"domain", "sparse"}
    return {name: value for name, value in body.items() if name in wanted}


def _order_clause(entity: Entity, statement: Statement) -> str:
    if statement.order:
        return ", ".join(f"{_column(entity, name)} {direction}" for name, direction in statement.order) + ", id"
    # "+id" keeps SQLite from walking all ids in order where an index of the condition finds a few rows.
    return "+id" if any(condition.property != "Active" for condition in statement.conditions) else "id"


def _where_clause(books: Books, entity: Entity, conditions: tuple[Condition, ...]) -> tuple[str, list[Any]]:
    parts, values = ["realm_id = ?", "entity = ?", "deleted = 0"], [books.realm_id, entity.name]
    if entity.named_by and not any(condition.property == "Active" for condition in conditions):
        parts.append("active = 1")
    for condition in conditions:
        part, bound = _condition_clause(entity, condition)
        parts.append(part)
        values.extend(bound)
    return " AND ".join(parts), values


def _condition_clause(entity: Entity, condition: Condition) -> tuple[str, list[Any]]:
    left = _column(entity, condition.property)
    kind = entity.queryable[condition.property]
    operator = condition.operator
    if kind == "id" and operator not in ("=", "IN"):
        raise _not_valid(f"operator {operator} is not supported for property 'Id'")
    if operator == "LIKE":
        pattern = condition.values[0]
        if kind != "text" or not isinstance(pattern, str):
            raise _not_valid(f"operator LIKE is not supported for property '{condition.property}'")
        escaped = pattern.casefold().replace("\\", "\\\\").replace("_", "\\_")
        return f"{left} LIKE ? ESCAPE '\\'", [escaped]
    bound = [_bound_value(kind, condition.property, value) for value in condition.values]
    clause = f"{left} IN ({', '.join('?' * len(bound))})" if operator == "IN" else f"{left} {operator} ?"
    # The index of names begins with the scope of the name.
    return (f"name_scope = '{entity.name_scope}' AND {clause}" if left == "name_key" else clause), bound


def _bound_value(kind: str, name: str, value: str | bool | Decimal) -> Any:
    if isinstance(value, bool) != (kind == "flag") or (isinstance(value, Decimal) and kind not in ("number", "id")):
        raise _not_valid(f"the value of property '{name}' has the wrong type")
    try:
        if kind == "day":
            return date.fromisoformat(str(value)[:10]).isoformat()
        return comparable(kind, value)
    except (ValueError, ArithmeticError) as error:
        raise _not_valid(f"the value of property '{name}' is not a {kind}") from error


def _column(entity: Entity, name: str) -> str:
    """The SQL of a property; refuses one that cannot be queried (4001)."""
    if name not in entity.queryable:
        raise _not_valid(f"property '{name}' is not queryable")
    if name == "DisplayName":
        return "name_key"
    if name == "PrimaryEmailAddr.Address":
        name = "PrimaryEmailAddr"
    return COLUMNS.get(name, f"json_extract(keys, '$.\"{name}\"')")


class Parser:
    """Reads one statement from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.position = 0

    def statement(self) -> Statement:
        self.keyword("SELECT")
        selected = self.selection()
        self.keyword("FROM")
        entity = self.expect("word")
        conditions = self.conditions() if self.accept("WHERE") else ()
        order = self.order()
        start = self.whole_number("STARTPOSITION", 1)
        most = self.whole_number("MAXRESULTS", DEFAULT_ROWS, MOST_ROWS)
        if self.position < len(self.tokens):
            raise _not_readable(self.tokens[self.position][1])
        return Statement(entity, selected, conditions, order, start, most)

    def selection(self) -> tuple[str, ...]:
        if self.accept("COUNT"):
            for mark in "(*)":
                self.keyword(mark)
            return ("count(*)",)
        names = ["*" if self.accept("*") else self.expect("word")]
        while self.accept(","):
            names.append("*" if self.accept("*") else self.expect("word"))
        return tuple(names)

    def conditions(self) -> tuple[Condition, ...]:
        found = [self.condition()]
        while self.accept("AND"):
            found.append(self.condition())
        return tuple(found)

    def condition(self) -> Condition:
        name = self.expect("word")
        for operator in ("<=", ">=", "=", "<", ">", "LIKE"):
            if self.accept(operator):
                return Condition(name, operator, (self.value(),))
        self.keyword("IN")
        self.keyword("(")
        values = [self.value()]
        while self.accept(","):
            values.append(self.value())
        self.keyword(")")
        return Condition(name, "IN", tuple(values))

    def order(self) -> tuple[tuple[str, str], ...]:
        if self.accept("ORDER"):
            self.keyword("BY")
        elif not self.accept("ORDERBY"):
            return ()
        found = [self.order_by()]
        while self.accept(","):
            found.append(self.order_by())
        return tuple(found)

    def order_by(self) -> tuple[str, str]:
        name = self.expect("word")
        if self.accept("DESC"):
            return name, "DESC"
        self.accept("ASC")
        return name, "ASC"

    def whole_number(self, keyword: str, default: int, largest: int | None = None) -> int:
        if not self.accept(keyword):
            return default
        text = self.expect("number")
        number = Decimal(text)
        if number != int(number):
            raise _not_readable(text)
        if number < 1:
            raise _not_valid(f"value {text} is too small. Min allowed value is 1")
        if number > (largest or 2**62):
            raise _not_valid(f"value {text} is too large. Max allowed value is {largest}")
        return int(number)

    def value(self) -> str | bool | Decimal:
        kind, text = self.peek()
        self.position += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind == "number":
            return Decimal(text)
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise _not_readable(text)

    def peek(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise _not_readable("<EOF>")
        return self.tokens[self.position]

    def accept(self, expected: str) -> bool:
        """Takes the next word or mark if it is this one."""
        if self.position < len(self.tokens):
            kind, text = self.tokens[self.position]
            if kind != "text" and text.upper() == expected:
                self.position += 1
                return True
        return False

    def keyword(self, expected: str) -> None:
        """Takes this word or mark, or refuses the statement."""
        if not self.accept(expected):
            raise _not_readable(self.peek()[1])

    def expect(self, kind: str) -> str:
        """Takes the next token, which must be of this kind (`word`, `number`), and gives back its text."""
        found, text = self.peek()
        if found != kind:
            raise _not_readable(text)
        self.position += 1
        return text


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _not_readable(text[position : position + 20].strip())
        position = match.end()
        assert match.lastgroup is not None
        yield match.lastgroup, match[match.lastgroup]


def _not_readable(near: str) -> refusals.Refusal:
    return refusals.invalid("4000", f'QueryParserError: Encountered "{near}"')


def _not_valid(detail: str) -> refusals.Refusal:
    return refusals.invalid("4001", f"QueryValidationError: {detail}")
