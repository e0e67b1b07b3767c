"""May an order go, with what Zuora will bill for it? Source: the options `amount_proof` and those beside it."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.money.reconciliation.causes import CAUSES, ROUNDINGS, Cause, Part
from cpqbridge.money.reconciliation.waterfall import Explained
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.plan import Proof

_FIELDS = {
    Cause.QUANTITY: "OrderItem.Quantity",
    Cause.TRIGGER_DATES: "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c",
    Cause.PRORATE_PRECISION: "OrderItem.SBQQ__ProrateMultiplier__c",
}
"""Where a person looks first; else at the net price."""
_NET_PRICE = "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c"


def judge(draft: Draft, proof: Proof, *, mendable: bool = False) -> None:
    """Keep a proof, and refuse the order where Zuora would bill more or less than may be.

    Args:
        draft: The plan being made.
        proof: The proof.
        mendable: Whether a person can give what it lacks: until then nobody knows what would be billed.
    """
    draft.proofs.append(proof)
    found = proof.explained
    if found is None and mendable and draft.options.amount_proof == "hold":
        message = f"What Zuora would bill for order product {proof.number} ({proof.product}) is not known"
        draft.refuse("CPQ-452", _NET_PRICE, f"{message}: {proof.unknown}")
    if found is None or draft.options.amount_proof != "hold" or not found.difference:
        return
    others = abs(proof.by_others) > draft.options.may_differ(proof.currency)
    rounded = proof.by_rounding
    too_much = abs(rounded) > draft.options.may_round(proof.currency)
    if not others and not too_much and not (rounded and draft.options.rounding_residual == "hold"):
        return
    excused = {Cause.PRICE} if proof.own_price else set()
    shown = [part for part in found.parts if others is not (part.cause in ROUNDINGS) and part.cause not in excused]
    main = max(shown, key=lambda part: abs(part.amount))
    draft.refuse("CPQ-451", _FIELDS.get(main.cause, _NET_PRICE), said(proof, found), CAUSES[main.cause].remedy)


def said(proof: Proof, found: Explained) -> str:
    """Return a difference in words, the greatest part first."""
    parts = sorted(found.parts, key=lambda part: -abs(part.amount))
    why = "; ".join(_said(part) for part in parts)
    amounts = f"was quoted {money(found.quoted)} {proof.currency}, and Zuora would bill {money(found.billed)}"
    return f"Order product {proof.number} ({proof.product}) {amounts}: {why}"


def _said(part: Part) -> str:
    sign = "+" if part.amount > 0 else "−"
    note = f" ({part.note})" if part.note else ""
    return f"{sign}{money(abs(part.amount))} because {_lowered(CAUSES[part.cause].title)}{note}"


def money(amount: Decimal) -> str:
    """Return an amount as people write it, with its cents."""
    exponent = amount.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return f"{amount:,.{max(places, 2)}f}"


def _lowered(title: str) -> str:
    return title if title.startswith(("CPQ", "Zuora")) else title[0].lower() + title[1:]
