"""RenewSubscription: one more term, as the subscription's renewal setting and term say."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin
from cpqbridge.sandbox.zuora.orders.amending.attributes import changed_attributes, clearings
from cpqbridge.sandbox.zuora.orders.amending.extent import EVERGREEN, change_term
from cpqbridge.sandbox.zuora.orders.amending.owners import accounts_of
from cpqbridge.sandbox.zuora.orders.amending.uplift import raise_prices
from cpqbridge.sandbox.zuora.orders.dates import add, day
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Let a new term begin where the present one ends, whenever the action takes effect.

    Raises:
        Refusal: The subscription is evergreen or has no renewal term, or an attribute is wrong.
    """
    amendment, body = begin(run, entry, action), action.get("renewSubscription") or {}
    attributes = changed_attributes(run.tenant, body, *accounts_of(run.tenant, amendment.subscription))
    if not amendment.subscription["termEndDate"]:
        raise broken(f"The EVERGREEN subscription '{amendment.subscription['name']}' cannot be renewed.")
    start = amendment.subscription["termEndDate"]
    row = change_term(amendment, attributes | _term(amendment) | {"termStartDate": start})
    raise_prices(amendment, day(start))
    names = ("termType", "currentTerm", "currentTermPeriodType", "termStartDate")
    return amendment.result(**clearings(body), **attributes, **{name: row[name] for name in names})


def _term(amendment: Amendment) -> Row:
    row = amendment.subscription
    if row["renewalSetting"] == "RENEW_TO_EVERGREEN":
        return EVERGREEN
    if not row["renewalTerm"]:
        raise broken(f"The subscription '{row['name']}' has no renewal term; set renewalTerms by TermsAndConditions.")
    end = add(day(row["termEndDate"]), row["renewalTerm"], row["renewalTermPeriodType"]).isoformat()
    return {
        "currentTerm": row["renewalTerm"],
        "currentTermPeriodType": row["renewalTermPeriodType"],
        "termEndDate": end,
        "subscriptionEndDate": end,
    }
