"""Terms end in Zuora on the day after they end in Salesforce, whatever the months and however they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.emptying import empty
from tests.guide.story import DAYS, Row, Stage
from tests.world import Line

TERMS = {
    "a year": ("2026-02-01", "2027-01-31", 12),
    "a month": ("2026-02-01", "2026-02-28", 1),
    "a leap year": ("2028-01-01", "2028-12-31", 12),
    "over a leap day": ("2027-03-01", "2028-02-29", 12),
    "from a leap day": ("2028-02-29", "2029-02-27", 12),
    "from a leap day to the end of February": ("2028-02-29", "2029-02-28", None),
    "from 31 January for a month": ("2026-01-31", "2026-02-27", 1),
    "from 31 January for a month of a leap year": ("2028-01-31", "2028-02-28", 1),
    "from 30 January for a month": ("2026-01-30", "2026-02-27", 1),
    "from 30 January for a year": ("2026-01-30", "2027-01-29", 12),
    "from 31 January for a year": ("2026-01-31", "2027-01-30", 12),
    "from 31 January to the last of February": ("2026-01-31", "2026-02-28", None),
    "from 31 March for a month": ("2026-03-31", "2026-04-29", 1),
    "an odd term": ("2026-02-10", "2026-05-01", None),
    "a day": ("2026-02-10", "2026-02-10", None),
    "ten years": ("2026-02-01", "2036-01-31", 120),
}
"""First day, last day and whole months; None where they are not whole and Zuora is told days."""


@pytest.fixture(scope="module")
def termed(worker_database: str) -> Iterator[Stage]:
    """Give the stage after each term was sold twice, and carried over in months and in days; and an evergreen one."""
    empty(worker_database)
    with LocalSandbox("empty") as sandbox:
        stage = Stage(sandbox, worker_database)
        account, seat = stage.world.account(), stage.world.product("Seat")
        for name, (start, end, _) in TERMS.items():
            for told in ("months", "days"):
                stage.sell(f"{name} in {told}", account, Line(seat), start=start, end=end)
        for told in ("months", "days"):
            stage.sell(f"evergreen in {told}", account, Line(seat, more={"SBQQ__SubscriptionType__c": "Evergreen"}))
        carry(stage, "months")
        carry(stage, "days", **DAYS)
        yield stage
        stage.tenant.close()


def carry(stage: Stage, told: str, **options: Any) -> None:
    stage.carry(*(name for name in stage.numbers if name.endswith(f"in {told}")), **options)


def terms_of(subscription: Row) -> Row:
    """Return what Zuora says of a subscription's terms."""
    names = ("termType", "initialTerm", "initialTermPeriodType", "renewalSetting", "renewalTerm", "autoRenew")
    return {name: subscription.get(name) for name in (*names, "renewalTermPeriodType")}


@pytest.mark.parametrize("told", ["months", "days"])
@pytest.mark.parametrize("name", TERMS)
def test_the_term_ends_on_the_right_day(termed: Stage, name: str, told: str) -> None:
    start, end, months = TERMS[name]
    subscription = termed.subscription(f"{name} in {told}")
    after = date.fromisoformat(end) + timedelta(days=1)
    assert subscription["subscriptionStartDate"] == start
    assert subscription["subscriptionEndDate"] == after.isoformat()
    in_months = told == "months" and months is not None
    length = months if in_months else (after - date.fromisoformat(start)).days
    unit = "Month" if in_months else "Day"
    assert terms_of(subscription) == {
        "termType": "TERMED",
        "initialTerm": length,
        "initialTermPeriodType": unit,
        "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
        "renewalTerm": length,
        "renewalTermPeriodType": unit,
        "autoRenew": False,
    }


@pytest.mark.parametrize("told", ["months", "days"])
def test_evergreen_has_no_end_and_no_renewal(termed: Stage, told: str) -> None:
    subscription = termed.subscription(f"evergreen in {told}")
    assert subscription["termType"] == "EVERGREEN"
    assert subscription.get("subscriptionEndDate") is None
    assert not subscription.get("renewalTerm")
    assert subscription["autoRenew"] is False
