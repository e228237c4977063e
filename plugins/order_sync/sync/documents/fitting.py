"""A document without what QuickBooks refused it for: a text that is too long, an e-mail address.

Both are inside what QuickBooks documents, and a company may take less all the same. Nobody's sale fails for a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.quickbooks.lengths import NO_EMAIL_ADDRESS, is_length_fault, shortened, shorter, texts_of
from order_sync.quickbooks.wire import encode
from order_sync.sync.documents.fields import Document, Remark
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.write import Intent, Write, WriteStatus

NUMBER = "DocNumber"


def is_of_a_text(error: OrderSyncError) -> bool:
    """Whether a document was refused for a text that it need not have, or not whole."""
    return is_length_fault(error) or error.code == NO_EMAIL_ADDRESS


def fitting(document: Document, writes: Sequence[Write]) -> Document:
    """The document without what was refused of it before; `writes` are its own, all generations.

    RecordRefused where it was refused for its number, and that is longer still than QuickBooks takes.
    """
    body, remarks = _fitting(document.body, writes)
    return replace(document, body=body, warnings=(*document.warnings, *remarks))


def fitting_intent(intent: Intent, writes: Sequence[Write]) -> Intent:
    """What is recorded beside a document, or changes it, likewise; `writes` are those of its order."""
    own = [write for write in writes if (write.kind, write.subject) == (intent.kind, intent.subject)]
    body, remarks = _fitting(json.loads(intent.payload, parse_float=Decimal), own)
    return replace(intent, payload=encode(body), remarks=(*intent.remarks, *remarks)) if remarks else intent


def _fitting(body: Mapping[str, Any], writes: Sequence[Write]) -> tuple[dict[str, Any], list[Remark]]:
    fits, limits, remarks = dict(body), dict[str, int](), list[Remark]()
    for write in writes:
        error = RecordRefused(write.message or "", code=write.code or "")
        if write.status is not WriteStatus.REJECTED or not is_of_a_text(error):
            continue
        sent = json.loads(write.payload)
        if is_length_fault(error):
            found = shorter(_texts(sent) | _number(sent), error)
            fewer = {
                path: limit for path, limit in found.items() if path != NUMBER and _keeps_marker(sent, path, limit)
            }
            limits |= fewer
            if not fewer and (refused := _of_number(str(fits.get(NUMBER) or ""), found)):
                raise refused
        elif "BillEmail" in fits and sent.get("BillEmail") == fits["BillEmail"]:
            del fits["BillEmail"]
            remarks.append((Code.EMAIL_LEFT_OUT, "QuickBooks refused the contact's e-mail address: it was left out."))
    too_long = {path: limit for path, text in _texts(fits).items() if (limit := limits.get(path)) and len(text) > limit}
    return shortened(fits, too_long), remarks + [_remark(path, limit) for path, limit in too_long.items()]


def _of_number(number: str, limits: Mapping[str, int]) -> RecordRefused | None:
    if len(number) <= limits.get(NUMBER, len(number)):
        return None
    words = f"QuickBooks takes no more than {limits[NUMBER]} characters of a document number, and {number} has {len(number)}."
    return refusal(Code.NUMBER_LENGTH, words)


def of_marker(write: Write, error: OrderSyncError) -> OrderSyncError:
    """The reason of a refusal in words that lead somewhere, where QuickBooks takes less of a note than the marker; else as it is.

    It is sent again by each run: without its marker nothing would be found again.
    """
    if not isinstance(error, RecordRefused) or not is_length_fault(error):
        return error
    sent = json.loads(write.payload)
    limit = shorter(_texts(sent) | _number(sent), error).get("PrivateNote")
    if limit is None or _keeps_marker(sent, "PrivateNote", limit):
        return error
    marker = str(sent["PrivateNote"]).partition("\n")[0]
    words = f"QuickBooks takes no more than {limit} characters of a private note, and the marker '{marker}' has {len(marker)}."
    return refusal(Code.NOTE_LENGTH, words)


def _number(body: Mapping[str, Any]) -> dict[str, str]:
    return {NUMBER: str(body[NUMBER])} if body.get(NUMBER) else {}


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    """The texts that may be cut: those that people read, and nothing is found by."""
    return {path: text for path, text in texts_of(body) if _is_for_people(path)}


def _is_for_people(path: str) -> bool:
    return path.startswith(("BillAddr.", "ShipAddr.", "CustomerMemo.", "PrivateNote")) or path.endswith(".Description")


def _keeps_marker(body: Mapping[str, Any], path: str, limit: int) -> bool:
    return path != "PrivateNote" or limit >= len(str(body[path]).partition("\n")[0])


def _remark(path: str, limit: int) -> Remark:
    code = Code.ADDRESS_SHORTENED if path.startswith(("BillAddr", "ShipAddr")) else Code.FIELD_SHORTENED
    return code, f"{path} of the document was shortened to QuickBooks' {limit} characters."
