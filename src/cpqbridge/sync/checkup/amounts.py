"""The part of the check that is about amounts: what stands in the way of Zuora billing what CPQ quoted.

None of it stops a sync; each order is proved by itself. Source: the vendor's page on differences between Zuora and
Salesforce CPQ, "Supported use cases".
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.mapping.custom import tables_for
from cpqbridge.money.billing.rules import BillingRules, CreditBasis, DaysInMonth, ProrationUnit
from cpqbridge.money.periods import months_of, takes_specific_months
from cpqbridge.planning.proof.rules import GIVEN, given_rules
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, optional, problem
from cpqbridge.sync.checkup.precision import PRECISION, told_precision
from cpqbridge.sync.connect import Clients
from cpqbridge.zuora.billing_rules import get_billing_rules

Row = dict[str, Any]

_EXAMPLES = 3
_RULES_CHECK = "Zuora billing rules"
_RULES = "Zuora: Settings, Billing, Define Billing Rules"
_CHARGE = "Zuora: Product Catalog, the charge, Timing and Frequency"
_CATALOG = "select {} from ProductRatePlanCharge where ChargeType = 'Recurring'"
_CATALOG_FIELDS = ("Id", "Name", "BillingPeriod", "BillCycleType", "BillingPeriodAlignment", "TriggerEvent")
_PRORATION_OPTION = "ProrationOption"
"""A field that not every tenant has."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A billing rule of the tenant, when it is one that CPQ's amounts cannot be met with."""

    name: str
    differs: Callable[[BillingRules], bool]
    message: str
    remedy: str


