"""The addresses of records in the services' own pages."""

from __future__ import annotations

import pytest

from order_sync.console.services import in_infusionsoft, in_quickbooks


@pytest.mark.parametrize(
    ("environment", "entity", "id", "address"),
    [
        ("production", "Invoice", "145", "https://qbo.intuit.com/app/invoice?txnId=145"),
        ("sandbox", "Invoice", "145", "https://app.sandbox.qbo.intuit.com/app/invoice?txnId=145"),
        ("sandbox", "Customer", "7", "https://app.sandbox.qbo.intuit.com/app/customerdetail?nameId=7"),
        ("", "Invoice", "145", ""),
        ("production", "Invoice", None, ""),
        ("production", "TaxCode", "3", ""),
        ("production", "Invoice", "1&x=2", "https://qbo.intuit.com/app/invoice?txnId=1%26x%3D2"),
    ],
)
def test_a_record_is_in_the_pages_of_its_company(environment: str, entity: str, id: str | None, address: str) -> None:
    assert in_quickbooks(environment, entity, id) == address


@pytest.mark.parametrize(
    ("account", "record", "id", "address"),
    [
        ("ab103", "order", "1001", "https://ab103.infusionsoft.com/Job/manageJob.jsp?view=edit&ID=1001"),
        ("ab103", "contact", "7", "https://ab103.infusionsoft.com/Contact/manageContact.jsp?view=edit&ID=7"),
        ("", "contact", "7", ""),
        ("ab103", "contact", None, ""),
        ("evil.example/", "contact", "7", ""),
    ],
)
def test_a_contact_and_an_order_are_in_the_pages_of_their_account(
    account: str, record: str, id: str | None, address: str
) -> None:
    assert in_infusionsoft(account, record, id) == address
