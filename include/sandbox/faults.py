"""Faults on demand: a rule says which calls go wrong, and how.

`{"kind": "quickbooks create SalesReceipt", "next": 1, "what": "drop_after"}`: the next sales receipt is made, its answer lost.
`{"kind": "infusionsoft *", "every": 5, "what": "503"}`: every fifth call to Infusionsoft is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, model_validator

from include.sandbox.calls import Call

What = Literal["late", "429", "500", "503", "drop_before", "drop_after", "execute_late", "half_body", "html", "fault"]


class Rule(BaseModel):
    """Which calls (`kind` is a pattern with * and ?), when (the `next` n, or `every` n-th), and what happens to them.

    - `late`: executed; the answer comes after `seconds`.
    - `429`, `500`, `503`: refused, in the service's own shape.
    - `drop_before`: the connection is closed; nothing is executed.
    - `drop_after`: executed; the connection is closed instead of answering.
    - `execute_late`: the connection is closed; executed after `seconds`, with nobody listening.
    - `half_body`: executed; the connection is closed in the middle of the answer.
    - `html`: a web page with `status` (502 unless told) instead of an answer.
    - `fault`: `status` and `body` as given here.

    The calls that `500`, `503`, `html` and `fault` answer are not executed unless `executed` is true.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    next: PositiveInt | None = None
    every: PositiveInt | None = None
    what: What
    seconds: NonNegativeFloat = 0
    status: int = Field(default=502, ge=200, le=599)
    body: str = ""
    executed: bool = False

    @model_validator(mode="after")
    def _one_when(self) -> Self:
        if (self.next is None) == (self.every is None):
            raise ValueError("give either next (the next n calls) or every (every n-th call)")
        return self


@dataclass
class Standing:
    """A rule in force, and how many calls of its kind it has seen."""

    rule: Rule
    seen: int = 0

    def strikes(self) -> bool:
        """Counts a call of its kind, and tells whether it goes wrong."""
        self.seen += 1
        return self.rule.every is None or self.seen % self.rule.every == 0

    def is_used_up(self) -> bool:
        return self.seen == self.rule.next


@dataclass
class Faults:
    """The rules in force, oldest first, and a latency in seconds that every call has."""

    latency: float = 0.0
    standing: list[Standing] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        self.standing.append(Standing(rule))

    def clear(self) -> None:
        self.standing.clear()
        self.latency = 0.0

    def rule_for(self, call: Call) -> Rule | None:
        """The oldest rule that strikes this call. Younger ones do not see a call that an older one struck."""
        for standing in self.standing:
            if fnmatchcase(call.kind, standing.rule.kind) and standing.strikes():
                if standing.is_used_up():
                    self.standing.remove(standing)
                return standing.rule
        return None
