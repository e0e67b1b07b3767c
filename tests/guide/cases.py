"""Every case of the guide's rows."""

from __future__ import annotations

from tests.guide import (
    cases_account,
    cases_change,
    cases_line_item,
    cases_product,
    cases_subscription,
    cases_usage,
)

CASES = [
    *cases_account.CASES,
    *cases_subscription.CASES,
    *cases_usage.CASES,
    *cases_line_item.CASES,
    *cases_product.CASES,
    *cases_change.CASES,
]