_TENANT_RULES = (
    _Rule(
        "daysInMonth",
        lambda rules: rules.days_in_month is not DaysInMonth.ACTUAL,
        "a part of a month is billed as if each month had 30 days: only whole months are billed as CPQ quotes them",
        f"Let months be prorated by the actual number of days ({_RULES}).",
    ),
    _Rule(
        "prorateRecurringMonthlyCharges",
        lambda rules: not rules.partial_month,
        "a charge's first part of a month is not billed and its last one as a whole month: only terms of whole months "
        "that begin on the bill cycle day are billed as CPQ quotes them",
        f"Let recurring charges be billed for a partial month ({_RULES}).",
    ),
    _Rule(
        "proratePeriodOfRecurringCharge",
        lambda rules: not rules.partial_period,
        "a charge's first part of a quarter, year or other longer period is not billed and its last one as a whole "
        "period: only terms of whole periods are billed as CPQ quotes them",
        f"Let recurring charges be prorated for a partial period ({_RULES}).",
    ),
    _Rule(
        "creditBasis",
        lambda rules: rules.credit_basis is not CreditBasis.TOTAL_MINUS_CHARGED,
        "a credit is computed and rounded by itself: what is invoiced until a cancellation may be a cent more or less",
        f"Let credits be the total billing period amount minus the charged amount ({_RULES}).",
    ),
)


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute of a catalog charge, with the values by which months are billed as CPQ prorates them."""

    field: str
    good: tuple[str | None, ...]
    message: str
    remedy: str


_ATTRIBUTES = (
    _Attribute(
        "BillCycleType",
        (None, "DefaultFromCustomer"),
        "their months are not cut on the account's bill cycle day: a term that is not whole months from their own day "
        "is billed in other parts than CPQ prorates",
        f"Set the bill cycle day to Default from Customer Account ({_CHARGE}).",
    ),
    _Attribute(
        "BillingPeriodAlignment",
        (None, "AlignToCharge"),
        "their periods do not begin with the charge: what is sold within a term begins with a part of a period",
        f"Set the billing period alignment to Align to Charge ({_CHARGE}).",
    ),
    _Attribute(
        "TriggerEvent",
        (None, "ContractEffective"),
        "they are billed from service activation or customer acceptance: days before it are quoted and not billed",
        f"Set the trigger condition to Contract Effective ({_CHARGE}).",
    ),
    _Attribute(
        _PRORATION_OPTION,
        (None, "", "DefaultFromTenantSetting", "TimeBasedProration"),
        "their own proration option takes the place of the tenant's rules: parts of periods are not billed by days",
        f"Set the proration option to the tenant's default ({_CHARGE}).",
    ),
)


async def check_amounts(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """Yield what was found of the settings, the catalog and the accounts that decide amounts."""
    if settings.options.amount_proof == "off":
        return
    catalog: list[Row] = []
    parts: tuple[tuple[str, Callable[[], Awaitable[Sequence[Finding]]]], ...] = (
        ("Zuora catalog charges", lambda: _catalog(clients, catalog)),
        (_RULES_CHECK, lambda: _billing_rules(settings, clients, catalog)),
        ("Zuora bill cycle days", lambda: _accounts(settings, clients)),
        ("Zuora trigger conditions", lambda: _sold_triggers(settings, clients)),
        (PRECISION, lambda: told_precision(clients.salesforce)),
    )
    for name, part in parts:
        try:
            findings = await part()
        except RetryLater as error:
            findings = [problem(name, error)]
        except CpqBridgeError as error:
            findings = [optional(name, f"cannot be told: {error.message}", error.remedy, error.field)]
        for finding in findings:
            yield finding


async def _billing_rules(settings: Settings, clients: Clients, catalog: Sequence[Row]) -> list[Finding]:
    held, given = await get_billing_rules(clients.zuora), given_rules(settings.options)
    found = []
    if held is None and given is None:
        message = "the API user may not read them: what is billed for incomplete periods cannot be proved (CPQ-452)"
        remedy = f"Let the API user's role read the billing settings, or write the rules into the option ({_RULES})."
        found.append(optional(_RULES_CHECK, message, remedy, "options.billing_rules"))
    elif held and given and any(getattr(held, name) != getattr(given, name) for name in GIVEN):
        message = "the option `billing_rules` says otherwise than the tenant, and orders are proved by the option"
        found.append(optional(_RULES_CHECK, message, "Take the option out.", "options.billing_rules"))
    rules = given or held
    if rules:
        found += _differing(rules, catalog)
    well = "incomplete months are billed as Calendar Monthly + Daily quotes them"
    return found or [Finding(_RULES_CHECK, Grade.OK, well)]


def _differing(rules: BillingRules, catalog: Sequence[Row]) -> Iterator[Finding]:
    """Yield the rules by which incomplete periods are billed otherwise than CPQ quotes them."""
    for rule in _TENANT_RULES:
        if rule.differs(rules):
            yield optional(f"{_RULES_CHECK}: {rule.name}", rule.message, rule.remedy, rule.name)
    longer = sorted({str(row["BillingPeriod"]) for row in catalog if _longer(row.get("BillingPeriod"))})
    if longer and rules.proration_unit is ProrationUnit.DAY:
        message = (
            f"parts of longer periods are billed by days, where CPQ counts months; this concerns {', '.join(longer)}"
        )
        remedy = f"Let periods longer than a month be prorated by month first ({_RULES}), or bill monthly."
        yield optional(f"{_RULES_CHECK}: prorationUnit", message, remedy, "prorationUnit")


def _longer(period: str | None) -> bool:
    return bool(period) and takes_specific_months(period) and months_of(period) != 1


async def _catalog(clients: Clients, catalog: list[Row]) -> list[Finding]:
    """Look at all recurring charges of the catalog; they are left in `catalog`."""
    try:
        catalog += await clients.zuora.zoql(_CATALOG.format(", ".join((*_CATALOG_FIELDS, _PRORATION_OPTION))))
    except RetryLater:
        raise
    except CpqBridgeError:
        catalog += await clients.zuora.zoql(_CATALOG.format(", ".join(_CATALOG_FIELDS)))
    name = "Zuora catalog charges"
    found = []
    for attribute in _ATTRIBUTES:
        rows = [row for row in catalog if row.get(attribute.field) not in attribute.good]
        if rows:
            message = f"{_some(rows, 'Name')} of {len(catalog)}: {attribute.message}"
            found.append(optional(f"{name}: {attribute.field}", message, attribute.remedy, attribute.field))
    good = Finding(name, Grade.OK, f"{len(catalog)} recurring charges are billed from where CPQ prorates them")
    return found or [good]


def _some(rows: Sequence[Row], field: str) -> str:
    """Return how many there are, with the first ones by name."""
    names = list(dict.fromkeys(str(row.get(field) or row.get("Id")) for row in rows))
    more = ", …" if len(names) > _EXAMPLES else ""
    return f"{len(rows)} ({', '.join(names[:_EXAMPLES])}{more})"


async def _accounts(settings: Settings, clients: Clients) -> list[Finding]:
    name = "Zuora bill cycle days"
    key = settings.options.account_key_field
    where = f"BillCycleDay != 1 and Status = 'Active' and {key[0].upper()}{key[1:]} != null"
    rows = await clients.zuora.zoql(f"select Id, AccountNumber, BillCycleDay from Account where {where}")  # noqa: S608 - an option
    found = []
    if rows:
        message = (
            f"{_some(rows, 'AccountNumber')} accounts have another one than 1, where CPQ's months begin: only terms of "
            "whole months from that day are billed as CPQ quotes them"
        )
        remedy = "Set their Bill Cycle Day to 1st of the month (Zuora: the account, Billing and Payment)."
        found.append(optional(name, message, remedy, "BillCycleDay"))
    own = [rule.own for rule in tables_for(settings.mapping, settings.values).account.rules if _day(rule.keys)]
    if not own or any(own):
        whose = "by your mapping" if own else "the tenant's default, as your mapping sends none"
        remedy = "Take `billCycleDay` out of `mapping.account`, so that new accounts are billed on the 1st."
        found.append(optional(f"{name}: new accounts", f"new accounts get one {whose}", remedy, "mapping.account"))
    return found or [Finding(name, Grade.OK, "all accounts of Salesforce are billed on the 1st, as CPQ's months begin")]


def _day(keys: Sequence[str]) -> bool:
    return bool(keys) and keys[-1] == "billCycleDay"


async def _sold_triggers(settings: Settings, clients: Clients) -> list[Finding]:
    name = "Zuora trigger conditions"
    rows = await clients.zuora.zoql(
        "select Id, ChargeNumber, TriggerEvent from RatePlanCharge where TriggerEvent != 'ContractEffective' "
        "and ChargeType = 'Recurring' and IsLastSegment = true"
    )
    unique = list({row.get("ChargeNumber") or row["Id"]: row for row in rows if row.get("TriggerEvent")}.values())
    found = []
    if unique:
        message = (
            f"{_some(unique, 'ChargeNumber')} sold charges are billed from another day than the contract's effective "
            "date: where the trigger dates differ, fewer days are billed than CPQ quoted"
        )
        remedy = "Sell charges whose trigger condition is Contract Effective, or keep all three trigger dates the same."
        found.append(optional(name, message, remedy, "TriggerEvent"))
    if settings.options.trigger_dates_on_orders:
        message = (
            "the contract's effective date comes from the order: where it is not the start of a subscription, other "
            "days are billed than CPQ quoted"
        )
        remedy = "Let orders have the dates of their subscriptions, or set `trigger_dates_on_orders: false`."
        found.append(optional(f"{name}: orders", message, remedy, "options.trigger_dates_on_orders"))
    return found or [Finding(name, Grade.OK, "all sold charges are billed from the contract's effective date")]
