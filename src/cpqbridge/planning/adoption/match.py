"""Pairs contracts that Salesforce sold with the rate plans that have billed them in Zuora since before cpqbridge.

In this order: what carries the id already; what a person has named; what has the subscription number; what is alone in
fitting by product, dates and quantity, both ways. Whatever is found is compared, and linked only when it fits. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from cpqbridge.mapping.rule import Problem
from cpqbridge.planning.adoption.billed import Billed, Plan
from cpqbridge.planning.adoption.deal import Deal
from cpqbridge.planning.adoption.fit import (
    BY_CSV,
    BY_FIT,
    BY_NUMBER,
    LINKED,
    Fit,
    Fitting,
    Naming,
    Pair,
    begins_with,
)
from cpqbridge.planning.adoption.prices import Prices

_NAMED = 3
"""Subscriptions that a message names."""

_FIELD = "SBQQ__Subscription__c.Name"
_FOUND = {LINKED: "is linked", BY_CSV: "is named by the CSV file", BY_NUMBER: "has the number", BY_FIT: "comes nearest"}


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one deal.

    Attributes:
        deal: The deal.
        by: How it was found; None where nothing was.
        fit: The subscription, also where it does not fit.
        problem: Why it is not linked.
    """

    deal: Deal
    by: str | None = None
    fit: Fit | None = None
    problem: Problem | None = None

    @property
    def writes(self) -> tuple[Pair, ...]:
        """The pairs whose rate plan is to get its id."""
        if self.problem or self.fit is None:
            return ()
        return tuple(pair for pair in self.fit.pairs if not pair.linked)


@dataclass(frozen=True, slots=True)
class Tenant:
    """What Zuora holds.

    Attributes:
        subscriptions: Latest versions.
        accounts: Salesforce ids of accounts that Zuora has.
        doubles: Salesforce id to the account numbers, where Zuora has several accounts with it.
        units: Unit of measure to its decimal places; only where anything is billed by usage.
    """

    subscriptions: Sequence[Billed]
    accounts: frozenset[str] = frozenset()
    doubles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)


def adopt(
    deals: Sequence[Deal],
    tenant: Tenant,
    today: date,
    named: Mapping[str, Sequence[Naming]] | None = None,
    prices: Prices | None = None,
) -> list[Match]:
    """Return what was found for each deal, in their order.

    Args:
        deals: All of an account, so that two that look alike are seen.
        tenant: What Zuora holds.
        today: The day by which quantities are compared.
        named: What people have named, by id of the deal.
        prices: Works out prices; None to compare none.
    """
    owners = {key: deal.number for deal in deals for key in deal.ids}
    return _Adoption(deals, tenant, Fitting(today, owners, prices, tenant.units), named or {}).run()


