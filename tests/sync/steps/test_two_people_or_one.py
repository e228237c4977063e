"""Two people of one name or one e-mail address stay two, and one person is not held for having moved: C14 to C17."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop import account
from tests.shop.counter import ShopCounter
from tests.shop.till import in_quickbooks

HOME = account.PLACES["Phoenix"]
AWAY = account.PLACES["old"]
both_ways = pytest.mark.parametrize("write_mode", ["single", "batch"])


def sell(counter: ShopCounter, number: int, name: str, email: str | None, **contact: Any) -> None:
    """A paid order by a contact of its own, who is known by what is given."""
    given, _, family = name.partition(" ")
    counter.sell(number, name=name, email=email or "")
    phone, id = contact.pop("phone", None), str(5000 + number)
    phones = [{"field": "PHONE1", "number": phone}] if phone else []
    known = {"id": id, "given_name": given, "family_name": family, "phone_numbers": phones, "bill": None}
    counter.account.put("contact", account.contact(email=email, **(known | contact)))
    counter.pay(number)


def named(counter: ShopCounter) -> dict[str, str]:
    """The customers that are not Ada, by name: the id."""
    return {one["DisplayName"]: one["Id"] for one in counter.records("Customer") if one["Id"] != counter.ada}


def customer_of(counter: ShopCounter, number: int) -> str | None:
    found: str | None = counter.order(number).customer_id
    return found


@pytest.mark.parametrize("name", ["Maria", "Maria Garcia"])
def test_c14_the_advice_leads_to_a_customer_of_its_own(counter: ShopCounter, name: str) -> None:
    sell(counter, 1, name, "maria@one.example")
    sell(counter, 2, name, "maria@two.example")
    counter.run(0)
    [held] = [number for number, state in counter.states().items() if state == "held CONTRADICTED"]
    email = counter.account.find(held)["contact"]["email"]
    advised = counter.add("Customer", DisplayName=f"{name} (2)", PrimaryEmailAddr={"Address": email})["Id"]
    counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    assert customer_of(counter, held) == advised
    counter.expect_quiet()


@both_ways
def test_c14_a_single_word_with_another_e_mail_decides_nothing(counter: ShopCounter, write_mode: str) -> None:
    counter.set(write_mode=write_mode)
    sell(counter, 1, "Maria", "maria@one.example")
    sell(counter, 2, "Maria", "maria@two.example")
    counter.run(0)
    assert sorted(counter.states().values()) == ["held CONTRADICTED", "posted"]
    [held] = [number for number, state in counter.states().items() if state == "held CONTRADICTED"]
    assert "its e-mail address is another" in counter.order(held).message
    assert len(counter.records("SalesReceipt")) == 1
    assert list(named(counter)) == ["Maria"]
    counter.expect_quiet()

    # The same one day later, beside the customer who is there.
    sell(counter, 3, "Maria", "maria@three.example")
    counter.run(0)
    assert counter.state(3) == "held CONTRADICTED"


def test_c14_a_single_word_and_the_same_e_mail_is_the_same_person(counter: ShopCounter) -> None:
    sell(counter, 1, "Maria", "maria@one.example")
    counter.run(0)
    sell(counter, 2, "Maria", "maria@one.example")
    counter.run(0)
    assert customer_of(counter, 2) == customer_of(counter, 1) == named(counter)["Maria"]


@pytest.mark.parametrize(
    ("known", "contact", "state"),
    [
        ({"BillAddr": in_quickbooks("old")}, {"bill": HOME}, "held CONTRADICTED"),
        ({"PrimaryPhone": {"FreeFormNumber": "617 555 0199"}}, {"phone": "602 555 0100"}, "held CONTRADICTED"),
        (
            {"BillAddr": in_quickbooks("old"), "PrimaryPhone": {"FreeFormNumber": "602.555.0100"}},
            {"bill": HOME, "phone": "+1 (602) 555-0100"},
            "posted",
        ),
        ({"PrimaryPhone": {"FreeFormNumber": "617 555 0199"}}, {"bill": HOME}, "posted"),
    ],
    ids=["another address", "another telephone", "moved with the telephone", "nothing of both"],
)
def test_without_e_mail_the_guard_works_with_what_there_is(
    counter: ShopCounter, known: dict[str, Any], contact: dict[str, Any], state: str
) -> None:
    ann = counter.add("Customer", DisplayName="Ann Ray", **known)
    sell(counter, 1, "Ann Ray", None, **contact)
    counter.run(0)
    assert counter.state() == state
    assert customer_of(counter, 1) == (ann["Id"] if state == "posted" else None)
    counter.expect_quiet()


SHARED = "family@example.com"


@pytest.mark.parametrize("guard", ["hold", "warn", "off"])
def test_c15_an_e_mail_match_with_another_name_and_another_address(counter: ShopCounter, guard: str) -> None:
    counter.set(customers={"guard": guard})
    ann = counter.add(
        "Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": SHARED}, BillAddr=in_quickbooks("old")
    )
    sell(counter, 1, "Robert Ray", SHARED, bill=HOME)
    run = counter.prepare(0)
    counter.update_addresses(run)
    counter.post(run)
    told = {"hold": "held CONTRADICTED", "warn": "posted with warnings", "off": "posted"}
    assert counter.state().startswith(told[guard])
    [kept] = [one for one in counter.records("Customer") if one["Id"] == ann["Id"]]
    assert kept["BillAddr"]["Line1"] == (HOME if guard == "off" else AWAY)["line1"]
    assert counter.sent().get("update Customer", 0) == (1 if guard == "off" else 0)
    if guard != "off":
        assert any("its name and its postal address are others" in words for words in counter.history(1))
    assert len(counter.records("SalesReceipt")) == (0 if guard == "hold" else 1)


@pytest.mark.parametrize("name", ["Anne Lee", "A. Lee", "Ann Ray"], ids=["an error", "an initial", "married"])
def test_c15_who_has_the_name_nearly_and_the_e_mail_has_moved(counter: ShopCounter, name: str) -> None:
    ann = counter.add(
        "Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": SHARED}, BillAddr=in_quickbooks("old")
    )
    sell(counter, 1, name, SHARED, bill=HOME)
    counter.run(0)
    assert (counter.state(), customer_of(counter, 1)) == ("posted", ann["Id"])


def test_c15_two_new_people_who_share_an_e_mail_address_are_not_made_one(counter: ShopCounter) -> None:
    sell(counter, 1, "Ann Lee", SHARED, bill=AWAY)
    sell(counter, 2, "Robert Ray", SHARED, bill=HOME)
    counter.run(0)
    assert sorted(counter.states().values()) == ["held CONTRADICTED", "posted"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mary Lee", "Gary Lee"), ("Paul Lee", "Paula Lee"), ("伟 王", "伟明 王"), ("محمد علي", "أحمد علي")],
)
@pytest.mark.parametrize("same_run", [True, False])
def test_c15_two_of_one_family_whose_names_differ_by_a_letter_are_not_made_one(
    counter: ShopCounter, one: str, other: str, same_run: bool
) -> None:
    sell(counter, 1, one, SHARED, bill=HOME)
    if not same_run:
        counter.run(0)
    sell(counter, 2, other, SHARED, bill=HOME)
    counter.run(0)
    assert sorted(counter.states().values()) == ["held CONTRADICTED", "posted"]


@pytest.mark.parametrize(
    ("name", "written"),
    [("John Lee", "Jihn Lee"), ("Ann Lee", "Anna Lee"), ("伟 王", "王伟"), ("민수 김", "김민수")],
    ids=["an error", "a spelling", "Chinese", "Korean"],
)
def test_c15_one_name_written_otherwise_is_one_person_who_has_moved(
    counter: ShopCounter, name: str, written: str
) -> None:
    email = {"PrimaryEmailAddr": {"Address": SHARED}}
    known = counter.add("Customer", DisplayName=written, **email, BillAddr=in_quickbooks("old"))
    sell(counter, 1, name, SHARED, bill=HOME)
    counter.run(0)
    assert (counter.state(), customer_of(counter, 1)) == ("posted", known["Id"])


FATHER = {"suffix": "Sr.", "prefix": "Mr.", "bill": HOME, "phone": "602 555 0100"}
SON = {"suffix": "Jr.", "prefix": "Dr.", "bill": HOME, "phone": "602 555 0100"}
BY_SUFFIX = {
    "criteria": [{"source": "{first} {last} {suffix}", "destination": "DisplayName"}],
    "create": {"notes": "{prefix} {last}"},
}


@both_ways
def test_c16_father_and_son_are_told_apart_by_a_template_and_get_title_and_suffix(
    counter: ShopCounter, write_mode: str
) -> None:
    counter.set(customers=BY_SUFFIX, write_mode=write_mode)
    sell(counter, 1, "John Smith", "smiths@example.com", **FATHER)
    sell(counter, 2, "John Smith", "smiths@example.com", **SON)
    counter.run(0)
    assert named(counter).keys() == {"John Smith Sr.", "John Smith Jr."}
    made = {one["DisplayName"]: one for one in counter.records("Customer")}
    for number, name, title, suffix in ((1, "John Smith Sr.", "Mr.", "Sr."), (2, "John Smith Jr.", "Dr.", "Jr.")):
        assert customer_of(counter, number) == made[name]["Id"]
        assert (made[name]["Title"], made[name]["Suffix"], made[name]["Notes"]) == (title, suffix, f"{title} Smith")
    counter.expect_quiet()


@pytest.mark.parametrize(
    "known",
    [
        {"DisplayName": "John Smith", "Suffix": "Sr."},
        {"DisplayName": "John Smith", "FamilyName": "Smith Sr.", "GivenName": "John"},
    ],
    ids=["suffix", "in the family name"],
)
def test_c16_the_son_is_not_sold_to_the_father(counter: ShopCounter, known: dict[str, str]) -> None:
    same = {"PrimaryEmailAddr": {"Address": "smiths@example.com"}, "BillAddr": in_quickbooks("Phoenix")}
    counter.add("Customer", **known, **same, PrimaryPhone={"FreeFormNumber": "602 555 0100"})
    sell(counter, 1, "John Smith", "smiths@example.com", **SON)
    counter.run(0)
    assert counter.state() == "held CONTRADICTED"
    assert "its suffix (Sr., Jr. or III) is another" in counter.order(1).message
    sell(counter, 2, "John Smith", "smiths@example.com", **FATHER)
    counter.run(0)
    assert counter.state(2) == "posted"


@both_ways
@pytest.mark.parametrize(
    ("father", "son"),
    [("John Smith Sr", "John Smith Jr"), ("John Smith, Sr.", "John Smith, Jr."), ("John Smith II", "John Smith III")],
)
@pytest.mark.parametrize("same_run", [True, False])
def test_c16_a_suffix_in_the_family_name_tells_two_apart_who_share_an_e_mail_address(
    counter: ShopCounter, father: str, son: str, same_run: bool, write_mode: str
) -> None:
    counter.set(write_mode=write_mode)
    sell(counter, 1, father, SHARED, bill=HOME)
    if not same_run:
        counter.run(0)
    sell(counter, 2, son, SHARED, bill=HOME)
    counter.run(0)
    assert sorted(counter.states().values()) == ["held CONTRADICTED", "posted"]
    [held] = [number for number, state in counter.states().items() if state == "held CONTRADICTED"]
    assert "its suffix (Sr., Jr. or III) is another" in counter.order(held).message
    # As the advice says: whoever is missing is added.
    name = (father, son)[held - 1]
    added = counter.add("Customer", DisplayName=name, PrimaryEmailAddr={"Address": SHARED})["Id"]
    counter.run(0)
    assert customer_of(counter, held) == added
    assert counter.state(held) == "posted"


def test_c16_a_new_father_and_his_new_son_are_not_made_one(counter: ShopCounter) -> None:
    sell(counter, 1, "John Smith", "smiths@example.com", **FATHER)
    sell(counter, 2, "John Smith", "smiths@example.com", **SON)
    counter.run(0)
    assert sorted(counter.states().values()) == ["held CONTRADICTED", "posted"]


def test_c16_a_long_title_is_shortened_with_a_warning(counter: ShopCounter) -> None:
    sell(counter, 1, "John Smith", "john@example.com", prefix="Her Excellency Ambassador", suffix="Jr.")
    counter.run(0)
    assert counter.state() == "posted with warnings"
    [made] = [one for one in counter.records("Customer") if one["Id"] != counter.ada]
    assert (made["Title"], made["Suffix"]) == ("Her Excellency A", "Jr.")


EMAILS = {"other e-mails": ("j1@example.com", "j2@example.com"), "no e-mails": (None, None)}


@both_ways
@pytest.mark.parametrize("emails", EMAILS.values(), ids=EMAILS)
@pytest.mark.parametrize("place", [None, HOME], ids=["no address", "one address"])
def test_c17_beside_a_vendor_two_namesakes_get_customers_of_their_own(
    counter: ShopCounter, write_mode: str, emails: tuple[str | None, str | None], place: dict[str, str] | None
) -> None:
    counter.set(write_mode=write_mode)
    counter.add("Vendor", DisplayName="John Smith")
    for number, email in enumerate(emails, 1):
        sell(counter, number, "John Smith", email, bill=place)
    counter.run(0)
    own = {"John Smith (Infusionsoft 5001)", "John Smith (Infusionsoft 5002)"}
    assert named(counter).keys() == own
    for number in (1, 2):
        assert customer_of(counter, number) == named(counter)[f"John Smith (Infusionsoft {5000 + number})"]
        assert counter.state(number) == "posted"
    counter.expect_quiet()

    # Both order again on another day.
    for number in (1, 2):
        sell(counter, number + 10, "John Smith", emails[number - 1], bill=place)
        known = {**counter.account.find(number + 10)["contact"], "id": str(5000 + number)}
        counter.account.put("order", {**counter.account.find(number + 10), "contact": known})
    counter.run(0)
    assert named(counter).keys() == own
    assert [customer_of(counter, number) for number in (11, 12)] == [customer_of(counter, one) for one in (1, 2)]


@both_ways
@pytest.mark.parametrize("taken_by", ["Vendor", "Employee"])
@pytest.mark.parametrize("guard", ["hold", "warn"])
def test_c17_beside_a_vendor_or_an_employee_three_namesakes_get_three_customers(
    counter: ShopCounter, write_mode: str, taken_by: str, guard: str
) -> None:
    counter.set(write_mode=write_mode, customers={"guard": guard})
    counter.add(taken_by, DisplayName="John Smith", GivenName="John", FamilyName="Smith")
    for number in (1, 2, 3):
        sell(counter, number, "John Smith", f"j{number}@example.com")
    counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    for number in (1, 2, 3):
        assert customer_of(counter, number) == named(counter)[f"John Smith (Infusionsoft {5000 + number})"]
    counter.expect_quiet()


def test_who_bears_a_suffix_of_the_sync_is_found_by_the_e_mail_where_the_name_finds_a_namesake(
    counter: ShopCounter,
) -> None:
    counter.add("Customer", DisplayName="Ann Ray", PrimaryEmailAddr={"Address": "one@example.com"})
    email = {"Address": "two@example.com"}
    own = counter.add("Customer", DisplayName="Ann Ray (Infusionsoft 5001)", PrimaryEmailAddr=email)
    sell(counter, 1, "Ann Ray", "two@example.com")
    counter.run(0)
    assert (counter.state(), customer_of(counter, 1)) == ("posted", own["Id"])
    assert "Email → PrimaryEmailAddr: one customer has this key" in " ".join(counter.history(1))
