"""Fills both services with a shop's data: orders with the dirt of real ones, and books that know most of the customers."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from faker import Faker

from include.sandbox import services
from include.sandbox.infusionsoft import records
from include.sandbox.seeding import books
from include.sandbox.seeding.catalogue import PRODUCTS, product_body
from include.sandbox.seeding.people import contact_body, people
from include.sandbox.seeding.sales import instant, sales
from include.sandbox.state import State


def seed(state: State, *, customers: int, orders: int, days: int, start: date, random_seed: int = 1) -> None:
    """Fills an empty state: `customers` contacts, of whom four in five are customers in QuickBooks already, and `orders` orders
    over `days` calendar days from `start`, in the account's time zone. The same arguments make the same records.

    The odd kinds come first and in fixed proportions (see `people`, `baskets` and `sales`): from 300 customers and 500 orders on,
    every kind is there. Raises ValueError for orders without customers or days.
    """
    if orders and not (customers and days > 0):
        raise ValueError("orders need at least one customer and one day")
    fake, choose = Faker("en_US"), random.Random(random_seed)
    fake.seed_instance(random_seed)
    zone = ZoneInfo(services.TIME_ZONE)
    persons = people(fake, choose, customers)
    joined = datetime.combine(start - timedelta(days=30), clock(9), zone)
    with state.transaction() as connection:
        services.open_books(state)
        for product in PRODUCTS:
            records.put(connection, "product", product_body(product, services.CURRENCY))
        for person in persons:
            records.put(connection, "contact", contact_body(person, instant(joined + timedelta(seconds=person.id))))
        for sale in sales(fake, choose, persons, orders, days, start, zone):
            records.put(connection, "order", sale.order)
            for payment in sale.payments:
                records.put(connection, "payment", payment)
            for transaction in sale.transactions:
                records.put(connection, "transaction", transaction)
        income = next(
            one["Id"] for one in services.quickbooks_records(state, "Account") if one["AccountType"] == "Income"
        )
        items = books.add_items(connection, income)
        known = books.add_customers(connection, fake, choose, persons)
        books.add_documents(connection, choose, known, items, start)
