"""A suspension: which day it begins or ends, and what becomes of the charges."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment
from cpqbridge.sandbox.zuora.orders.amending.billed import billed_until
from cpqbridge.sandbox.zuora.orders.amending.segments import finish, renumber, started
from cpqbridge.sandbox.zuora.orders.amending.versions import (
    add_segment,
    charges_of,
    content,
    drop_segment,
    tiers_of,
)
from cpqbridge.sandbox.zuora.orders.dates import add, day
from cpqbridge.sandbox.zuora.orders.reasons import missing
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def policy_day(amendment: Amendment, body: Body, verb: str, suspended: date | None) -> date:
    """The day that ``suspendPolicy`` or ``resumePolicy`` names.

    Args:
        amendment: The action.
        body: Its body.
        verb: ``suspend`` or ``resume``, with which the body's fields begin.
        suspended: First day of the suspension that is to be ended.

    Raises:
        Refusal: A field that the policy needs is missing.
    """
    policy, today = body[f"{verb}Policy"], day(amendment.run.tenant.today())
    if policy == "SpecificDate":
        if not body.get(f"{verb}SpecificDate"):
            raise missing(f"{verb}SpecificDate is required when {verb}Policy is SpecificDate.")
        return day(body[f"{verb}SpecificDate"])
    if policy == "EndOfLastInvoicePeriod":
        return day(billed_until(amendment.run.store, amendment.subscription))
    base = suspended if suspended and policy.endswith("SuspendDate") else today
    if not policy.startswith("FixedPeriods"):
        return base
    periods, unit = body.get(f"{verb}Periods"), body.get(f"{verb}PeriodsType")
    if not periods or not unit:
        raise missing(f"{verb}Periods and {verb}PeriodsType are required when {verb}Policy is {policy}.")
    return add(base, periods, unit)


def pause(amendment: Amendment, on: date) -> list[Row]:
    """End recurring and usage charges on a day; returns the segments that were to follow, with their tiers."""
    store = amendment.run.store
    held: list[Row] = []
    # Plans whose removal lies in the future pause too.
    for chain in (chain for plan in amendment.plans for chain in charges_of(store, plan)):
        if chain[0]["chargeType"] == "OneTime" or not started(chain):
            continue
        following = [row for row in chain if _reaches(row, on.isoformat())]
        held.extend({"row": content(row), "tiers": tiers_of(store, row)} for row in following)
        finish(store, chain, on)
    return held


def resume(amendment: Amendment, held: list[Row], on: date) -> None:
    """Put back the segments that a pause took away, from a day on."""
    store, text = amendment.run.store, on.isoformat()
    for plan in amendment.plans:
        for chain in charges_of(store, plan):
            mine = [item for item in held if item["row"]["chargeNumber"] == chain[0]["chargeNumber"]]
            added = [_put_back(amendment, plan, item, text) for item in mine if _reaches(item["row"], text)]
            if added and chain[0]["effectiveStartDate"] == chain[0]["effectiveEndDate"]:
                drop_segment(store, chain[0])
            renumber(store, [*chain, *added])


def _reaches(row: Row, on: str) -> bool:
    return row["effectiveEndDate"] is None or row["effectiveEndDate"] > on


def _put_back(amendment: Amendment, plan: Row, item: Row, on: str) -> Row:
    row: Row = item["row"]
    keys = {"ratePlanId": plan["id"], "subscriptionId": amendment.subscription["id"]}
    start = max(on, row["effectiveStartDate"])
    return add_segment(amendment.run.store, row | keys | {"effectiveStartDate": start}, item["tiers"])
