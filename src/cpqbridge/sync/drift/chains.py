"""The first step: every chain of order products against the rate plans that carry its ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.prices import Prices
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.sold import Sold
from cpqbridge.planning.term import Term
from cpqbridge.sync.drift.billed import HeldPlan, held_plans
from cpqbridge.sync.drift.contracts import absent
from cpqbridge.sync.drift.difference import About, Difference, sync_first
from cpqbridge.sync.drift.fields import LINK, MISSING, UNKNOWN, Kind, mapped, named
from cpqbridge.sync.drift.linking import Group, batches
from cpqbridge.sync.drift.others import MappedComparison
from cpqbridge.sync.drift.plans import PlanComparison
from cpqbridge.sync.drift.prices import PriceMemory
from cpqbridge.sync.drift.progress import Progress
from cpqbridge.sync.drift.rules import Bench
from cpqbridge.sync.drift.sold import Contract, SoldPlan, contract_of, lost_items, plans_of

STEP = "chains"
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Batch:
    """What a batch has found.

    Attributes:
        by_id: Id that rate plans carry to these.
        by_number: Number of a subscription that is not found by its ids to its rate plans.
        differences: What differs.
        expected: Number of a subscription and what a chain says of it.
        paired: Ids of rate plans that Salesforce knows.
        parties: Account that Zuora needs, and the order that needs it.
        left_out: Contracts that are over, and that Zuora does not have.
        sent: Numbers of orders that Zuora has.
    """

    by_id: dict[str, list[HeldPlan]] = field(default_factory=dict)
    by_number: dict[str, list[HeldPlan]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    expected: list[tuple[str, bytes]] = field(default_factory=list)
    paired: list[tuple[str]] = field(default_factory=list)
    parties: dict[str, str] = field(default_factory=dict)
    left_out: int = 0
    sent: set[str] = field(default_factory=set)


def compare_chains(bench: Bench, progress: Progress) -> None:
    """Compare all chains, from where a stopped run has come to."""
    step = _ChainStep(bench)
    work, total = bench.work, bench.work.count("item")
    done = int(work.mark(f"{STEP} done") or 0)
    for last, groups in batches(work, int(work.mark(STEP) or 0)):
        found = step.batch(groups)
        done += sum(map(len, groups))
        with work.transaction():
            bench.note(found.differences)
            bench.leave_out(found.left_out)
            work.add("expected", found.expected, "(subscription, contract)")
            work.add("paired", found.paired)
            work.run_many("INSERT OR IGNORE INTO party VALUES (?, ?)", found.parties.items())
            work.set_mark(STEP, str(last))
            work.set_mark(f"{STEP} done", str(done))
        progress.step("comparing order products", done, total)


class _ChainStep:
    def __init__(self, bench: Bench) -> None:
        rules = bench.rules
        self._bench, self._rules = bench, rules
        self._prices = PriceMemory(Prices(rules.options, rules.values, rules.tables), rules.units)
        self._billed = bench.tenant.of_billed
        self._mapping = MappedComparison(rules.options, rules.values, rules.tables)
        self._usage = bench.org.schedules is not None and bench.work.count("schedule") > 0

    def batch(self, groups: Iterable[Group]) -> _Batch:
        """Return what some groups of order products come to."""
        found = _Batch()
        chains: list[tuple[Chain, list[SoldPlan]]] = []
        units = self._rules.values.get("units", {})
        for items in self._groups(groups):
            sold = self._sold(items)
            found.differences += (_lost(item, why) for item, why in lost_items(items, sold))
            chains += ((one, plans_of(sold, one, self._rules.links, units)) for one in sold.chains())
        self._look_up(found, [plan for _, plans in chains for plan in plans])
        for _, plans in chains:
            for same in _by_subscription(plans):
                self._compare(found, same)
        return found

    def _groups(self, groups: Iterable[Group]) -> Iterator[dict[str, Record]]:
        listed = list(groups)
        schedules = self._schedules([key for group in listed for key, _ in group]) if self._usage else {}
        for group in listed:
            items: dict[str, Record] = {key: self._bench.org.items.unpack(packed) for key, packed in group}
            for key in items.keys() & schedules.keys():
                items[key] = {**items[key], "SBQQ__OrderItems__r": schedules[key]}
            yield items

    def _schedules(self, items: list[str]) -> dict[str, list[Record]]:
        """Return the consumption schedules of order products, with their rates."""
        org, work = self._bench.org, self._bench.work
        if org.schedules is None or org.rates is None:
            return {}
        found: dict[str, list[Record]] = {}
        rows = list(work.among("SELECT item, id, record FROM schedule WHERE item IN", items))
        rates: dict[str, list[Record]] = {}
        for key, packed in work.among("SELECT schedule, record FROM rate WHERE schedule IN", [row[1] for row in rows]):
            rates.setdefault(key, []).append(org.rates.unpack(packed))
        for item, key, packed in rows:
            of_schedule = sorted(rates.get(key, ()), key=lambda rate: rate["SBQQ__LowerBound__c"] or 0)
            schedule = {**org.schedules.unpack(packed), "SBQQ__OrderItemConsumptionRates__r": of_schedule}
            found.setdefault(item, []).append(schedule)
        return found

    def _sold(self, items: dict[str, Record]) -> Sold:
        options = self._rules.options
        hosted = options.added_products == "existing_subscription"
        return Sold(items, rebooked=options.price_changes == "in_place", hosted=hosted)

    def _look_up(self, found: _Batch, plans: list[SoldPlan]) -> None:
        """Add what Zuora has of rate plans: by the ids that they carry, else by the numbers of their subscriptions."""
        work = self._bench.work
        ids = [plan.part.external_id for plan in plans]
        orders = sorted({number for plan in plans for number in plan.chain.orders})
        found.sent = {number for (number,) in work.among("SELECT number FROM sent WHERE number IN", orders)}
        rows = self._rows(work.among("SELECT record FROM billed WHERE external_id IN", ids))
        for held in held_plans(rows):
            found.by_id.setdefault(str(held.external_id), []).append(held)
        lacking = {plan.number for plan in plans if plan.part.external_id not in found.by_id}
        by_number: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows(work.among("SELECT record FROM billed WHERE subscription IN", sorted(lacking))):
            by_number.setdefault(row["subscription_name"], []).append(row)
        found.by_number.update({number: held_plans(rows) for number, rows in by_number.items()})

    def _rows(self, packed: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [self._billed.unpack(one) for (one,) in packed]

    def _compare(self, found: _Batch, plans: list[SoldPlan]) -> None:
        """Compare the rate plans of one subscription with those that Zuora has."""
        draft = self._rules.draft()
        contract = contract_of(draft, plans[0], self._mapped, self._unsent(found, plans[0]))
        if contract is None:
            found.differences.append(_unknown(plans[0], draft.problems[0].message))
            return
        pairs = [(plan, found.by_id.get(plan.part.external_id, [])) for plan in plans]
        number = next((held[0].subscription for _, held in pairs if held), plans[0].number)
        if not any(held for _, held in pairs) and number not in found.by_number:
            self._absent(found, plans[0], contract)
            return
        found.expected.append((number, _encode(contract)))
        found.parties |= dict.fromkeys(contract.parties, contract.order)
        for plan, held in pairs:
            told = list(self._of_plan(found, draft, plan, held or self._unlinked(found, plan)))
            if contract.unsent:
                told = [replace(one, advice=sync_first(contract.unsent)) for one in told]
            if self._rules.counts(plan.modified, *(one.row["subscription_updateddate"] for one in held)):
                found.differences += told

    def _absent(self, found: _Batch, plan: SoldPlan, contract: Contract) -> None:
        difference = absent(contract, plan.number, plan.what, self._rules.as_of)
        if difference is None:
            found.left_out += 1
        elif self._rules.counts(plan.modified):
            found.differences.append(difference)
            found.parties |= dict.fromkeys(contract.parties, contract.order)

    def _unsent(self, found: _Batch, plan: SoldPlan) -> str | None:
        """Return the first order of a chain that Zuora does not have."""
        return next((number for number in plan.chain.orders if number not in found.sent), None)

    def _unlinked(self, found: _Batch, plan: SoldPlan) -> list[HeldPlan]:
        """Return the rate plan without an id that can be meant, if it is the only one."""
        held = [one for one in found.by_number.get(plan.number, ()) if not one.external_id and one.segments]
        return held if len(held) == 1 else []

    def _of_plan(self, found: _Batch, draft: Draft, plan: SoldPlan, held: list[HeldPlan]) -> Iterator[Difference]:
        about = _about(plan, held[0].subscription if held else plan.number)
        found.paired += [(one.id,) for one in held]
        if not held:
            yield Difference(named(Kind.RATE_PLAN, MISSING), about, plan.part.external_id, None)
            return
        carried = [one for one in held if one.external_id]
        if len(held) > 1 or not carried:
            names = ", ".join(f"{one.subscription}: {one.name}" for one in held)
            yield Difference(
                named(Kind.RATE_PLAN, LINK), about, plan.part.external_id, f"{names}{_LOST * (not carried)}"
            )
        own = next((one for one in held if one.subscription == plan.number), held[0])
        comparison = PlanComparison(self._rules.as_of, draft, self._prices)
        for one, sold, billed in comparison.differences(plan, own):
            yield Difference(one, about, sold, billed)

    def _mapped(self, item: Record, term: Term) -> dict[str, Any]:
        """Return what the mapping makes of a subscription."""
        roots = {"Order": item["Order"], "OrderItem": item}
        return self._mapping.sold(Kind.SUBSCRIPTION, roots, **term.facts()) if _MAPPED else {}


_LOST = " (without id)"
_MAPPED = bool(mapped(Kind.SUBSCRIPTION))


def _by_subscription(plans: Iterable[SoldPlan]) -> Iterable[list[SoldPlan]]:
    found: dict[str, list[SoldPlan]] = {}
    for plan in plans:
        found.setdefault(plan.number, []).append(plan)
    return found.values()


def _about(plan: SoldPlan, number: str) -> About:
    order = plan.chain.first["Order"]
    name = (order.get("Account") or {}).get("Name") or ""
    return About(order["AccountId"], name, number, plan.order, plan.what)


def _unknown(plan: SoldPlan, why: str) -> Difference:
    return Difference(named(Kind.RATE_PLAN, UNKNOWN), _about(plan, plan.number), why, None)


def _lost(item: Mapping[str, Any], why: str) -> Difference:
    order, subscription = item["Order"], item.get("SBQQ__Subscription__r") or {}
    name = (order.get("Account") or {}).get("Name") or ""
    product = (item.get("Product2") or {}).get("Name") or item["Product2Id"]
    about = About(order["AccountId"], name, subscription.get("Name") or "", order["OrderNumber"], product)
    return Difference(named(Kind.RATE_PLAN, UNKNOWN), about, why, None)