class _Adoption:
    def __init__(
        self, deals: Sequence[Deal], tenant: Tenant, fitting: Fitting, named: Mapping[str, Sequence[Naming]]
    ) -> None:
        self._deals = deals
        self._tenant = tenant
        self._named = named
        self._numbers = {one.number: one for one in tenant.subscriptions}
        self._carried: dict[str, list[tuple[Billed, Plan]]] = {}
        for one in tenant.subscriptions:
            for plan in one.plans:
                if plan.external_id:
                    self._carried.setdefault(plan.external_id, []).append((one, plan))
        self._fitting = fitting

    def run(self) -> list[Match]:
        """Pair everything, the surest way first; what one way has taken, the later ones leave alone."""
        found: dict[str, Match] = {}
        for way in (self._hopeless, self._linked, self._by_csv, self._by_number):
            for deal in self._deals:
                match = way(deal) if deal.id not in found else None
                if match is not None:
                    found[deal.id] = match
                    self._take(match)
        rest = [deal for deal in self._deals if deal.id not in found]
        found |= {match.deal.id: match for match in self._by_fit(rest)}
        return [found[deal.id] for deal in self._deals]

    def _take(self, match: Match) -> None:
        if match.fit is not None and match.problem is None:
            self._fitting.taken.update(dict.fromkeys(match.fit.plans, match.deal.number))

    def _hopeless(self, deal: Deal) -> Match | None:
        return Match(deal, problem=deal.problem) if deal.problem else None

    def _linked(self, deal: Deal) -> Match | None:
        """Return what carries the ids of a deal already: all of them, or some and the rest stands beside them."""
        carried = [self._carried.get(part.external_id, []) for part in deal.parts]
        doubled = next((plans for plans in carried if len(plans) > 1), None)
        if doubled is not None:
            return Match(deal, LINKED, problem=_doubled(deal, doubled))
        later = [self._carried.get(key, []) for key in sorted(deal.later)]
        found = [plans[0] for plans in carried if plans] or [plans[0] for plans in later if len(plans) == 1]
        if not found:
            return None
        billed = found[0][0]
        strayed = [naming for naming in self._named.get(deal.id, ()) if naming.subscription != billed.number]
        if strayed:
            return Match(deal, LINKED, problem=_strayed(deal, billed, strayed[0]))
        if not all(carried):
            return self._best(deal, LINKED, [billed])
        pairs = tuple(Pair(part, plans[0][1]) for part, plans in zip(deal.parts, carried, strict=True))
        fit = self._fitting.fit(deal, billed, pairs, LINKED)
        stage = deal.stages[0] if fit.differences else fit.stage
        return Match(deal, LINKED, replace(fit, stage=stage, differences=()))

    def _by_csv(self, deal: Deal) -> Match | None:
        namings = self._named.get(deal.id, ())
        if not namings:
            return None
        numbers = list(dict.fromkeys(naming.subscription for naming in namings))
        if len(numbers) > 1:
            message = f"The CSV file names {' and '.join(numbers)} for subscription {deal.number}; it can be only one"
            return Match(deal, BY_CSV, problem=Problem("CPQ-440", _FIELD, message))
        billed = self._numbers.get(numbers[0])
        if billed is None:
            message = f"Zuora has no subscription {numbers[0]}, which line {namings[0].line} of the CSV file names"
            return Match(deal, BY_CSV, problem=Problem("CPQ-419", _FIELD, message))
        return self._best(deal, BY_CSV, [billed], namings)

    def _by_number(self, deal: Deal) -> Match | None:
        billed = [self._numbers[number] for number in deal.numbers if number in self._numbers]
        return self._best(deal, BY_NUMBER, billed) if billed else None

    def _best(self, deal: Deal, by: str, billed: Sequence[Billed], namings: Sequence[Naming] = ()) -> Match:
        """Return the one way in which some of these subscriptions fit, or why there is none."""
        fits = [fit for one in billed for fit in self._fitting.fits(deal, one, by, namings)]
        exact = _exact(deal, fits)
        if len(exact) == 1:
            return Match(deal, by, exact[0])
        if exact:
            return Match(deal, by, problem=_several(deal, exact))
        return _unfit(deal, by, fits)

    def _by_fit(self, rest: Sequence[Deal]) -> Iterator[Match]:
        """Yield what is left: pairs that fit alone both ways, and for the others what stands in the way."""
        fits = {deal.id: list(self._candidates(deal)) for deal in rest}
        exact = {deal.id: _exact(deal, fits[deal.id]) for deal in rest}
        claimed = _claims(rest, exact)
        for deal in rest:
            mine = exact[deal.id]
            rivals = {number for fit in mine for plan in fit.plans for number in claimed[plan]} - {deal.number}
            if len(mine) == 1 and not rivals:
                yield Match(deal, BY_FIT, mine[0])
            elif mine:
                yield Match(deal, BY_FIT, problem=_several(deal, mine, sorted(rivals)))
            else:
                near = [fit for fit in fits[deal.id] if not self._fitting.taken.keys() & set(fit.plans)]
                yield _unfit(deal, BY_FIT, near) if near else self._nothing(deal)

    def _candidates(self, deal: Deal) -> Iterator[Fit]:
        """Yield the fits among what the owner of a living deal is billed."""
        for billed in self._tenant.subscriptions:
            if billed.owner in deal.owners and not deal.over:
                yield from (fit for fit in self._fitting.fits(deal, billed, BY_FIT) if fit.pairs)

    def _nothing(self, deal: Deal) -> Match:
        """Return why there is not even a candidate: no account, two of them, or nothing that is billed."""
        if deal.owner in self._tenant.doubles:
            numbers = " and ".join(self._tenant.doubles[deal.owner])
            message = f"Zuora has several accounts with the CRM id {deal.owner}: {numbers}"
            return Match(deal, problem=Problem("CPQ-422", "Account.Id", message))
        order = f" {deal.orders[0]}" if deal.orders else ""
        if deal.owner not in self._tenant.accounts:
            message = f"Zuora has no account with the CRM id {deal.owner}, which owns subscription {deal.number}"
            remedy = (
                f"If Zuora does not bill it yet, sync its order{order}. If it does, write this id as the CRM id of the "
                "account in Zuora."
            )
            return Match(deal, problem=Problem("CPQ-419", "Account.Id", message, remedy))
        message = f"Zuora bills the account nothing that may be subscription {deal.number} of product {deal.code}"
        remedy = (
            f"If Zuora does not bill it yet, sync its order{order}. If it does, name its subscription in a CSV file, "
            "or make the product's SKU in Zuora the product code."
        )
        return Match(deal, problem=Problem("CPQ-419", _FIELD, message, remedy))


