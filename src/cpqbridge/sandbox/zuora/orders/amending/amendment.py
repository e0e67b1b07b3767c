"""What all actions on an existing subscription share: the version they change, their dates, their result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.versions import version_to_change
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates, trigger_dates
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Amendment:
    """One action on a subscription while it is being carried out.

    Attributes:
        run: Its order.
        kind: Its type.
        subscription: Row of the version that the order makes.
        dates: Its trigger dates; those not known yet hold the date before them while the order is only tried out.
        given: Its trigger dates as they are known.
    """

    run: OrderRun
    kind: str
    subscription: Row
    dates: TriggerDates
    given: TriggerDates

    @property
    def effective(self) -> date:
        """The action's contract effective date."""
        return self.dates.contract_effective

    @property
    def plans(self) -> list[Row]:
        """Rate plans of the version, removed ones too."""
        return self.run.store.find("ratePlan", subscriptionId=self.subscription["id"])

    def update(self, changes: Row) -> Row:
        """Change fields of the version and return its row."""
        return self.run.store.update("subscription", self.subscription["id"], changes)

    def result(self, made: Body | None = None, **fields: Any) -> Row:
        """Row fields of the ``orderAction``.

        Args:
            made: What a read of the order adds to the action's body, such as ``newRatePlanId``.
            fields: Other fields of the row.
        """
        return {
            "subscriptionId": self.subscription["id"],
            "subscriptionNumber": self.subscription["name"],
            "_made": made or {},
            **self.given.fields,
            **fields,
        }


def begin(run: OrderRun, entry: Body, action: Body) -> Amendment:
    """Begin an action on an existing subscription.

    Raises:
        Refusal: The subscription does not permit it, or the contract effective date lies before the subscription.
    """
    subscription = version_to_change(run, entry, action)
    given = trigger_dates(action.get("triggerDates"), run.order_date, run.tenant.settings)
    dates = given
    if given.status != "Active":
        if subscription["status"].startswith("Pending"):
            run.pending = True
        else:
            run.held = True
            dates = given.provisional()
    start = subscription["subscriptionStartDate"]
    if dates.contract_effective < day(start):
        raise broken(
            f"{action['type']}: the ContractEffective date {dates.contract_effective} lies before the start of the "
            f"subscription '{subscription['name']}' on {start}."
        )
    return Amendment(run, action["type"], subscription, dates, given)


def check_term(amendment: Amendment, on: date, *, inclusive: bool = False) -> None:
    """Refuse a day that lies beyond the subscription's term.

    Args:
        amendment: The action.
        on: Day on which it takes effect.
        inclusive: Whether the very end of the term will do.

    Raises:
        Refusal: The subscription has expired by then.
    """
    end = amendment.subscription["termEndDate"]
    if end is None or on < day(end) or (inclusive and on == day(end)):
        return
    name = amendment.subscription["name"]
    raise broken(f"{amendment.kind} on {on}: the subscription '{name}' has expired by then, its term ends on {end}.")
