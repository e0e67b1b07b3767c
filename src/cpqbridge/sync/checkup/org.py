"""The part of the check that is about the org: sign-in, the organization, and every field that a sync reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from cpqbridge.errors import CpqBridgeError, FixConfiguration
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.organization import organization
from cpqbridge.salesforce.select import Select, resolve
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync import wishes
from cpqbridge.sync.checkup.finding import Finding, Grade, guarded, optional, problem
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.fields import AbsentFieldError, org_field

_FIELD_ACCESS = "Setup, Permission Sets, the integration user's set, Object Settings"
_NAMING = {
    "account_description_source": "Account",
    "purchase_order_source": "Order",
    "tier_cap_field": "SBQQ__OrderItemConsumptionRate__c",
}
"""Options that name a field, and the object that has it."""


async def check_org(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """Yield what was found in the org; the first finding is the sign-in, without which there are no others."""
    client = clients.salesforce
    signed_in = await guarded("Salesforce sign-in", lambda: _user(client))
    yield signed_in
    if signed_in.grade is not Grade.OK:
        return
    yield await guarded("Salesforce organization", lambda: _organization(client))
    seen: set[str] = set()
    for wish in wishes.ALL:
        for select in _nested(wish(_uncapped(settings), GUIDE)):
            if select.sobject not in seen and select.sobject not in wishes.FOR_USAGE:
                seen.add(select.sobject)
                yield await _object(client, select)
    async for finding in _optional(settings, client):
        yield finding
    for option, sobject in _NAMING.items():
        path = getattr(settings.options, option)
        if path not in (None, Options.model_fields[option].default):
            yield await guarded(f"option {option}", partial(_named, client, option, sobject, path))
    if settings.options.sync_opportunity_fields:
        yield await guarded("Salesforce Opportunity", lambda: _opportunity(client))


async def _user(client: SalesforceClient) -> str:
    user: dict[str, Any] = await client.userinfo()
    return f"signed in as {user.get('preferred_username') or user.get('user_id')}"


async def _organization(client: SalesforceClient) -> str:
    return f"organization {(await organization(client))['Id']} can be read"


def _uncapped(settings: Settings) -> Options:
    """Return the options without the cap of tiers: its field is looked for by its name (`_named`)."""
    return settings.options.model_copy(update={"tier_cap_field": None})


def _nested(select: Select) -> Iterator[Select]:
    yield select
    for child in select.children.values():
        yield from _nested(child)


async def _object(client: SalesforceClient, select: Select) -> Finding:
    """Look for the fields without which no sync reads this object."""
    name = f"Salesforce {select.sobject}"
    try:
        lost = await _lost(client, select)
    except CpqBridgeError as error:
        return problem(name, error)
    if not lost:
        return Finding(name, Grade.OK, "all needed fields can be read")
    names = ", ".join(lost)
    remedy = f"Give the integration user read access to {names} ({_FIELD_ACCESS}), or install Salesforce CPQ."
    return Finding(name, Grade.PROBLEM, f"{names} cannot be read", "CPQ-303", next(iter(lost)), remedy)


async def _lost(client: SalesforceClient, select: Select) -> dict[str, None]:
    """Return the needed fields that the org lacks or hides, each as `Object.Field` of the object that has it."""
    describe = (await client.describe_many([select.sobject]))[select.sobject]
    if describe is None or not describe.queryable:
        return {select.sobject: None}
    lost: dict[str, None] = {}
    for path in select.needed:
        child = describe.children.get(path.lower())
        if child is not None:
            below = (await client.describe_many([child]))[child]
            if below is None or not below.queryable:
                lost[child] = None
            continue
        try:
            await org_field(client, select.sobject, path)
        except AbsentFieldError as absent:
            lost[f"{absent.object}.{absent.name}"] = None
    return lost


async def _optional(settings: Settings, client: SalesforceClient) -> AsyncIterator[Finding]:
    """Yield the fields and objects that only some customers have; a sync goes without them."""
    for wish in wishes.ALL:
        select = wish(_uncapped(settings), GUIDE)
        try:
            missing = (await resolve(client, select)).missing
        except CpqBridgeError as error:
            if select.sobject in wishes.FOR_USAGE:
                message = f"{error.message}; products and orders with consumption schedules are held"
                yield optional(f"Salesforce {select.sobject}", message, error.remedy, error.field)
            continue
        if missing:
            message = f"the org has no {', '.join(missing)}, or hides them: what they would set keeps its default"
            yield optional(f"Salesforce {select.sobject}, optional fields", message)


async def _named(client: SalesforceClient, option: str, sobject: str, path: str) -> str:
    """Look for a field that the user has named in an option."""
    try:
        await org_field(client, sobject, path)
    except AbsentFieldError as absent:
        near = f" to {absent.near}" if absent.near else ""
        remedy = (
            f"Correct `options.{option}`{near}, or give the integration user read access to "
            f"{absent.object}.{absent.name} ({_FIELD_ACCESS})."
        )
        raise FixConfiguration("CPQ-303", str(absent), field=f"options.{option}", remedy=remedy) from None
    return f"{sobject}.{path} can be read"


async def _opportunity(client: SalesforceClient) -> str:
    ways = ("Opportunity.Id", "SBQQ__Quote__r.SBQQ__Opportunity2__r.Id")
    lost = []
    for way in ways:
        try:
            await org_field(client, "Order", way)
        except AbsentFieldError as absent:
            lost.append(str(absent))
    if len(lost) == len(ways):
        remedy = (
            f"Give the integration user read access to Opportunity and Order.OpportunityId ({_FIELD_ACCESS}), "
            "or set `sync_opportunity_fields: false`."
        )
        raise FixConfiguration("CPQ-303", "; ".join(lost), field="Order.OpportunityId", remedy=remedy)
    return "opportunities of orders can be read"
