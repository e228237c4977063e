"""Customers that somebody merged in QuickBooks: their orders, and what follows of recorded ones, go to the survivor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine

from order_sync.database.cache import drop_rows
from order_sync.database.customer_keys import prepare_keys
from order_sync.errors import ConfigurationError
from order_sync.sync.steps.refresh_customers import refresh_changes, refresh_lists
from order_sync.tokens import TokenVault
from tests.shop import account, stores
from tests.shop.counter import ShopCounter, refusal
from tests.shop.fault_shop import CREATE_CUSTOMER, UPDATE_CUSTOMER, Shop, open_shop
from tests.shop.records import sale
from tests.shop.services import Controls

ROBERT = {"name": "Robert Smith", "email": "robert@example.com", "contact_id": "77"}
DOCUMENTS_READ = "quickbooks query SalesReceipt"

OpenShop = Callable[..., Shop]


@pytest.fixture
def open_with(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None) -> Iterator[OpenShop]:
    """Opens the shop with some settings."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(open_shop(sandbox, engine, vault, **settings))


@pytest.fixture
def shop(open_with: OpenShop) -> Shop:
    return open_with()


def refresh(shop: Shop, *, in_full: bool = False) -> None:
    """As each run begins."""
    (refresh_lists if in_full else refresh_changes)(shop.engine, shop.quickbooks)
    prepare_keys(shop.engine, shop.quickbooks.realm_id, shop.store.customers)


def sold(shop: Shop, *numbers: int, run: str = "", **who: Any) -> list[str]:
    """Orders of somebody, from reading to posting; gives the customers that their documents name."""
    of_run = shop.read([sale(number, **(who or ROBERT)) for number in numbers], run or f"run of {numbers}")
    shop.create_customers(of_run)
    shop.post(of_run)
    return [whose(shop, number) for number in numbers]


def whose(shop: Shop, number: int) -> str:
    """The customer whom the document of an order names in QuickBooks; empty where it has none."""
    found = [one for one in shop.documents() if one["PrivateNote"].startswith(f"Infusionsoft order {number} ")]
    return found[0]["CustomerRef"]["value"] if found else ""


def expect_never_active_again(shop: Shop, *merged: str) -> None:
    """Nobody made a merged record active, and nobody was made in its place."""
    kept = {one["Id"]: one["Active"] for one in shop.customers()}
    assert not any(kept[one] for one in merged)
    assert shop.calls(UPDATE_CUSTOMER) == {}


@pytest.mark.parametrize("in_full", [False, True], ids=["changes", "in full"])
@pytest.mark.parametrize("reactivates", [True, False])
@pytest.mark.parametrize("habits", [{}, {"new_versions": False}])
@pytest.mark.parametrize("write_mode", ["single", "batch"])
def test_c4_who_was_merged_orders_again_as_the_survivor(
    open_with: OpenShop, in_full: bool, reactivates: bool, habits: dict[str, Any], write_mode: str
) -> None:
    shop = open_with(customers={"reactivate_inactive": reactivates}, write_mode=write_mode)
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith", PrimaryEmailAddr={"Address": "bob@example.com"})["Id"]
    shop.merge(robert, bob, **habits)
    refresh(shop, in_full=in_full)
    assert sold(shop, 2, 3) == [bob, bob]
    assert [shop.orders()[number].status for number in "23"] == ["posted"] * 2
    [matched] = [words for words in shop.history(2) if "one customer has this key" in words]
    assert f"Robert Smith (deleted) ({robert}) was merged into Bob Smith ({bob}) in QuickBooks." in matched
    expect_never_active_again(shop, robert)
    assert len(shop.customers()) == 2


