"""Money between `Decimal` in major units and whole numbers in the currency's smallest unit (ISO 4217)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

WITHOUT_CENTS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
IN_THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905


def exponent(currency: str) -> int:
    """How many decimal places a currency has; two unless ISO 4217 says otherwise."""
    if currency in WITHOUT_CENTS:
        return 0
    return 3 if currency in IN_THOUSANDTHS else 2


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in the smallest unit; raises ValueError where it has a fraction of it (an amount is never rounded in silence)."""
    scaled = amount.scaleb(exponent(currency))
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} {currency} is not a whole number of the currency's smallest unit")
    return int(scaled)


def from_minor(amount: int, currency: str) -> Decimal:
    """An amount in major units, with the currency's decimal places (10000 USD is 100.00)."""
    return Decimal(amount).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount to the currency's smallest unit, halves away from zero, as QuickBooks rounds."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_UP)


def with_currency(amount: Decimal, currency: str) -> str:
    """An amount as people read it, with the currency's decimal places: `100.00 USD`; a fraction of the smallest unit stays visible."""
    return f"{rounded(amount, currency) if is_whole(amount, currency) else amount:f} {currency}"


def is_kept(amount: Decimal) -> bool:
    """Whether QuickBooks keeps an amount as it is: it rounds to two decimal places in every currency, dinars too."""
    return amount == amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def is_whole(amount: Decimal, currency: str) -> bool:
    """Whether an amount is a whole number of the currency's smallest unit."""
    return amount == rounded(amount, currency)
