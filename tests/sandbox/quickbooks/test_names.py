"""Customers, items and the other name lists: what is filled in, what is refused, what an update keeps."""

from __future__ import annotations

import pytest

from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.refusals import Refusal


def test_a_customer_gets_its_display_name_from_the_parts_of_the_name(qbo):
    saved = qbo.save("Customer", {"Title": "Dr.", "GivenName": "Ann", "FamilyName": "Lee"})

    assert saved["DisplayName"] == saved["FullyQualifiedName"] == saved["PrintOnCheckName"] == "Dr. Ann Lee"
    assert (saved["SyncToken"], saved["Active"]) == ("0", True)
    assert qbo.read("Customer", saved["Id"]) == saved


def test_text_survives_unchanged(qbo):
    name = "Zoë  & Sons “O'Hara” \\ 😀 null"
    assert qbo.read("Customer", qbo.customer(name)["Id"])["DisplayName"] == name


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_a_name_is_unique_among_customers_vendors_and_employees(qbo, entity):
    qbo.save(entity, {"DisplayName": "Ärger Ltd"})

    error = qbo.refusal(qbo.post("customer", {"DisplayName": "äRGER ltd"}))

    assert error["code"] == "6240"
    assert error["Message"] == "Duplicate Name Exists Error"
    assert "Another customer, vendor or employee is already using this \nname." in error["Detail"]


def test_an_inactive_customer_is_renamed_and_gives_its_name_free(qbo):
    for expected in ("Ann Lee (deleted)", "Ann Lee (deleted-1)"):
        saved = qbo.customer()
        body = {"Id": saved["Id"], "SyncToken": "0", "sparse": True, "Active": False}
        assert qbo.save("Customer", body)["DisplayName"] == expected

    assert qbo.customer()["DisplayName"] == "Ann Lee"


def test_an_inactive_customer_can_only_be_changed_by_making_it_active(qbo):
    saved = qbo.customer(Active=False)
    key = {"Id": saved["Id"], "SyncToken": saved["SyncToken"], "sparse": True}

    error = qbo.refusal(qbo.post("customer", {**key, "Notes": "x"}))
    assert error["code"] == "610"
    assert "has been made inactive" in error["Detail"]

    assert qbo.save("Customer", {**key, "Active": True, "DisplayName": "Ann Lee"})["DisplayName"] == "Ann Lee"


def test_a_customer_that_is_made_active_again_keeps_the_name_that_it_has_unless_it_is_given_one(qbo):
    saved = qbo.customer(Active=False)
    again = qbo.save("Customer", {"Id": saved["Id"], "SyncToken": "0", "sparse": True, "Active": True})
    assert (again["Active"], again["DisplayName"]) == (True, "Ann Lee (deleted)")

    qbo.customer()
    named = {"Id": saved["Id"], "SyncToken": "1", "sparse": True, "DisplayName": "Ann Lee"}
    assert qbo.refusal(qbo.post("customer", named))["code"] == "6240"


def test_a_company_may_keep_the_names_of_inactive_customers(qbo):
    qbo.settle(keep_inactive_names=True)
    saved = qbo.customer()
    key = {"Id": saved["Id"], "sparse": True}

    gone = qbo.save("Customer", {**key, "SyncToken": "0", "Active": False})
    assert (gone["Active"], gone["DisplayName"]) == (False, "Ann Lee")
    assert qbo.query("SELECT * FROM Customer WHERE DisplayName = 'Ann Lee'") == {}
    assert qbo.refusal(qbo.post("customer", {"DisplayName": "ann lee"}))["code"] == "6240"

    back = qbo.save("Customer", {**key, "SyncToken": "1", "Active": True})
    assert (back["Active"], back["DisplayName"]) == (True, "Ann Lee")


def test_vendors_never_keep_their_names(qbo):
    qbo.settle(keep_inactive_names=True)
    saved = qbo.save("Vendor", {"DisplayName": "Ann Lee", "Active": False})
    assert saved["DisplayName"] == "Ann Lee (deleted)"


def test_customer_types_are_read_and_named_but_not_written(qbo):
    found = qbo.query("SELECT * FROM CustomerType")["CustomerType"]
    assert [one["Name"] for one in found] == ["Retail", "Wholesale", "Online"]
    online = qbo.named("CustomerType", "Online")
    assert qbo.read("CustomerType", online["value"])["Name"] == "Online"
    assert qbo.customer(CustomerTypeRef=online)["CustomerTypeRef"] == {**online, "name": "Online"}
    assert qbo.post("customertype", {"Name": "Club"}).status_code == 400
    assert len(qbo.query("SELECT * FROM CustomerType")["CustomerType"]) == 3