def test_c4_in_a_company_that_keeps_the_names_of_inactive_customers_too(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    refresh(shop)
    assert sold(shop, 2) == [bob]
    expect_never_active_again(shop, robert)


def test_c4_a_merge_of_merges_leads_to_the_last_one(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob, bobby, rob = (shop.add("Customer", DisplayName=name)["Id"] for name in ("Bob Smith", "Bobby", "Rob"))
    shop.merge(robert, bob)
    refresh(shop)
    shop.merge(bob, bobby)
    refresh(shop)
    assert sold(shop, 2) == [bobby]
    shop.merge(bobby, rob)
    refresh(shop)
    assert sold(shop, 3) == [rob]
    assert sold(shop, 4, name="Bob Smith", email=None, contact_id="8") != [rob], (
        "nothing tells of a merge without documents"
    )


def test_c4_who_was_merged_there_and_back_is_the_one_that_is_active(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    refresh(shop)
    assert sold(shop, 2) == [bob]
    shop.change("Customer", robert, Active=True, DisplayName="Robert Smith")
    shop.merge(bob, robert)
    refresh(shop)
    assert sold(shop, 3) == [robert]
    assert sold(shop, 4, name="Bob Smith", email=None) == [robert]


def test_c4_the_survivor_and_the_merged_one_are_one_candidate(open_with: OpenShop) -> None:
    by_email = {"criteria": [{"source": "Email", "destination": "PrimaryEmailAddr"}]}
    shop = open_with(customers=by_email)
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith", PrimaryEmailAddr={"Address": ROBERT["email"]})["Id"]
    shop.merge(robert, bob)
    refresh(shop)
    assert sold(shop, 2) == [bob]


def test_c4_an_active_namesake_is_not_mixed_up_with_one_that_was_merged(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    namesake = shop.add("Customer", DisplayName="Robert Smith", PrimaryEmailAddr={"Address": "robert@example.com"})[
        "Id"
    ]
    refresh(shop)
    assert sold(shop, 2) == [namesake]


def test_c4_documents_that_a_person_gave_to_others_are_no_merge(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    [robert, *_] = sold(shop, 1, 2, 3)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    receipt = shop.orders()["3"].document_id
    shop.change("SalesReceipt", receipt, CustomerRef={"value": bob})
    refresh(shop)
    assert sold(shop, 4) == [robert], "one document of an active customer says nothing"
    shop.change("Customer", robert, Active=False)
    refresh(shop)
    assert sold(shop, 5) == [robert], "made active again: it was not merged"


def test_c4_voided_deleted_and_moved_documents_do_not_hide_a_merge(shop: Shop) -> None:
    [robert, *_] = sold(shop, 1, 2, 3, 4)
    bob, other = (shop.add("Customer", DisplayName=name)["Id"] for name in ("Bob Smith", "Somebody Else"))
    receipts = {number: shop.orders()[number].document_id for number in "1234"}
    shop.quickbooks.void("SalesReceipt", receipts["1"], "0", request_id="void")
    shop.quickbooks.delete("SalesReceipt", receipts["2"], "0", request_id="delete")
    shop.merge(robert, bob)
    shop.change("SalesReceipt", receipts["4"], CustomerRef={"value": other})
    refresh(shop)
    assert sold(shop, 5) == [bob], "of three that are left, two say so"


def test_c4_what_cannot_be_read_stops_nobody_and_is_asked_again(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    shop.fail(DOCUMENTS_READ, "503", every=1)
    refresh(shop)
    assert sold(shop, 2, name="Ada Lovelace", email="ada@example.com") == [shop.ada]
    assert sold(shop, 3) == [""]
    assert (shop.orders()["3"].status, shop.orders()["3"].code) == ("held", "INACTIVE")
    assert "could not be seen" in shop.orders()["3"].message
    expect_never_active_again(shop, robert)
    shop.mend()
    refresh(shop)
    assert sold(shop, 3, run="tuesday") == [bob]


def test_c4_the_documents_of_an_inactive_customer_are_asked_for_once(shop: Shop) -> None:
    [robert, *_] = sold(shop, *range(1, 9))
    refresh(shop)
    assert shop.calls(DOCUMENTS_READ) == {}, "nobody is inactive"
    shop.change("Customer", robert, Active=False)
    for in_full in (False, False, True):
        refresh(shop, in_full=in_full)
    assert shop.calls(DOCUMENTS_READ) == {"200": 1}
    shop.change("Customer", robert, Active=True)
    shop.change("Customer", robert, Active=False)
    refresh(shop)
    assert shop.calls(DOCUMENTS_READ) == {"200": 2}


def test_c4_whom_the_ledger_knows_leads_to_the_survivor(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    # Under another name and e-mail no criterion finds it: only the ledger knows that it was his.
    shop.change("Customer", robert, DisplayName="R. S.", PrimaryEmailAddr={"Address": "elsewhere@example.com"})
    calls = shop.calls(UPDATE_CUSTOMER)
    shop.merge(robert, bob)
    refresh(shop)
    assert sold(shop, 2) == [bob]
    assert any(f"Customer {robert} was merged into Bob Smith ({bob}) in QuickBooks." in one for one in shop.history(2))
    assert shop.calls(UPDATE_CUSTOMER) == calls
    assert len(shop.customers()) == 2


def test_c4_where_quickbooks_has_the_duplicate_no_more_the_ledger_leads_to_the_survivor_too(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    refresh(shop)
    drop_rows(shop.engine, shop.quickbooks.realm_id, "Customer", [robert])
    shop.fail("quickbooks read Customer", **refusal("610", "Object Not Found"))
    assert sold(shop, 2) == [bob]
    assert len(shop.customers()) == 2


def test_c4_a_merge_between_matching_and_posting_is_made_up_by_the_next_run(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    run = shop.read([sale(2, **ROBERT)], "tuesday")
    shop.create_customers(run)
    shop.merge(robert, bob)
    assert shop.post(run) == {"failed": 1}
    assert (shop.orders()["2"].code, "merged" in shop.orders()["2"].advice) == ("2500", True)
    refresh(shop)
    assert sold(shop, 2, run="wednesday") == [bob]
    assert len(shop.documents()) == 2


@pytest.mark.parametrize("reactivates", [True, False])
def test_c4_a_name_that_a_merged_customer_has_leads_to_the_survivor(open_with: OpenShop, reactivates: bool) -> None:
    by_phone = {"criteria": [{"source": "Contact id", "destination": "ResaleNum"}], "reactivate_inactive": reactivates}
    shop = open_with(customers=by_phone)
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    assert sold(shop, 2, **{**ROBERT, "contact_id": "78"}) == [bob]
    expect_never_active_again(shop, robert)


def test_c4_a_merge_between_matching_and_recording_is_seen(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.change("Customer", robert, Active=False)
    refresh(shop)
    run = shop.read([sale(2, **ROBERT)], "tuesday")
    shop.change("Customer", robert, Active=True)
    shop.merge(robert, bob)
    assert shop.create_customers(run) == {"merged": 1}
    shop.post(run)
    assert whose(shop, 2) == bob
    assert not shop.quickbooks.read("Customer", robert)["Active"]


def test_c4_without_documents_the_advice_is_to_look_for_a_merge(shop: Shop) -> None:
    robert, bob = (shop.add("Customer", DisplayName=name)["Id"] for name in ("Robert Smith", "Bob Smith"))
    shop.merge(robert, bob)
    refresh(shop)
    assert sold(shop, 1) == [""]
    order = shop.orders()["1"]
    assert (order.status, order.code) == ("held", "INACTIVE")
    assert "whether the customer was merged into another" in order.advice
    # Followed to the letter, it leads somewhere.
    shop.change("Customer", robert, Active=True)
    shop.change("Customer", robert, DisplayName="Merged away")
    shop.change("Customer", robert, Active=False)
    shop.change("Customer", bob, PrimaryEmailAddr={"Address": ROBERT["email"]})
    refresh(shop)
    assert sold(shop, 1, run="tuesday") == [bob]


def test_c4_a_survivor_that_was_made_inactive_is_told(open_with: OpenShop) -> None:
    shop = open_with()
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    shop.merge(robert, bob)
    shop.change("Customer", bob, Active=False)
    refresh(shop)
    assert sold(shop, 2) == [""]
    assert shop.orders()["2"].code == "INACTIVE"
    assert f"was merged into Bob Smith (deleted) ({bob}) in QuickBooks" in shop.orders()["2"].message
    shop.change("Customer", bob, Active=True)
    refresh(shop)
    assert sold(shop, 2, run="tuesday") == [bob]


def test_c4_who_was_merged_is_nobodys_look_alike(open_with: OpenShop) -> None:
    shop = open_with(customers={"not_found": "hold"})
    robert = shop.add("Customer", DisplayName="Robert Smith", PrimaryEmailAddr={"Address": ROBERT["email"]})["Id"]
    refresh(shop)
    sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Baker")["Id"]
    alike = {"name": "Robert Smithe", "email": "smithe@example.com", "contact_id": "5"}
    sold(shop, 2, **alike)
    assert f"Robert Smith ({robert}" in shop.orders()["2"].message
    shop.merge(robert, bob)
    refresh(shop)
    sold(shop, 3, **alike)
    assert "Robert Smith (" not in shop.orders()["3"].message


def test_nobody_is_made_for_who_was_merged(shop: Shop) -> None:
    [robert] = sold(shop, 1)
    bob = shop.add("Customer", DisplayName="Bob Smith")["Id"]
    made = shop.calls(CREATE_CUSTOMER)
    shop.merge(robert, bob)
    refresh(shop)
    sold(shop, 2)
    assert shop.calls(CREATE_CUSTOMER) == made


STANDARD = {"not_found": "standard", "standard_customer": "Web sales"}
DEFAULT = {"default_customer": "Web sales"}
NOBODY = {"name": "", "email": None}
BUYER = {"name": "Robert Smith", "email": "robert@example.com"}


@pytest.mark.parametrize(
    ("stand_in", "who"),
    [(STANDARD, ROBERT), ({"always_standard": True, **STANDARD}, ROBERT), (DEFAULT, NOBODY)],
    ids=["standard", "always", "default"],
)
@pytest.mark.parametrize("kept", ["Web sales (deleted)", "Web sales (deleted-1)"])
def test_c4_the_survivor_stands_in_where_the_settings_name_who_was_merged(
    open_with: OpenShop, stand_in: dict[str, Any], who: dict[str, Any], kept: str
) -> None:
    shop = open_with()
    web = shop.add("Customer", DisplayName="Web sales")["Id"]
    refresh(shop)
    shop.store = stores.settings(customers=stand_in)
    assert sold(shop, 1, **who) == [web]
    orders = shop.add("Customer", DisplayName="Web orders")["Id"]
    shop.merge(web, orders)
    refresh(shop)
    assert sold(shop, 2, **who) == [orders]
    told = f"Web sales was merged into Web orders ({orders}) in QuickBooks: let the settings"
    assert any(told in words for words in shop.history(2))
    shop.change("Customer", web, Active=True, DisplayName=kept)
    refresh(shop)
    assert sold(shop, 3, **who) == [web], "a person made it active again, and it kept its ending"


@pytest.mark.parametrize("used", [True, False])
def test_c4_a_stand_in_that_is_no_more_is_told_from_one_that_is_not_there(open_with: OpenShop, used: bool) -> None:
    shop = open_with()
    web, orders = (shop.add("Customer", DisplayName=name)["Id"] for name in ("Web sales", "Web orders"))
    refresh(shop)
    shop.store = stores.settings(customers=STANDARD)
    assert not used or sold(shop, 1) == [web]
    shop.merge(web, orders)
    shop.change("Customer", orders, Active=False)
    refresh(shop)
    with pytest.raises(ConfigurationError) as raised:
        sold(shop, 2)
    if used:
        assert f"was merged into Web orders (deleted) ({orders})" in raised.value.message
        assert "make that one active" in raised.value.advice
    else:
        assert "is inactive" in raised.value.message
        assert "if it was not merged into another" in raised.value.advice


@pytest.mark.parametrize("merged_too", [False, True])
def test_c4_who_is_merged_into_the_standard_customer_leaves_it_its_address(
    counter: ShopCounter, merged_too: bool
) -> None:
    counter.sell(1, **BUYER)
    counter.pay(1)
    counter.run(0)
    former = counter.add("Customer", DisplayName="Web sales", BillAddr={"Line1": "The warehouse"})["Id"]
    web = counter.add("Customer", DisplayName="Web orders", BillAddr={"Line1": "The warehouse"})["Id"]
    counter.set(customers={"standard_customer": "Web sales", "always_standard": True})
    counter.sell(2, day=1, name="Some Body", email="some@example.com")
    counter.pay(2, day=1)
    counter.run(1)
    if merged_too:
        counter.merge(former, web)
    web = web if merged_too else former
    counter.merge(counter.order(1).customer_id, web)
    counter.set(customers={**STANDARD, "update_details": "follow"})
    counter.sell(3, day=2, **BUYER)
    [contact] = [one for one in counter.account.all("contact") if one["id"] == "5003"]
    counter.account.put("contact", {**contact, "addresses": [account.address("Phoenix", "BILLING")]})
    counter.pay(3, day=2)
    run = counter.prepare(2)
    assert counter.update_addresses(run) == {}
    counter.post(run)
    assert counter.order(3).customer_id == web
    [now] = [one for one in counter.records("Customer") if one["Id"] == web]
    assert now["BillAddr"]["Line1"] == "The warehouse"
    assert not {"GivenName", "PrimaryEmailAddr"} & now.keys()


KNOWN = {
    "address": {"addresses": [account.address("Phoenix", "BILLING")]},
    "telephone": {"phone_numbers": [{"field": "PHONE1", "number": "602 555 0100"}]},
}
BOB = {
    "DisplayName": "Bob Smith",
    "GivenName": "Bob",
    "FamilyName": "Smith",
    "PrimaryEmailAddr": {"Address": "bob@example.com"},
    "BillAddr": {"Line1": "417 Quarry Bluff Terrace", "City": "Boston", "CountrySubDivisionCode": "MA"},
    "PrimaryPhone": {"FreeFormNumber": "617 555 0199"},
}


def order_again(counter: ShopCounter, number: int, **known: Any) -> None:
    """An order of Robert Smith, contact 77, of whom that is known and no e-mail address unless one is given."""
    who = {"id": "77", "given_name": "Robert", "family_name": "Smith"}
    counter.sell(number, day=number, name="Robert Smith", email="")
    counter.change(number, day=number, contact={**counter.account.find(number)["contact"], "id": "77"})
    counter.account.put(
        "contact", account.contact(**{"email": None, "bill": None, "phone_numbers": [], **who, **known})
    )
    counter.pay(number, day=number)
    run = counter.prepare(number)
    counter.update_addresses(run)
    counter.post(run)


@pytest.mark.parametrize("what", KNOWN)
def test_c4_what_was_known_of_the_merged_one_speaks_for_the_survivor(counter: ShopCounter, what: str) -> None:
    order_again(counter, 1, **KNOWN[what])
    bob = counter.add("Customer", **BOB)["Id"]
    counter.merge(counter.order(1).customer_id, bob)
    order_again(counter, 2, **KNOWN[what])
    assert (counter.state(2), counter.order(2).customer_id) == ("posted", bob)
    # A namesake of whom something else is known may still be another person.
    counter.sell(3, day=3, name="Robert Smith", email="other@example.com")
    [other] = [one for one in counter.account.all("contact") if one["id"] == "5003"]
    elsewhere = {"line1": "9 Oak Ave", "locality": "Tucson", "region_code": "US-AZ", "postal_code": "85701"}
    counter.account.put("contact", {**other, "addresses": [{"field": "BILLING", "country_code": "USA", **elsewhere}]})
    counter.pay(3, day=3)
    counter.run(3)
    assert counter.state(3) == "held CONTRADICTED"


def test_c4_the_survivor_keeps_its_name_and_e_mail_where_details_follow(counter: ShopCounter) -> None:
    counter.set(customers={"update_details": "follow"})
    order_again(counter, 1, email="robert@example.com")
    bob = counter.add("Customer", **BOB)["Id"]
    counter.merge(counter.order(1).customer_id, bob)
    order_again(counter, 2, email="robert@example.com", company={"company_name": "Acme Inc"})
    assert counter.order(2).customer_id == bob
    now = counter.quickbooks.read("Customer", bob)
    assert {name: now[name] for name in BOB if name != "BillAddr"} == {
        name: text for name, text in BOB.items() if name != "BillAddr"
    }
    assert now["CompanyName"] == "Acme Inc", "blanks are filled"
    counter.sell(3, day=3, name="Bob Smith", email="bob@example.com")
    counter.pay(3, day=3)
    counter.run(3)
    assert counter.order(3).customer_id == bob


@pytest.mark.parametrize("email", [None, "robert@example.com"])
def test_c4_a_survivor_that_is_a_job_is_whom_the_documents_name(counter: ShopCounter, email: str | None) -> None:
    order_again(counter, 1, email=email)
    parent = counter.add("Customer", DisplayName="Smith Builders")["Id"]
    job = counter.add("Customer", DisplayName="Bob", Job=True, ParentRef={"value": parent}, BillWithParent=True)["Id"]
    counter.merge(counter.order(1).customer_id, job)
    order_again(counter, 2, email=email)
    assert {one["CustomerRef"]["value"] for one in counter.records("SalesReceipt")} == {job}
    assert any(f"was merged into Bob ({job}) in QuickBooks" in words for words in counter.history(2))


ANN = {"name": "Ann Lee", "email": "ann@example.com", "contact_id": "9"}
ENDINGS = ["(deleted)", "(deleted 1)", "(deleted-1)", "(DELETED)", "(deleted) (deleted)", " (deleted -2)"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_c6_an_active_customer_that_kept_its_ending_is_who_it_was(shop: Shop, ending: str) -> None:
    ann = shop.add("Customer", DisplayName=f"Ann Lee {ending}")["Id"]
    refresh(shop)
    assert sold(shop, 1, **ANN) == [ann]
    assert shop.calls(CREATE_CUSTOMER) == {}


@pytest.mark.parametrize("ending", ENDINGS)
def test_c6_beside_one_who_bears_the_name_itself_it_is_not_meant(shop: Shop, ending: str) -> None:
    shop.add("Customer", DisplayName=f"Ann Lee {ending}")
    ann = shop.add("Customer", DisplayName="Ann Lee")["Id"]
    refresh(shop)
    assert sold(shop, 1, **ANN) == [ann]


@pytest.mark.parametrize("ending", ENDINGS)
def test_c7_an_inactive_customer_of_every_ending_is_made_active_under_its_name(
    open_with: OpenShop, ending: str
) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    ann = shop.add("Customer", DisplayName=f"Ann Lee {ending}", Active=False)["Id"]
    refresh(shop)
    assert sold(shop, 1, **ANN) == [ann]
    assert shop.quickbooks.read("Customer", ann)["DisplayName"] == "Ann Lee"


def test_c7_two_inactive_customers_of_one_name_are_for_a_person_to_tell_apart(open_with: OpenShop) -> None:
    shop = open_with(customers={"reactivate_inactive": True})
    shop.sandbox.put("/_sandbox/company", {"keep_inactive_names": True})
    for ending in ENDINGS[:3]:
        shop.add("Customer", DisplayName=f"Ann Lee {ending}", Active=False)
    refresh(shop)
    assert sold(shop, 1, **ANN) == [""]
    assert shop.orders()["1"].code == "AMBIGUOUS"


@pytest.mark.parametrize("ending", ENDINGS)
def test_items_are_known_by_every_ending_too(open_with: OpenShop, ending: str) -> None:
    shop = open_with(products={"not_found": "hold", "identify": [{"source": "name", "destination": "Name"}]})
    income = {"value": shop.listed("Account", "Sales of Product Income")}
    mug = shop.add("Item", Name=f"Mug {ending}", Type="NonInventory", IncomeAccountRef=income)["Id"]
    refresh(shop)

    def item_of(number: int) -> str:
        run = shop.read([sale(number, sku="Mug")], f"run {number}")
        shop.post(run)
        [line, *_] = shop.documents()[-1]["Line"]
        return str(line["SalesItemLineDetail"]["ItemRef"]["value"])

    assert item_of(1) == mug
    new = shop.add("Item", Name="Mug", Type="NonInventory", IncomeAccountRef=income)["Id"]
    refresh(shop)
    assert item_of(2) == new
