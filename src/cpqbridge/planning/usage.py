"""Plans the usage rate plans of a new subscription: one for each consumption schedule, one tier for each rate.

Source: guide "Usage-based charge subscription"; orders sync, tier bound conversion; decision 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record, UnmappableError
from cpqbridge.mapping.tiers import Bounds, tier_bounds
from cpqbridge.mapping.usage import PRODUCT_SCHEDULE, RATE, SCHEDULE
from cpqbridge.mapping.usage_product import SCHEDULE_MODELS
from cpqbridge.planning.charges import UsageCharge
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import children

PRICING = {"Volume Pricing": "usageVolume", "Tiered Pricing": "usageTiered"}
"""Charge model to the key under `pricing` of a charge override."""

LOWER = "SBQQ__LowerBound__c"
_BOUND = f"{RATE}.{LOWER}"


def map_usage_plan(
    draft: Draft, roots: Mapping[str, Record], used: UsageCharge, given: Mapping[str, Any], prefix: str, into: Mapped
) -> dict[str, Any] | None:
    """Return the body of `subscribeToRatePlans/n` for one consumption schedule, or None with the reason in the draft.

    Args:
        draft: The plan being made.
        roots: `Order` and `OrderItem`.
        used: The schedule and its charge.
        given: What has been decided for the subscription, with `charge_place`.
        prefix: JSON pointer of the rate plan inside the order.
        into: Gets the lineage.
    """
    key = _pricing_key(draft, used)
    decimals = _decimals(draft, used) if key else None
    if key is None or decimals is None:
        return None
    rates = sorted(children(used.schedule, "SBQQ__OrderItemConsumptionRates__r"), key=_lower)
    bounds = _bounds(draft, used, rates, decimals)
    if bounds is None:
        return None
    records = {**roots, SCHEDULE: used.schedule, PRODUCT_SCHEDULE: used.link}
    context = draft.context(records, **given, charge=used.charge.id)
    plan = draft.map(draft.tables.usage_plan_subscribed, context, prefix=prefix, into=into)
    below = f"{prefix}/chargeOverrides/0"
    charge = draft.map(draft.tables.usage_override, context, prefix=below, into=into)
    first, tiers = len(draft.problems), []
    for position, (rate, found) in enumerate(zip(rates, bounds, strict=True)):
        tier_context = draft.context({**records, RATE: rate}, bounds=found, tier=position + 1)
        place = f"{below}/pricing/{key}/tiers/{position}"
        tiers.append(draft.map(draft.tables.tier, tier_context, prefix=place, into=into).body)
    draft.problems[first:] = [
        replace(problem, message=f"consumption schedule {_name(used)}, {problem.message}")
        for problem in draft.problems[first:]
    ]
    charge.body["pricing"] = {key: {"tiers": tiers}}
    return {**plan.body, "chargeOverrides": [charge.body]}


def _pricing_key(draft: Draft, used: UsageCharge) -> str | None:
    """Return the key of the pricing override; the schedule's type and the catalog charge must say the same."""
    kind = used.schedule.get("SBQQ__Type__c")
    model = SCHEDULE_MODELS.get(str(kind))
    if model is None:
        message = f"Consumption schedule {_name(used)} is of type {kind}; known are {', '.join(SCHEDULE_MODELS)}"
        draft.refuse("CPQ-402", f"{SCHEDULE}.SBQQ__Type__c", message)
        return None
    if (used.charge.type, used.charge.model) != ("Usage", model):
        message = (
            f"Cannot find the charge for the Product: consumption schedule {_name(used)} is a {kind} and needs a usage "
            f"charge with {model}, the rate plan's charge is {used.charge.type}, {used.charge.model}"
        )
        draft.refuse("CPQ-412", f"{SCHEDULE}.SBQQ__Type__c", message)
        return None
    return PRICING[model]


def _decimals(draft: Draft, used: UsageCharge) -> int | None:
    """Return the decimal places of the unit of measure, which decide where one tier ends and the next begins."""
    field = f"{SCHEDULE}.SBQQ__UnitOfMeasure__c"
    sold = used.schedule.get("SBQQ__UnitOfMeasure__c")
    sold = draft.values.get("units", {}).get(sold, sold) if sold else None
    unit = used.charge.unit or sold or "Each"
    if sold and sold != unit:
        message = f"Consumption schedule {_name(used)} is measured in {sold}, its charge in Zuora in {unit}"
        draft.refuse("CPQ-429", field, message, "Use the same unit, or add it to `values.units` in the settings.")
        return None
    if unit not in draft.state.units:
        draft.refuse(
            "CPQ-430", field, f"Zuora has no unit of measure {unit}, as consumption schedule {_name(used)} has"
        )
        return None
    return draft.state.units[unit]


def _bounds(draft: Draft, used: UsageCharge, rates: list[Record], decimals: int) -> list[Bounds] | None:
    if any(rate.get(LOWER) is None for rate in rates):
        draft.refuse("CPQ-401", _BOUND, f"consumption schedule {_name(used)}, the lower bound of a rate is empty")
        return None
    ranges = [(_lower(rate), _number(rate.get("SBQQ__UpperBound__c"))) for rate in rates]
    try:
        return tier_bounds(ranges, decimals, raise_lower=draft.options.increment_tier_upper_bound)
    except UnmappableError as refusal:
        draft.refuse("CPQ-428", _BOUND, f"Consumption schedule {_name(used)}: {refusal}")
        return None


def _lower(rate: Record) -> Decimal:
    return _number(rate.get(LOWER)) or Decimal(0)


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _name(used: UsageCharge) -> str:
    return str((used.link.get("ConsumptionSchedule") or {}).get("Name") or used.schedule["Id"])