def test_a_sparse_update_keeps_what_it_does_not_mention_and_empties_what_it_says_is_empty(qbo):
    saved = qbo.customer(Notes="old", CompanyName="Lee & Co", PrimaryEmailAddr={"Address": "ann@example.com"})

    key = {"Id": saved["Id"], "SyncToken": "0", "sparse": True}
    updated = qbo.save("Customer", {**key, "Notes": "", "BillAddr": {"Line1": "1 Main St"}})

    assert updated["SyncToken"] == "1"
    assert "Notes" not in updated
    assert updated["CompanyName"] == "Lee & Co"
    assert updated["PrimaryEmailAddr"] == {"Address": "ann@example.com"}
    assert updated["BillAddr"]["Line1"] == "1 Main St"
    assert updated["BillAddr"]["Id"]


def test_a_full_update_empties_what_it_does_not_mention(qbo):
    saved = qbo.customer(Notes="old", CompanyName="Lee & Co")

    updated = qbo.save("Customer", {"Id": saved["Id"], "SyncToken": "0", "DisplayName": "Ann Lee", "Notes": "new"})

    assert updated["Notes"] == "new"
    assert "CompanyName" not in updated


def test_a_stale_sync_token_is_refused_and_changes_nothing(qbo):
    saved = qbo.customer()
    qbo.save("Customer", {"Id": saved["Id"], "SyncToken": "0", "sparse": True, "Notes": "first"})

    error = qbo.refusal(qbo.post("customer", {"Id": saved["Id"], "SyncToken": "0", "sparse": True, "Notes": "second"}))

    assert error["code"] == "5010"
    assert qbo.read("Customer", saved["Id"])["Notes"] == "first"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "6080"),
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "a\tb"}, "2040"),
        ({"GivenName": "a\nb"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "x", "Suffix": "x" * 17}, "2050"),
        ({"DisplayName": "x", "BillAddr": {"Line1": "x" * 501}}, "2050"),
        ({"DisplayName": "x", "BillAddr": {f"Line{n}": "x" * 500 for n in range(1, 6)}}, "2050"),
        ({"DisplayName": "x", "PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ({"DisplayName": "x", "PrimaryEmailAddr": {"Address": "ann at example"}}, "2210"),
        ({"DisplayName": "x", "PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ({"DisplayName": "x", "SalesTermRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "x", "CustomerTypeRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "x", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"DisplayName": "x", "Nickname": "Annie"}, "2010"),
        ({"DisplayName": {"value": "x"}}, "2010"),
        (["DisplayName"], "2010"),
    ],
)
def test_a_customer_that_breaks_a_rule_is_refused(qbo, body, code):
    assert qbo.refusal(qbo.post("customer", body))["code"] == code
    assert qbo.query("SELECT count(*) FROM Customer WHERE Active IN (true, false)") == {"totalCount": 0}


def test_a_refused_length_says_the_limits(qbo):
    error = qbo.refusal(qbo.post("customer", {"DisplayName": "x" * 600}))
    assert error["element"] == "DisplayName"
    assert "Min:0 Max:500 supported. Supplied length:600" in error["Detail"]


def test_several_addresses_in_one_email_field_are_accepted(qbo):
    both = "ann@example.com, lee@example.com"
    assert qbo.customer(PrimaryEmailAddr={"Address": both})["PrimaryEmailAddr"]["Address"] == both


def test_a_sub_customer_has_its_parent_in_its_full_name_down_to_five_levels(qbo):
    parent = qbo.customer("L0")
    for level in range(1, 5):
        parent = qbo.customer(f"L{level}", Job=True, ParentRef={"value": parent["Id"]})
    assert parent["FullyQualifiedName"] == "L0:L1:L2:L3:L4"
    assert (
        qbo.refusal(qbo.post("customer", {"DisplayName": "L5", "ParentRef": {"value": parent["Id"]}}))["code"] == "6180"
    )


def test_whether_a_customer_is_a_job_follows_from_its_parent_whatever_is_sent(qbo):
    parent = qbo.customer("Lee & Co", Job=True, BillWithParent=True)
    assert (parent["Job"], parent["BillWithParent"], parent["Level"]) == (False, False, 0)
    job = qbo.customer("Kitchen", Job=False, BillWithParent=True, ParentRef={"value": parent["Id"]}, IsProject=True)
    assert (job["Job"], job["BillWithParent"], job["Level"]) == (True, True, 1)
    assert job["FullyQualifiedName"] == "Lee & Co:Kitchen"
    assert "IsProject" not in job

    key = {"Id": job["Id"], "SyncToken": "0", "sparse": True}
    alone = qbo.save("Customer", {**key, "ParentRef": {}})
    assert (alone["Job"], alone["BillWithParent"], alone["FullyQualifiedName"]) == (False, False, "Kitchen")


def test_a_project_is_made_from_behind_and_stays_one(qbo, state):
    parent = qbo.customer("Lee & Co")
    with state.transaction() as connection:
        body = {"DisplayName": "Roof", "ParentRef": {"value": parent["Id"]}, "IsProject": True}
        project = company.add(connection, company.REALM_ID, "Customer", body)
        with pytest.raises(Refusal):
            company.add(connection, company.REALM_ID, "Customer", {"DisplayName": "Alone", "IsProject": True})
    assert (project["IsProject"], project["BillWithParent"], project["Job"]) == (True, True, True)
    key = {"Id": project["Id"], "SyncToken": "0", "sparse": True}
    changed = qbo.save("Customer", {**key, "Notes": "x", "IsProject": False, "BillWithParent": False})
    assert (changed["IsProject"], changed["BillWithParent"]) == (True, True)


def test_a_parent_that_is_renamed_renames_those_below_it_in_full_and_no_version_is_made(qbo):
    top = qbo.customer("Web")
    middle = qbo.customer("Europe", ParentRef={"value": top["Id"]})
    last = qbo.customer("Shop", ParentRef={"value": middle["Id"]})
    qbo.save("Customer", {"Id": top["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Net"})
    renamed = qbo.read("Customer", last["Id"])
    assert renamed["FullyQualifiedName"] == "Net:Europe:Shop"
    assert (renamed["SyncToken"], renamed["MetaData"]) == (last["SyncToken"], last["MetaData"])
    assert (
        qbo.query("SELECT * FROM Customer WHERE FullyQualifiedName = 'Net:Europe'")["Customer"][0]["Id"] == middle["Id"]
    )


def test_nobody_stands_below_itself(qbo):
    parent = qbo.customer("Web")
    child = qbo.customer("Europe", ParentRef={"value": parent["Id"]})
    for below in (parent, child):
        body = {"Id": parent["Id"], "SyncToken": "0", "sparse": True, "ParentRef": {"value": below["Id"]}}
        assert qbo.refusal(qbo.post("customer", body))["code"] == "6000"


def test_items_need_an_income_account_and_a_name_of_their_own(qbo):
    account = qbo.named("Account", "Services")
    saved = qbo.save("Item", {"Name": "Blue Mug", "Sku": "MUG-1", "Type": "NonInventory", "IncomeAccountRef": account})
    assert qbo.query("SELECT * FROM Item WHERE Sku = 'mug-1'")["Item"] == [saved]

    assert qbo.refusal(qbo.post("item", {"Name": "BLUE MUG", "IncomeAccountRef": account}))["code"] == "6240"
    assert qbo.refusal(qbo.post("item", {"Name": "Red Mug", "Type": "Service"}))["code"] == "2020"
    inventory = {"Name": "Red Mug", "Type": "Inventory", "IncomeAccountRef": account}
    assert qbo.refusal(qbo.post("item", inventory))["code"] == "2020"


def test_the_company_has_the_lists_that_a_sync_needs(qbo):
    for entity in ("Account", "Term", "PaymentMethod", "Class", "Department", "Item"):
        assert qbo.query(f"SELECT * FROM {entity}")[entity], entity
    assert [code["Id"] for code in qbo.query("SELECT * FROM TaxCode ORDERBY Name DESC")["TaxCode"]] == [
        "TAX",
        "NON",
        "1",
    ]
    tax_item = qbo.query("SELECT * FROM Item WHERE Name = 'Sales Tax Collected'")["Item"][0]
    liability = qbo.read("Account", tax_item["IncomeAccountRef"]["value"])
    assert liability["AccountType"] == "Other Current Liability"

    forms = qbo.get("preferences").json()["Preferences"]["SalesFormsPrefs"]
    assert forms["AllowShipping"] is forms["AllowDiscount"] is forms["CustomTxnNumbers"] is True
    info = qbo.get("companyinfo/9341450000000001").json()["CompanyInfo"]
    assert (info["CompanyName"], info["DefaultTimeZone"]) == ("Craig's Design", "America/Los_Angeles")


def test_a_name_list_has_no_delete(qbo):
    saved = qbo.customer()
    response = qbo.post("customer", {"Id": saved["Id"], "SyncToken": "0"}, operation="delete")
    assert qbo.refusal(response)["code"] == "500"
    assert qbo.read("Customer", saved["Id"]) == saved


def test_c27_nobody_is_exempt_without_a_reason_that_quickbooks_knows(qbo):
    assert qbo.refusal(qbo.post("customer", {"DisplayName": "Ann", "Taxable": False}))["code"] == "6000"
    for wrong in ("0", "16", "98", "resale"):
        body = {"DisplayName": "Ann", "Taxable": False, "TaxExemptionReasonId": wrong}
        assert qbo.refusal(qbo.post("customer", body))["code"] == "2170"
    saved = qbo.customer("Ann", Taxable=False, TaxExemptionReasonId="99")
    assert (saved["Taxable"], saved["TaxExemptionReasonId"]) == (False, "99")
    assert qbo.customer("Bob", TaxExemptionReasonId="9")["Taxable"] is False
    taxed = qbo.customer("Cid")
    body = {"Id": taxed["Id"], "SyncToken": taxed["SyncToken"], "sparse": True, "Taxable": False}
    assert qbo.refusal(qbo.post("customer", body))["code"] == "6000"
