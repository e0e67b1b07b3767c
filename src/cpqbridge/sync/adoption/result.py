"""What became of one contract in an adoption, as users and outside checks see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cpqbridge.errors import ERRORS
from cpqbridge.mapping.dates import ONE_DAY
from cpqbridge.mapping.transforms import plain
from cpqbridge.planning.adoption.deal import Part
from cpqbridge.planning.adoption.fit import Fit, Pair
from cpqbridge.planning.adoption.match import Match
from cpqbridge.planning.adoption.prices import Price
from cpqbridge.planning.link import link_operation
from cpqbridge.planning.plan import Operation
from cpqbridge.sync.result import Reason, SyncResult
from cpqbridge.values import Outcome

OBJECT = "SBQQ__Subscription__c"


@dataclass(frozen=True, slots=True)
class AdoptionResult:
    """A result, and the pair that it is about; `match` is None for what Salesforce does not have."""

    result: SyncResult
    match: Match | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape: that of a sync result, with `matchedBy`, `pairs` and `missingOrders`."""
        shown = self.result.as_dict()
        match = self.match
        return {
            **shown,
            "matchedBy": match.by if match else None,
            "pairs": list(pairs_of(match)) if match else [],
            "missingOrders": list(match.fit.stage.missing) if match and match.fit and not match.problem else [],
        }


def result_of(match: Match, outcome: Outcome | None = None, *reasons: Reason) -> AdoptionResult:
    """Return the result of a match.

    Args:
        match: What was found.
        outcome: What became of its writing; by default it was only shown.
        reasons: Why writing failed.
    """
    deal, fit = match.deal, match.fit
    if match.problem is not None:
        problem = match.problem
        reasons = (Reason(problem.code, problem.message, problem.field, problem.remedy or ERRORS[problem.code].remedy),)
        outcome = Outcome.HELD
    elif not match.writes:
        outcome = Outcome.UNCHANGED
    zuora = {"accountNumber": fit.billed.account_number, "subscriptions": [fit.billed.number]} if fit else {}
    operations = tuple(operations_of(match))
    return AdoptionResult(SyncResult(deal.number, OBJECT, deal.id, outcome, reasons, operations, zuora), match)


def operations_of(match: Match) -> Iterator[Operation]:
    """Yield the writes of a match: one id on one rate plan each."""
    for part, plan in match.writes:
        yield link_operation(plan.id, part.external_id, usage=part.is_usage)


def pairs_of(match: Match) -> Iterator[dict[str, Any]]:
    """Yield what is shown of each part and its rate plan: both sides on the day of comparison."""
    deal, fit = match.deal, match.fit
    parts = {part.external_id: part for part in deal.parts}
    paired = {pair.part.external_id: pair for pair in fit.pairs} if fit else {}
    writes = {pair.part.external_id for pair in match.writes}
    for key, part in parts.items():
        price = fit.prices.get(key) if fit else None
        yield {
            "salesforce": _salesforce(match, part, price),
            "zuora": _zuora(fit, paired.get(key), price) if fit else None,
            "day": fit.day if fit else None,
            "currency": deal.currency or (fit.billed.currency if fit else None),
            "priceUnknown": price.unknown if price else None,
            "differences": [one._asdict() for one in fit.differences] if fit else [],
            "writes": key if key in writes else None,
        }


def _salesforce(match: Match, part: Part, price: Price | None) -> Mapping[str, Any]:
    deal, fit = match.deal, match.fit
    stage = fit.stage if fit else deal.stages[0]
    return {
        "id": part.external_id,
        "subscription": deal.number,
        "product": part.name if part.is_usage else deal.product.get("Name"),
        "productCode": deal.product.get("ProductCode"),
        "start": deal.start,
        "end": stage.end,
        "quantity": None if part.is_usage else plain(stage.quantity_on(fit.day) if fit else stage.steps[-1][1]),
        "price": price.sold if price else None,
    }


def _zuora(fit: Fit, pair: Pair | None, price: Price | None) -> Mapping[str, Any]:
    billed = fit.billed
    current = [one.quantity for one in pair.plan.segments if one.in_force(fit.day)] if pair else []
    return {
        "subscription": billed.number,
        "account": billed.account_number,
        "status": billed.status,
        "start": billed.start,
        "end": _last(billed.end),
        "ratePlan": pair.plan.name if pair else None,
        "ratePlanNumber": pair.plan.number if pair else None,
        "quantity": plain(current[-1]) if current and current[-1] is not None else None,
        "price": price.held if price else None,
        "externallyManagedPlanId": pair.plan.external_id if pair else None,
    }


def _last(end: date | None) -> date | None:
    """Return the last day of a term: Zuora's ends are the day after it."""
    return end - ONE_DAY if end else None
