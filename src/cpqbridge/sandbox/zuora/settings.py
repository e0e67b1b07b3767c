"""The switches of a tenant: features, billing rules, code lists, limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, get_type_hints

import msgspec

from cpqbridge.sandbox.zuora import customs

#: How amounts of a currency may be rounded.
ROUNDING_MODES = ("HalfUp", "Up", "Down")

#: Billing rules that may not stand together: a partial month is billed but a partial period is not.
_CONTRADICTION = ("prorateRecurringMonthlyCharges", "proratePeriodOfRecurringCharge")


def _currencies() -> dict[str, dict[str, str]]:
    """Rounding by currency: mode ``HalfUp``, ``Up`` or ``Down`` and the increment as a decimal text."""
    increments = {
        "USD": "0.01",
        "EUR": "0.01",
        "GBP": "0.01",
        "CAD": "0.01",
        "AUD": "0.01",
        "CHF": "0.01",
        "JPY": "1",
    }
    return {code: {"mode": "HalfUp", "increment": increment} for code, increment in increments.items()}


def _units() -> dict[str, int]:
    """Decimal places by unit of measure."""
    return {"Each": 0, "User": 0, "License": 0, "Hour": 2, "GB": 2, "API Call": 0, "Minute": 0}


def _accounting_codes() -> list[str]:
    return [
        "Accounts Receivable",
        "Deferred Revenue",
        "Recognized Revenue",
        "Subscription Revenue",
        "Hardware Revenue",
    ]


def _custom_fields() -> dict[str, list[str | dict[str, Any]]]:
    return {
        "account": [],
        "contact": ["crmId__c", "crmOrderId__c"],
        "product": [],
        "productRatePlan": [],
        "productRatePlanCharge": [],
        "order": [],
        "orderAction": [],
        "orderLineItem": [],
        "subscription": ["SFDC_Contract__c"],
        "ratePlan": [],
        "ratePlanCharge": [],
    }


def _billing_rules() -> dict[str, Any]:
    return {
        "prorateRecurringMonthlyCharges": True,
        "prorateRecurringWeeklyCharges": True,
        "proratePeriodOfRecurringCharge": True,
        "daysInMonth": "UseActualDays",
        "prorationUnit": "ProrateByMonthFirst",
        "prorateUsageMonthlyCharges": True,
        "prorateUsageWeeklyCharges": True,
        "oneTimeCreditBack": False,
        "discountCreditProration": False,
        "recurringChargeStyle": "Advanced",
        "creditBasis": "TotalBillingPeriodMinusCharged",
    }


#: Settings that hold limits by name: none is negative, and those that are not given stay.
_LIMITS = frozenset({"rate_limits", "auth_rate_limits", "concurrency_limits", "data_query_limits"})

#: Values permitted for the billing rules that are not booleans.
BILLING_RULE_VALUES: dict[str, tuple[str, ...]] = {
    "daysInMonth": ("UseActualDays", "Assume30Days", "Assume30DaysStrict"),
    "prorationUnit": ("ProrateByMonthFirst", "ProrateByDay"),
    "recurringChargeStyle": ("Advanced", "Arrears", "DependsOnRatePlan"),
    "creditBasis": ("TotalBillingPeriodMinusCharged", "EffectiveDateToPeriodEnd"),
}


def _number_prefixes() -> dict[str, str]:
    return {
        "account": "A",
        "order": "O-",
        "subscription": "A-S",
        "charge": "C-",
        "ratePlan": "SRP-",
        "ramp": "R-",
        "product": "PC-",
        "productRatePlan": "PRP-",
        "productRatePlanCharge": "PRPC-",
    }


@dataclass(slots=True)
class TenantSettings:
    """Everything that differs between tenants; the camelCase form of a name is its key in JSON.

    Attributes:
        flexible_billing_attributes: Subscription-level bill-to contact, payment term, invoice group.
        multicurrency: Subscriptions in another currency than their account's.
        order_line_items: Order line items in orders.
        invoice_settlement: Credit and debit memos, unapplied payments.
        orders: The Orders feature itself.
        order_revert: Single Version Subscription: subscriptions created from then on can be rid of an order by
            ``POST /v1/orders/{n}/revert``.
        ramps: Ramp deals: intervals of a subscription in which quantities and prices may differ.
        require_service_activation: Orders without that trigger date stay Pending.
        require_customer_acceptance: Likewise for customer acceptance.
        charge_modifiers: Capping of usage tiers: the field ``cap`` in the tiers of orders.
        specific_months_list_price: List price base ``Per_Specific_Months``.
        data_query: Data Query.
        currencies: Active currencies with their rounding.
        home_currency: The tenant's own currency.
        payment_terms: Names of the active payment terms.
        default_payment_term: Term of an account that names none.
        batches: Names of the account batches.
        units_of_measure: Units with their decimal places.
        accounting_codes: Names of the active accounting codes.
        tax_codes: Names of the active tax codes.
        default_bill_cycle_day: Day used for accounts that the tenant makes itself.
        default_auto_renew: ``autoRenew`` of a subscription whose order does not say.
        zuora_version: Minor version that counts when a request carries no ``Zuora-Version``.
        custom_fields: Custom fields by kind of record: a name (``name__c``) or a definition, see `customs`.
        indexed_custom_fields: Custom fields that Object Query may filter by.
        billing_rules: What ``/settings/billing-rules`` shows.
        number_prefixes: Prefix of generated numbers by sequence.
        async_job_polls: How often an asynchronous job answers Processing before it is done.
        token_lifetime: Seconds that an access token is good for.
        rate_limits: Calls permitted per ``minute``, ``hour`` and ``day``.
        auth_rate_limits: The same for the token endpoint.
        concurrency_limits: Calls at one time by class.
        entities: Entities of a tenant with Multi-entity, the global one first; see `entities`.
        organizations: Organizations of a tenant with Multi-Org; see `organizations`.
        data_query_limits: Jobs of Data Query at one time (``running``, ``queued``), and rows of one query
            (``inputRows`` per table, ``outputRows``).
    """

    flexible_billing_attributes: bool = True
    multicurrency: bool = True
    order_line_items: bool = True
    invoice_settlement: bool = True
    orders: bool = True
    order_revert: bool = False
    ramps: bool = False
    require_service_activation: bool = False
    require_customer_acceptance: bool = False
    charge_modifiers: bool = False
    specific_months_list_price: bool = True
    data_query: bool = True
    currencies: dict[str, dict[str, str]] = field(default_factory=_currencies)
    home_currency: str = "USD"
    payment_terms: list[str] = field(
        default_factory=lambda: ["Due Upon Receipt", "Net 15", "Net 30", "Net 45", "Net 60", "Net 90"]
    )
    default_payment_term: str = "Due Upon Receipt"
    batches: list[str] = field(default_factory=lambda: [f"Batch{number}" for number in range(1, 51)])
    units_of_measure: dict[str, int] = field(default_factory=_units)
    accounting_codes: list[str] = field(default_factory=_accounting_codes)
    tax_codes: list[str] = field(default_factory=lambda: ["Standard"])
    default_bill_cycle_day: int = 1
    default_auto_renew: bool = False
    zuora_version: str = "2025-08-12"
    custom_fields: dict[str, list[str | dict[str, Any]]] = field(default_factory=_custom_fields)
    indexed_custom_fields: list[str] = field(default_factory=lambda: ["crmId__c", "crmOrderId__c"])
    billing_rules: dict[str, Any] = field(default_factory=_billing_rules)
    number_prefixes: dict[str, str] = field(default_factory=_number_prefixes)
    async_job_polls: int = 1
    token_lifetime: int = 3599
    rate_limits: dict[str, int] = field(
        default_factory=lambda: {"minute": 50_000, "hour": 2_250_000, "day": 27_000_000}
    )
    auth_rate_limits: dict[str, int] = field(default_factory=lambda: {"minute": 2_000, "hour": 67_500, "day": 810_000})
    concurrency_limits: dict[str, int] = field(
        default_factory=lambda: {"Default": 40, "High-volume transactions": 200, "Object Query": 80}
    )
    entities: list[dict[str, Any]] = field(default_factory=list)
    organizations: list[dict[str, Any]] = field(default_factory=list)
    data_query_limits: dict[str, int] = field(
        default_factory=lambda: {"running": 5, "queued": 10, "inputRows": 10_000_000, "outputRows": 500_000}
    )

    @property
    def features(self) -> frozenset[str]:
        """Names of the switches that are on."""
        return frozenset(item.name for item in fields(self) if getattr(self, item.name) is True)

    def as_dict(self) -> dict[str, Any]:
        """All settings by their camelCase names."""
        return {_camel(item.name): getattr(self, item.name) for item in fields(self)}

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change settings given by their camelCase names; mappings with a fixed set of keys are merged.

        Raises:
            ValueError: A name is not known or a value does not fit; nothing is changed.
        """
        names = {_camel(item.name): item.name for item in fields(self)}
        hints = get_type_hints(type(self))
        accepted: dict[str, Any] = {}
        for key, value in changes.items():
            if key not in names:
                raise ValueError(f"Unknown setting '{key}'.")
            accepted[names[key]] = self._accept(names[key], key, value, hints[names[key]])
        for name, value in accepted.items():
            setattr(self, name, value)

    def restore(self) -> None:
        """Back to the defaults."""
        fresh = TenantSettings()
        for item in fields(self):
            setattr(self, item.name, getattr(fresh, item.name))

    def _accept(self, name: str, key: str, value: Any, hint: Any) -> Any:
        try:
            converted = msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            raise ValueError(f"Setting '{key}': {error}.") from error
        if name == "billing_rules":
            return check_billing_rules({**self.billing_rules, **converted})
        if name in _CHECKS:
            _CHECKS[name](converted)
        if name in _LIMITS and min(converted.values(), default=0) < 0:
            raise ValueError(f"Setting '{key}': a limit must not be negative.")
        if name in {"custom_fields", "number_prefixes", *_LIMITS}:
            return {**getattr(self, name), **converted}
        return converted


