"""The maker's own Python client agrees with the sandbox: it is generated from the service's description and takes nothing amiss."""

from __future__ import annotations

import pytest
from keap_core_v2_client import (
    ApiClient,
    BusinessProfileApi,
    Configuration,
    ContactApi,
    CreateUpdateContactRequest,
    OrdersApi,
    ProductsApi,
    SalesApi,
    UsersApi,
)
from keap_core_v2_client.exceptions import BadRequestException, NotFoundException, UnauthorizedException

from include.sandbox.infusionsoft import oauth


@pytest.fixture
def service(serve, app):
    """The SDK, pointed at a live server."""

    def connect(key: str = oauth.SERVICE_ACCOUNT_KEY) -> ApiClient:
        return ApiClient(Configuration(host=f"{url}/infusionsoft/crm", access_token=key))

    url = serve(app)
    return connect


def test_pages_of_orders(service, put, order):
    for number in range(5):
        put("order", order(number))
    orders = OrdersApi(service())
    filter = "modified_since_time==2026-11-16T15:01:00.000Z;paid==true"
    query = {"filter": filter, "order_by": "modification_time desc", "page_size": 3}
    first = orders.list_orders(**query)
    second = orders.list_orders(**query, page_token=first.next_page_token)
    assert [[one.id for one in page.orders] for page in (first, second)] == [["1004", "1003", "1002"], ["1001"]]
    assert not second.next_page_token
    assert orders.get_order("1001").total.amount == 1000


def test_payments_and_transactions(service, put, order, payment):
    put("order", order(1))
    put("payment", payment("7", 10.25, "1001"))
    put("payment", payment("8", -3.5, "1001"))
    put("transaction", {"amount": 10.25, "status": "APPROVED", "order_ids": ["1001"], "transaction_method": "CAPTURE"})
    sales = SalesApi(service())
    page = sales.list_payments(filter="order_id==1001", order_by="amount asc", page_size=1)
    assert (page.payments[0].amount, page.payments[0].order_ids) == (-3.5, ["1001"])
    page = sales.list_payments(
        filter="order_id==1001", order_by="amount asc", page_size=1, page_token=page.next_page_token
    )
    assert (page.payments[0].id, page.next_page_token) == ("7", "")
    assert sales.list_transactions(filter="order_id==1001").transactions[0].amount == 10.25
    of_order = OrdersApi(service()).list_order_payments("1001", order_by="pay_time asc").invoice_order_payments
    assert [one.amount for one in of_order] == [10.25, -3.5]


def test_contacts_are_read_and_changed(service, put):
    for number in (1, 2, 3):
        put("contact", {"id": str(number), "given_name": f"Ann {number}", "job_title": "Owner"})
    contacts = ContactApi(service())
    page = contacts.list_contacts(filter="ids==1,3", fields=["id", "job_title", "addresses"], page_size=1)
    assert [(one.id, one.job_title) for one in page.contacts] == [("1", "Owner")]
    page = contacts.list_contacts(
        filter="ids==1,3", fields=["id", "given_name"], page_size=1, page_token=page.next_page_token
    )
    assert [(one.id, one.given_name) for one in page.contacts] == [("3", "Ann 3")]
    wanted = CreateUpdateContactRequest.from_dict(
        {"given_name": "Eve", "addresses": [{"field": "BILLING", "line1": "1 Main", "country_code": "USA"}]}
    )
    contacts.update_contact("3", wanted, update_mask=["addresses"])
    after = contacts.get_contact("3")
    assert (after.given_name, after.addresses[0].line1) == ("Ann 3", "1 Main")


def test_products_profile_and_user(service, put):
    price = {"amount": 1299, "currency_code": "USD", "formatted_amount": "$12.99"}
    put("product", {"id": "9", "name": "Pen", "sku": None, "price": price, "active": True})
    products = ProductsApi(service())
    assert products.list_products(filter="name==pe*").products[0].price.amount == 1299
    assert products.get_product("9").name == "Pen"
    assert BusinessProfileApi(service()).get_business_profile().time_zone == "America/Phoenix"
    assert UsersApi(service()).get_user_info().is_admin


def test_errors_arrive_as_the_clients_own(service):
    with pytest.raises(NotFoundException, match="NOT_FOUND"):
        OrdersApi(service()).get_order("404")
    with pytest.raises(BadRequestException, match="colour"):
        OrdersApi(service()).list_orders(filter="colour==red")
    with pytest.raises(UnauthorizedException, match="invalid_access_token"):
        OrdersApi(service("KeapAK-another")).list_orders()
