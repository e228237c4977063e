"""A QuickBooks company as the sandbox founds it: its lists, its preferences, and how the seed adds to it."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, open_books
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.records import create
from include.sandbox.quickbooks.tax_lists import AGENCY_ACCOUNTS, CODES, agencies, found_taxes
from include.sandbox.quickbooks.versions import put_again, write

REALM_ID = "9341450000000001"

ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Inventory Asset", "Other Current Asset", "Inventory"),
    ("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
    ("Tips Payable", "Other Current Liability", "OtherCurrentLiabilities"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Services", "Income", "ServiceFeeIncome"),
    ("Fee Income", "Income", "ServiceFeeIncome"),
    ("Shipping Income", "Income", "OtherPrimaryIncome"),
    ("Discounts given", "Income", "DiscountsRefundsGiven"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Bank Charges", "Expense", "BankCharges"),
    ("Bad Debt", "Expense", "BadDebts"),
    ("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
    ("Retained Earnings", "Equity", "RetainedEarnings"),
)
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
PAYMENT_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("PayPal", "NON_CREDIT_CARD"),
)
CLASSES = ("Online", "Wholesale", "Retail")
DEPARTMENTS = ("Main Store", "Warehouse")
CUSTOMER_TYPES = ("Retail", "Wholesale", "Online")
ITEMS = (
    ("Sales", "Sales of Product Income", "Products that are not on the list"),
    ("Sales Tax Collected", "Sales Tax Payable", "Sales tax that the store collected"),
    ("Fees", "Fee Income", "Fees and finance charges"),
    ("Tips", "Tips Payable", "Tips that the store collected"),
    ("Write-offs", "Bad Debt", "What customers need not pay any more"),
)
# In the United States a line says TAX or NON, which have these ids everywhere; elsewhere it names a code of the list.
PSEUDO_TAX_CODES = (("TAX", True), ("NON", False))
# The codes that every company has; those of a country are in `tax_lists`.
TAX_CODES = {country: tuple((code.name, code.taxable) for code in CODES[country]) for country in ("US", "")}


def found(
    connection: sqlite3.Connection, realm_id: str, *, name: str, country: str, time_zone: str, currency: str
) -> None:
    """Makes a company with its chart of accounts, lists, items and preferences; ValueError when the realm id is taken.

    `country` has two letters, `time_zone` is a name of the IANA list, `currency` an ISO 4217 code.
    """
    if open_books(connection, realm_id):
        raise ValueError(f"the sandbox has a company with realm id {realm_id} already: reset it first")
    connection.execute(
        "INSERT INTO qbo_companies (realm_id, country, time_zone, currency) VALUES (?, ?, ?, ?)",
        (realm_id, country, time_zone, currency),
    )
    books = books_of(connection, realm_id)
    accounts = {
        account: add(connection, realm_id, "Account", {"Name": account, "AccountType": kind, "AccountSubType": detail})[
            "Id"
        ]
        for account, kind, detail in ACCOUNTS
    }
    write(books, ENTITIES["Preferences"], preferences(country, currency, accounts), None)
    write(books, ENTITIES["CompanyInfo"], _company_info(name, country, time_zone), None)
    for code, taxable in PSEUDO_TAX_CODES if country == "US" else ():
        fields = {"Id": code, "Name": code, "Description": code, "Active": True, "Taxable": taxable}
        write(books, ENTITIES["TaxCode"], fields, None)
    for agency in agencies(country):
        if (account := AGENCY_ACCOUNTS[agency]) not in accounts:
            fields = {"AccountType": "Other Current Liability", "AccountSubType": "GlobalTaxPayable"}
            add(connection, realm_id, "Account", {"Name": account, **fields})
    found_taxes(country, partial(add, connection, realm_id))
    for term, days in TERMS:
        add(connection, realm_id, "Term", {"Name": term, "DueDays": days})
    for method, kind in PAYMENT_METHODS:
        add(connection, realm_id, "PaymentMethod", {"Name": method, "Type": kind})
    for entity, names in (("Class", CLASSES), ("Department", DEPARTMENTS), ("CustomerType", CUSTOMER_TYPES)):
        for entry in names:
            add(connection, realm_id, entity, {"Name": entry})
    for item, account, description in ITEMS:
        body = {"Name": item, "Type": "Service", "Description": description}
        add(connection, realm_id, "Item", {**body, "IncomeAccountRef": {"value": accounts[account]}})


def add(connection: sqlite3.Connection, realm_id: str, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    """Creates a record (`"Customer"`, `"SalesReceipt"` …) under the rules of the service; raises `refusals.Refusal`.

    A customer with `IsProject` becomes a project, which people make in QuickBooks' own pages: its API ignores that field.
    """
    if entity not in ENTITIES:
        raise refusals.invalid("2000", f"{entity} is not an object of QuickBooks: there are {', '.join(ENTITIES)}")
    books = books_of(connection, realm_id)
    made = create(books, ENTITIES[entity], body)
    if entity != "Customer" or not body.get("IsProject"):
        return made
    if "ParentRef" not in made:
        raise refusals.missing("ParentRef")
    record = books.find(entity, made["Id"])
    return put_again(books, record, {"IsProject": True, "BillWithParent": True}).body if record else made


def books_of(connection: sqlite3.Connection, realm_id: str) -> Books:
    """The company's books; ValueError where no company has this realm id."""
    books = open_books(connection, realm_id)
    if books is None:
        raise ValueError(f"the sandbox has no company with realm id {realm_id}: found it first")
    return books


def preferences(country: str, currency: str, accounts: dict[str, str]) -> Body:
    """The preferences of a new company; `accounts` are the ids of its accounts by name."""
    return {
        "SalesFormsPrefs": {
            "CustomTxnNumbers": True,
            "AllowShipping": True,
            "AllowDiscount": True,
            "AllowGratuity": True,
            "AllowDeposit": True,
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "ETransactionEnabledStatus": "NotApplicable",
            "DefaultShippingAccount": accounts["Shipping Income"],
            "DefaultDiscountAccount": accounts["Discounts given"],
            "DefaultTerms": {"value": "3"},
        },
        "AccountingInfoPrefs": {
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "TrackDepartments": True,
            "UseAccountNumbers": False,
            "FirstMonthOfFiscalYear": "January",
            "CustomerTerminology": "Customers",
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": country == "US"},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": currency}},
    }


def _company_info(name: str, country: str, time_zone: str) -> Body:
    return {
        "CompanyName": name,
        "LegalName": name,
        "Country": country,
        "DefaultTimeZone": time_zone,
        "FiscalYearStartMonth": "January",
        "SupportedLanguages": "en",
        "NameValue": [
            {"Name": "SubscriptionStatus", "Value": "SUBSCRIBED"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        ],
    }
