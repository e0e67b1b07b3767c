"""Compares a subscription as a whole: status, days and owners, and which of its rate plans Salesforce knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cpqbridge.planning.owners import named_last
from cpqbridge.sync.drift.billed import HeldPlan, Row, held_plans
from cpqbridge.sync.drift.difference import About, Difference, sync_first, told
from cpqbridge.sync.drift.fields import MISSING, Kind, differing, named, of_kind
from cpqbridge.sync.drift.sold import Contract

ACTIVE = ("Active", "Expired")
"""States of a subscription that goes on, or whose term has ended."""

CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class ContractComparison:
    """Compares subscriptions.

    Attributes:
        as_of: The day.
        auto_renew: Whether subscriptions renew by themselves in Zuora.
    """

    as_of: date
    auto_renew: bool = False

    def differences(self, contracts: Sequence[Contract], rows: Sequence[Row], paired: set[str]) -> Iterator[Difference]:
        """Yield what differs in a subscription that Zuora has.

        Args:
            contracts: What the chains on it say; none where Salesforce knows nothing of it.
            rows: Zuora's rows of it.
            paired: Ids of its rate plans that Salesforce knows.
        """
        row, plans = rows[0], held_plans(rows)
        more = [plan for plan in plans if plan.id not in paired and plan.bills_from(self.as_of)]
        if not contracts:
            if more and row["owner_crmid"] and row["subscription_status"] != CANCELLED:
                about = About(row["owner_crmid"], row["owner_name"] or "", row["subscription_name"], "", _names(plans))
                yield Difference(named(Kind.SUBSCRIPTION, MISSING), about, None, row["subscription_name"])
            return
        host = _host(contracts)
        about = About(host.account, host.account_name, row["subscription_name"], _last_order(contracts))
        held = {field.name: row.get(field.column) for field in of_kind(Kind.SUBSCRIPTION)}
        sold = self._sold(contracts, row, more)
        advice = sync_first(next((one.unsent for one in contracts if one.unsent), None))
        for field in differing(Kind.SUBSCRIPTION, sold, held):
            yield Difference(field, about, *told(field, sold[field.name], held[field.name]), advice)
        for plan in more:
            what = About(about.account, about.account_name, about.subscription, about.order, plan.name)
            yield Difference(named(Kind.RATE_PLAN, MISSING), what, None, plan.external_id or plan.name)

    def _sold(self, contracts: Sequence[Contract], row: Row, more: Sequence[HeldPlan]) -> dict[str, Any]:
        host = _host(contracts)
        names = sorted((one for contract in contracts for one in contract.names), key=lambda one: one.turn)
        owner, payer = named_last(host.account, [(one.owner, one.payer) for one in names])
        sold: dict[str, Any] = {
            **host.mapped,
            "start": host.start,
            "owner": owner,
            "invoice owner": payer,
        }
        ends = [one.ended for one in contracts]
        over = None if None in ends else max(end for end in ends if end is not None)
        if not host.once:
            sold["status"] = _states(over, self.as_of, more)
        if over is None and not self._renewed(host, row):
            sold |= {"term start": host.term[0], "term end": host.term[1]}
        return sold

    def _renewed(self, host: Contract, row: Row) -> bool:
        """Return whether Zuora has begun a term that Salesforce has not: with the option it does so by itself."""
        end = host.term[1]
        return self.auto_renew and bool(row["subscription_autorenew"]) and end is not None and end <= self.as_of


def absent(contract: Contract, number: str, what: str, as_of: date) -> Difference | None:
    """Return that Zuora lacks a subscription; None where nothing of it would be billed any more."""
    end = contract.ended or contract.term[1]
    if not contract.once and end is not None and end <= as_of:
        return None
    about = About(contract.account, contract.account_name, number, contract.order, what)
    return Difference(named(Kind.SUBSCRIPTION, MISSING), about, number, None)


def _states(over: date | None, as_of: date, more: Sequence[HeldPlan]) -> tuple[str, ...]:
    """Return the states that are right; Zuora says that a subscription is cancelled before the day comes."""
    if over is None:
        return ACTIVE
    return (CANCELLED, *ACTIVE) if over > as_of or more else (CANCELLED,)


def _host(contracts: Sequence[Contract]) -> Contract:
    """Return the contract that began a subscription."""
    return min(contracts, key=lambda one: (one.hosted, one.turn))


def _last_order(contracts: Sequence[Contract]) -> str:
    return max(contracts, key=lambda one: one.turn).order


def _names(plans: Sequence[HeldPlan]) -> str:
    return ", ".join(dict.fromkeys(plan.name for plan in plans))


def modified(contracts: Sequence[Contract], rows: Sequence[Row]) -> list[str | None]:
    """Return the moments at which either side was changed last."""
    return [*(one.modified for one in contracts), rows[0]["subscription_updateddate"]]
