"""The plan of one record while it is being made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cpqbridge.mapping.rule import Context, Mapped, Problem, Record, Table, apply
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.planning.plan import Known, Operation, Proof, SyncPlan
from cpqbridge.planning.proof.rules import given_rules
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import RatePlan, ZuoraState
from cpqbridge.settings.options import Options
from cpqbridge.values import Outcome

NOT_READY = "CPQ-5"
"""How the codes of what is only not finished yet begin."""

_NEW_TENANT = BillingRules()


@dataclass(frozen=True, slots=True)
class AccountKey:
    """How requests name an account: by Zuora id or number, known or still to come.

    Attributes:
        crm_id: Salesforce account id.
        id: Zuora id.
        number: Account number.
        bill_cycle_day: Day of the month on which it is billed; 0 where Zuora sets it, None where it is not known.
    """

    crm_id: str
    id: Known
    number: Known
    bill_cycle_day: int | None = None


@dataclass(slots=True)
class Draft:
    """Collects operations and problems; remembers what earlier operations of this plan will have made."""

    snapshot: Snapshot
    state: ZuoraState
    options: Options
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Tables = GUIDE
    operations: list[Operation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    accounts: dict[str, AccountKey | None] = field(default_factory=dict)
    contacts: dict[tuple[str, Known], Known] = field(default_factory=dict)
    plans: dict[str, RatePlan | None] = field(default_factory=dict)
    proofs: list[Proof] = field(default_factory=list)
    own_prices: set[str] = field(default_factory=set)

    @property
    def rules(self) -> BillingRules:
        """The tenant's billing rules; those of a new tenant where they are not known, see `rules_known`."""
        return given_rules(self.options) or self.state.rules or _NEW_TENANT

    @property
    def rules_known(self) -> bool:
        """Whether the tenant's billing rules could be read, or are among the options."""
        return self.options.billing_rules is not None or self.state.rules is not None

    def context(self, roots: Mapping[str, Record], **given: Any) -> Context:
        """Return a context for applying tables to these records."""
        return Context(roots, self.options, {"values": self.values, **given})

    def map(
        self,
        table: Table,
        context: Context,
        *,
        prefix: str = "",
        creating: bool = True,
        into: Mapped | None = None,
    ) -> Mapped:
        """Apply a table and keep its problems; its lineage is added to that of `into`."""
        mapped = apply(table, context, prefix=prefix, creating=creating, into=into)
        self.problems.extend(mapped.problems)
        return mapped

    def add(
        self,
        name: str,
        key: str,
        path: str,
        mapped: Mapped,
        *,
        method: str = "POST",
        known: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an operation with the mapped body."""
        self.operations.append(Operation(name, key, method, path, mapped.body, tuple(mapped.lineage), known or {}))

    def refuse(self, code: str, field_path: str | None, message: str, remedy: str | None = None) -> None:
        """Note why this record may not go."""
        self.problems.append(Problem(code, field_path, message, remedy))

    def finish(
        self, record: str, number: str, zuora: Mapping[str, Any], *, waiting: bool = False, own: Sequence[str] = ()
    ) -> SyncPlan:
        """Return the plan: stopped when there are problems, unchanged when there is nothing to write.

        A record that only waits for something is waiting; with anything else wrong it is held.

        Args:
            record: Name of the record.
            number: Its number.
            zuora: The numbers that Zuora has given already.
            waiting: Whether it waits, whatever is wrong.
            own: Natural keys of the record itself: what seems wrong may be that another process has just made it.
        """
        keys = (*(own if self.problems else ()), *(operation.key for operation in self.operations))
        proofs = tuple(self.proofs)
        if self.problems:
            waiting = waiting or all(problem.code.startswith(NOT_READY) for problem in self.problems)
            stop = Outcome.WAITING if waiting else Outcome.HELD
            return SyncPlan(record, number, stop, tuple(dict.fromkeys(self.problems)), (), zuora, keys, proofs)
        stop_or_none = None if self.operations else Outcome.UNCHANGED
        return SyncPlan(record, number, stop_or_none, (), tuple(self.operations), zuora, keys, proofs)
