"""The records that a company keeps: their fields with limits, what can be queried, what can be done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from include.sandbox.quickbooks.currencies import Currency
from include.sandbox.quickbooks.fields import (
    Address,
    Anything,
    Choice,
    Day,
    Flag,
    Kind,
    ListOf,
    MoneyAccount,
    Number,
    Parts,
    Payee,
    Reference,
    Text,
)
from include.sandbox.quickbooks.lines import ExpenseLines, PaymentLines
from include.sandbox.quickbooks.shared_fields import (
    EMAIL,
    NAME,
    PEOPLE_READ_ONLY,
    PERSON,
    PERSON_QUERYABLE,
    RECEIVED,
    SALE,
    SALE_QUERYABLE,
    SALE_READ_ONLY,
    TAX,
    TIMES,
    TRANSACTION,
    TRANSACTION_QUERYABLE,
)

EXEMPTION_REASONS = (*map(str, range(1, 16)), "99")
ENVELOPE = ("Id", "SyncToken", "MetaData", "domain", "sparse", "status")


@dataclass(frozen=True)
class Entity:
    """`queryable` says how a property compares: text, number, flag, day, time, id; a path leads into the record."""

    name: str
    fields: Mapping[str, Kind]
    queryable: Mapping[str, str]
    read_only: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    named_by: str | None = None
    name_scope: str | None = None
    sequence: str = ""
    operations: frozenset[str] = field(default=frozenset({"create", "update"}))

    @property
    def path(self) -> str:
        """The entity as an address writes it."""
        return self.name.lower()


def _name_list(name: str, fields: Mapping[str, Kind], **more: object) -> Entity:
    queryable = {"Id": "id", "Name": "text", "FullyQualifiedName": "text", "Active": "flag", **TIMES}
    settings = {"named_by": "Name", "name_scope": name, "sequence": name, "required": ("Name",), "queryable": queryable}
    read_only = ("FullyQualifiedName", "Level")
    return Entity(name, {"Active": Flag(), **fields}, read_only=read_only, **{**settings, **more})  # type: ignore[arg-type]


CUSTOMER = Entity(
    "Customer",
    {
        **PERSON,
        "ShipAddr": Address(),
        "ResaleNum": Text(16),
        "Taxable": Flag(),
        "Job": Flag(),
        "BillWithParent": Flag(),
        "TaxExemptionReasonId": Choice(EXEMPTION_REASONS),
        "SalesTermRef": Reference("Term"),
        "PaymentMethodRef": Reference("PaymentMethod"),
        "DefaultTaxCodeRef": Reference("TaxCode"),
        "CustomerTypeRef": Reference("CustomerType"),
        "ParentRef": Reference("Customer"),
        "PreferredDeliveryMethod": Choice(("Print", "Email", "None")),
        "OpenBalanceDate": Day(),
    },
    queryable=PERSON_QUERYABLE,
    read_only=(
        *PEOPLE_READ_ONLY,
        "Balance",
        "BalanceWithJobs",
        "IsProject",
        "PrimaryTaxIdentifier",
        "ARAccountRef",
        "ClientEntityId",
    ),
    named_by="DisplayName",
    name_scope="names",
    sequence="names",
)
VENDOR = Entity(
    "Vendor",
    {**PERSON, "AcctNum": Text(100), "TermRef": Reference("Term"), "Vendor1099": Flag(), "TaxIdentifier": Text(20)},
    queryable=PERSON_QUERYABLE,
    read_only=(*PEOPLE_READ_ONLY, "Balance"),
    named_by="DisplayName",
    name_scope="names",
    sequence="names",
)
EMPLOYEE = Entity(
    "Employee",
    {**PERSON, "PrimaryAddr": Address(), "EmployeeNumber": Text(100), "HiredDate": Day(), "ReleasedDate": Day()},
    queryable=PERSON_QUERYABLE,
    read_only=PEOPLE_READ_ONLY,
    named_by="DisplayName",
    name_scope="names",
    sequence="names",
)

ITEM = _name_list(
    "Item",
    {
        "Name": NAME,
        "Sku": Text(100),
        "Type": Choice(("Inventory", "NonInventory", "Service", "Group", "Category")),
        "Description": Text(4000),
        "PurchaseDesc": Text(1000),
        "UnitPrice": Number(),
        "PurchaseCost": Number(),
        "IncomeAccountRef": Reference("Account"),
        "ExpenseAccountRef": Reference("Account"),
        "AssetAccountRef": Reference("Account"),
        "TrackQtyOnHand": Flag(),
        "QtyOnHand": Number(),
        "InvStartDate": Day(),
        "Taxable": Flag(),
        "SalesTaxIncluded": Flag(),
        "PurchaseTaxIncluded": Flag(),
        "SalesTaxCodeRef": Reference("TaxCode"),
        "PurchaseTaxCodeRef": Reference("TaxCode"),
        "SubItem": Flag(),
        "ParentRef": Reference("Item"),
        "PrintGroupedItems": Flag(),
        "ItemGroupDetail": Parts(
            {"ItemGroupLine": ListOf(Parts({"ItemRef": Reference("Item"), "Qty": Number(Decimal(0))}))}
        ),
    },
    queryable={
        "Id": "id",
        **dict.fromkeys(("Name", "FullyQualifiedName", "Sku", "Type"), "text"),
        "Active": "flag",
        "UnitPrice": "number",
        **TIMES,
    },
)
ACCOUNT = _name_list(
    "Account",
    {
        "Name": Text(100, '":'),
        "AcctNum": Text(20, ":"),
        "AccountType": Text(100),
        "AccountSubType": Text(100),
        "Classification": Text(20),
        "Description": Text(100),
        "SubAccount": Flag(),
        "ParentRef": Reference("Account"),
        "CurrencyRef": Currency(),
    },
    queryable={
        "Id": "id",
        **dict.fromkeys(("Name", "FullyQualifiedName", "AccountType", "AccountSubType", "Classification"), "text"),
        "Active": "flag",
        **TIMES,
    },
)
TERM = _name_list(
    "Term",
    {
        "Name": Text(31),
        "DueDays": Number(Decimal(0)),
        "DayOfMonthDue": Number(Decimal(1)),
        "DiscountPercent": Number(Decimal(0)),
        "DiscountDays": Number(Decimal(0)),
        "Type": Choice(("STANDARD", "DATE_DRIVEN")),
    },
)
PAYMENT_METHOD = _name_list("PaymentMethod", {"Name": Text(31), "Type": Choice(("CREDIT_CARD", "NON_CREDIT_CARD"))})
CLASS = _name_list("Class", {"Name": NAME, "SubClass": Flag(), "ParentRef": Reference("Class")})
DEPARTMENT = _name_list("Department", {"Name": NAME, "SubDepartment": Flag(), "ParentRef": Reference("Department")})
CUSTOMER_TYPE = _name_list(
    "CustomerType",
    {"Name": Text(100)},
    queryable={"Id": "id", "Name": "text", "Active": "flag", **TIMES},
    operations=frozenset(),
)
TAX_CODE = _name_list(
    "TaxCode",
    {
        "Name": Text(100),
        "Description": Text(100),
        "Taxable": Flag(),
        "TaxGroup": Flag(),
        "SalesTaxRateList": Anything(),
    },
    operations=frozenset(),
)
TAX_RATE = _name_list(
    "TaxRate",
    {
        "Name": Text(100),
        "Description": Text(100),
        "RateValue": Number(Decimal(0)),
        "AgencyRef": Reference("TaxAgency"),
        "SpecialTaxType": Text(30),
        "DisplayType": Text(30),
    },
    operations=frozenset(),
)
TAX_AGENCY = _name_list(
    "TaxAgency",
    {
        "DisplayName": Text(100),
        "TaxRegistrationNumber": Text(100),
        "TaxTrackedOnSales": Flag(),
        "TaxTrackedOnPurchases": Flag(),
    },
    queryable={"Id": "id", "DisplayName": "text", "Active": "flag", **TIMES},
    named_by="DisplayName",
    required=("DisplayName",),
    operations=frozenset(),
)
PREFERENCES = Entity(
    "Preferences",
    dict.fromkeys(
        (
            "SalesFormsPrefs",
            "AccountingInfoPrefs",
            "TaxPrefs",
            "CurrencyPrefs",
            "EmailMessagesPrefs",
            "ProductAndServicesPrefs",
            "ReportPrefs",
            "VendorAndPurchasesPrefs",
            "TimeTrackingPrefs",
            "OtherPrefs",
        ),
        Anything(),
    ),
    queryable={"Id": "id", **TIMES},
    sequence="Preferences",
    operations=frozenset({"update"}),
)
COMPANY_INFO = Entity(
    "CompanyInfo",
    fields={},
    queryable={"Id": "id", **TIMES},
    sequence="CompanyInfo",
    operations=frozenset(),
)

CHANGEABLE = frozenset({"create", "update", "delete"})
VOIDABLE = CHANGEABLE | {"void"}

SALES_RECEIPT = Entity(
    "SalesReceipt",
    {**SALE, **RECEIVED, "PaymentRefNum": Text(21)},
    queryable={**SALE_QUERYABLE, "PaymentRefNum": "text"},
    read_only=SALE_READ_ONLY,
    required=("Line",),
    sequence="transactions",
    operations=VOIDABLE,
)
INVOICE = Entity(
    "Invoice",
    {
        **SALE,
        "SalesTermRef": Reference("Term"),
        "DueDate": Day(),
        "Deposit": Number(Decimal(0)),
        "DepositToAccountRef": MoneyAccount(),
        "AllowOnlineCreditCardPayment": Flag(),
        "AllowOnlineACHPayment": Flag(),
        "AllowIPNPayment": Flag(),
        "AllowOnlinePayment": Flag(),
        "BillEmailCc": EMAIL,
        "BillEmailBcc": EMAIL,
    },
    queryable={**SALE_QUERYABLE, "DueDate": "day"},
    read_only=(*SALE_READ_ONLY, "InvoiceLink"),
    required=("Line", "CustomerRef"),
    sequence="transactions",
    operations=VOIDABLE,
)
CREDIT_MEMO = Entity(
    "CreditMemo",
    SALE,
    queryable=SALE_QUERYABLE,
    read_only=(*SALE_READ_ONLY, "RemainingCredit", "PaymentMethodRef"),
    required=("Line", "CustomerRef"),
    sequence="transactions",
    operations=CHANGEABLE,
)
REFUND_RECEIPT = Entity(
    "RefundReceipt",
    {**SALE, **RECEIVED, "PaymentRefNum": Text(100), "PaymentType": Choice(("Cash", "Check", "CreditCard"))},
    queryable=SALE_QUERYABLE,
    read_only=SALE_READ_ONLY,
    required=("Line", "DepositToAccountRef"),
    sequence="transactions",
    operations=CHANGEABLE,
)
PAYMENT = Entity(
    "Payment",
    {
        **TRANSACTION,
        **RECEIVED,
        "TotalAmt": Number(),
        "Line": PaymentLines(),
        "PaymentRefNum": Text(21),
        "ARAccountRef": Reference("Account"),
    },
    queryable={**TRANSACTION_QUERYABLE, "PaymentRefNum": "text"},
    read_only=("UnappliedAmt", "ProcessPayment", "LinkedTxn", "HomeTotalAmt"),
    required=("CustomerRef", "TotalAmt"),
    sequence="transactions",
    operations=VOIDABLE,
)

PURCHASE = Entity(
    "Purchase",
    {
        **{name: kind for name, kind in TRANSACTION.items() if name != "CustomerRef"},
        "PaymentType": Choice(("Cash", "Check", "CreditCard")),
        "AccountRef": Reference("Account"),
        "EntityRef": Payee(),
        "Line": ExpenseLines(),
        "DocNumber": Text(21),
        "PaymentMethodRef": Reference("PaymentMethod"),
        "Credit": Flag(),
        "RemitToAddr": Address(),
        "TxnSource": Text(100),
        "TxnTaxDetail": Parts(TAX),
        "GlobalTaxCalculation": Choice(("TaxExcluded", "TaxInclusive", "NotApplicable")),
        "PrintStatus": Choice(("NotSet", "NeedToPrint", "PrintComplete")),
    },
    # Which of its other properties can be queried is not known for sure.
    queryable={name: kind for name, kind in TRANSACTION_QUERYABLE.items() if name != "CustomerRef"},
    read_only=("TotalAmt", "HomeTotalAmt", "LinkedTxn", "PurchaseEx", "RecurDataRef"),
    required=("PaymentType", "AccountRef", "Line"),
    sequence="transactions",
    operations=CHANGEABLE,
)

SALES = ("SalesReceipt", "Invoice", "CreditMemo", "RefundReceipt")
TRANSACTIONS = (*SALES, "Payment", "Purchase")
ENTITIES = {
    entity.name: entity
    for entity in (
        CUSTOMER,
        VENDOR,
        EMPLOYEE,
        ITEM,
        ACCOUNT,
        TERM,
        PAYMENT_METHOD,
        CLASS,
        DEPARTMENT,
        CUSTOMER_TYPE,
        TAX_CODE,
        TAX_RATE,
        TAX_AGENCY,
        PREFERENCES,
        COMPANY_INFO,
        SALES_RECEIPT,
        INVOICE,
        CREDIT_MEMO,
        REFUND_RECEIPT,
        PAYMENT,
        PURCHASE,
    )
}
BY_PATH = {entity.path: entity for entity in ENTITIES.values()}
