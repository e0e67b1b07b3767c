"""By what a run compares: the user's settings, the catalog's links, the day; and how it writes down what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.options import Options
from cpqbridge.sync.drift.difference import Difference
from cpqbridge.sync.drift.sources import OrgColumns, TenantRows
from cpqbridge.sync.drift.work_file import WorkFile

LEFT_OUT = "left out"
"""Counts contracts that are over and that Zuora does not have."""

_INSERT = (
    "INSERT INTO difference (kind, field, account, account_name, subscription, order_number, record, salesforce, "
    "zuora, next) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """By what is compared.

    Attributes:
        as_of: The day.
        since: Leave out what neither system has changed since this day.
        only: Names of the fields that are told of; none for all.
        options: The user's.
        values: The user's value tables.
        tables: The user's mapping.
        links: Product to its `ProductConsumptionSchedule` rows.
        units: Unit of measure in Zuora to its decimal places.
        billing: The tenant's billing rules; None where they may not be read.
    """

    as_of: date
    since: date | None = None
    only: frozenset[str] = frozenset()
    options: Options = field(default_factory=Options)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Tables = GUIDE
    links: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    billing: BillingRules | None = None

    def draft(self) -> Draft:
        """Return what planning's rules work on, with nothing in it yet."""
        return Draft(
            Snapshot(), ZuoraState(units=dict(self.units), rules=self.billing), self.options, self.values, self.tables
        )

    def counts(self, *modified: str | None) -> bool:
        """Return whether something is compared that either system changed last at these moments, in ISO form."""
        days = [moment[:10] for moment in modified if moment]
        return self.since is None or not days or max(days) >= self.since.isoformat()


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the comparison works: the rows, and the rules.

    Attributes:
        work: The work file, with all rows.
        org: The columns of Salesforce's rows.
        tenant: The columns of Zuora's rows.
        rules: By what is compared.
        accounts: Salesforce ids of the accounts of which alone was read; none for all.
    """

    work: WorkFile
    org: OrgColumns
    tenant: TenantRows
    rules: Rules
    accounts: Sequence[str] = ()

    def note(self, differences: Iterable[Difference]) -> None:
        """Write differences down, as far as they are asked for."""
        only = self.rules.only
        self.work.run_many(_INSERT, (one.row() for one in differences if not only or one.field.name in only))

    def leave_out(self, count: int) -> None:
        """Count contracts that are over and that Zuora does not have."""
        if count:
            self.work.set_mark(LEFT_OUT, str(int(self.work.mark(LEFT_OUT) or 0) + count))
