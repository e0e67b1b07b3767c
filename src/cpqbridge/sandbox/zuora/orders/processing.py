"""``processingOptions`` of an order: whether it is billed when it is carried out. Payments are not taken here."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import invalid, off

_PAYMENTS = ("collectPayment", "applyCredit", "applyCreditBalance", "refund", "writeOff", "reAssociation")


def check_processing(options: dict[str, Any] | None, *, billing: bool = False) -> None:
    """Refuse options that ask for what cannot be done.

    Args:
        options: ``processingOptions`` of the request.
        billing: Whether the call can run billing.

    Raises:
        Refusal: collectPayment without runBilling, or something that is not enabled.
    """
    options = options or {}
    if options.get("collectPayment") and not options.get("runBilling"):
        raise invalid("processingOptions.collectPayment can be true only if runBilling is true.")
    if options.get("runBilling") and not billing:
        raise off("processingOptions.runBilling: you do not have the permission to run billing.")
    for name in _PAYMENTS:
        if options.get(name):
            raise off(f"processingOptions.{name} needs a feature that is not enabled for this tenant.")
    if (options.get("billingOptions") or {}).get("chargeTypeToExclude"):
        raise off("processingOptions.billingOptions.chargeTypeToExclude is not enabled for this tenant.")
