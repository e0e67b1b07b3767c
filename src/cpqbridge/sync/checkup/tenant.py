"""The part of the check that is about the tenant: sign-in, custom fields, features, units, payment terms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from functools import partial

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData
from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Rule
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.blame import PER_PERIOD
from cpqbridge.sync.checkup.finding import Finding, Grade, guarded, optional, problem
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.fields import ID_LENGTH, custom_fields
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.describe import ZuoraField, describe

_NO_ID = "0" * 32
"""An id that nothing has."""

_FLEXIBLE = frozenset({"billToContactId", "soldToContactId", "paymentTerm", "invoiceGroupNumber"})
"""What only a tenant with Flexible Billing Attributes takes of a subscription."""


async def check_tenant(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """Yield what was found in the tenant; the first finding is the sign-in, without which there are no others."""
    client = clients.zuora
    signed_in = await guarded("Zuora sign-in and Orders", lambda: _orders(client))
    yield signed_in
    if signed_in.grade is not Grade.OK:
        return
    tables = tables_for(settings.mapping, settings.values)
    for zuora, name, rule in custom_fields(tables, settings.options):
        if rule.own is None:
            shown = f"Zuora {zuora}.{_soap(name)}"
            yield await guarded(shown, partial(_field, client, zuora, name, rule))
    yield await guarded("Zuora order line items", lambda: _line_items(client))
    yield await _flexible_billing(client, {rule.keys[-1] for rule in tables.subscription.rules})
    yield await _units(client)
    for finding in _unseen(settings):
        yield finding


async def _orders(client: ZuoraClient) -> str:
    await client.send("GET", "/v1/orders", params=[("pageSize", "1")])
    return "signed in; orders can be read"


async def _field(client: ZuoraClient, zuora: str, name: str, rule: Rule) -> str:
    """Look for a custom field that the guide writes; all of them hold ids of Salesforce."""
    described = await describe(client, zuora)
    found = described.field(name) if described else None
    what = f"{name}, type Text, {ID_LENGTH} characters or more, indexed if Zuora offers it"
    if found is None:
        remedy = f"Create the custom field {what}, on {zuora} in Zuora (Platform, Object Manager, {zuora}, Fields)."
        message = f"{zuora} has no custom field {name}, which takes {rule.label}"
        raise FixConfiguration("CPQ-305", message, field=_soap(name), remedy=remedy)
    if _holds_id(found):
        return f"the custom field is there, type {found.type}"
    length = f" of {found.maxlength} characters" if found.maxlength else ""
    remedy = f"Make {name} of {zuora} a field of type Text with {ID_LENGTH} characters or more, or create it anew."
    message = f"{zuora}.{name} is of type {found.type}{length}; it must take a Salesforce id"
    raise FixConfiguration("CPQ-305", message, field=_soap(name), remedy=remedy)


def _holds_id(field: ZuoraField) -> bool:
    return field.type in ("text", "string") and (field.maxlength is None or field.maxlength >= ID_LENGTH)


def _soap(name: str) -> str:
    """Return a field's name as ZOQL writes it."""
    return name[0].upper() + name[1:]


async def _line_items(client: ZuoraClient) -> str:
    await client.send("GET", "/object-query/order-line-items", params=[("pageSize", "1")])
    return "the feature is on"


async def _flexible_billing(client: ZuoraClient, targets: AbstractSet[str]) -> Finding:
    """Ask for a field of subscriptions that only a tenant with the feature has; `targets` are what a sync may set."""
    name = "Zuora Flexible Billing Attributes"
    try:
        await client.zoql(f"select PaymentTerm from Subscription where Id = '{_NO_ID}'")  # noqa: S608 - a constant
    except (FixData, FixConfiguration, CallForHelp):
        needing = sorted(_FLEXIBLE & targets)
    except CpqBridgeError as error:
        return problem(name, error)
    else:
        return Finding(name, Grade.OK, "the feature is on")
    if not needing:
        message = (
            "it is off: subscriptions go by the payment term and the contacts of their account, as your mapping says"
        )
        return optional(name, message)
    message = f"it is off: no subscription can have {', '.join(needing)} of its own"
    without = ", ".join(f"{target}: {{off: true}}" for target in needing)
    remedy = f"Ask Zuora to turn the feature on, or set `mapping: {{subscription: {{{without}}}}}`."
    return problem(name, FixConfiguration("CPQ-304", message, field="Subscription.PaymentTerm", remedy=remedy))


async def _units(client: ZuoraClient) -> Finding:
    name = "Zuora units of measure"
    try:
        units = await lookups.units_of_measure(client)
    except CpqBridgeError as error:
        return problem(name, error)
    if not units:
        remedy = "Define the units that products are sold in, Each among them (Settings, Billing, Units of Measure)."
        return optional(name, "none are defined: products and orders per unit are held (CPQ-430)", remedy)
    return Finding(name, Grade.OK, f"{len(units)} units can be read: {', '.join(sorted(units))}")


def _unseen(settings: Settings) -> list[Finding]:
    """Return what a sync may need and no API of Zuora shows: it is to be looked up by hand."""
    options = settings.options
    findings = []
    if options.sfdc_use_list_price_base:
        findings.append(
            optional(
                "Zuora list price base Per Specific Months",
                "no API shows whether the tenant has it; whole-term prices need it",
                "Look in Zuora at the list price bases of a new recurring charge; if Specific Months is not among "
                f"them, ask Zuora for it, or {PER_PERIOD}.",
                "options.sfdc_use_list_price_base",
            )
        )
    else:
        findings.append(
            optional(
                "prices per billing period",
                "with `sfdc_use_list_price_base: false` each net price is billed anew in every billing period",
                "Make sure that CPQ's net prices are for one billing period; if they are for the whole term, take the "
                "option out.",
                "options.sfdc_use_list_price_base",
            )
        )
    if options.tier_cap_field:
        findings.append(
            optional(
                "Zuora capping of usage tiers",
                "no API shows whether the tenant has it; the option `tier_cap_field` needs it",
                "Ask Zuora whether charge modifiers (capping) are on; if not, take `tier_cap_field` out.",
                "options.tier_cap_field",
            )
        )
    terms = sorted(set(settings.values.payment_terms.values()))
    if terms:
        findings.append(
            optional(
                "Zuora payment terms",
                f"the table `values.payment_terms` gives {', '.join(terms)}",
                "Look in Zuora (Settings, Billing, Define Payment Terms) that each is there and active.",
                "values.payment_terms",
            )
        )
    return findings


async def check_currencies(client: SalesforceClient) -> AsyncIterator[Finding]:
    """Yield what the tenant needs for an org with several currencies."""
    name = "Zuora currencies"
    try:
        if (await client.describe("CurrencyType")) is None:
            return
        rows = await client.query("SELECT IsoCode FROM CurrencyType WHERE IsActive = true ORDER BY IsoCode")
    except CpqBridgeError as error:
        yield problem(name, error)
        return
    codes = ", ".join(row["IsoCode"] for row in rows)
    message = f"the org sells in {codes}; no API shows the tenant's currencies"
    remedy = (
        "Look in Zuora (Settings, Billing, Customize Currencies) that each is active, and ask Zuora for Multi-Currency "
        "if an account is to have subscriptions in another currency than its own."
    )
    yield optional(name, message, remedy, "CurrencyIsoCode")
