"""What a call to the sandbox is, in words: `quickbooks create SalesReceipt`, `infusionsoft list orders`.

Limits, faults on demand and the counters all speak of calls by this kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

QUICKBOOKS_ENTITIES = {
    name.lower(): name
    for name in (
        *(
            "Customer",
            "Item",
            "SalesReceipt",
            "Invoice",
            "Payment",
            "CreditMemo",
            "RefundReceipt",
            "Purchase",
            "Estimate",
        ),
        *("Account", "Term", "PaymentMethod", "Class", "Department", "CustomerType", "TaxCode", "TaxRate", "TaxAgency"),
        *("Vendor", "Employee", "Preferences", "CompanyInfo", "ExchangeRate"),
    )
}
QUICKBOOKS_OAUTH = {
    "/connect/oauth2": "authorize",
    "/oauth2/v1/tokens/bearer": "token",
    "/v2/oauth2/tokens/revoke": "revoke",
}
INFUSIONSOFT_OAUTH = {"/app/oauth/authorize": "authorize", "/token": "token"}
INFUSIONSOFT_LISTS = {
    "orders": "orders",
    "contacts": "contacts",
    "products": "products",
    "sales/payments": "payments",
    "sales/transactions": "transactions",
}
INFUSIONSOFT_RECORDS = {
    "businessProfile": "business profile",
    "oauth/connect/userinfo": "user info",
}


@dataclass(frozen=True)
class Call:
    """One call; `account` is whose limits it counts against: a realm id, a key, or "" for nobody's (signing in)."""

    service: str
    kind: str
    account: str


def call_of(method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes) -> Call:
    """The call that an HTTP request to `/quickbooks/…` or `/infusionsoft/…` makes; `headers` ignores case in names."""
    service, _, rest = path.removeprefix("/").partition("/")
    parameters = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    if service == "quickbooks":
        realm = re.match(r"v3/company/([^/]+)/", rest)
        words = _quickbooks_words(method, "/" + rest, parameters, body)
        return Call(service, f"quickbooks {words}", realm[1] if realm else "")
    words = _infusionsoft_words(method, "/" + rest)
    key = headers.get("x-keap-api-key") or headers.get("authorization", "").partition(" ")[2]
    return Call(service, f"infusionsoft {words}", "" if words in INFUSIONSOFT_OAUTH.values() else key)


def _quickbooks_words(method: str, path: str, parameters: Mapping[str, str], body: bytes) -> str:
    company = re.fullmatch(r"/v3/company/[^/]+/([^/]+)(?:/([^/]+))?/?", path)
    if company is None:
        return QUICKBOOKS_OAUTH.get(path) or f"{method.lower()} {path}"
    resource = company[1]
    if resource == "query":
        statement = parameters.get("query") or body.decode("utf-8", "replace")
        entity = re.search(r"\bfrom\s+(\w+)", statement, re.IGNORECASE)
        return f"query {_entity(entity[1])}" if entity else "query"
    if resource in ("batch", "cdc"):
        return resource
    if resource == "reports":
        return f"report {company[2]}" if company[2] else "report"
    if method == "GET":
        return f"read {_entity(resource)}"
    return f"{_written(parameters, body)} {_entity(resource)}"


def _entity(name: str) -> str:
    return QUICKBOOKS_ENTITIES.get(name.lower(), name)


def _written(parameters: Mapping[str, str], body: bytes) -> str:
    operation = parameters.get("operation", "")
    if operation == "void" or parameters.get("include") == "void":
        return "void"
    if operation == "delete":
        return "delete"
    try:
        record = json.loads(body)
    except ValueError:
        return "create"
    return "update" if isinstance(record, dict) and record.get("Id") else "create"


def _infusionsoft_words(method: str, path: str) -> str:
    if path in INFUSIONSOFT_OAUTH:
        return INFUSIONSOFT_OAUTH[path]
    resource = re.sub(r"^(/crm)?/rest/v2/", "", path).rstrip("/")
    verb = method.lower()
    if resource in INFUSIONSOFT_RECORDS:
        return f"{verb} {INFUSIONSOFT_RECORDS[resource]}"
    if resource in INFUSIONSOFT_LISTS:
        return f"{'list' if verb == 'get' else verb} {INFUSIONSOFT_LISTS[resource]}"
    if re.fullmatch(r"orders/[^/]+/payments", resource):
        return f"{'list' if verb == 'get' else verb} order payments"
    one = re.fullmatch(r"(order|contact|product)s/[^/]+", resource)
    return f"{verb} {one[1]}" if one else f"{verb} {path}"
