"""``processingOptions`` of an order: what this tenant can do after creating it, which is nothing yet."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import invalid, off

_PAYMENTS = ("collectPayment", "applyCredit", "applyCreditBalance", "refund", "writeOff", "reAssociation")


def check_processing(options: dict[str, Any] | None) -> None:
    """Refuse options that ask for billing or payment.

    Raises:
        Refusal: collectPayment without runBilling, or something that is not enabled.
    """
    options = options or {}
    if options.get("collectPayment") and not options.get("runBilling"):
        raise invalid("processingOptions.collectPayment can be true only if runBilling is true.")
    if options.get("runBilling"):
        raise off("processingOptions.runBilling: you do not have the permission to run billing.")
    for name in _PAYMENTS:
        if options.get(name):
            raise off(f"processingOptions.{name} needs a feature that is not enabled for this tenant.")
