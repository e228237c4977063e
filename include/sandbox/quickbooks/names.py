"""The rules of the name lists: unique names, inactive records, what customers, items and accounts need."""

from __future__ import annotations

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.currencies import keep_currency
from include.sandbox.quickbooks.entities import ENTITIES, Entity
from include.sandbox.quickbooks.versions import name_of, put_again

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
INVENTORY_NEEDS = ("TrackQtyOnHand", "QtyOnHand", "InvStartDate", "AssetAccountRef", "ExpenseAccountRef")
DEEPEST_LEVEL = 4
HOLDERS = {"names": "customer, vendor or employee", "Item": "product or service"}


def settle_named(books: Books, entity: Entity, fields: Body, old: Record | None) -> Body:
    """The whole record of a list from its checked fields: defaults, full name, uniqueness."""
    fields = {"Active": True, **fields}
    if old and not old.active and not fields["Active"]:
        raise refusals.not_found()
    if entity.named_by == "DisplayName":
        fields = _with_display_name(fields, old)
    _check_needs(books, entity, fields)
    _check_parent(books, entity, fields, old)
    if old and old.body.get("IsProject"):
        fields = {**fields, "IsProject": True, "BillWithParent": True}
    fields = keep_currency(fields, old)
    keeps_name = entity.name in ("Customer", "Item") and books.is_set("keep_inactive_names")
    if not fields["Active"] and (old is None or old.active) and not keeps_name:
        return _released(books, entity, _with_full_name(books, entity, fields), old)
    fields = _with_full_name(books, entity, fields)
    if _name_is_taken(books, entity, fields, old):
        holder = HOLDERS.get(entity.name_scope or "", entity.name.lower())
        raise refusals.invalid(
            "6240",
            f"The name supplied already exists. : Another {holder} is already using this \nname. "
            "Please use a different name.",
        )
    return {**_defaults(books, entity, fields), **fields, **_balances(entity, old)}


def _with_display_name(fields: Body, old: Record | None) -> Body:
    name = fields.get("DisplayName") or " ".join(fields[part] for part in NAME_PARTS if part in fields)
    if not name and old:
        name = old.body["DisplayName"]
    if not name:
        detail = "At least one of DisplayName, Title, GivenName, MiddleName, FamilyName or Suffix is required"
        raise refusals.invalid("6080", detail, "DisplayName")
    return {**fields, "DisplayName": name}


def _with_full_name(books: Books, entity: Entity, fields: Body) -> Body:
    if "ParentRef" not in entity.fields:
        return fields
    name = fields[entity.named_by or "Name"]
    parent_id = fields.get("ParentRef", {}).get("value")
    parent = parent_id and books.find(entity.name, parent_id)
    is_sub = bool(parent)
    if entity.name == "Customer":  # whatever was sent: every sub-customer is a job to the service
        fields = {**fields, "Job": is_sub, "BillWithParent": is_sub and bool(fields.get("BillWithParent"))}
    if not parent:
        return {**fields, "FullyQualifiedName": name, "Level": 0}
    level = parent.body.get("Level", 0) + 1
    if level > DEEPEST_LEVEL:
        raise refusals.invalid("6180", f"{entity.name} can have no more than 5 levels", "ParentRef")
    return {**fields, "FullyQualifiedName": f"{parent.body['FullyQualifiedName']}:{name}", "Level": level}


def rename_below(books: Books, parent: Record) -> None:
    """Gives those below a record the full names that follow from its own; no version of theirs is made by that."""
    for below in books.below(parent):
        name = below.body[ENTITIES[parent.entity].named_by or "Name"]
        full = f"{parent.body['FullyQualifiedName']}:{name}"
        level = parent.body["Level"] + 1
        if (full, level) != (below.body["FullyQualifiedName"], below.body["Level"]):
            rename_below(books, put_again(books, below, {"FullyQualifiedName": full, "Level": level}))


def _check_needs(books: Books, entity: Entity, fields: Body) -> None:
    if entity.name == "Account" and not fields.keys() & {"AccountType", "AccountSubType"}:
        raise refusals.invalid("6010", "AccountType or AccountSubType is required", "AccountType")
    if entity.name == "Customer":
        _check_exemption(books, fields)
    if entity.name != "Item":
        return
    kind = fields.get("Type", "Service")
    needs = ("IncomeAccountRef",) if kind in ("Service", "NonInventory", "Inventory") else ()
    for name in (*needs, *(INVENTORY_NEEDS if kind == "Inventory" else ())):
        if name not in fields or fields[name] is False:
            raise refusals.missing(name)


def _check_exemption(books: Books, fields: Body) -> None:
    """Where QuickBooks computes sales tax itself, nobody is exempt without a reason."""
    automatic = books.preferences().get("TaxPrefs", {}).get("PartnerTaxEnabled")
    if automatic and fields.get("Taxable") is False and "TaxExemptionReasonId" not in fields:
        raise refusals.business("A customer who is not taxable needs a tax exemption reason (TaxExemptionReasonId)")


def _check_parent(books: Books, entity: Entity, fields: Body, old: Record | None) -> None:
    """Nothing stands below itself."""
    above = fields.get("ParentRef", {}).get("value")
    while above and old:
        if above == old.id:
            raise refusals.business(f"A {entity.name.lower()} cannot be its own parent.")
        parent = books.find(entity.name, above)
        above = parent and parent.body.get("ParentRef", {}).get("value")


def _name_is_taken(books: Books, entity: Entity, fields: Body, old: Record | None) -> bool:
    holder = books.holder_of_name(entity.name_scope or entity.name, name_of(entity, fields) or "")
    return holder is not None and (old is None or (holder.entity, holder.id) != (old.entity, old.id))


def _released(books: Books, entity: Entity, fields: Body, old: Record | None) -> Body:
    """An inactive record gives its name free: QuickBooks calls it "X (deleted)"."""
    name_field = entity.named_by or "Name"
    name = fields[name_field]
    renamed, count = fields, 0
    while renamed is fields or _name_is_taken(books, entity, renamed, old):
        suffix = " (deleted)" if count == 0 else f" (deleted-{count})"
        renamed = _with_full_name(books, entity, {**fields, name_field: name + suffix})
        count += 1
    return {**_defaults(books, entity, renamed), **renamed, **_balances(entity, old)}


def _defaults(books: Books, entity: Entity, fields: Body) -> Body:
    if entity.name == "Customer":
        return {
            "Taxable": "TaxExemptionReasonId" not in fields,
            "PrintOnCheckName": fields["DisplayName"][:110],
            "PreferredDeliveryMethod": "None",
            "CurrencyRef": {"value": books.currency},
        }
    if entity.name_scope == "names":
        return {"PrintOnCheckName": fields["DisplayName"][:110]}
    if entity.name == "Item":
        return {"Type": "Service", "Taxable": False, "UnitPrice": 0, "TrackQtyOnHand": False}
    if entity.name == "Term":
        return {"Type": "DATE_DRIVEN" if "DayOfMonthDue" in fields else "STANDARD"}
    return {}


def _balances(entity: Entity, old: Record | None) -> Body:
    """What only the service sets, carried from version to version."""
    names = {"Customer": ("Balance", "BalanceWithJobs"), "Vendor": ("Balance",)}.get(entity.name, ())
    return {name: old.body.get(name, 0) if old else 0 for name in names}
