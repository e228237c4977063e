"""What an accountant does about each of QuickBooks' error codes.

The codes and their meaning: Intuit's list of API error codes; where live answers are known, what they were about.
"""

from __future__ import annotations

CONNECT_AGAIN = (
    "Connect QuickBooks again as an administrator of the company: in Airflow under Order sync, Connections, or by a new refresh token in "
    "the Airflow connection (Extra, refresh_token), as docs/connect.md says."
)
REPORT_DEFECT = "The program and QuickBooks disagree about this record; report it with the code and the intuit_tid."

_ITEM_OR_ACCOUNT = (
    "Something that the order refers to is missing or inactive in QuickBooks: look at its item, customer, account, class "
    "and terms. A customer that was merged since is followed by the next run."
)
_CORRECT_AMOUNT = (
    "Compare the order's quantities, prices and discounts with what the document would hold; correct the order or the "
    "settings."
)
_TAX = "Compare the sales-tax settings of the company with those of the store."
_AGAIN = "The next run tries it again, or at once Record now in the console."
_TEXT = (
    f"A text of the order or contact cannot be stored in QuickBooks: shorten or correct it in Infusionsoft. {_AGAIN}"
)
_FORM = "A value of the order has a form that QuickBooks does not take: correct it in Infusionsoft, or report it with the intuit_tid."
_PERIOD = (
    "The books are closed for this date: reopen the period in QuickBooks, or set revenue.transaction_date to date of "
    f"posting. {_AGAIN}"
)

ADVICE = {
    "100": CONNECT_AGAIN,
    "110": CONNECT_AGAIN,
    "120": CONNECT_AGAIN + " The user who connected it may have been removed from the company.",
    "130": "QuickBooks moves the company between its servers; this passes by itself.",
    "140": "The company is locked for a while; this passes by itself.",
    "150": "QuickBooks does maintenance on the company; this passes by itself.",
    "500": REPORT_DEFECT,
    "600": "The same request was sent before and may be done already: look for the document before it is sent again.",
    "610": "It was deleted or made inactive in QuickBooks: make it active again, or choose another in the settings.",
    "620": "The payment cannot be applied: its invoice, or the credit memo that it applies, belongs to another customer, or is paid or "
    "deleted. Give both to one customer in QuickBooks, and the next run records it for that one.",
    "630": "QuickBooks has the same object already: look it up there.",
    "700": "The parent that it refers to is not valid: correct the parent in QuickBooks.",
    "800": "Other records depend on it: take those back first.",
    "900": "The parent that it refers to cannot be one: choose another in QuickBooks.",
    "1040": REPORT_DEFECT,
    "2010": REPORT_DEFECT,
    "2020": "QuickBooks wants a field that the order does not give: fill it in, or give it a default in the settings.",
    "2030": _ITEM_OR_ACCOUNT,
    "2040": _TEXT,
    "2050": "A text is longer than QuickBooks takes, and could not be shortened: shorten it in Infusionsoft; if as many characters as were "
    "supplied are those of the document number, set a shorter revenue.number_prefix. Then the next run sends it again.",
    **{str(code): _FORM for code in range(2060, 2171, 10)},
    "2210": f"Correct the e-mail address of the contact in Infusionsoft. {_AGAIN}",
    "2250": "The order has no lines: complete it in Infusionsoft.",
    "2290": "A line has a negative amount, which QuickBooks does not take: enter it as a discount or as a refund.",
    "2500": _ITEM_OR_ACCOUNT,
    "3100": "The app may not use this company: check the realm id of the connection, that the app's keys are for production (or the "
    "sandbox) as the company is, and that the company has not disconnected the app.",
    "4000": REPORT_DEFECT,
    "4001": REPORT_DEFECT,
    "4002": "QuickBooks could not work on the question; if it happens again, report it with the intuit_tid.",
    "5010": "Somebody changed it in QuickBooks at the same time: it is read again and sent again.",
    "5020": "The user who connected QuickBooks may not do this: connect it again as an administrator of the company.",
    "5030": "The company's QuickBooks plan or settings do not have this feature: switch it on there, or off in the store's settings.",
    "6000": f"QuickBooks gives the reason in its words above: correct the order or the company's settings. {_AGAIN}",
    "6070": _CORRECT_AMOUNT,
    "6080": "The customer has no name: complete the contact in Infusionsoft.",
    "6090": "Switch discounts on in QuickBooks (Account and settings, Sales) and choose their account.",
    "6100": _TAX,
    "6140": "The number is used already: look at that document. If it is this order's, it is adopted; if not, give that "
    "document another number.",
    "6160": _TAX,
    "6170": _TAX,
    "6180": "Customers and items can be nested five levels deep only: choose another parent in QuickBooks.",
    "6190": "The company's QuickBooks subscription has ended or a bill is open: its owner settles that at QuickBooks.",
    "6200": _PERIOD,
    "6210": _PERIOD,
    "6230": _TAX,
    "6240": "Another customer, vendor or employee has this name: match the order to that customer, or rename one of the two.",
    "6250": "The customer cannot be sold to: check in QuickBooks that it is active and complete.",
    "6270": "The item's inventory starts after the order's date: correct its start date in QuickBooks, or the order's date.",
    "6420": "The document is to be e-mailed and the customer has no address: add one, or switch e-mailing off.",
    "6430": "The chosen account has the wrong type: choose another in the settings.",
    "6440": "A line has neither item nor account: choose a standard item in the settings.",
    "6450": "The payment is settled and cannot be voided: make a refund instead.",
    "6520": "The item is tracked in the inventory and needs a quantity: correct the order or the item.",
    "6540": "The document is part of a bank deposit: take it out of the deposit in QuickBooks first.",
    "10000": "QuickBooks had an error of its own; whether it was done is looked up before anything is sent again.",
    "10100": "The question was too large for QuickBooks: report it.",
    "10200": "The company was reset in QuickBooks: every cached list must be read again before anything is posted.",
}
