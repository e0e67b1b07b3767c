"""The tenant's billing rules: read as they are, nothing where they may not be read, refused where not understood."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.errors import CallForHelp, RetryLater, SignInRefused
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.zuora.billing_rules import get_billing_rules
from cpqbridge.zuora.client import ZuoraClient
from tests.transport.stage import Answer, Stage, reply
from tests.zuora.tenant import CONNECTION, attempt, play

RULES = {
    "prorateRecurringMonthlyCharges": False,
    "prorateRecurringWeeklyCharges": True,
    "proratePeriodOfRecurringCharge": False,
    "daysInMonth": "Assume30Days",
    "prorationUnit": "ProrateByMonthFirst",
    "oneTimeCreditBack": True,
}


def test_rules_are_read() -> None:
    rules, stage = play([reply(RULES)], get_billing_rules)
    assert stage.requests[1].url.path == "/settings/billing-rules"
    assert rules == BillingRules(
        partial_month=False,
        partial_period=False,
        days_in_month=DaysInMonth.THIRTY,
        proration_unit=ProrationUnit.MONTH_FIRST,
        one_time_credit_back=True,
    )


@pytest.mark.parametrize(
    "answer",
    [
        reply({"code": 50000040, "message": "not there"}, 404),
        reply({"message": "no Route matched with those values"}, 404),
        reply({"message": "Forbidden"}, 403),
        reply({"code": 50000010, "message": "The feature is not enabled."}, 400),
    ],
)
def test_who_may_not_read_them_has_none(answer: Answer) -> None:
    assert play([answer], get_billing_rules)[0] is None


def test_a_call_that_no_session_may_make_is_not_a_failed_sign_in() -> None:
    rules, stage = play(lambda _: reply({"message": "Unauthorized"}, 401), get_billing_rules)
    assert rules is None
    assert [one.url.path for one in stage.requests].count("/settings/billing-rules") == 2


def test_a_refused_sign_in_is_told() -> None:
    stage = Stage(lambda _: reply({"message": "bad credentials"}, 401))

    async def story() -> Any:
        async with ZuoraClient(CONNECTION, stage.wiring()) as client:
            return await attempt(get_billing_rules)(client)

    error = asyncio.run(story())
    assert isinstance(error, SignInRefused)
    assert error.code == "CPQ-201"
    assert {one.url.path for one in stage.requests} == {"/oauth/token"}


def test_a_passing_fault_is_no_answer() -> None:
    error, _ = play(lambda _: reply({"message": "down"}, 503), attempt(get_billing_rules))
    assert isinstance(error, RetryLater)


@pytest.mark.parametrize(
    "document",
    [{**RULES, "daysInMonth": "Assume31Days"}, {**RULES, "prorateRecurringMonthlyCharges": True}],
    ids=["unknown value", "contradiction"],
)
def test_rules_that_nobody_knows_are_not_guessed(document: dict[str, Any]) -> None:
    error, _ = play([reply(document)], attempt(get_billing_rules))
    assert isinstance(error, CallForHelp)
    assert (error.code, error.field) == ("CPQ-901", "/settings/billing-rules")
