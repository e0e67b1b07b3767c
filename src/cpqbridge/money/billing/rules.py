"""The billing rules of a tenant that decide a prorated amount, and what a charge's own proration option makes of them.

Source: `GET /settings/billing-rules` of Zuora's Settings API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cpqbridge.money.billing.spelling import Member, member, plain


class DaysInMonth(StrEnum):
    """How long a month is when a part of it is billed."""

    ACTUAL = "UseActualDays"
    THIRTY = "Assume30Days"
    """Actual days over 30."""
    THIRTY_STRICT = "Assume30DaysStrict"
    """Days counted with 30 in every month, over 30."""


class ProrationUnit(StrEnum):
    """How a part of a billing period that is longer than a month is billed."""

    MONTH_FIRST = "ProrateByMonthFirst"
    DAY = "ProrateByDay"


class CreditBasis(StrEnum):
    """What a credit for the rest of a billed period is made of."""

    TOTAL_MINUS_CHARGED = "TotalBillingPeriodMinusCharged"
    EFFECTIVE_TO_END = "EffectiveDateToPeriodEnd"


class RecurringChargeStyle(StrEnum):
    """When recurring charges are billed."""

    ADVANCE = "Advanced"
    ARREARS = "Arrears"
    BY_RATE_PLAN = "DependsOnRatePlan"


class ProrationOption(StrEnum):
    """What a charge may say instead of the tenant's rules."""

    NONE = "NoProration"
    TIME_BASED = "TimeBasedProration"
    TENANT = "DefaultFromTenantSetting"
    FULL_PERIOD = "ChargeFullPeriod"
    CUSTOM = "CustomizeProrationOptionOverrides"


_FLAGS = {
    "partial_month": "prorateRecurringMonthlyCharges",
    "partial_week": "prorateRecurringWeeklyCharges",
    "partial_period": "proratePeriodOfRecurringCharge",
    "one_time_credit_back": "oneTimeCreditBack",
    "discount_credit_proration": "discountCreditProration",
    "partial_usage_month": "prorateUsageMonthlyCharges",
    "partial_usage_week": "prorateUsageWeeklyCharges",
}

_CHOICES: Mapping[str, tuple[str, type[StrEnum]]] = {
    "days_in_month": ("daysInMonth", DaysInMonth),
    "proration_unit": ("prorationUnit", ProrationUnit),
    "credit_basis": ("creditBasis", CreditBasis),
    "recurring_style": ("recurringChargeStyle", RecurringChargeStyle),
}


@dataclass(frozen=True, slots=True)
class BillingRules:
    """The rules by which a charge is billed; the defaults are those of a new tenant.

    Attributes:
        partial_month: Whether a charge's first and last part of a month are billed as parts.
        partial_week: Likewise of a week.
        partial_period: Likewise of a billing period longer than a month.
        days_in_month: How long a month is when a part of it is billed.
        proration_unit: How a part of a billing period longer than a month is billed.
        credit_basis: What a credit for the rest of a billed period is made of.
        one_time_credit_back: Whether a removed or cancelled one-time charge is credited.
        discount_credit_proration: Whether a fixed-amount discount is prorated when what it discounts is credited.
        partial_usage_month: Whether usage of a part of a month is billed.
        partial_usage_week: Whether usage of a part of a week is billed.
        recurring_style: Whether recurring charges are billed in advance.
        full_period: The charge's option `ChargeFullPeriod`: a part is billed as the whole period and never credited.
    """

    partial_month: bool = True
    partial_week: bool = True
    partial_period: bool = True
    days_in_month: DaysInMonth = DaysInMonth.ACTUAL
    proration_unit: ProrationUnit = ProrationUnit.DAY
    credit_basis: CreditBasis = CreditBasis.TOTAL_MINUS_CHARGED
    one_time_credit_back: bool = False
    discount_credit_proration: bool = False
    partial_usage_month: bool = True
    partial_usage_week: bool = True
    recurring_style: RecurringChargeStyle = RecurringChargeStyle.ADVANCE
    full_period: bool = False

    def __post_init__(self) -> None:
        if self.partial_month and not self.partial_period:
            raise ValueError(
                "Partial months cannot be billed while partial periods are not: "
                f"{_FLAGS['partial_month']} is true and {_FLAGS['partial_period']} false."
            )

    @classmethod
    def from_settings(cls, document: Mapping[str, Any]) -> BillingRules:
        """Return the rules of a tenant; one that the document does not have keeps its default.

        Raises:
            ValueError: A rule has a value that it cannot have; the message names the rule.
        """
        read: dict[str, Any] = {
            attribute: _flag(name, document[name])
            for attribute, name in _FLAGS.items()
            if document.get(name) is not None
        }
        for attribute, (name, values) in _CHOICES.items():
            if document.get(name) is not None:
                read[attribute] = member(values, str(document[name]), f"Billing rule {name}")
        return cls(**read)

    def with_option(self, option: str | None, override: Mapping[str, Any] | None = None) -> BillingRules:
        """Return the rules for a charge with a proration option.

        Args:
            option: `prorationOption` of the charge; None or empty for the tenant's rules.
            override: `ratingPropertiesOverride` of the charge, for `CustomizeProrationOptionOverrides`.

        Raises:
            ValueError: There is no such option, or its override is missing.
        """
        if not option:
            return self
        match member(ProrationOption, option, "Proration option"):
            case ProrationOption.NONE:
                return replace(self, partial_month=False, partial_week=False, partial_period=False)
            case ProrationOption.TIME_BASED:
                return replace(self, partial_month=True, partial_week=True, partial_period=True)
            case ProrationOption.FULL_PERIOD:
                return replace(self, full_period=True)
            case ProrationOption.CUSTOM:
                return self._overridden(override)
            case _:
                return self

    def _overridden(self, override: Mapping[str, Any] | None) -> BillingRules:
        if not override:
            raise ValueError(f"Proration option {ProrationOption.CUSTOM} needs the charge's ratingPropertiesOverride.")
        partial_month = _flag("isProratePartialMonth", override.get("isProratePartialMonth", self.partial_month))
        return replace(
            self,
            partial_month=partial_month,
            partial_period=partial_month or self.partial_period,
            days_in_month=_choice(DaysInMonth, override, "daysInMonth", self.days_in_month),
            proration_unit=_choice(ProrationUnit, override, "prorationUnit", self.proration_unit),
        )


def _choice(values: type[Member], document: Mapping[str, Any], name: str, default: Member) -> Member:
    value = document.get(name)
    return default if value is None else member(values, str(value), name)


def _flag(name: str, value: Any) -> bool:
    flags = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and plain(value) in flags:
        return flags[plain(value)]
    raise ValueError(f"Billing rule {name} '{value}' is not true or false.")
