"""The ledger under any sequence of what owners do, old and new ones, in any order, against a model in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import make_url, select

from order_sync.database.database import open_database, reading
from order_sync.database.leases import Lease
from order_sync.database.ledger import claim_write, claim_writes, plan_writes, settle_write
from order_sync.database.tables import Base, Write
from order_sync.database.writes import latest_writes, orders_of_writes
from order_sync.errors import LeaseLost
from order_sync.sync.orders.write import Intent

SUBJECTS = st.sampled_from(["1", "2"])
TOKENS = st.integers(1, 3)
OUTCOMES = st.sampled_from(["posted", "rejected", "unknown", "planned"])
PAYLOADS = st.sampled_from(['{"a":1}', '{"b":2}'])
ORDERS = {'{"a":1}': ("1",), '{"b":2}': ("1", "2")}
"""What each payload is about."""


@dataclass
class Expected:
    """A write as it should be."""

    generation: int
    payload: str
    token: int
    status: str = "planned"
    attempts: int = 0
    operation: str = "create"


class Ledger(RuleBasedStateMachine):
    """Two orders and owners with the tokens 1 to 3, which act in any order, as owners that were declared dead do."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.engine = open_database(make_url(f"sqlite:///{Path(self.folder.name) / 'ledger.sqlite'}"))
        Base.metadata.create_all(self.engine)
        self.expected: dict[str, Expected] = {}
        self.sent: dict[str, str] = {}

    @rule(subject=SUBJECTS, token=TOKENS, payload=PAYLOADS, operation=st.sampled_from(["create", "update"]))
    def plan(self, subject: str, token: int, payload: str, operation: str) -> None:
        more = {"content_hash": payload, "operation": operation, "order_ids": ORDERS[payload]}
        intent = Intent("document", subject, "SalesReceipt", payload, **more)
        plan_writes(self.engine, lease(token), realm_id="1", store="demo", run_key="demo/monday", intents=[intent])
        known = self.expected.get(subject)
        if known is None:
            self.expected[subject] = Expected(1, payload, token, operation=operation)
        elif known.status == "rejected" or (
            known.status == "posted" and operation == "update" and known.payload != payload
        ):
            self.expected[subject] = Expected(known.generation + 1, payload, token, operation=operation)
        elif known.status == "planned" and not known.attempts and known.payload != payload and token >= known.token:
            known.payload, known.token, known.operation = payload, token, operation

    @rule(subject=SUBJECTS, token=TOKENS)
    def claim(self, subject: str, token: int) -> None:
        known = self.expected.get(subject)
        if known is None:
            return
        if self.done(lambda write: claim_write(self.engine, lease(token), write, "demo/monday"), subject):
            assert (known.status, token >= known.token) == ("planned", True)
            known.status, known.token, known.attempts = "sending", token, known.attempts + 1
            request = self.now(subject)
            assert self.sent.setdefault(request.request_id, request.payload) == request.payload
        else:
            assert known.status != "planned" or token < known.token

    @rule(token=TOKENS)
    def claim_all(self, token: int) -> None:
        known = self.expected.values()
        if self.done(lambda *writes: claim_writes(self.engine, lease(token), writes, "demo/monday"), *self.expected):
            assert all(one.status == "planned" and token >= one.token for one in known)
            for one in known:
                one.status, one.token, one.attempts = "sending", token, one.attempts + 1
        else:
            assert not all(one.status == "planned" and token >= one.token for one in known)

    @rule(subject=SUBJECTS, token=TOKENS, outcome=OUTCOMES)
    def settle(self, subject: str, token: int, outcome: str) -> None:
        known = self.expected.get(subject)
        if known is None:
            return
        # What was recorded otherwise than sent may be found corrected: posted stays posted, and never becomes anything else.
        allowed = known.status in ("sending", "unknown") or known.status == outcome == "posted"
        if self.done(lambda write: settle_write(self.engine, lease(token), write, outcome, run_key="r"), subject):
            assert (allowed, token >= known.token) == (True, True)
            known.status, known.token = outcome, token
        else:
            assert not allowed or token < known.token

    @invariant()
    def the_ledger_is_as_expected(self) -> None:
        for subject, known in getattr(self, "expected", {}).items():
            write = self.now(subject)
            assert known == Expected(
                write.generation, write.payload, write.owner_token, write.status, write.attempts, write.operation
            )
            assert orders_of_writes(self.engine, [write.id]) == {write.id: list(ORDERS[known.payload])}

    @invariant()
    def one_write_at_most_is_under_way_for_an_order(self) -> None:
        if not hasattr(self, "engine"):
            return
        with reading(self.engine) as connection:
            alive = connection.scalars(select(Write.subject).where(Write.status.not_in(("rejected", "posted")))).all()
        assert len(alive) == len(set(alive))

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    def now(self, subject: str):
        return latest_writes(self.engine, realm_id="1", store="demo", kind="document", subjects=[subject])[subject]

    def done(self, change, *subjects: str) -> bool:
        try:
            change(*map(self.now, subjects))
        except LeaseLost:
            return False
        return True


def lease(token: int) -> Lease:
    return Lease("company 1", token, 60)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
