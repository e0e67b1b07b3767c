"""Plans the term of a new subscription: when it starts, how long it runs, and what starts its billing.

Source: guide "Subscription Start Date", "End Date", "Initial Term"; decisions 3, 4 and 14.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Context, Record
from cpqbridge.mapping.subscription import CONTRACT_START, S
from cpqbridge.planning.draft import Draft


@dataclass(frozen=True, slots=True)
class Term:
    """How long a subscription runs.

    Attributes:
        start: First day in Zuora: the subscription's own, or its contract's.
        end: Day after the last one; None for evergreen.
        months: Whole months from `start` to the end, or None when they are not whole or evergreen.
        in_days: Whether Zuora is told days.
        days: Days from `start` to the last one; None for evergreen.
        priced_months: Whole months that the price is for, from the subscription's own start; or None.
        length: The same months with their fraction; None for evergreen.
    """

    start: date
    end: date | None = None
    months: int | None = None
    in_days: bool = False
    days: int | None = None
    priced_months: int | None = None
    length: Decimal | None = None

    @property
    def evergreen(self) -> bool:
        """Whether the term has no end."""
        return self.end is None

    def since(self, day: date) -> Term:
        """Return the same term as one that begins on a day, such as that on which an earlier term ends."""
        if self.end is None or day == self.start:
            return self
        last = self.end - dates.ONE_DAY
        months, forced = dates.whole_months(day, last), self.in_days and self.months is not None
        return replace(
            self, start=day, months=months, in_days=forced or months is None, days=dates.days_between(day, last)
        )

    def facts(self) -> dict[str, Any]:
        """Return what the mapping needs to know of the term."""
        return {
            "evergreen": self.evergreen,
            "start": self.start,
            "end": self.end,
            "in_days": self.in_days,
            "period": self.days if self.in_days else self.months,
            "period_type": "Day" if self.in_days else "Month",
        }


def read_term(draft: Draft, context: Context, item: Record) -> Term | None:
    """Return the subscription's term; None, with the reason in the draft, when start or end is missing or wrong."""
    subscription = item["SBQQ__Subscription__r"]
    name = subscription.get("Name")
    contract_start = _contract_start(context)
    own_start = _own_start(item) or contract_start
    start = own_start if draft.options.use_subscription_start_date else contract_start or own_start
    if start is None or own_start is None:
        draft.refuse("CPQ-405", f"{S}.SBQQ__StartDate__c", f"Subscription {name} has no start date")
        return None
    if subscription.get("SBQQ__SubscriptionType__c") == "Evergreen":
        return Term(start)
    text = subscription.get("SBQQ__EndDate__c")
    end = dates.parse(text) if text else None
    if end is None or end < max(start, own_start):
        what = "has no end date" if end is None else "ends before it starts"
        draft.refuse("CPQ-405", f"{S}.SBQQ__EndDate__c", f"Subscription {name} {what}")
        return None
    months = dates.whole_months(start, end)
    return Term(
        start,
        end + dates.ONE_DAY,
        months,
        in_days=draft.options.subscription_term_in_days or months is None,
        days=dates.days_between(start, end),
        priced_months=dates.whole_months(own_start, end),
        length=dates.months_between(own_start, end),
    )


def starts_apart(draft: Draft, context: Context, item: Record) -> bool:
    """Return whether the subscription starts later than the day that triggers its charge.

    One that starts earlier is billed from that day on: Zuora takes no charge that starts before its contract.
    """
    own = _own_start(item)
    dated = context.get("Order.EffectiveDate") if draft.options.trigger_dates_on_orders else None
    effective = dates.parse(dated) if dated else _contract_start(context)
    return own is not None and effective is not None and own > effective


def _own_start(item: Record) -> date | None:
    text = item["SBQQ__Subscription__r"].get("SBQQ__StartDate__c")
    return dates.parse(text) if text else None


def _contract_start(context: Context) -> date | None:
    for path in CONTRACT_START:
        text = context.get(path)
        if text:
            return dates.parse(text)
    return None
