"""A company's books as a person and a test see them: what is entered by hand, what goes wrong, and what is there afterwards."""

from __future__ import annotations

from collections import Counter

from tests.shop.account import Json
from tests.shop.services import Controls


class Books:
    """The books of a sandbox's company, and the faults of both services."""

    sandbox: Controls

    def add(self, entity: str, **fields: object) -> Json:
        """What somebody enters in QuickBooks by hand."""
        record: Json = self.sandbox.post(f"/_sandbox/quickbooks/{entity}", fields)
        return record

    def merge(self, duplicate: str, into: str, **how: object) -> None:
        """Somebody merges two customers in QuickBooks."""
        self.sandbox.post(f"/_sandbox/quickbooks/Customer/{duplicate}/merge", {"into": into, **how})

    def add_item(self, name: str) -> Json:
        """A product, whose SKU is its name."""
        income = {"value": self.listed("Account", "Sales of Product Income")}
        return self.add("Item", Name=name, Sku=name, Type="NonInventory", IncomeAccountRef=income)

    def add_ada(self) -> str:
        """The customer Ada Lovelace; gives her id."""
        email = {"Address": "ada@example.com"}
        return str(self.add("Customer", DisplayName="Ada Lovelace", PrimaryEmailAddr=email)["Id"])

    def records(self, entity: str) -> list[Json]:
        """What the books hold of a kind."""
        found: list[Json] = self.sandbox.get(f"/_sandbox/quickbooks/{entity}")
        return found

    def listed(self, entity: str, name: str) -> str:
        """The id of a row of a list (Account, PaymentMethod …)."""
        [found] = [one["Id"] for one in self.records(entity) if one["Name"] == name]
        return str(found)

    def fail(self, kind: str, what: str, **how: object) -> None:
        """The next call of a kind goes wrong, or as `next` and `every` say."""
        when = {} if {"next", "every"} & how.keys() else {"next": 1}
        self.sandbox.post("/_sandbox/faults", {"kind": kind, "what": what, **when, **how})

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self.sandbox.delete("/_sandbox/faults")

    def calls(self, kind: str) -> Counter[str]:
        """How many calls of a kind arrived, by outcome."""
        return Counter(self.sandbox.get("/_sandbox/calls").get(kind, {}))
