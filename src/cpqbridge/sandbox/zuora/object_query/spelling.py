"""The two spellings of catalog values.

CRUD calls and all queries write ``Per Month`` and ``Flat Fee Pricing``; Orders and REST reads ``Per_Month`` and
``FlatFee``. The store holds the latter.
"""

from __future__ import annotations

from typing import Any

#: CRUD spelling -> spelling of Orders and REST reads, by row field.
SPELLINGS: dict[str, dict[str, str]] = {
    "chargeModel": {
        "Flat Fee Pricing": "FlatFee",
        "Per Unit Pricing": "PerUnit",
        "Tiered Pricing": "Tiered",
        "Volume Pricing": "Volume",
        "Overage Pricing": "Overage",
        "Tiered with Overage Pricing": "TieredWithOverage",
        "Discount-Fixed Amount": "DiscountFixedAmount",
        "Discount-Percentage": "DiscountPercentage",
        "Delivery Pricing": "Delivery",
    },
    "billingPeriod": {
        "Month": "Month",
        "Quarter": "Quarter",
        "Semi-Annual": "Semi_Annual",
        "Annual": "Annual",
        "Eighteen Months": "Eighteen_Months",
        "Two Years": "Two_Years",
        "Three Years": "Three_Years",
        "Five Years": "Five_Years",
        "Specific Months": "Specific_Months",
        "Subscription Term": "Subscription_Term",
        "Week": "Week",
        "Specific Weeks": "Specific_Weeks",
        "Specific Days": "Specific_Days",
    },
    "billingTiming": {"In Advance": "IN_ADVANCE", "In Arrears": "IN_ARREARS"},
    "endDateCondition": {
        "SubscriptionEnd": "Subscription_End",
        "FixedPeriod": "Fixed_Period",
        "SpecificEndDate": "Specific_End_Date",
        "OneTime": "One_Time",
    },
    "listPriceBase": {
        "Per Billing Period": "Per_Billing_Period",
        "Per Month": "Per_Month",
        "Per Week": "Per_Week",
        "Per Year": "Per_Year",
        "Per Specific Months": "Per_Specific_Months",
        "Per Validity Period": "Per_Validity_Period",
    },
    "upToPeriodsType": {
        "Billing Periods": "Billing_Periods",
        "Days": "Days",
        "Weeks": "Weeks",
        "Months": "Months",
        "Years": "Years",
    },
    "priceFormat": {"Flat Fee": "FlatFee", "Per Unit": "PerUnit"},
}

_SHOWN = {field: {rest: crud for crud, rest in values.items()} for field, values in SPELLINGS.items()}


def stored(field: str, value: Any) -> Any:
    """A value in the spelling of the store, whichever one it has.

    Args:
        field: The row's field, such as ``billingPeriod``.
        value: Its value; values of fields with one spelling stay as they are.
    """
    return SPELLINGS[field].get(value, value) if field in SPELLINGS else value


def shown(field: str, value: Any) -> Any:
    """A value in the spelling of CRUD calls and queries, whichever one it has."""
    return _SHOWN[field].get(value, value) if field in _SHOWN else value
