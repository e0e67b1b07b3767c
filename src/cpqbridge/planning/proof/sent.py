"""The price with which a charge was sent, when what decided for it may have changed since.

A repeat of an order must come to what Zuora has, though billing rules or bill cycle days are others by now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from cpqbridge.mapping.rule import Mapped
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.planning.proof.billing import Unknown
from cpqbridge.planning.proof.override import Body, price_in

if TYPE_CHECKING:
    from cpqbridge.planning.proof.new import NewCharge

Facts = dict[str, Any]

Others = Callable[..., Iterator[Facts]]
"""Yields other ways to give the price; takes `billed`, see `pricing.other_choices`."""

_PARTIAL = ((True, True), (False, True), (False, False))
"""Partial months and partial periods."""
_RULES = tuple(
    BillingRules(partial_month=month, partial_period=period, days_in_month=days, proration_unit=unit)
    for (month, period), days, unit in product(_PARTIAL, DaysInMonth, ProrationUnit)
)
_DAYS = range(1, 32)


def as_sent(new: NewCharge, vendors: Mapped, made_by: Callable[[Facts], Mapped], others: Others, sent: Body) -> Mapped:
    """Return the override that makes the price which was sent; the vendor's where none does.

    Args:
        new: The charge.
        vendors: The override that the vendor's connector would send.
        made_by: Makes another one.
        others: The other ways to give its price.
        sent: What Zuora has.
    """
    wanted = price_in(sent)
    made = (one for one in _made(new, vendors, made_by, others) if price_in(one.body) == wanted)
    return next(made, vendors)


def _made(new: NewCharge, vendors: Mapped, made_by: Callable[[Facts], Mapped], others: Others) -> Iterator[Mapped]:
    """Yield what may have been sent, the likeliest first."""
    yield vendors
    per_period: list[Body] = []
    months_now: list[Decimal] = []

    def months(facts: Facts) -> Decimal:
        per_period.append(made_by(facts).body)
        months_now.append(_months(new, per_period[0]))
        return months_now[0]

    for facts in others(billed=months):
        yield made_by(facts)
    if not per_period:
        return
    seen = {Decimal(0), *months_now}
    for then in _at_any_time(new):
        billed = _months(then, per_period[0])
        if billed not in seen:
            seen.add(billed)
            ways = others(billed=lambda _, billed=billed: billed)
            yield from (made_by(facts) for facts in ways if facts["per_period_as_billed"])


def _months(new: NewCharge, override: Body) -> Decimal:
    """Return the months that Zuora bills; none where they cannot be worked out."""
    try:
        return new.months(override)
    except Unknown:
        return Decimal(0)


def _at_any_time(new: NewCharge) -> Iterator[NewCharge]:
    """Yield a charge as it would be billed by other rules and on other days of the month."""
    options = new.draft.options.model_copy(update={"billing_rules": None})
    drafts = [replace(new.draft, state=replace(new.draft.state, rules=rules), options=options) for rules in _RULES]
    for day in (new.frame.account_day, *_DAYS):
        frame = replace(new.frame, account_day=day)
        yield from (replace(new, draft=draft, frame=frame) for draft in drafts)