def _exact(deal: Deal, fits: Iterable[Fit]) -> list[Fit]:
    """Return the fits without differences; of several, those whose charges begin with the deal."""
    exact = [fit for fit in fits if not fit.differences]
    begun = [fit for fit in exact if begins_with(deal, fit.pairs)]
    return begun or exact


def _claims(deals: Iterable[Deal], exact: Mapping[str, Sequence[Fit]]) -> dict[str, set[str]]:
    """Return by rate plan the numbers of the deals that it fits."""
    claims: dict[str, set[str]] = {}
    for deal in deals:
        for plan in {plan for fit in exact[deal.id] for plan in fit.plans}:
            claims.setdefault(plan, set()).add(deal.number)
    return claims


def _unfit(deal: Deal, by: str, fits: Iterable[Fit]) -> Match:
    best = min(fits, key=lambda fit: len(fit.differences))
    told = "; ".join(map(str, best.differences))
    message = f"Zuora's subscription {best.billed.number} {_FOUND[by]}, but does not fit {deal.number}: {told}"
    return Match(deal, by, best, Problem("CPQ-441", _FIELD, message))


def _several(deal: Deal, fits: Iterable[Fit], rivals: Sequence[str] = ()) -> Problem:
    told = [f"{fit.billed.number} ({', '.join(pair.plan.number for pair in fit.pairs)})" for fit in fits]
    named = ", ".join(told[:_NAMED]) + (f" and {len(told) - _NAMED} more" if len(told) > _NAMED else "")
    also = f", which {', '.join(rivals)} fits as well" if rivals else ""
    return Problem("CPQ-440", _FIELD, f"Subscription {deal.number} fits {named}{also}")


def _doubled(deal: Deal, plans: Iterable[tuple[Billed, Plan]]) -> Problem:
    named = " and ".join(f"{plan.number} of {billed.number}" for billed, plan in plans)
    message = f"Several rate plans carry the id of subscription {deal.number}: {named}"
    return Problem(
        "CPQ-440", _FIELD, message, "Leave the id on the right rate plan in Zuora, and empty it on the others."
    )


def _strayed(deal: Deal, billed: Billed, naming: Naming) -> Problem:
    message = (
        f"Line {naming.line} of the CSV file names {naming.subscription} for subscription {deal.number}, which is "
        f"linked to {billed.number} already"
    )
    remedy = "Take the line out, or empty the id on the rate plan in Zuora first."
    return Problem("CPQ-441", _FIELD, message, remedy)
