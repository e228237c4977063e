"""The customers that a person chose for contacts: they go before every criterion, and nothing is weighed against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from order_sync.keys import UNSEEN
from order_sync.sync.customers.candidates import Bodies
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import NEW_CUSTOMER, Choice


class Chosen(NamedTuple):
    """A choice as it counts today: who it is, in words too, and what keeps it from being followed."""

    customer_id: str
    words: str
    code: str = ""
    new_for: str = ""
    """The contact that a customer is to be made for: the one that it was chosen for."""

    @property
    def is_standard(self) -> bool:
        """Whether the standard customer was chosen, whoever that is."""
        return not (self.customer_id or self.code or self.new_for)


def chosen_today(
    choices: Mapping[str, Choice],
    former_contacts: Mapping[str, Sequence[str]],
    merged_into: Mapping[str, str],
    bodies: Bodies,
) -> dict[str, Chosen]:
    """The choices by contact: of contacts that were merged in Infusionsoft too, and with survivors in the place of merged customers."""
    of_former = {
        now: former for now, all_former in former_contacts.items() for former in all_former[::-1] if former in choices
    }
    wanted = {**of_former, **{contact_id: contact_id for contact_id in choices}}
    ids = {choice.customer_id for choice in choices.values()} | set(merged_into.values())
    known = bodies(sorted(ids - {"", NEW_CUSTOMER, UNSEEN}))
    return {
        contact_id: _today(contact_id, chosen_for, choices[chosen_for], merged_into, known)
        for contact_id, chosen_for in wanted.items()
    }


def _today(
    contact_id: str,
    chosen_for: str,
    choice: Choice,
    merged_into: Mapping[str, str],
    known: Mapping[str, Mapping[str, object]],
) -> Chosen:
    if not choice.customer_id:
        return Chosen("", f"{choice.who} chose the standard customer for contact {contact_id}.")
    if choice.customer_id == NEW_CUSTOMER:
        words = f"{choice.who} chose a new customer for contact {contact_id}; it is made."
        return Chosen("", words, new_for=chosen_for)
    now = merged_into.get(choice.customer_id, choice.customer_id)
    body = known.get(now)
    name = f"{body['DisplayName']} ({now})" if body else f"customer {choice.customer_id}"
    words = f"{choice.who} chose {name} for contact {contact_id}."
    if now != choice.customer_id and body:
        words = f"{choice.who} chose customer {choice.customer_id} for contact {contact_id}, which was merged into {name} in QuickBooks."
    if body is None or not body.get("Active", True):
        return Chosen("", f"{words} It is {'inactive' if body else 'not there any more'} in QuickBooks.", Code.INACTIVE)
    return Chosen(now, words)
