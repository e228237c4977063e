"""Credit memos that QuickBooks applied to an invoice itself, as a company may have it set: nothing is left of them to apply."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from decimal import Decimal

from order_sync.errors import RecordRefused
from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.write import Intent
from order_sync.sync.outbox.isolation import about_one
from order_sync.sync.recording.context import Recording
from order_sync.sync.recording.sending import end

log = logging.getLogger(__name__)


def still_to_apply(recording: Recording, intents: Sequence[Intent]) -> list[Intent]:
    """The applications whose credit memo has so much left; reads each credit memo. An order whose credit memo cannot be read is held."""
    found = []
    for intent in intents:
        try:
            with about_one(f"{intent.kind} {intent.subject}"):
                found += [intent] if _has_credit(recording.quickbooks, intent) else []
        except RecordRefused as error:
            end(recording, intent.order_ids[0], Status.HELD, error)
    return found


def _has_credit(quickbooks: QuickBooks, application: Intent) -> bool:
    lines = json.loads(application.payload, parse_float=Decimal)["Line"]
    [(id, amount)] = [
        (line["LinkedTxn"][0]["TxnId"], line["Amount"])
        for line in lines
        if line["LinkedTxn"][0]["TxnType"] == Entity.CREDIT_MEMO
    ]
    try:
        memo = quickbooks.read(Entity.CREDIT_MEMO, id)
    except ObjectNotFound:
        return True  # QuickBooks says then what is wrong
    left = Decimal(memo.get("RemainingCredit", memo.get("Balance", amount)))
    if left < amount:
        log.info("order %s: credit memo %s has %s left: it is applied already.", application.order_ids[0], id, left)
    return bool(left >= amount)
