"""Which tax code each line of an order has: by the rules of the settings, by what is taxable, and so that it comes to the store's tax.

Infusionsoft says what tax was charged, and not what it was charged on. Outside the United States QuickBooks' rates tell: of the ways in
which shipping, fees and discounts may have been taxed, the first is taken whose tax is the store's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import product

from order_sync.countries import country_key
from order_sync.infusionsoft.records import Address, OrderItem
from order_sync.money import with_currency
from order_sync.settings import Store, TaxConditions
from order_sync.settings.taxes import ABROAD, ChargeTax
from order_sync.sync.company.company import Company
from order_sync.sync.company.products import is_discount, is_product
from order_sync.sync.documents.tax import amount_of, charged_tax, spread, taxes_by_rate, tolerance
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import Customer

Shares = tuple[tuple[str, Decimal], ...]
"""What of a line has which code: of a discount, which takes off, several codes may have a part."""

_ZERO, _HUNDRED = Decimal(0), Decimal(100)
_FEES = ("FEE", "FINANCE_CHARGE")


class _Shared(Enum):
    """Among whose codes a discount is shared, by what they come to."""

    GOODS = "goods"
    ALL = "goods, shipping and fees"


@dataclass(frozen=True, slots=True)
class _Sold:
    """An order's lines by what decides on their code; places are those of the order's items."""

    amounts: tuple[Decimal, ...]
    goods: dict[int, str]
    of_goods: dict[str, Decimal]
    """What the goods of each code come to, largest first."""
    shipping: tuple[int, ...]
    fees: tuple[int, ...]
    discounts: tuple[int, ...]
    of_shipping: frozenset[int]
    """Of the discounts, those of shipping."""


def line_codes(snapshot: Snapshot, customer: Customer, company: Company, store: Store) -> tuple[Shares, ...]:
    """The code of each line of an order, in their order."""
    sold = _sold(snapshot, customer, company, store)
    tax, currency = charged_tax(snapshot.order), snapshot.order.currency
    is_known = store.taxes.prices == "with tax" or bool(store.taxes.rules and not company.in_united_states)
    bears_tax = store.taxes.on_lines and bool(tax or is_known)
    single = store.revenue.discounts == "discount line"
    ways = _ways(sold, company, store, currency, bears_tax=bears_tax, single=single)
    first = next(ways)
    if store.taxes.prices == "with tax" and not company.in_united_states:
        _check_discounts(sold, store)
    if company.in_united_states or not bears_tax or store.taxes.prices == "with tax":
        return first
    if found := _fitting(tax, (first, *ways), sold, company, currency):
        return found
    shared = _ways(sold, company, store, currency, bears_tax=bears_tax, single=False)
    if single and sold.discounts and _fitting(tax, shared, sold, company, currency):
        raise refusal(
            Code.DISCOUNT_CODES,
            f"By its tax of {with_currency(tax, currency)} the order's discount is on lines of several tax codes, and a discount line "
            "has one code.",
        )
    return first


def _sold(snapshot: Snapshot, customer: Customer, company: Company, store: Store) -> _Sold:
    items, currency = snapshot.order.items, snapshot.order.currency
    amounts = tuple(amount_of(item, currency) for item in items)
    goods = _codes_of_goods(snapshot, customer, company, store)
    of_goods: dict[str, Decimal] = {}
    for place, code in goods.items():
        of_goods[code] = of_goods.get(code, _ZERO) + amounts[place]
    discounts = tuple(place for place, item in enumerate(items) if is_discount(item))
    return _Sold(
        amounts=tuple(
            discount_of(item, currency) if is_discount(item) else amounts[at] for at, item in enumerate(items)
        ),
        goods=goods,
        of_goods=dict(sorted(of_goods.items(), key=lambda one: one[1], reverse=True)),
        shipping=_places_of(items, "SHIPPING"),
        fees=_places_of(items, *_FEES),
        discounts=discounts,
        of_shipping=frozenset(_places_of(items, "DISCOUNT_SHIPPING")),
    )


def discount_of(item: OrderItem, currency: str) -> Decimal:
    """What a discount takes off.

    Whether its amount stands in its price or in `discount`, and with which sign, is not documented.
    """
    return abs(amount_of(item, currency)) or abs(item.discount or _ZERO)


def untold_codes(snapshot: Snapshot, customer: Customer, company: Company, store: Store) -> tuple[tuple[str, str], ...]:
    """What a person should know of an order's codes: one that goes abroad and has no tax, and of whose products no rule says the code.

    In a company of VAT such a sale may be one of a rate of zero, which the return wants by itself. Not in the United States, where what
    is not taxed is only that.
    """
    products = {place: item for place, item in enumerate(snapshot.order.items) if is_product(item)}
    address = _address(snapshot)
    may_be_free = store.taxes.on_lines and store.taxes.prices == "without tax" and not charged_tax(snapshot.order)
    if company.in_united_states or not may_be_free or not _is_in((ABROAD,), address, company):
        return ()
    if not products.keys() - _by_rules(products, snapshot, customer, company, store).keys():
        return ()
    words = (
        f"The order goes to {address.country or address.country_code}, has no tax, and no rule says which tax code such a sale has: it "
        "has that of untaxed lines."
    )
    return ((Code.ABROAD_WITHOUT_RULE, words),)


def _codes_of_goods(snapshot: Snapshot, customer: Customer, company: Company, store: Store) -> dict[int, str]:
    """The codes of products: of the first rule that fits; else of taxed lines where they bear tax, and of others where not."""
    order, settings = snapshot.order, store.taxes
    products = {place: item for place, item in enumerate(order.items) if is_product(item)}
    if not settings.on_lines or (company.in_united_states and not charged_tax(order)):
        return dict.fromkeys(products, company.untaxed_lines)
    taxable = {place for place, item in products.items() if item.taxable is not False}
    if settings.prices == "without tax":
        # Tax was charged on something: where no product is taxable, on all of them.
        taxable = (taxable or set(products)) if charged_tax(order) else set()
    usual = {place: company.taxed_lines if place in taxable else company.untaxed_lines for place in products}
    return usual | _by_rules(products, snapshot, customer, company, store)


def _by_rules(
    products: dict[int, OrderItem], snapshot: Snapshot, customer: Customer, company: Company, store: Store
) -> dict[int, str]:
    """The codes of those products that a rule fits."""
    order, found = snapshot.order, dict[int, str]()
    for rule in store.taxes.rules:
        left = [item for place, item in products.items() if place not in found]
        shares = [(code, amount_of(products[place], order.currency)) for place, code in found.items()]
        tax = charged_tax(order) - sum((one.tax for one in taxes_by_rate(shares, company, order.currency)), _ZERO)
        if _fits_order(rule.when, snapshot, customer, company, _Left(tax, left)):
            code = company.taxes.codes.get(rule.code, rule.code)
            found |= {at: code for at, item in products.items() if at not in found and _fits_product(rule.when, item)}
    return found


@dataclass(frozen=True, slots=True)
class _Left:
    """What the rules before have left: of the tax, and of the products."""

    tax: Decimal
    products: list[OrderItem]


def _fitting(
    tax: Decimal, ways: Iterable[tuple[Shares, ...]], sold: _Sold, company: Company, currency: str
) -> tuple[Shares, ...] | None:
    """The first of these ways that comes to a tax."""
    return next((way for way in ways if _comes_to(tax, way, sold, company, currency)), None)


def _ways(
    sold: _Sold, company: Company, store: Store, currency: str, *, bears_tax: bool, single: bool
) -> Iterator[tuple[Shares, ...]]:
    """The ways in which an order may have been taxed, most usual first; `single` gives each discount one code."""
    goods = next(iter(sold.of_goods), company.untaxed_lines)

    def charge_codes(choice: ChargeTax) -> tuple[str, ...]:
        if not bears_tax or (choice == "auto" and company.in_united_states):
            return (company.untaxed_lines,)
        own = {"as goods": goods, "untaxed": company.untaxed_lines, "taxed": company.taxed_lines}
        return tuple(dict.fromkeys(own.values())) if choice == "auto" else (own[choice],)

    discounts: tuple[str | _Shared, ...] = tuple(
        dict.fromkeys((*(tuple(sold.of_goods) or (goods,)), company.untaxed_lines))
    )
    if not single:
        by_goods = (_Shared.GOODS,) if len(sold.of_goods) > 1 else ()
        by_all = (_Shared.ALL,) if sold.goods or sold.shipping or sold.fees else ()
        discounts = (*by_goods, *discounts, *by_all)
    shippings = charge_codes(store.taxes.shipping) if sold.shipping else (None,)
    fees = charge_codes(store.taxes.fees) if sold.fees else (company.untaxed_lines,)
    for off, shipping, fee in product(discounts if sold.discounts else (goods,), shippings, fees):
        of_shipping = off if single or shipping is None else shipping
        among = {_Shared.GOODS: sold.of_goods, _Shared.ALL: _of_all(sold, shipping or company.untaxed_lines, fee)}
        found: list[Shares] = [((company.untaxed_lines, amount),) for amount in sold.amounts]
        for place, code in sold.goods.items():
            found[place] = ((code, sold.amounts[place]),)
        for place in sold.shipping:
            found[place] = ((shipping or company.untaxed_lines, sold.amounts[place]),)
        for place in sold.fees:
            found[place] = ((fee, sold.amounts[place]),)
        for place in sold.discounts:
            own = of_shipping if place in sold.of_shipping else off
            amount = sold.amounts[place]
            found[place] = _split(amount, among[own], currency) if isinstance(own, _Shared) else ((own, amount),)
        yield tuple(found)


def _of_all(sold: _Sold, shipping: str, fee: str) -> dict[str, Decimal]:
    """What goods, shipping and fees of each code come to."""
    found = dict(sold.of_goods)
    for code, places in ((shipping, sold.shipping), (fee, sold.fees)):
        for place in places:
            found[code] = found.get(code, _ZERO) + sold.amounts[place]
    return found


def _check_discounts(sold: _Sold, store: Store) -> None:
    """RecordRefused where a discount line would have to have several codes, and no tax of the store tells which it has."""
    codes = [code for code, amount in sold.of_goods.items() if amount]
    if store.revenue.discounts == "discount line" and len(codes) > 1 and any(sold.amounts[at] for at in sold.discounts):
        raise refusal(
            Code.DISCOUNT_CODES,
            f"The order has a discount on goods of {len(codes)} tax codes, and a discount line has one code.",
        )


def _split(amount: Decimal, among: dict[str, Decimal], currency: str) -> Shares:
    """A discount among the codes of the goods, by what they come to."""
    whole = sum(among.values(), _ZERO)
    if whole <= 0:
        return ((next(iter(among)), amount),)
    parts = spread([amount * of_code / whole for of_code in among.values()], amount, currency)
    return tuple((code, part) for code, part in zip(among, parts, strict=True) if part)


def _comes_to(tax: Decimal, way: Sequence[Shares], sold: _Sold, company: Company, currency: str) -> bool:
    """Whether the codes come to a tax, but for rounding."""
    shares = [
        (code, -amount if place in sold.discounts else amount)
        for place, some in enumerate(way)
        for code, amount in some
    ]
    found = taxes_by_rate(shares, company, currency)
    return abs(tax - sum((one.tax for one in found), _ZERO)) <= tolerance(len(shares), len(found), currency)


def _fits_product(when: TaxConditions, item: OrderItem) -> bool:
    own = {text.strip() for text in (item.sku, item.product_name, item.name) if text}
    return not when.product or not own.isdisjoint(when.product)


def _fits_order(when: TaxConditions, snapshot: Snapshot, customer: Customer, company: Company, left: _Left) -> bool:
    address = _address(snapshot)
    tags = snapshot.contact.tag_ids if snapshot.contact else ()
    return all(
        (
            not when.tag or not set(tags).isdisjoint(when.tag),
            not when.country or _is_in(when.country, address, company),
            not when.region or not _regions(address).isdisjoint(map(_plain, when.region)),
            not when.rate or any(_is_taxed_by(percent, snapshot, left) for percent in when.rate),
            when.exempt is None or when.exempt == customer.exempt,
        )
    )


def _address(snapshot: Snapshot) -> Address:
    """Where an order goes."""
    return snapshot.shipping if not snapshot.shipping.is_empty else snapshot.billing


def _is_in(countries: Iterable[str], address: Address, company: Company) -> bool:
    """Whether an address is in one of these countries; one that names none is at home."""
    home = country_key(company.country)
    own = country_key(address.country_code or address.country or company.country)
    return any(own != home if one == ABROAD else own == country_key(one) for one in countries)


def _regions(address: Address) -> set[str]:
    code = address.region_code or ""
    return {_plain(text) for text in (address.region, code, code.partition("-")[2]) if text}


def _is_taxed_by(percent: Decimal, snapshot: Snapshot, left: _Left) -> bool:
    """Whether an order's tax is of a rate: on its taxable products, with or without shipping, fees and discounts."""
    order, tax = snapshot.order, left.tax
    if not tax or not percent:
        return not tax and not percent
    goods = [item for item in left.products if item.taxable is not False] or left.products
    more = [
        sum((amount_of(item, order.currency) for item in order.items if item.item_type in kinds), _ZERO)
        for kinds in (("SHIPPING",), _FEES)
    ]
    off = sum((discount_of(item, order.currency) for item in order.items if is_discount(item)), _ZERO)
    base = sum((amount_of(item, order.currency) for item in goods), _ZERO)
    allowed = tolerance(len(order.items), 1, order.currency)
    bases = (base + sum(some) for some in product((-off, _ZERO), (more[0], _ZERO), (more[1], _ZERO)))
    return any(abs(tax - one * percent / _HUNDRED) <= allowed for one in bases)


def _places_of(items: Sequence[OrderItem], *kinds: str) -> tuple[int, ...]:
    return tuple(place for place, item in enumerate(items) if item.item_type in kinds)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(mark for mark in letters if not unicodedata.combining(mark)).split())
