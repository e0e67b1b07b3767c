"""Which list price base goes with which billing period."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.spelling import stored

#: Billing periods counted in weeks; only they can have a day of the week as bill cycle day.
WEEKLY = frozenset({"Week", "Specific_Weeks"})

_NOT_MONTHLY = WEEKLY | {"Specific_Days"}
_BY_MONTH = frozenset({"Per_Month", "Per_Year", "Per_Specific_Months"})


def billable(base: str | None, period: str | None) -> bool:
    """Whether a price of that base can be billed in that period; both in either spelling, None fits all."""
    base, period = stored("listPriceBase", base), stored("billingPeriod", period)
    if period is None:
        return True
    if base == "Per_Week":
        return period in WEEKLY or period == "Subscription_Term"
    if base == "Per_Specific_Months" and period == "Subscription_Term":
        return False
    return base not in _BY_MONTH or period not in _NOT_MONTHLY
