"""Numbers as people write them in options."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from events.errors import WrongUsage


def decimal(text: str, option: str) -> Decimal:
    """A number such as 0.25, exact. Raises WrongUsage that names the option."""
    number = _read(text)
    if not number.is_finite():
        raise WrongUsage(f"{option} must be a number such as 0.25, is {text!r}")
    return number


def share(text: str, option: str) -> float:
    """A share such as 1% or 0.01, from 0 to 1. Raises WrongUsage that names the option."""
    number = _read(text.removesuffix("%"))
    if text.endswith("%"):
        number /= 100
    # Not a number compares false with everything, by an error where it is a Decimal.
    if number.is_nan() or not 0 <= number <= 1:
        raise WrongUsage(f"{option} must be a share from 0% to 100%, is {text!r}; write it like 1% or 0.01")
    return float(number)


def _read(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")
