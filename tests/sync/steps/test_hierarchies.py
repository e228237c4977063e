"""Customers below customers: named as QuickBooks shows them, and no job is anybody's customer beside the one it is billed with."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.errors import ConfigurationError
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop.account import address
from tests.shop.counter import ShopCounter, line

MODES = pytest.mark.parametrize("write_mode", ["single", "batch"])
BY_EMAIL = {"criteria": [{"source": "Email", "destination": "PrimaryEmailAddr"}]}
BY_MARKER = {"criteria": [{"source": "Contact id", "destination": "Notes marker"}]}
LEE = {"name": "Ann Lee", "email": "office@lee.example"}
"""Who orders with the e-mail address of Lee & Co."""


def below(counter: ShopCounter, parent: str, name: str, email: str = "", **fields: Any) -> str:
    """A sub-customer; gives its id. Billed with its parent, as QuickBooks' form has it ticked, unless something else is said."""
    address = {"PrimaryEmailAddr": {"Address": email}} if email else {}
    usual = {"Job": True, "BillWithParent": True, "ParentRef": {"value": parent}}
    return str(counter.add("Customer", DisplayName=name, **usual | address | fields)["Id"])


def lee(counter: ShopCounter, **fields: Any) -> str:
    usual = {"DisplayName": "Lee & Co", "PrimaryEmailAddr": {"Address": "office@lee.example"}}
    return str(counter.add("Customer", **usual | fields)["Id"])


def sold(counter: ShopCounter, number: int = 1, **who: Any) -> None:
    counter.sell(number, **who)
    counter.pay(number)


def buyers(counter: ShopCounter) -> list[str]:
    """Whose the sales receipts are, oldest first."""
    return [one["CustomerRef"]["value"] for one in counter.records("SalesReceipt")]


@MODES
@pytest.mark.parametrize("named", ["Web:Keap sales", "Keap sales", "Web : Keap sales"])
def test_c19_a_standard_customer_is_found_as_quickbooks_shows_it(
    counter: ShopCounter, named: str, write_mode: str
) -> None:
    web = counter.add("Customer", DisplayName="Web")["Id"]
    keap = below(counter, web, "Keap sales", BillWithParent=False)
    counter.set(customers={"not_found": "standard", "standard_customer": named}, write_mode=write_mode)
    sold(counter, name="Nora New", email="nora@example.com")
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [keap])


def test_c19_default_and_daily_customer_are_found_so_too_down_to_the_last_level(counter: ShopCounter) -> None:
    web = counter.add("Customer", DisplayName="Web")["Id"]
    shop = below(counter, below(counter, web, "Europe"), "Shop")
    counter.set(customers={"default_customer": "Web:Europe:Shop"})
    sold(counter, name="", email="")
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [shop])
    counter.set(revenue={"consolidate": True, "daily_customer": "Web:Europe:Shop"})
    sold(counter, 2)
    counter.run(0)
    assert (counter.state(2), buyers(counter)) == ("posted", [shop, shop])


@pytest.mark.parametrize("named", ["Shop:Keap sales", "Web:Keap sale", "web:keap sales", "Web:Web:Keap sales"])
def test_c19_a_full_name_that_is_not_there_is_refused_with_the_nearest_in_full(
    counter: ShopCounter, named: str
) -> None:
    web = counter.add("Customer", DisplayName="Web")["Id"]
    below(counter, web, "Keap sales")
    counter.set(customers={"not_found": "standard", "standard_customer": named})
    sold(counter)
    with pytest.raises(ConfigurationError) as raised:
        counter.run(0)
    assert f"'{named}'" in raised.value.message
    assert "Web:Keap sales" in raised.value.advice


def test_c19_the_full_name_follows_the_parents(counter: ShopCounter) -> None:
    web = counter.add("Customer", DisplayName="Web")
    keap = below(counter, web["Id"], "Keap sales")
    counter.set(customers={"not_found": "standard", "standard_customer": "Shop:Keap sales"})
    body = {"Id": web["Id"], "SyncToken": web["SyncToken"], "sparse": True, "DisplayName": "Shop"}
    counter.quickbooks.update("Customer", body, request_id="renamed by hand")
    refresh_lists(counter.engine, counter.quickbooks)
    sold(counter, name="Nora New", email="nora@example.com")
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [keap])


def test_c19_items_accounts_classes_and_locations_are_named_in_full_too(counter: ShopCounter) -> None:
    income = {"value": counter.listed("Account", "Sales of Product Income")}
    kitchen = {"value": counter.add("Item", Name="Kitchen", Type="Category")["Id"]}
    item = {"Type": "NonInventory", "IncomeAccountRef": income, "SubItem": True, "ParentRef": kitchen}
    counter.add("Item", Name="Anything", **item)
    bank = {"value": counter.listed("Account", "Checking")}
    counter.add("Account", Name="Cards", AccountType="Bank", SubAccount=True, ParentRef=bank)
    for entity in ("Class", "Department"):
        counter.add(entity, Name="Shop", ParentRef={"value": counter.add(entity, Name="Net")["Id"]})
    named = {"standard_item": "Kitchen:Anything", "deposit_account": "Checking:Cards"}
    counter.set(revenue={**named, "class": "Net:Shop", "location": "Net:Shop"}, products={"not_found": "standard"})
    refresh_lists(counter.engine, counter.quickbooks)
    counter.sell(1, line("100.00", name="Unheard of"))
    counter.pay(1)
    counter.run(0)
    assert counter.state().startswith("posted")
    [receipt] = counter.records("SalesReceipt")
    assert receipt["DepositToAccountRef"]["name"] == "Checking:Cards"
    assert receipt["DepartmentRef"]["name"] == "Net:Shop"
    assert receipt["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"] == "Kitchen:Anything"


