"""`python-quickbooks`, a client that was written for the live service, against a running sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import AuthorizationException, ObjectNotFoundException, QuickbooksException
from quickbooks.objects.base import EmailAddress
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.salesreceipt import SalesReceipt

from include.sandbox.quickbooks import company, oauth


@pytest.fixture
def auth_client(live, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{live}/v3")
    return AuthClient(
        client_id=oauth.CLIENT_ID,
        client_secret=oauth.CLIENT_SECRET,
        redirect_uri="http://127.0.0.1:9/callback",
        environment=f"{live}/.well-known/openid_sandbox_configuration",
    )


@pytest.fixture
def client(auth_client):
    return QuickBooks(
        auth_client=auth_client,
        refresh_token=oauth.FIRST_REFRESH_TOKEN,
        company_id=company.REALM_ID,
        minorversion=75,
    )


def customer(name, email=None):
    found = Customer()
    found.DisplayName = name
    if email:
        found.PrimaryEmailAddr = EmailAddress()
        found.PrimaryEmailAddr.Address = email
    return found


def sales_line(client, amount):
    line = SalesItemLine()
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = Item.filter(Name="Sales", qb=client)[0].to_ref()
    return line


def test_it_signs_in_and_reads_the_preferences(client, auth_client):
    assert auth_client.access_token
    assert Preferences.get(qb=client).SalesFormsPrefs.AllowShipping is True


def test_it_saves_reads_queries_and_updates_customers(client):
    saved = customer("Adam's Candy Shop", "adam@example.com").save(qb=client)

    assert Customer.get(saved.Id, qb=client).DisplayName == "Adam's Candy Shop"
    assert [found.Id for found in Customer.filter(DisplayName="Adam's Candy Shop", Active=True, qb=client)] == [
        saved.Id
    ]
    assert Customer.count("PrimaryEmailAddr = 'adam@example.com'", qb=client) == 1
    assert [found.Id for found in Customer.choose([saved.Id], qb=client)] == [saved.Id]
    assert [found.Id for found in Customer.all(qb=client)] == [saved.Id]
    assert len(Item.all(qb=client)) == 5

    saved.CompanyName = "Candy"
    updated = saved.save(qb=client)
    assert (updated.CompanyName, updated.SyncToken) == ("Candy", "1")


def test_it_saves_voids_and_deletes_a_sales_receipt(client):
    receipt = SalesReceipt()
    receipt.DocNumber = "IS-1"
    receipt.CustomerRef = customer("Ann").save(qb=client).to_ref()
    receipt.Line = [sales_line(client, 19.99), sales_line(client, 0.02)]

    saved = receipt.save(qb=client)
    assert saved.TotalAmt == 20.01
    assert SalesReceipt.filter(DocNumber="IS-1", qb=client)[0].Id == saved.Id

    saved.void(qb=client)
    voided = SalesReceipt.get(saved.Id, qb=client)
    assert (voided.TotalAmt, voided.PrivateNote) == (0, "Voided")
    voided.delete(qb=client)
    with pytest.raises(ObjectNotFoundException):
        SalesReceipt.get(saved.Id, qb=client)


def test_it_pays_an_invoice(client):
    buyer = customer("Ann").save(qb=client)
    invoice = Invoice()
    invoice.CustomerRef = buyer.to_ref()
    invoice.Line = [sales_line(client, 50)]
    invoice = invoice.save(qb=client)

    payment = Payment()
    payment.CustomerRef = buyer.to_ref()
    payment.TotalAmt = 50
    line = PaymentLine()
    line.Amount = 50
    line.LinkedTxn = [invoice.to_linked_txn()]
    payment.Line = [line]
    payment.save(qb=client)

    assert Invoice.get(invoice.Id, qb=client).Balance == 0


def test_it_reads_reports_and_exchange_rates(client):
    preferences = Preferences.get(qb=client)
    preferences.CurrencyPrefs.MultiCurrencyEnabled = True
    preferences.save(qb=client)
    receipt = SalesReceipt()
    receipt.Line = [sales_line(client, 19.99)]
    receipt.save(qb=client)

    found = client.get_report("TrialBalance", {"end_date": "2099-12-31"})
    assert [cell["value"] for cell in found["Rows"]["Row"][-1]["Summary"]["ColData"]] == ["TOTAL", "19.99", "19.99"]
    url = f"{client.api_url}/company/{client.company_id}/exchangerate"
    asked = {"sourcecurrencycode": "EUR", "asofdate": "2026-11-16"}
    assert client.get(url, params=asked)["ExchangeRate"]["Rate"] == 1.08


def test_a_saved_request_is_not_executed_twice(client):
    first = customer("Ann").save(qb=client, request_id="r-1")
    second = customer("Ann").save(qb=client, request_id="r-1")
    assert first.Id == second.Id


def test_batches_report_successes_and_refusals(client):
    result = batch_create([customer("Ann"), customer("ANN"), customer("Bob")], qb=client)
    assert [saved.DisplayName for saved in result.successes] == ["Ann", "Bob"]
    assert result.faults[0].Error[0].code == "6240"
    refused = batch_delete(result.successes, qb=client)
    assert len(refused.faults) == 2


def test_change_data_capture_finds_what_was_saved(client):
    saved = customer("Ann").save(qb=client)
    answer = change_data_capture([Customer, Invoice], datetime.now(UTC) - timedelta(minutes=5), qb=client)
    assert [found.Id for found in answer.Customer] == [saved.Id]
    assert not hasattr(answer, "Invoice")


def test_refusals_reach_it_with_their_code(client):
    customer("Ann").save(qb=client)
    with pytest.raises(QuickbooksException) as refused:
        customer("Ann").save(qb=client)
    assert refused.value.error_code == 6240
    with pytest.raises(QuickbooksException) as refused:
        Customer.where("Notes = 'x'", qb=client)
    assert refused.value.error_code == 4001


def test_an_expired_token_is_an_authorization_error_until_it_is_refreshed(client, auth_client, state):
    oauth.expire_access_tokens(state.connection())
    with pytest.raises(AuthorizationException):
        Customer.all(qb=client)

    oauth.set_rotate_always(state.connection(), True)
    auth_client.refresh(refresh_token=oauth.FIRST_REFRESH_TOKEN)
    assert auth_client.refresh_token != oauth.FIRST_REFRESH_TOKEN
    again = QuickBooks(auth_client=auth_client, company_id=company.REALM_ID, minorversion=75)
    assert Customer.all(qb=again) == []
    with pytest.raises(AuthClientError):
        auth_client.refresh(refresh_token=oauth.FIRST_REFRESH_TOKEN)
    assert auth_client.revoke()
