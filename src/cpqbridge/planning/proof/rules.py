"""The tenant's billing rules as the user has written them down, for an API user that may not read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.settings.options import Options

GIVEN: Mapping[str, Callable[[Any], Any]] = {
    "partial_month": bool,
    "partial_week": bool,
    "partial_period": bool,
    "days_in_month": DaysInMonth,
    "proration_unit": ProrationUnit,
}
"""The rules that the option `billing_rules` has, under the same names as `BillingRules`."""


def given_rules(options: Options) -> BillingRules | None:
    """Return the rules of the option `billing_rules`; None where it is not set."""
    given = options.billing_rules
    return None if given is None else BillingRules(**{name: of(getattr(given, name)) for name, of in GIVEN.items()})
