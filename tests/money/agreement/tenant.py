"""What the sandbox's tenant bills: its own rating, on segments that are made without a store."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import lru_cache
from itertools import count
from typing import Any, Final

from cpqbridge.sandbox.zuora.billing import case as engine
from cpqbridge.sandbox.zuora.billing import prices, recurring
from cpqbridge.sandbox.zuora.billing.cuts import text
from cpqbridge.sandbox.zuora.billing.cycles import Frame
from cpqbridge.sandbox.zuora.billing.ledger import Ledger
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.money.agreement.case import Case
from tests.money.agreement.items import Item, Items, Segment, segments_of

_MODES: Final = {"HalfUp": ROUND_HALF_UP, "Up": ROUND_UP, "Down": ROUND_DOWN}
_DEFAULTS: Final = TenantSettings().billing_rules


class Desk(engine.Case):
    """A subscription being billed whose items are kept in a list, and go nowhere else."""

    billing_rules: dict[str, Any]
    made: list[Item]

    @property
    def rules(self) -> dict[str, Any]:
        """The billing rules of the case."""
        return self.billing_rules

    def add(self, segment: engine.Segment, kind: str, span: tuple[int, int], amount: Decimal, **fields: Any) -> Row:
        """Take an item into the ledger, as the tenant does."""
        start, end = text(span[0]), text(span[1])
        own = {name: fields.get(name) for name in ("credits", "base", "period")}
        billed = {"kind": kind, "start": start, "end": end, "amount": amount, "content": segment.content}
        row = {"id": str(next(_ids)), "chargeNumber": segment.row["chargeNumber"], "_billed": billed | own}
        self.ledger.add(row)
        self.made.append((start, end, amount))
        return row


_ids = count(1)


@lru_cache(maxsize=1)
def _tenant() -> Tenant:
    return Tenant.open(None)


def billed(case: Case) -> list[Items]:
    """Return the items of each bill run: the one before a change, where there is one, and the last."""
    ledger, runs = Ledger(()), []
    for segments, target in segments_of(case):
        desk = _desk(case, ledger, target.toordinal())
        recurring.bill(desk, engine.Charge([_segment(case, one) for one in segments], {}))
        runs.append(sorted(desk.made))
    return runs


def _desk(case: Case, ledger: Ledger, target: int) -> Desk:
    term = case.term[0].toordinal(), case.term[1].toordinal()
    frame = Frame(term[0], [term], case.account_day)
    rounded = prices.Rounding(_MODES[case.mode], Decimal(case.increment))
    desk = Desk(_tenant(), {}, {}, frame, [], ledger, target, rounded)
    desk.billing_rules, desk.made = {**_DEFAULTS, **case.rules}, []
    return desk


def _segment(case: Case, segment: Segment) -> engine.Segment:
    start, end, quantity = segment
    row = {
        **case.fields,
        "chargeNumber": "C-1",
        "quantity": quantity,
        "effectiveStartDate": str(start),
        "effectiveEndDate": str(end),
    }
    tiers = [dict(one) for one in case.tiers]
    return engine.Segment(row, tiers, start.toordinal(), end.toordinal(), prices.content(row, tiers))
