"""Billing rules as the tenant's settings have them, and what a charge's own option makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cpqbridge.money.billing.rules import (
    BillingRules,
    CreditBasis,
    DaysInMonth,
    ProrationUnit,
    RecurringChargeStyle,
)

SETTINGS: dict[str, Any] = {
    "prorateRecurringMonthlyCharges": False,
    "prorateRecurringWeeklyCharges": False,
    "proratePeriodOfRecurringCharge": False,
    "daysInMonth": "Assume30DaysStrict",
    "prorationUnit": "ProrateByMonthFirst",
    "prorateUsageMonthlyCharges": False,
    "prorateUsageWeeklyCharges": False,
    "oneTimeCreditBack": True,
    "discountCreditProration": True,
    "recurringChargeStyle": "Arrears",
    "creditBasis": "EffectiveDateToPeriodEnd",
    "someNewRule": "anything",
}


def test_every_setting_is_read() -> None:
    assert BillingRules.from_settings(SETTINGS) == BillingRules(
        partial_month=False,
        partial_week=False,
        partial_period=False,
        days_in_month=DaysInMonth.THIRTY_STRICT,
        proration_unit=ProrationUnit.MONTH_FIRST,
        credit_basis=CreditBasis.EFFECTIVE_TO_END,
        one_time_credit_back=True,
        discount_credit_proration=True,
        partial_usage_month=False,
        partial_usage_week=False,
        recurring_style=RecurringChargeStyle.ARREARS,
    )


def test_settings_that_are_not_there_keep_their_defaults() -> None:
    assert BillingRules.from_settings({"daysInMonth": None}) == BillingRules()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"daysInMonth": "Assume31Days"}, "Billing rule daysInMonth 'Assume31Days' is not one of: UseActualDays"),
        ({"prorationUnit": 3}, "prorationUnit"),
        ({"oneTimeCreditBack": "perhaps"}, "Billing rule oneTimeCreditBack 'perhaps' is not true or false"),
        ({"prorateRecurringMonthlyCharges": True}, "prorateRecurringMonthlyCharges is true"),
    ],
    ids=["unknown value", "a number", "not a flag", "partial months without partial periods"],
)
def test_a_wrong_setting_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BillingRules.from_settings({**SETTINGS, **changed})


OFF = BillingRules(partial_month=False, partial_week=False, partial_period=False)


@pytest.mark.parametrize(
    ("option", "made"),
    [
        (None, OFF),
        ("", OFF),
        ("DefaultFromTenantSetting", OFF),
        ("NoProration", OFF),
        ("TimeBasedProration", BillingRules()),
        ("Charge Full Period", replace(OFF, full_period=True)),
    ],
)
def test_option_of_a_charge(option: str | None, made: BillingRules) -> None:
    assert OFF.with_option(option) == made


def test_an_override_of_a_charge() -> None:
    override = {"isProratePartialMonth": True, "prorationUnit": "ProrateByMonthFirst", "daysInMonth": "Assume30Days"}
    assert OFF.with_option("CustomizeProrationOptionOverrides", override) == replace(
        OFF,
        partial_month=True,
        partial_period=True,
        proration_unit=ProrationUnit.MONTH_FIRST,
        days_in_month=DaysInMonth.THIRTY,
    )
    kept = OFF.with_option("CustomizeProrationOptionOverrides", {"prorationUnit": None, "daysInMonth": "UseActualDays"})
    assert kept == OFF


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("CustomizeProrationOptionOverrides", "needs the charge's ratingPropertiesOverride"),
        ("Half", "'Half' is not one of"),
    ],
)
def test_an_option_that_cannot_be_used(option: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OFF.with_option(option)