@MODES
@pytest.mark.parametrize("kind", [{}, {"IsProject": True}, {"BillWithParent": False}], ids=["job", "project", "branch"])
def test_c20_an_order_found_by_an_e_mail_that_a_job_bears_too_goes_to_the_parent(
    counter: ShopCounter, kind: dict[str, Any], write_mode: str
) -> None:
    parent = lee(counter)
    for name in ("Kitchen", "Bath"):
        below(counter, parent, name, "office@lee.example", **kind)
    counter.set(write_mode=write_mode)
    sold(counter, **LEE)
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [parent])
    counter.expect_quiet()


def test_c20_a_job_of_a_job_is_no_candidate_either(counter: ShopCounter) -> None:
    parent = lee(counter)
    below(counter, below(counter, parent, "House", "office@lee.example"), "Kitchen", "office@lee.example")
    sold(counter, **LEE)
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [parent])


@pytest.mark.parametrize("kind", [{}, {"IsProject": True}], ids=["job", "project"])
def test_c20_a_job_that_alone_has_the_key_stands_for_its_parent_and_nobody_is_made(
    counter: ShopCounter, kind: dict[str, Any]
) -> None:
    parent = lee(counter, PrimaryEmailAddr={"Address": ""})
    below(counter, parent, "Kitchen", "site@lee.example", **kind)
    sold(counter, 1, name="Jo Site", email="site@lee.example")
    before = len(counter.records("Customer"))
    counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    assert buyers(counter) == [parent]
    assert len(counter.records("Customer")) == before
    assert any("Lee & Co, by its job Kitchen" in words for words in counter.history(1))


@MODES
@pytest.mark.parametrize("kind", [{}, {"IsProject": True}], ids=["job", "project"])
@pytest.mark.parametrize("email", ["", "nora@example.com"])
def test_c20_a_job_that_is_called_as_the_buyer_is_sells_her_to_nobody(
    counter: ShopCounter, kind: dict[str, Any], email: str, write_mode: str
) -> None:
    builder = counter.add("Customer", DisplayName="Builder & Co")["Id"]
    job = below(counter, builder, "Nora New", **kind)
    counter.set(write_mode=write_mode)
    for number in (1, 2):
        sold(counter, number, name="Nora New", email=email)
        # Of one contact: without an e-mail address, nothing but that tells who she is.
        order = counter.account.find(number)
        counter.account.put("order", {**order, "contact": {**order["contact"], "id": "5001"}})
        counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    [nora] = set(buyers(counter))
    assert nora not in (builder, job)
    assert counter.quickbooks.read("Customer", nora)["DisplayName"] == "Nora New (Infusionsoft 5001)"
    # With her e-mail address it is the builder's order, at that job.
    if email:
        below(counter, builder, "Her house", "jo@example.com", **kind)
        sold(counter, 3, name="Her House", email="jo@example.com")
        counter.run(0)
        assert buyers(counter)[-1] == builder


def test_c20_whoever_is_found_by_a_job_alone_does_not_move_to_its_site(counter: ShopCounter) -> None:
    home = {"Line1": "1 Head Office", "City": "Boston", "CountrySubDivisionCode": "MA", "PostalCode": "02110"}
    parent = lee(counter, BillAddr=home)
    below(counter, parent, "Kitchen", "site@lee.example")
    sold(counter, 1, name="Jo Site", email="site@lee.example")
    _bill_to(counter, "5001", "Tucson")
    run = counter.prepare(0)
    counter.update_addresses(run)
    counter.post(run)
    assert (counter.state(), buyers(counter)) == ("posted", [parent])
    assert counter.quickbooks.read("Customer", parent)["BillAddr"]["City"] == "Boston"
    sold(counter, 2, **LEE)
    _bill_to(counter, "5002", "Tucson")
    counter.update_addresses(counter.prepare(0))
    assert counter.quickbooks.read("Customer", parent)["BillAddr"]["City"] == "Tucson"


def test_c19_a_standard_customer_that_is_named_in_full_moves_with_nobody(counter: ShopCounter) -> None:
    web = counter.add("Customer", DisplayName="Web")["Id"]
    keap = below(counter, web, "Keap sales", "sales@web.example", BillWithParent=False)
    counter.set(customers={"not_found": "standard", "standard_customer": "Web:Keap sales"})
    sold(counter, name="Jo Doe", email="sales@web.example")
    _bill_to(counter, "5001", "Tucson")
    run = counter.prepare(0)
    counter.update_addresses(run)
    counter.post(run)
    assert buyers(counter) == [keap]
    assert "BillAddr" not in counter.quickbooks.read("Customer", keap)


