"""Fields that several records share, with their limits: those of people, and those of transactions."""

from __future__ import annotations

from decimal import Decimal

from include.sandbox.quickbooks.currencies import Currency
from include.sandbox.quickbooks.fields import (
    NOT_IN_NAMES,
    Address,
    Anything,
    Choice,
    Day,
    Email,
    Flag,
    FreeReference,
    Kind,
    ListOf,
    MoneyAccount,
    Number,
    Parts,
    Reference,
    Text,
    TrackedReference,
)
from include.sandbox.quickbooks.lines import SalesLines

TIMES = {"MetaData.CreateTime": "time", "MetaData.LastUpdatedTime": "time"}
EMAIL = Parts({"Address": Email()})
PHONE = Parts({"FreeFormNumber": Text(30)})
NAME = Text(100, NOT_IN_NAMES)

PERSON: dict[str, Kind] = {
    "DisplayName": Text(500, NOT_IN_NAMES),
    "Title": Text(16, NOT_IN_NAMES),
    "GivenName": NAME,
    "MiddleName": NAME,
    "FamilyName": NAME,
    "Suffix": Text(16, NOT_IN_NAMES),
    "PrintOnCheckName": Text(110, NOT_IN_NAMES),
    "CompanyName": Text(100),
    "Active": Flag(),
    "PrimaryEmailAddr": EMAIL,
    "PrimaryPhone": PHONE,
    "AlternatePhone": PHONE,
    "Mobile": PHONE,
    "Fax": PHONE,
    "WebAddr": Parts({"URI": Text(1000)}),
    "BillAddr": Address(),
    "Notes": Text(2000),
    "CurrencyRef": Currency(),
}
PERSON_QUERYABLE = {
    "Id": "id",
    **dict.fromkeys(
        ("DisplayName", "GivenName", "MiddleName", "FamilyName", "CompanyName", "PrintOnCheckName"), "text"
    ),
    "FullyQualifiedName": "text",
    "PrimaryEmailAddr": "text",
    "PrimaryEmailAddr.Address": "text",
    "Active": "flag",
    "Balance": "number",
    **TIMES,
}
PEOPLE_READ_ONLY = ("FullyQualifiedName", "Level", "V4IDPseudonym", "source")

TAX_LINE = Parts(
    {
        "Amount": Number(Decimal(0)),
        "DetailType": Choice(("TaxLineDetail",)),
        "TaxLineDetail": Parts(
            {
                "TaxRateRef": Reference("TaxRate"),
                "PercentBased": Flag(),
                "TaxPercent": Number(),
                "NetAmountTaxable": Number(),
                "TaxInclusiveAmount": Number(),
                "OverrideDeltaAmount": Number(),
            },
            read_only=("ServiceDate",),
        ),
    },
    read_only=("Id", "LineNum", "Description", "LinkedTxn", "CustomField"),
)
TAX: dict[str, Kind] = {
    "TxnTaxCodeRef": Reference("TaxCode"),
    "TotalTax": Number(),
    "TaxLine": ListOf(TAX_LINE),
    "UseAutomatedSalesTax": Anything(),
}
TRANSACTION: dict[str, Kind] = {
    "TxnDate": Day(),
    "PrivateNote": Text(4000),
    "CurrencyRef": Currency(),
    "ExchangeRate": Number(Decimal(0)),
    "CustomerRef": Reference("Customer"),
    "DepartmentRef": TrackedReference("Department", "TrackDepartments"),
}
SALE: dict[str, Kind] = {
    **TRANSACTION,
    "Line": SalesLines(),
    "DocNumber": Text(21),
    "CustomerMemo": FreeReference(1000),
    "ClassRef": TrackedReference("Class", "ClassTrackingPerTxn"),
    "BillEmail": EMAIL,
    "BillAddr": Address(),
    "ShipAddr": Address(),
    "ShipFromAddr": Address(),
    "ShipDate": Day(),
    "TrackingNum": Text(31),
    "ShipMethodRef": FreeReference(31),
    "TxnTaxDetail": Parts(TAX),
    "ApplyTaxAfterDiscount": Flag(),
    "GlobalTaxCalculation": Choice(("TaxExcluded", "TaxInclusive", "NotApplicable")),
    "ShippingTaxIncludedInTotalTax": Flag(),
    "CustomField": Anything(),
    "EmailStatus": Choice(("NotSet", "NeedToSend", "EmailSent")),
    "PrintStatus": Choice(("NotSet", "NeedToPrint", "PrintComplete")),
}
RECEIVED: dict[str, Kind] = {
    "PaymentMethodRef": Reference("PaymentMethod"),
    "DepositToAccountRef": MoneyAccount(),
    "CreditCardPayment": Anything(),
    "CheckPayment": Anything(),
    "TxnSource": Text(100),
}
SALE_READ_ONLY = (
    "TotalAmt",
    "Balance",
    "HomeTotalAmt",
    "HomeBalance",
    "FreeFormAddress",
    "LinkedTxn",
    "RecurDataRef",
    "TaxExemptionRef",
    "DeliveryInfo",
)
TRANSACTION_QUERYABLE = {
    "Id": "id",
    "TxnDate": "day",
    "CustomerRef": "text",
    "TotalAmt": "number",
    **TIMES,
}
SALE_QUERYABLE = {**TRANSACTION_QUERYABLE, "DocNumber": "text", "Balance": "number"}
