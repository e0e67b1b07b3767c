"""UpdateProduct: quantity, price and other fields of a rate plan's charges, as new segments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.customs import emptied
from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.segments import at, started
from cpqbridge.sandbox.zuora.orders.amending.segments import begin as begin_segment
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of, tiers_of
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.pricing import reprice
from cpqbridge.sandbox.zuora.orders.rate_plans import REMOVED, UPDATED, rate_plan_of
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

_OFF = ("chargeOverrides", "chargeRemovals", "subscriptionProductFeatures", "isAddingSubsetCharges")
_CHARGE_OFF = ("prepaidQuantity", "pricingAttributes", "negotiatedPriceTable", "estimatedStartDate")
_DISCOUNT_ONLY = ("startDatePolicy", "periodsAfterChargeStart", "startPeriodsType")


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Begin a new segment of each charge that the action names.

    Raises:
        Refusal: There is no such rate plan or charge, the price does not fit it, or the date does not.
    """
    amendment, body = begin(run, entry, action), action["updateProduct"]
    check_term(amendment, amendment.effective)
    _check_features(body, _OFF)
    specific = day(body["specificUpdateDate"]) if body.get("specificUpdateDate") else None
    plan = rate_plan_of(run, amendment.subscription, body, specific or amendment.effective)
    made = [
        _update(amendment, charges_of(run.store, plan), update, specific) for update in body.get("chargeUpdates") or []
    ]
    fields = dict.fromkeys(body.get("clearingCustomFields") or []) | emptied(body.get("customFields"))
    # A removal that lies in the future is not forgotten.
    kind = REMOVED if plan["amendmentType"] == REMOVED else UPDATED
    run.store.update("ratePlan", plan["id"], fields | {"amendmentType": kind})
    shown = {"newRatePlanId": plan["id"], "productRatePlanId": plan["productRatePlanId"], "chargeUpdates": made}
    number = {"subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"]}
    return amendment.result(shown | number)


def _check_features(body: Body, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name):
            raise off(f"updateProduct: {name} needs a feature that is not enabled for this tenant.")


def _update(amendment: Amendment, chains: list[list[Row]], update: Body, specific: date | None) -> Body:
    """Carry out one charge update; returns what a read shows of it besides its body."""
    _check_features(update, _CHARGE_OFF)
    chain = _chain(amendment.run, chains, update)
    last = chain[-1]
    if last["chargeType"] == "OneTime":
        raise broken(f"The one-time charge '{last['chargeNumber']}' cannot be updated.")
    trigger, on = _trigger(amendment, last, update.get("effectiveDate") or {})
    if on is None or not started(chain):
        raise broken(f"The charge '{last['chargeNumber']}' cannot be updated while its dates are not known.")
    on = _day(chain, on, specific)
    before = at(chain, on)
    if before is None:
        raise broken(f"The charge '{last['chargeNumber']}' is not in force on {on}, it cannot be updated from then on.")
    store, tenant = amendment.run.store, amendment.run.tenant
    catalog = store.get("productRatePlanCharge", before["productRatePlanChargeId"]) or {}
    priced = reprice(tenant.settings, catalog, before, tiers_of(store, before), update.get("pricing"))
    fields = priced.fields | trigger | _plain(update) | {"amendedByOrderOn": amendment.run.order["orderDate"]}
    row = begin_segment(store, chain, on, fields, priced.tiers)
    return {"chargeNumber": row["chargeNumber"], "newRatePlanChargeId": row["id"]}


def _chain(run: OrderRun, chains: list[list[Row]], update: Body) -> list[Row]:
    given = {name: update[name] for name in _SELECTORS if update.get(name)}
    if not given:
        raise missing(f"chargeUpdates: one of {', '.join(_SELECTORS)} is required.")
    for name, key in given.items():
        chains = [chain for chain in chains if _SELECTORS[name](run, chain[0], key)]
        if not chains:
            raise unknown(f"chargeUpdates.{name}: the rate plan has no charge '{key}'.")
    if len(chains) > 1:
        raise invalid(f"chargeUpdates: more than one charge fits {', '.join(given)}; name it by chargeNumber.")
    return chains[0]


def _has_catalog_number(run: OrderRun, charge: Row, key: str) -> bool:
    catalog = run.store.get("productRatePlanCharge", charge["productRatePlanChargeId"]) or {}
    return catalog.get("productRatePlanChargeNumber") == key


_SELECTORS: dict[str, Callable[[OrderRun, Row, str], bool]] = {
    "chargeNumber": lambda _, charge, key: charge["chargeNumber"] == key,
    "uniqueToken": lambda run, charge, key: key in run.tokens and charge.get("_uniqueToken") == key,
    "productRatePlanChargeId": lambda _, charge, key: charge["productRatePlanChargeId"] == key,
    "productRatePlanChargeNumber": _has_catalog_number,
}


def _trigger(amendment: Amendment, charge: Row, given: Body) -> tuple[Row, date | None]:
    """Row fields of the trigger, and its date; without one given it is the charge's own event, but for a fixed date."""
    for name in _DISCOUNT_ONLY:
        if given.get(name) is not None:
            raise off(f"effectiveDate.{name} is for discount charges with start policies, which are not enabled.")
    own = charge["triggerEvent"] if charge["triggerEvent"] != "SpecificDate" else "ContractEffective"
    event, when = given.get("triggerEvent") or own, given.get("specificTriggerDate")
    if event == "SpecificDate" and not when:
        raise missing("effectiveDate.specificTriggerDate is required when triggerEvent is SpecificDate.")
    if when and event != "SpecificDate":
        raise invalid("effectiveDate.specificTriggerDate is only allowed when triggerEvent is SpecificDate.")
    if when and day(when) < amendment.effective:
        raise broken(f"effectiveDate {when} lies before the ContractEffective date {amendment.effective}.")
    return {"triggerEvent": event, "triggerDate": when}, day(when) if when else amendment.dates.of(event)


def _day(chain: list[Row], on: date, specific: date | None) -> date:
    """The first day of the new segment: after all others, or before a future one when that is asked for."""
    number, begins = chain[-1]["chargeNumber"], chain[-1]["effectiveStartDate"]
    if specific is None:
        if on < day(begins):
            raise broken(
                f"The charge '{number}' has an update on {begins}, after {on}; use specificUpdateDate to update it "
                "before a future-dated update."
            )
        return on
    if len(chain) == 1 or specific >= day(begins):
        raise broken(f"specificUpdateDate {specific}: the charge '{number}' has no update after that date.")
    return specific


def _plain(update: Body) -> Row:
    fields: Row = dict.fromkeys(update.get("clearingCustomFields") or [])
    fields |= emptied(update.get("customFields"))
    if update.get("description"):
        fields["description"] = update["description"]
    alignment = (update.get("billing") or {}).get("billingPeriodAlignment")
    return fields | ({"billingPeriodAlignment": alignment} if alignment else {})