def _bill_to(counter: ShopCounter, contact_id: str, place: str) -> None:
    [contact] = [one for one in counter.account.all("contact") if one["id"] == contact_id]
    there = {"addresses": [address(place)], "company": {"id": "1", "company_name": "Lee & Co"}}
    counter.account.put("contact", {**contact, **there})


def test_c20_a_sub_customer_that_is_billed_itself_is_a_customer_of_its_own(counter: ShopCounter) -> None:
    parent = lee(counter)
    branch = {"CompanyName": "Lee & Co", "BillWithParent": False}
    tucson = below(counter, parent, "Lee Tucson", "tucson@lee.example", **branch)
    sold(counter, name="Jo Tucson", email="tucson@lee.example")
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", [tucson])


def test_c20_with_match_jobs_they_are_candidates_like_any_customer(counter: ShopCounter) -> None:
    parent = lee(counter)
    kitchen = below(counter, parent, "Kitchen", "site@lee.example")
    below(counter, parent, "Bath", "office@lee.example")
    counter.set(customers={"match_jobs": True})
    sold(counter, 1, name="Jo Site", email="site@lee.example")
    sold(counter, 2, **LEE)
    counter.run(0)
    assert counter.states() == {1: "posted", 2: "held AMBIGUOUS"}
    assert buyers(counter) == [kitchen]


@pytest.mark.parametrize("ambiguous", ["oldest", "most recently updated", "next criterion"])
def test_c20_no_policy_for_several_takes_a_job(counter: ShopCounter, ambiguous: str) -> None:
    kitchen = lee(counter, DisplayName="Kitchen", CompanyName="Lee & Co")
    parent = lee(counter, CompanyName="Lee & Co")
    other = lee(counter, DisplayName="Lee and Company", CompanyName="Lee")
    made_a_job = {"Job": True, "BillWithParent": True, "ParentRef": {"value": parent}}
    body = {"Id": kitchen, "SyncToken": "0", "sparse": True, **made_a_job}
    counter.quickbooks.update("Customer", body, request_id="made a job by hand")
    criteria = [*BY_EMAIL["criteria"], {"source": "Company", "destination": "CompanyName"}]
    counter.set(customers={"ambiguous": ambiguous, "criteria": criteria})
    counter.sell(1, **LEE)
    contact = next(one for one in counter.account.all("contact") if one["id"] == "5001")
    counter.account.put("contact", {**contact, "company": {"id": "1", "company_name": "Lee & Co"}})
    counter.pay(1)
    counter.run(0)
    assert counter.state() == "posted"
    assert buyers(counter) == [other if ambiguous == "most recently updated" else parent]


def test_c20_a_name_that_a_job_has_is_taken_and_the_job_is_not_adopted(counter: ShopCounter) -> None:
    parent = lee(counter)
    job = below(counter, parent, "Nora New", "nora@example.com")
    counter.set(customers=BY_MARKER)
    sold(counter, name="Nora New", email="nora@example.com")
    counter.run(0)
    [buyer] = buyers(counter)
    assert buyer not in (parent, job)
    names = {one["Id"]: one["DisplayName"] for one in counter.records("Customer")}
    assert names[buyer] == "Nora New (Infusionsoft 5001)"


def test_c20_an_inactive_job_of_that_name_is_not_made_active(counter: ShopCounter) -> None:
    counter.company(keep_inactive_names=True)
    job = below(counter, lee(counter), "Nora New", "nora@example.com", Active=False)
    counter.set(customers={**BY_MARKER, "reactivate_inactive": True})
    sold(counter, name="Nora New", email="nora@example.com")
    counter.run(0)
    assert counter.state() == "posted"
    assert buyers(counter) != [job]
    assert not counter.quickbooks.read("Customer", job)["Active"]


def test_c20_jobs_are_no_look_alikes(counter: ShopCounter) -> None:
    parent = lee(counter, DisplayName="Norah New")
    below(counter, parent, "Nora Newe")
    branch = below(counter, parent, "Nora Neww", BillWithParent=False)
    counter.set(customers={"not_found": "hold"})
    sold(counter, name="Nora New", email="nora@example.com")
    counter.run(0)
    assert counter.state() == "held NOT_FOUND"
    [told] = [words for words in counter.history(1) if "Look-alikes" in words]
    assert f"({parent}," in told
    assert f"({branch}," in told
    assert "Nora Newe (" not in told


def test_c20_a_job_that_the_settings_name_is_the_standard_customer(counter: ShopCounter) -> None:
    job = below(counter, lee(counter), "Web orders")
    counter.set(customers={"always_standard": True, "standard_customer": "Lee & Co:Web orders"})
    sold(counter)
    counter.run(0)
    assert buyers(counter) == [job]