def _check_currencies(currencies: Mapping[str, Mapping[str, str]]) -> None:
    for code, rounding in currencies.items():
        if set(rounding) != {"mode", "increment"} or rounding["mode"] not in ROUNDING_MODES:
            raise ValueError(f"Currency '{code}' needs 'mode', one of {', '.join(ROUNDING_MODES)}, and 'increment'.")
        if not re.fullmatch(r"\d+(\.\d+)?", rounding["increment"]) or not Decimal(rounding["increment"]):
            raise ValueError(f"Currency '{code}': the increment must be a number greater than 0.")


def _check_custom_fields(definitions: Mapping[str, list[str | dict[str, Any]]]) -> None:
    for kind, defined in definitions.items():
        if kind not in _custom_fields():
            raise ValueError(f"Setting 'customFields': there are no records of kind '{kind}'.")
        names = [customs.parse(definition).name for definition in defined]
        if len(set(names)) < len(names):
            raise ValueError(f"Setting 'customFields': a custom field of {kind} is defined twice.")


def _check_units(units: Mapping[str, int]) -> None:
    for unit, places in units.items():
        if not 0 <= places <= 9:
            raise ValueError(f"Unit of measure '{unit}': the decimal places must be between 0 and 9.")


def _check_units_of_business(units: list[dict[str, Any]]) -> None:
    """Check entities or organizations: their ids are UUIDs, as in the headers that name them."""
    for unit in units:
        known = {"id": str, "name": str, "displayName": str, "accessible": bool}
        if not {"id", "name"} <= set(unit) <= set(known) or not all(isinstance(unit[key], known[key]) for key in unit):
            raise ValueError(
                "An entity or organization needs 'id' and 'name', and may have 'displayName', 'accessible'."
            )
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", unit["id"]):
            raise ValueError(f"The id '{unit['id']}' must be a UUID with hyphens.")
    if len({unit["id"] for unit in units}) < len(units) or len({unit["name"] for unit in units}) < len(units):
        raise ValueError("Two entities or organizations have the same id or name.")


#: Checks of settings whose type alone does not make them good.
_CHECKS: dict[str, Callable[[Any], None]] = {
    "currencies": _check_currencies,
    "entities": _check_units_of_business,
    "organizations": _check_units_of_business,
    "custom_fields": _check_custom_fields,
    "units_of_measure": _check_units,
}


def check_billing_rules(rules: dict[str, Any]) -> dict[str, Any]:
    """The same rules, if they are good.

    Raises:
        ValueError: Unknown rule, value that does not fit, or partial months without partial periods.
    """
    known = _billing_rules()
    for name, value in rules.items():
        if name not in known:
            raise ValueError(f"Unknown billing rule '{name}'.")
        permitted = BILLING_RULE_VALUES.get(name)
        if permitted is None and not isinstance(value, bool):
            raise ValueError(f"Billing rule '{name}' must be true or false.")
        if permitted is not None and value not in permitted:
            raise ValueError(f"Billing rule '{name}' value should be one of: {', '.join(permitted)}.")
    month, period = _CONTRADICTION
    if rules[month] and not rules[period]:
        raise ValueError(f"'{month}' cannot be true while '{period}' is false.")
    return rules


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
