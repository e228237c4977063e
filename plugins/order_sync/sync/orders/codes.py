"""The codes of the sync: what each means, and what a person does about it. `docs/history-and-errors.md` lists the same codes.

A number beside them in the database is the service's own code, with the service's advice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from order_sync.errors import RecordRefused

SKIP_THE_ORDER = "skip the order (in the console, or python -m order_sync skip)"
"""How an advice ends that leaves the rest to a person."""

POST_ANYWAY = "post it anyway (in the console, or python -m order_sync post-anyway)"
"""What an advice says of an order that the settings alone leave out (`orders.anyway`)."""

_CHANGE_PAYMENTS = "Correct the order or its payments in Infusionsoft; the next run reads it again."
_NOTHING = "Nothing is to be done."


class Code(StrEnum):
    """A code, what it `means`, and `advice`: what a person does about it."""

    means: str
    advice: str

    def __new__(cls, code: str, means: str, advice: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.means, member.advice = means, advice
        return member

    @property
    def as_warning(self) -> str:
        """What a person does about it where it is a warning of an order that is recorded all the same: no run records that one again."""
        return _AS_WARNINGS.get(self, self.advice)

    # Of an order that is read.
    UNPAID = (
        "UNPAID",
        "The payments do not cover the total.",
        "Wait for the rest; the next run after it records the order.",
    )
    STATUS = (
        "STATUS",
        "The order is in a status that orders.statuses leaves out.",
        f"Wait for the status, or add it to orders.statuses; or {POST_ANYWAY}.",
    )
    PAID_DISAGREES = (
        "PAID_DISAGREES",
        "Infusionsoft calls the order paid, and its payments are less than its total.",
        _CHANGE_PAYMENTS,
    )
    OVERPAID = (
        "OVERPAID",
        "The payments exceed the total.",
        "Correct the order or its payments in Infusionsoft, or set orders.overpaid to unapplied; the next run reads it again.",
    )
    PAYMENTS_DISAGREE = (
        "PAYMENTS_DISAGREE",
        "The payments that Infusionsoft lists are not what the order says was paid.",
        _CHANGE_PAYMENTS,
    )
    PAYMENT_KIND = (
        "PAYMENT_KIND",
        "A payment has a type of which the settings do not say what it is.",
        "Name the type under payments.kinds in the store's settings, as money, write-off, credit or refund; the next run reads the "
        "order again.",
    )
    WRITTEN_OFF = (
        "WRITTEN_OFF",
        "The order was written off, nothing came in for it, and a sales receipt shows only what was paid.",
        "Nothing is to be done; a payment brings the order back.",
    )
    SEVERAL_ACCOUNTS = (
        "SEVERAL_ACCOUNTS",
        "The order's money, or what is taken off it, goes to more than one account, and a sales receipt has one of each.",
        f"Set payments.several_accounts to invoice; or enter it in QuickBooks by hand, and {SKIP_THE_ORDER}.",
    )
    AS_INVOICE = (
        "AS_INVOICE",
        "The order becomes an invoice instead of a sales receipt, by payments.several_accounts or a rule for payments in parts.",
        _NOTHING,
    )
    FROM_QUICKBOOKS = "FROM_QUICKBOOKS", "The order was made by a sync from QuickBooks.", _NOTHING
    BEFORE_START = (
        "BEFORE_START",
        "The order is dated before the store's start_date.",
        f"To record it, {POST_ANYWAY}; or set an earlier start_date in the store's settings, and backfill its day.",
    )
    ZERO_TOTAL = (
        "ZERO_TOTAL",
        "The order's total is zero.",
        f"Nothing is to be done; if a document over nothing is wanted, {POST_ANYWAY}.",
    )
    BELOW_MINIMUM = (
        "BELOW_MINIMUM",
        "The order's total is below orders.minimum_total.",
        f"To record it, {POST_ANYWAY}; or set a smaller orders.minimum_total in the store's settings, and backfill its day.",
    )
    NO_ITEMS = (
        "NO_ITEMS",
        "The order has no items, or none of its lines sells anything.",
        "Add them in Infusionsoft; the next run reads it again.",
    )
    UNREADABLE = (
        "UNREADABLE",
        "Infusionsoft gave something that cannot be an order, a contact or a payment.",
        "Look at the record in Infusionsoft; if it is as it should be, report the message.",
    )
    GONE = "GONE", "The order was deleted in Infusionsoft before it was recorded.", _NOTHING
    DELETED = (
        "DELETED",
        "The order was deleted in Infusionsoft after it was recorded.",
        "If nothing of it was sold, void or refund in QuickBooks what is recorded of it; else nothing is to be done.",
    )
    CHANGED = (
        "CHANGED",
        "The order was changed in Infusionsoft after it was recorded.",
        "Compare the two and correct the document in QuickBooks by hand.",
    )

    # Of an order's contact and customer.
    CONTACT_GONE = (
        "CONTACT_GONE",
        "Infusionsoft did not give the order's contact: it was deleted there, or the answer lacked it.",
        "Compare customer and document in QuickBooks with what you know of the person, and complete them there. A contact that was deleted "
        "by mistake is made anew in Infusionsoft, for the orders to come.",
    )
    CUSTOMER_GONE = (
        "CUSTOMER_GONE",
        "The customer whose address or details were still to be updated is inactive in QuickBooks, or not there any more.",
        "Where the person's entries are another customer's by now, bring that one up to date in QuickBooks; the person's next order does "
        "it by itself.",
    )
    OTHER_ADDRESS = (
        "OTHER_ADDRESS",
        "The contact has no billing address, and its other address is taken as one.",
        "Nothing is to be done; where that is wrong, enter the billing address at the contact in Infusionsoft.",
    )
    AMBIGUOUS = (
        "AMBIGUOUS",
        "Several customers match, and the settings choose none of them.",
        "Merge the customers in QuickBooks, or tell them apart by name or e-mail; the next run decides again.",
    )
    CONTRADICTED = (
        "CONTRADICTED",
        "One customer matches, and what else is known of the two speaks against it: the message names what.",
        "If it is the same person, give the customer in QuickBooks what the contact has now: the e-mail address, the postal address, "
        "the telephone number or the name that the message names. If not, add the contact in QuickBooks as a customer of its own, with "
        "something in brackets behind the name, as Ann Lee (2), and with the contact's e-mail address; or, where a criterion compares no "
        "e-mail addresses, change in one of the two what the criterion found it by. The next run decides again.",
    )
    INACTIVE = (
        "INACTIVE",
        "Only an inactive customer matches.",
        "Look in QuickBooks whether the customer was merged into another: then it has no transactions. If it was not, make it active. If "
        "it was, make it active, give it another name, make it inactive again, and give the other one the contact's e-mail address, or "
        "what else the criteria compare. The next run decides again.",
    )
    CUSTOMER_MOVED = (
        "CUSTOMER_MOVED",
        "The order's document names another customer in QuickBooks than it was recorded for: the two were merged, or somebody gave the "
        "document to the other one.",
        _NOTHING,
    )
    NO_DETAILS = (
        "NO_DETAILS",
        "The contact has nothing that a criterion could compare.",
        "Complete the contact in Infusionsoft, or name a default_customer; the next run decides again.",
    )
    NOT_FOUND = (
        "NOT_FOUND",
        "Nobody matches, and the settings create no customer.",
        "Create the customer in QuickBooks, or correct the contact in Infusionsoft; the next run decides again.",
    )
    NAME_CHANGED = (
        "NAME_CHANGED",
        "The new customer's name was changed to what QuickBooks takes.",
        "Correct the name in both, or leave it.",
    )
    FIELD_SHORTENED = (
        "FIELD_SHORTENED",
        "A text of the new customer, or of the document, was shortened to what QuickBooks takes, or left out.",
        "Complete it in QuickBooks, where it matters.",
    )
    ADDRESS_SHORTENED = (
        "ADDRESS_SHORTENED",
        "A part of the address was shortened to what the service takes.",
        "Shorten it in Infusionsoft, or complete it in QuickBooks.",
    )

    EMAIL_LEFT_OUT = (
        "EMAIL_LEFT_OUT",
        "What the contact has for an e-mail address is none that QuickBooks takes: it was left out.",
        "Correct the contact's e-mail address in Infusionsoft, for its next orders; in QuickBooks, complete the customer and the "
        "document, where they need one.",
    )

    # Of the document that an order becomes.
    TOTAL_DIFFERS = (
        "TOTAL_DIFFERS",
        "The order's lines do not make its total.",
        f"Correct the order in Infusionsoft; or enter it in QuickBooks by hand, and {SKIP_THE_ORDER}. No balancing line is ever added.",
    )
    FRACTION = (
        "FRACTION",
        "An amount of the order, or of its money, has more decimal places than QuickBooks keeps.",
        f"Enter it in QuickBooks by hand, rounded as you wish, and {SKIP_THE_ORDER}.",
    )
    ITEM_AMBIGUOUS = (
        "ITEM_AMBIGUOUS",
        "Several active items have the product's SKU or name.",
        "Give each its own, or make all but one inactive; the next run records the order.",
    )
    ITEM_UNKNOWN = (
        "ITEM_UNKNOWN",
        "QuickBooks has no item for a product.",
        "Add it in QuickBooks, or name it in the map of products; the next run records the order.",
    )
    ITEM_INACTIVE = (
        "ITEM_INACTIVE",
        "The product's only item is inactive.",
        "Make it active in QuickBooks, or set products.reactivate_inactive; the next run records the order.",
    )
    ITEM_REFUSED = (
        "ITEM_REFUSED",
        "QuickBooks took no new item for a product, or would not make it active.",
        "Add the item in QuickBooks, or make it active there; the next run records the order.",
    )
    BUNDLE_DIFFERS = (
        "BUNDLE_DIFFERS",
        "The product is a bundle in QuickBooks whose items do not come to the order's line.",
        "In QuickBooks, give the bundle the items, and these the prices, that the store sells it at; or name an item for the product in "
        "the map of products. The next run records the order.",
    )
    PAYMENT_METHOD_UNKNOWN = (
        "PAYMENT_METHOD_UNKNOWN",
        "The order was paid in a way that QuickBooks has no payment method for.",
        "Add it in QuickBooks, or map it under revenue.payment_methods; the next run records the order.",
    )
    PERIOD_CLOSED = (
        "PERIOD_CLOSED",
        "A document, payment or refund would be dated in a period whose books are closed.",
        "Reopen the period in QuickBooks, or set revenue.transaction_date to date of posting: the next run records it. Or enter it by "
        f"hand, and {SKIP_THE_ORDER}.",
    )
    TAX_CHARGED = (
        "TAX_CHARGED",
        "The store charged sales tax, and the settings record none.",
        "Choose in taxes.record_as how tax is recorded, or correct the order in Infusionsoft; the next run records it.",
    )
    TAX_RATE_DIFFERS = (
        "TAX_RATE_DIFFERS",
        "The tax that the store charged is not what the tax codes of the order's lines come to.",
        "Correct the order in Infusionsoft; or choose the codes by taxes.taxed_lines and taxes.rules, and whether shipping and fees are "
        "taxed by taxes.shipping and taxes.fees. The next run records it.",
    )
    TAX_UNKNOWN = (
        "TAX_UNKNOWN",
        "The order has several taxes, and taxes.by_name does not name each of them.",
        "Add the tax to taxes.by_name, written as the message has it; the next run records the order.",
    )
    TAX_TWICE = (
        "TAX_TWICE",
        "The prices include the tax by the settings, and the order has tax beside them.",
        "Set taxes.prices to without tax, or correct the order in Infusionsoft; the next run records it.",
    )
    ABROAD_WITHOUT_RULE = (
        "ABROAD_WITHOUT_RULE",
        "The order goes abroad without tax, and no rule of taxes.rules says which tax code such a sale has.",
        "If such sales have a tax code of their own, as one of a rate of zero for exports, set it on the lines of this document in "
        "QuickBooks, and for further orders add a rule to taxes.rules: when: {country: abroad}, and that code; with the code of untaxed "
        "lines where that is right, and nothing is said any more.",
    )
    DISCOUNT_CODES = (
        "DISCOUNT_CODES",
        "A discount is on lines of several tax codes, and a discount line has one.",
        "Set revenue.discounts to negative lines, with a revenue.discount_item; the next run records the order.",
    )
    SHIPPING_OFF = (
        "SHIPPING_OFF",
        "The company does not allow shipping lines.",
        "In QuickBooks, switch on Account and settings → Sales → Shipping, or name a revenue.shipping_item; the next run records the "
        "order.",
    )
    DISCOUNT_OFF = (
        "DISCOUNT_OFF",
        "The company does not allow discount lines.",
        "In QuickBooks, switch on Account and settings → Sales → Discount; the next run records the order.",
    )
    CURRENCY = (
        "CURRENCY",
        "The company has one currency, and the order is in another.",
        f"Enter it in QuickBooks by hand, and {SKIP_THE_ORDER}.",
    )
    CUSTOMER_CURRENCY = (
        "CUSTOMER_CURRENCY",
        "The customer has another currency than the order.",
        "In QuickBooks, make the person a customer in the order's currency, with the currency behind its display name, as Name (EUR), and "
        "all else as on the one that there is; the next run finds it and records the order. Or set customers.create.currency to order: "
        "with not_found: create, the next run makes that customer itself.",
    )
    NO_RATE = (
        "NO_RATE",
        "QuickBooks has no exchange rate for the order's currency and the day of the document, payment or refund.",
        "In QuickBooks, enter the rate of that day (Settings → Currencies → Edit currency exchange); the next run reads it and records "
        f"the order. Or enter it by hand, and {SKIP_THE_ORDER}.",
    )
    NUMBER_LENGTH = (
        "NUMBER_LENGTH",
        "The document number is longer than QuickBooks takes.",
        "Set a shorter revenue.number_prefix, or revenue.number_from: QuickBooks; the next run records the order.",
    )
    NOTE_LENGTH = (
        "NOTE_LENGTH",
        "QuickBooks takes less of a private note than the marker by which the sync finds a document again.",
        "Nothing is recorded without the marker: ask Intuit why the company takes less than the 4,000 characters that it documents; "
        f"once it takes more, the next run records the order. Or enter it by hand, and {SKIP_THE_ORDER}.",
    )
    REFERENCE_SHORTENED = (
        "REFERENCE_SHORTENED",
        "The reference number was cut to what QuickBooks takes.",
        "Nothing is to be done: it stands whole in the private note.",
    )

    # Of what is recorded.
    REFUSED = (
        "REFUSED",
        "A service refused it, or did not answer, and gave no code; the message has its words.",
        "The next run tries it again. If it comes back, look in QuickBooks at what the message names, and report the message.",
    )
    UNSETTLED = (
        "UNSETTLED",
        "It was sent, the answer was lost, and it was not found yet.",
        "The next run looks for it; nothing is sent twice.",
    )
    UNANSWERED = (
        "UNANSWERED",
        "It was sent, the answer was lost, and it is looked for.",
        "Wait: it is looked for before anything is sent again.",
    )
    ANSWER_UNREADABLE = (
        "ANSWER_UNREADABLE",
        "QuickBooks answered with something that cannot be read.",
        "Look in QuickBooks at what the message names; the next run reads it again. If it comes back, report the message.",
    )
    ANSWERED_OTHERWISE = (
        "ANSWERED_OTHERWISE",
        "QuickBooks answered with another record than the one that was sent.",
        "The next run looks for it by its private note, and sends it only if it is not there. If it comes back, report the message.",
    )
    REPLAYED = (
        "REPLAYED",
        "QuickBooks answered with an older record: the same request was sent before, by another installation or before this database was "
        "put back, and what it made is there no more.",
        "The next run sends it as a new request. Where several installations sync one company, give each store a name of its own.",
    )
    INVOICE_SETTLED = (
        "INVOICE_SETTLED",
        "A payment was to be sent again, and its invoice has less open in QuickBooks than it would pay.",
        f"Look at the invoice's payments in QuickBooks: where somebody entered this one, {SKIP_THE_ORDER}; else take off the invoice "
        "what does not pay it, and the next run records the payment.",
    )
    UNEXPECTED = (
        "UNEXPECTED",
        "The program met something that it does not know.",
        "The next run tries it again; what else was to be done is done. If it comes back, report the message: it names the place.",
    )
    FOUND_TWICE = (
        "FOUND_TWICE",
        "QuickBooks holds it more than once.",
        "Delete all but one in QuickBooks; the next run finds it right.",
    )
    RECORDED_OTHERWISE = (
        "RECORDED_OTHERWISE",
        "QuickBooks stored another total than was sent, or applied less of a payment.",
        f"Correct it in QuickBooks, and the next run finds it right; or void it there, and {SKIP_THE_ORDER}.",
    )
    TAX_DIFFERS = (
        "TAX_DIFFERS",
        "QuickBooks computed another tax than the store charged.",
        f"Correct the document's tax in QuickBooks, and the next run finds it right; or void it there, and {SKIP_THE_ORDER}.",
    )
    NOT_VOIDED = (
        "NOT_VOIDED",
        "A document that was to be voided still has its amount.",
        "Void it in QuickBooks by hand; the next run finds it so.",
    )
    PAYMENT_GONE = (
        "PAYMENT_GONE",
        "QuickBooks shows money of the order that Infusionsoft no longer has.",
        "If the money did not come, void its payment or sales receipt in QuickBooks, or enter a refund receipt; then "
        f"{SKIP_THE_ORDER}. Or set payments.reversals, and the next run takes it back where it can.",
    )
    REFUND_GONE = (
        "REFUND_GONE",
        "QuickBooks holds a refund of the order that Infusionsoft no longer has.",
        f"If the money stayed with you, delete the refund in QuickBooks; then {SKIP_THE_ORDER}: what else is recorded stays.",
    )
    REFUND_DISAGREES = (
        "REFUND_DISAGREES",
        "The refunds are not what the order says was given back, or more than it comes to, or than came in for it.",
        f"Correct the order or its refunds in Infusionsoft; or enter the refund in QuickBooks by hand, and {SKIP_THE_ORDER}.",
    )
    WRITE_OFF_GONE = (
        "WRITE_OFF_GONE",
        "QuickBooks holds a write-off or credit of the order that Infusionsoft no longer has.",
        f"If it was taken back, delete the credit memo in QuickBooks, or the discount of the sales receipt; then {SKIP_THE_ORDER}: "
        "what is recorded stays.",
    )
    WRITE_OFF_DISAGREES = (
        "WRITE_OFF_DISAGREES",
        "A write-off or credit is recorded over another amount than the order has it now, or its money came in after all.",
        f"Correct it in Infusionsoft; or in QuickBooks by hand, and {SKIP_THE_ORDER}.",
    )
    WRITE_OFF_BEYOND = (
        "WRITE_OFF_BEYOND",
        "More was written off or credited than was open of the order; what is beyond that is not recorded.",
        "Lower the write-off or credit in Infusionsoft to what was open. If the customer is to have the rest for other orders, enter a "
        "credit memo over it in QuickBooks by hand; if it is given back, the next run records that refund.",
    )
    WRITE_OFF_NOT_RECORDED = (
        "WRITE_OFF_NOT_RECORDED",
        "Something was written off or credited of an invoice whose payments are not recorded, so it is not recorded either.",
        "Nothing is to be done, where somebody else records payments and write-offs. To have the sync record both of further orders, set "
        "revenue.post_as to Invoice and payment.",
    )
    REFUND_NOT_RECORDED = (
        "REFUND_NOT_RECORDED",
        "Money was given back of an invoice whose payments are not recorded, so the refund is not recorded either.",
        "Nothing is to be done, where somebody else records payments and refunds. To have the sync record both of further orders, set "
        "revenue.post_as to Invoice and payment.",
    )
    NO_RECEIVABLE = (
        "NO_RECEIVABLE",
        "Money was given back while more was awaited for an invoice, and the company has no account of the type Accounts Receivable in "
        "the order's currency.",
        "In QuickBooks, add such an account (Chart of accounts → New), and run refresh_quickbooks for the store; the next run records "
        f"it. Or enter it by hand, and {SKIP_THE_ORDER}.",
    )
    EDITED = (
        "EDITED",
        "The order was changed, and somebody had edited its document in QuickBooks.",
        f"Compare the two and correct the document in QuickBooks by hand; then {SKIP_THE_ORDER}.",
    )
    DOCUMENT_GONE = (
        "DOCUMENT_GONE",
        "The order was changed, and its document is no longer in QuickBooks.",
        f"If it was deleted by mistake, enter it by hand; then {SKIP_THE_ORDER}.",
    )
    PLAN_DIFFERS = (
        "PLAN_DIFFERS",
        "The order is otherwise by now than in the plan that was to be recorded, so the run left it out.",
        "Where it is right as it is now, nothing is to be done: the next run that is not of a plan records it. Else correct it in "
        f"Infusionsoft, or {SKIP_THE_ORDER}. A new plan shows what would be recorded.",
    )
    PLAN_RECORDED = (
        "PLAN_RECORDED",
        "The order is in QuickBooks already, so the run that was to record a plan had nothing to do for it.",
        _NOTHING,
    )
    BY_PERSON = (
        "BY_PERSON",
        "Somebody ended the order.",
        f"Nothing is to be done; if it is to be recorded after all, {POST_ANYWAY}.",
    )
    ANYWAY = (
        "ANYWAY",
        "Somebody has the order recorded although the settings, or a person, had left it out.",
        "Nothing is to be done: the next run records it, or at once Record now in the console.",
    )


_AS_WARNINGS = {
    Code.ITEM_UNKNOWN: "Where it matters, choose the right item on the line of this document in QuickBooks. For the orders to come, "
    "add an item with the product's SKU or name in QuickBooks, or name one in the map of products.",
    Code.NO_ITEMS: "Look at the order, and choose the right item on the line of this document in QuickBooks. To have further "
    "orders without items held, set orders.without_items to hold.",
    Code.CONTRADICTED: "If it is the same person, nothing is to be done; give the customer in QuickBooks what the contact has now, and "
    "it is not said again. If it is another one, add the contact in QuickBooks as a customer of its own, with "
    "something in brackets behind the name, as Ann Lee (2), and with the contact's e-mail address, and give that "
    "one this document there; or, where a criterion compares no e-mail addresses, change in one of the two what the "
    "criterion found it by. The orders to come are then that one's.",
}


def refusal(code: Code, message: str, advice: str | None = None) -> RecordRefused:
    """Why an order cannot be recorded as it is; with the code's own advice, unless there is some for this very case."""
    return RecordRefused(message, advice=advice or code.advice, code=code)
