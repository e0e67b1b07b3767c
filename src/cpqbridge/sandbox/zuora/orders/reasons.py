"""Short ways to say why an order is refused; all carry the resource code of orders."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.envelopes import (
    INVALID,
    MISSING,
    NOT_FOUND,
    PERMISSION,
    RULE,
    Refusal,
    Refusals,
    code,
)
from cpqbridge.sandbox.zuora.orders.schema import ORDERS


def invalid(message: str) -> Refusal:
    """A value that cannot be right (category 20)."""
    return Refusal(code(ORDERS, INVALID), message)


def missing(message: str) -> Refusal:
    """A field that is needed in this combination (category 22)."""
    return Refusal(code(ORDERS, MISSING), message)


def broken(message: str) -> Refusal:
    """A business rule that does not hold (category 30)."""
    return Refusal(code(ORDERS, RULE), message)


def off(message: str) -> Refusal:
    """A feature or permission that the tenant does not have (category 10)."""
    return Refusal(code(ORDERS, PERMISSION), message)


def unknown(message: str) -> Refusal:
    """A record named in the body that does not exist (category 40)."""
    return Refusal(code(ORDERS, NOT_FOUND), message)


def under(resource: int, error: Refusal | Refusals) -> Refusals:
    """The same reasons under another resource code."""
    reasons = error.reasons if isinstance(error, Refusals) else [error]
    return Refusals(Refusal(code(resource, reason.code % 100), reason.message, reason.status) for reason in reasons)
