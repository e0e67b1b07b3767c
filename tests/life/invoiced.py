"""Lives until the last invoice: no order goes that would be billed otherwise than it was quoted, and none is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS
from cpqbridge.sync.result import SyncResult
from tests.life.invoices import Proofs
from tests.life.machine import LINES, MONTHS, START, Life, Sold
from tests.life.reckoning import reckon
from tests.life.sales import Sales


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides amounts.

    Attributes:
        precision: CPQ's Subscription Prorate Precision.
        rules: Zuora's billing rules, where they are not those that the vendor asks for.
        pricing: The option `pricing_mode`.
    """

    precision: str = "Calendar Monthly + Daily"
    rules: dict[str, Any] = field(default_factory=dict)
    pricing: str = "automatic"


USUAL = Settings()
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"daysInMonth": "Assume30Days"},
    {"daysInMonth": "Assume30DaysStrict"},
    {"prorationUnit": "ProrateByDay"},
    {"prorateRecurringMonthlyCharges": False},
    {"prorateRecurringMonthlyCharges": False, "proratePeriodOfRecurringCharge": False},
)
OTHERS = st.builds(
    Settings, st.sampled_from(sorted(PRECISIONS)), st.sampled_from(RULES), st.sampled_from(["automatic", "vendor"])
)


class Invoiced(Life):
    """The whole life of an org with the settings that the vendor asks for, with each order proved."""

    options: ClassVar[dict[str, Any]] = {**Life.options, "amount_proof": "hold"}

    @initialize(lines=LINES, start=START, months=MONTHS)
    def begin(self, lines: list[Sold], start: str, months: int, chosen: Settings = USUAL) -> None:
        """Open both systems with some settings, and sell something first."""
        type(self).latest = self
        given = {"lines": lines, "start": start, "months": months}
        self.steps.append(("begin", given if chosen is USUAL else {**given, "chosen": chosen}))
        self.proofs, self.usual = Proofs(), chosen == USUAL
        self.stage.begin(**self.options, pricing_mode=chosen.pricing)
        both = self.stage.both
        url = f"{both.sandbox.zuora_url}/_sandbox/settings"
        httpx.post(url, json={"billingRules": chosen.rules}, timeout=30).raise_for_status()
        both.sandbox.org.settings.prorate_precision = chosen.precision
        self.sales = Sales(self.stage.world)
        self.sales.new(lines, start, months)

    def keep(self, results: list[SyncResult]) -> None:
        """Keep what was proved."""
        self.proofs.take(results)

    def reckon(self) -> list[str]:
        """Return what is wrong at the end, when all is billed."""
        return reckon(self.stage, self.sales, self.proofs, usual=self.usual)


class Elsewhere(Invoiced):
    """The same with other settings of both systems."""

    @initialize(lines=LINES, start=START, months=MONTHS, chosen=OTHERS)
    def begin(self, lines: list[Sold], start: str, months: int, chosen: Settings = USUAL) -> None:
        """Open both systems with other settings."""
        super().begin(lines, start, months, chosen)
