"""The QuickBooks side of the seed: the customers who are known there, items, and a few documents that are not ours."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

from faker import Faker

from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.merges import merge_customers
from include.sandbox.seeding.catalogue import PRODUCTS
from include.sandbox.seeding.people import STRANGERS, Person, Place, folded, place

# Of the customers with nothing odd about them, so many of a hundred have an address that is out of date.
OUT_OF_DATE = 10
# Of so many customers in the home country one has it in its addresses; people do not write their own.
WRITES_ITS_COUNTRY = 28
# The books know a person by a name that is not the contact's, and by the e-mail address.
BY_EMAIL = ("found_by_email", "email_of_two_customers", "job_in_books", "two_emails_in_a_field")


def add_items(connection: sqlite3.Connection, income_account_id: str) -> list[str]:
    """Adds an item for each product that the books know, and returns their ids."""
    return [
        _add(
            connection,
            "Item",
            {
                "Name": product.name,
                "Sku": product.sku if product.books == "sku" else None,
                "Type": "NonInventory" if product.shippable else "Service",
                "UnitPrice": product.price / 100,
                "Taxable": product.taxable,
                "IncomeAccountRef": {"value": income_account_id},
            },
        )["Id"]
        for product in PRODUCTS
        if product.books
    ]


def add_customers(
    connection: sqlite3.Connection, fake: Faker, choose: random.Random, people: Iterable[Person]
) -> list[str]:
    """Adds a customer for each person whom the books know, in the spelling that they have there; returns the active ids."""
    ids = []
    for person in people:
        if person.odd == "vendor_in_books":
            _add(
                connection,
                "Vendor",
                {"DisplayName": person.name, "GivenName": person.given, "FamilyName": person.family},
            )
        if person.odd in STRANGERS or _is_the_other_namesake(person):
            continue
        for name in _names(person):
            ids.append(_add(connection, "Customer", _customer(fake, choose, person, name))["Id"])
        if person.odd == "inactive_in_books":
            ids.pop()
        if person.odd == "job_in_books":
            _add_jobs(connection, person, ids[-1])
        if person.odd == "merged_in_books":
            household = _customer(fake, choose, person, f"{person.family} Household {person.id}")
            survivor = _add(connection, "Customer", household)["Id"]
            merge_customers(company.books_of(connection, company.REALM_ID), ids.pop(), survivor)
            ids.append(survivor)
    return ids


def _is_the_other_namesake(person: Person) -> bool:
    return person.odd == "namesake" and person.id % 2 == 0


def _add_jobs(connection: sqlite3.Connection, person: Person, parent: str) -> None:
    """A job and a project of a customer; both bear its e-mail address, as in QuickBooks' own sample company."""
    for name, is_project in (("Kitchen", False), ("Bathroom", True)):
        job = {
            "DisplayName": f"{name} {person.id}",
            "ParentRef": {"value": parent},
            "Job": True,
            "IsProject": is_project,
            "BillWithParent": True,
            "PrimaryEmailAddr": {"Address": person.email},
        }
        _add(connection, "Customer", job)


def add_documents(
    connection: sqlite3.Connection, choose: random.Random, customers: Sequence[str], items: Sequence[str], start: date
) -> None:
    """Adds sales receipts that somebody typed in, one for every ten customers, with numbers of their own."""
    for number, customer in enumerate(customers[::10]):
        price = choose.randrange(500, 20_000) / 100
        detail = {"ItemRef": {"value": choose.choice(items)}, "Qty": 1, "UnitPrice": price}
        _add(
            connection,
            "SalesReceipt",
            {
                "CustomerRef": {"value": customer},
                "DocNumber": str(5001 + number),
                "TxnDate": (start - timedelta(days=choose.randint(0, 60))).isoformat(),
                "Line": [{"Amount": price, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}],
            },
        )


def _names(person: Person) -> list[str]:
    """The display names under which the books know a person; two when two customers share the person's e-mail."""
    name = person.name
    match person.odd:
        case "accents_lost_in_books":
            return [folded(name).title()]
        case "ampersand":
            return [name.replace("&", "and")]
        case "double_spaces":
            return [" ".join(name.split())]
        case "upper_case_in_books":
            return [name.upper()]
        case "double_spaces_in_books":
            return [name.replace(" ", "  ")]
        case "encoded_texts":
            return [unescape(name)]
        case "found_by_email" | "job_in_books" | "two_emails_in_a_field":
            return [f"{person.family} Household {person.id}"]
        case "email_of_two_customers":
            return [f"{person.family} Studio {person.id}", f"{person.family} Studio {person.id} (shop)"]
        case _:
            return [name]


def _customer(fake: Faker, choose: random.Random, person: Person, name: str) -> dict[str, Any]:
    by_email = person.odd in BY_EMAIL
    billing, shipping = person.billing, person.shipping
    if billing and (person.odd == "moved" or choose.randrange(100) < OUT_OF_DATE):
        billing = replace(billing, line1=fake.street_address())
        shipping = place(fake, choose) if choose.random() < 0.5 else shipping
    return {
        "DisplayName": name,
        "GivenName": None if by_email else person.given,
        "FamilyName": None if by_email else unescape(person.family or ""),
        "Suffix": "Sr." if person.odd == "junior" else None,  # the father
        "CompanyName": _company(person),
        "PrimaryEmailAddr": _email(person),
        "PrimaryPhone": {"FreeFormNumber": person.phone.partition(" (office")[0]},
        "BillAddr": _address(billing, person),
        "ShipAddr": _address(shipping, person),
        "Active": person.odd != "inactive_in_books",
    }


def _email(person: Person) -> dict[str, str] | None:
    match person.odd:
        case "placeholders" | "no_email_address":
            return None
        case "junior":
            return {"Address": f"senior.{person.email}"}
        case _:
            return {"Address": person.emails[-1]} if person.emails else None


def _company(person: Person) -> str | None:
    return unescape(person.company) if person.company and person.odd != "placeholders" else None


def _address(place: Place | None, person: Person) -> dict[str, str] | None:
    if place is None:
        return None
    at_home = place.country_code == "USA"
    address = {
        "Line1": place.line1,
        "Line2": "" if person.odd == "placeholders" else place.line2,
        "City": place.locality,
        "CountrySubDivisionCode": place.region_code.partition("-")[2],
        "PostalCode": place.postal_code,
        "Country": "" if at_home and person.id % WRITES_ITS_COUNTRY else place.country_code,
    }
    return {part: text for part, text in address.items() if text}


def _add(connection: sqlite3.Connection, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in body.items() if value is not None}
    return company.add(connection, company.REALM_ID, entity, given)
