"""The options that are about money: how exactly Zuora's amounts must be those of CPQ, and how prices are given."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.section import Form, Section

Currency = Annotated[str, Form("[A-Z]{3}", "three capitals, such as EUR")]
"""An ISO 4217 code."""

Amount = Annotated[Decimal, Field(strict=False, ge=0, allow_inf_nan=False)]
"""An amount of money of at least nothing, written as a number or as a text."""

_WITHOUT_CENTS = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"})
_WITH_MILS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_CENTS = 100


class CurrencyRounding(Section):
    """How a currency is rounded in Zuora (Settings, Billing, Customize Currencies); no API shows it."""

    mode: Literal["HalfUp", "Up", "Down"] = "HalfUp"
    """Where an amount between two increments goes."""
    increment: Annotated[Decimal, Field(strict=False, gt=0, allow_inf_nan=False)] = Decimal("0.01")
    """The smallest step of an amount."""


def _off(value: Any) -> Any:
    """Take `off` as the word that it is: YAML reads it as false."""
    return "off" if value is False else value


class BillingRuleOptions(Section):
    """Billing rules of the tenant (Settings, Billing, Define Billing Rules) that decide a prorated amount."""

    partial_month: bool = True
    """Prorate recurring charges for partial months."""
    partial_week: bool = True
    """Prorate recurring charges for partial weeks."""
    partial_period: bool = True
    """Prorate recurring charges for partial billing periods."""
    days_in_month: Literal["UseActualDays", "Assume30Days", "Assume30DaysStrict"] = "UseActualDays"
    """How long a month is when a part of it is billed."""
    proration_unit: Literal["ProrateByMonthFirst", "ProrateByDay"] = "ProrateByDay"
    """How a part of a billing period is billed that is longer than a month."""

    @model_validator(mode="after")
    def _agree(self) -> BillingRuleOptions:
        if self.partial_month and not self.partial_period:
            raise PydanticCustomError(
                "exclusive", "has `partial_period: false`, with which Zuora takes no `partial_month: true`"
            )
        return self


class AmountOptions(Section):
    """How exactly what Zuora will bill must be what CPQ quoted, and how prices are given so that it is."""

    amount_proof: Annotated[Literal["hold", "report", "off"], BeforeValidator(_off)] = "hold"
    """What Zuora will bill is worked out before an order is sent. Where it is not what CPQ quoted: hold the order with
    the cause, send it and say so, or do not look."""
    amount_tolerance: dict[Currency, Amount] = Field(default_factory=dict)
    """By currency, how much a line may differ for other reasons than rounding; nothing by default."""
    rounding_tolerance: dict[Currency, Amount] = Field(default_factory=dict)
    """By currency, how much a line may differ by rounding alone, which no price can help: 1.00 by default, 100 in
    currencies without cents."""
    rounding_residual: Literal["accept", "hold", "order_line_item"] = "accept"
    """What rounding leaves between all invoices and the quote: accept and show it, hold the order, or bill it with an
    order line item of its own."""
    pricing_mode: Literal["automatic", "per_period", "vendor"] = "automatic"
    """Which price a charge is given: the first by which Zuora bills what CPQ quoted, trying the vendor's first, or the
    price per billing period; or always the vendor's, which is for the whole term, or per billing period where that is
    not whole months."""
    currency_rounding: dict[Currency, CurrencyRounding] = Field(default_factory=dict)
    """How Zuora rounds a currency, where it is not half up to its smallest coin."""
    billing_rules: BillingRuleOptions | None = None
    """Zuora's billing rules, only where the API user may not read them, such as `proration_unit: ProrateByDay`."""

    def rounding_of(self, currency: str) -> CurrencyRounding:
        """Return how a currency is rounded in Zuora."""
        return self.currency_rounding.get(currency) or _by_coin(currency)

    def may_differ(self, currency: str) -> Decimal:
        """Return by how much a line may differ for other reasons than rounding."""
        return self.amount_tolerance.get(currency, Decimal(0))

    def may_round(self, currency: str) -> Decimal:
        """Return by how much a line may differ by rounding alone."""
        return self.rounding_tolerance.get(currency, smallest(currency) * _CENTS)


@lru_cache(maxsize=256)
def _by_coin(currency: str) -> CurrencyRounding:
    return CurrencyRounding(increment=smallest(currency))


@lru_cache(maxsize=256)
def smallest(currency: str) -> Decimal:
    """Return the smallest coin of a currency by ISO 4217."""
    places = 0 if currency in _WITHOUT_CENTS else 3 if currency in _WITH_MILS else 2
    return Decimal(1).scaleb(-places)
