"""Use case: link contracts that both systems have had since before cpqbridge, so that their amendments find them.

Show what would be linked, then write the ids. Every contract of what was named ends with an outcome.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from cpqbridge.errors import FixData, NotReady
from cpqbridge.history.rows import RunId
from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.deal import Deal
from cpqbridge.planning.adoption.fit import Naming
from cpqbridge.planning.adoption.match import adopt
from cpqbridge.planning.adoption.prices import Prices
from cpqbridge.salesforce.ids import to_18
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.adoption.csv_file import Line
from cpqbridge.sync.adoption.linker import Linker
from cpqbridge.sync.adoption.result import OBJECT, AdoptionResult, result_of
from cpqbridge.sync.adoption.source import AdoptionSource
from cpqbridge.sync.adoption.target import AdoptionTarget
from cpqbridge.sync.connect import Watch, open_clients, open_history
from cpqbridge.sync.result import Reason, SyncResult, failed, unknown
from cpqbridge.sync.run import Progress
from cpqbridge.transport.channel import Wiring
from cpqbridge.values import Outcome

ACCOUNTS = 50
"""Accounts that are read together."""

Wanted = Callable[[Deal], bool]
"""Whether a chain of an account is among what was named."""


@dataclass(slots=True)
class Adoption:
    """What became of everything that was named.

    Attributes:
        results: By what they are about, in the order in which they were found.
        ended: Contracts that have ended without a counterpart; they are left out.
    """

    results: list[AdoptionResult] = field(default_factory=list)
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Scope:
    """What was named.

    Attributes:
        accounts: Salesforce ids of the accounts to read.
        lines: Lines of a CSV file.
        wanted: Which of their deals are meant.
        explicit: Whether each deal was named, so that an ended one is told of too.
        named: Orders by number, or accounts by id, that were named one by one.
        refused: What cannot even be read.
    """

    accounts: Sequence[str]
    lines: Sequence[Line] = ()
    wanted: Wanted = lambda _deal: True
    explicit: bool = False
    named: Mapping[str, Record] = field(default_factory=dict)
    refused: Sequence[AdoptionResult] = ()


class Adopter:
    """Links contracts of one pair of systems.

    Args:
        source: Salesforce.
        target: Zuora.
        units: The user's table of units of measure.
        prices: Works out prices by the user's options and mapping.
        linker: Writes; None to show only.
        progress: Called with each result.
        today: The day of comparison; by default today in the org's time zone.
    """

    def __init__(
        self,
        source: AdoptionSource,
        target: AdoptionTarget,
        *,
        units: Mapping[str, str] | None = None,
        prices: Prices | None = None,
        linker: Linker | None = None,
        progress: Progress = lambda _result: None,
        today: date | None = None,
    ) -> None:
        self._source = source
        self._target = target
        self._units = units or {}
        self._prices = prices
        self._linker = linker
        self._progress = progress
        self._today = today

    async def accounts(self, ids: Sequence[str], *, everything: bool = False, lines: Sequence[Line] = ()) -> Adoption:
        """Link what accounts have, those with these Salesforce ids or all; CSV lines decide where they name it."""
        names = list(dict.fromkeys(to_18(name) or name for name in ids))
        if everything:
            return await self._run("adopt account", _Scope(await self._source.account_ids(), lines))
        found = await self._source.known_accounts(names)
        missing = [AdoptionResult(unknown("Account", name)) for name in names if name not in found]
        return await self._run("adopt account", _Scope(list(found), lines, named=found, refused=missing))

    async def orders(self, numbers: Sequence[str], *, lines: Sequence[Line] = ()) -> Adoption:
        """Link what the orders with these numbers have sold, amended or renewed."""
        names = list(dict.fromkeys(numbers))
        found = await self._source.orders_named(names)
        refused = [AdoptionResult(unknown("Order", name)) for name in names if name not in found]
        refused += [_uncontracted(row) for row in found.values() if not row.get("SBQQ__Contracted__c")]
        named = {number: row for number, row in found.items() if row.get("SBQQ__Contracted__c")}
        accounts = sorted({row["AccountId"] for row in named.values()})

        def wanted(deal: Deal) -> bool:
            return not named.keys().isdisjoint(deal.orders)

        scope = _Scope(accounts, lines, wanted, explicit=True, named=named, refused=refused)
        return await self._run("adopt order", scope)

    async def named(self, lines: Sequence[Line]) -> Adoption:
        """Link what the lines of a CSV file name, and nothing else."""
        names = {line.name for line in lines}
        accounts = sorted(await self._source.accounts_of(names))
        scope = _Scope(accounts, lines, lambda deal: bool(names & _names(deal)), explicit=True)
        return await self._run("adopt csv", scope)

    async def _run(self, command: str, scope: _Scope) -> Adoption:
        if self._linker is None:
            return await self._work(scope, None)
        options = {"accounts": list(scope.accounts[:ACCOUNTS]), "count": len(scope.accounts), "lines": len(scope.lines)}
        run = await self._linker.start(command, options)
        try:
            return await self._work(scope, run)
        finally:
            await self._linker.end(run)

    async def _work(self, scope: _Scope, run: RunId | None) -> Adoption:
        adoption = Adoption()
        await self._refuse(adoption, run, scope.refused)
        seen: set[str] = set()
        for start in range(0, len(scope.accounts), ACCOUNTS):
            seen |= await self._some(adoption, scope, run, scope.accounts[start : start + ACCOUNTS])
        await self._refuse(adoption, run, [_empty(row) for name, row in scope.named.items() if name not in seen])
        await self._refuse(adoption, run, [_unnamed(line) for line in scope.lines if line.name not in seen])
        return adoption

    async def _some(self, adoption: Adoption, scope: _Scope, run: RunId | None, accounts: Sequence[str]) -> set[str]:
        """Link what some accounts have; return all names by which people may have named it."""
        contracts = await self._source.contracts(accounts, self._units, self._today)
        deals = contracts.deals
        named = _namings(deals, {line.name: line for line in scope.lines})
        tenant = await self._target.tenant(deals, {one.subscription for some in named.values() for one in some})
        matches = adopt(deals, tenant, contracts.today, named, self._prices)
        wanted = [match for match in matches if scope.wanted(match.deal)]
        ours = [match for match in wanted if scope.explicit or not (match.deal.over and match.problem)]
        adoption.ended += len(wanted) - len(ours)
        if self._linker is not None and run is not None:
            results = await self._linker.carry_out(run, ours)
        else:
            results = [result_of(match) for match in ours]
        self._report(adoption, results)
        return {name for deal in deals for name in (*_names(deal), *deal.accounts, *deal.orders)}

    async def _refuse(self, adoption: Adoption, run: RunId | None, results: Sequence[AdoptionResult]) -> None:
        if self._linker is not None and run is not None:
            await self._linker.refuse(run, results)
        self._report(adoption, results)

    def _report(self, adoption: Adoption, results: Iterable[AdoptionResult]) -> None:
        for result in results:
            adoption.results.append(result)
            self._progress(result.result)


def _names(deal: Deal) -> set[str]:
    return {*deal.names, *(part.external_id for part in deal.parts)}


def _namings(deals: Iterable[Deal], lines: Mapping[str, Line]) -> dict[str, list[Naming]]:
    """Return what the lines of a file say, by deal."""
    namings: dict[str, list[Naming]] = {}
    for deal in deals:
        schedules = {part.external_id for part in deal.parts if part.is_usage}
        for name in sorted(_names(deal) & lines.keys()):
            line, part = lines[name], name if name in schedules else None
            namings.setdefault(deal.id, []).append(Naming(line.number, line.subscription, line.plan, part))
    return namings


def _uncontracted(order: Record) -> AdoptionResult:
    error = NotReady("CPQ-502", f"Order {order['OrderNumber']} is not contracted, so that it has no subscriptions yet")
    reason = Reason(error.code, error.message, "Order.SBQQ__Contracted__c", error.remedy)
    return AdoptionResult(SyncResult(order["OrderNumber"], "Order", order["Id"], Outcome.WAITING, (reason,)))


def _empty(row: Record) -> AdoptionResult:
    """Return the result of an account or order that has sold no subscriptions: there is nothing to do."""
    kind = "Order" if "OrderNumber" in row else "Account"
    return AdoptionResult(SyncResult(row.get("OrderNumber") or row["Id"], kind, row["Id"], Outcome.UNCHANGED))


def _unnamed(line: Line) -> AdoptionResult:
    message = f"Line {line.number} of the CSV file names {line.name}, which is not among the subscriptions asked for"
    remedy = "Give the subscription's number, or the id of its order product or consumption schedule on the order."
    return AdoptionResult(failed(OBJECT, line.name, None, FixData("CPQ-419", message, remedy=remedy)))


@asynccontextmanager
async def open_adopter(
    settings: Settings,
    *,
    write: bool,
    progress: Progress | None = None,
    watch: Watch | None = None,
    wiring: Wiring | None = None,
    today: date | None = None,
) -> AsyncIterator[Adopter]:
    """Open what an adoption needs; without `write` nothing is written anywhere, and no ledger is needed."""
    async with open_clients(settings, watch, wiring) as clients:
        tables, values = tables_for(settings.mapping, settings.values), settings.values.model_dump()
        source = AdoptionSource(clients.salesforce, settings.options, tables)
        target = AdoptionTarget(clients.zuora, settings.options.account_key_field)
        prices = Prices(settings.options, values, tables)

        def adopter(linker: Linker | None) -> Adopter:
            told = progress or (lambda _result: None)
            units = values.get("units") or {}
            return Adopter(source, target, units=units, prices=prices, linker=linker, progress=told, today=today)

        if not write:
            yield adopter(None)
            return
        async with open_history(settings) as history:
            yield adopter(Linker(clients.zuora, history))
