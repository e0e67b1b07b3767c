"""The eleven pairs of objects that the user's mapping connects: where records stand, and what may be written.

A pair may write into several bodies: an order product becomes an order line item, or a rate plan of a subscription.
A target is written into each of the pair's bodies that has it, a custom field into all.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cpqbridge.mapping import targets
from cpqbridge.mapping.rule import Path
from cpqbridge.mapping.subscription import CREATE, S
from cpqbridge.mapping.targets import Protected, Target, Targets, custom, custom_target, folded
from cpqbridge.mapping.usage import SCHEDULE


@dataclass(frozen=True, slots=True)
class Body:
    """A request body, or part of one, that a pair writes into.

    Attributes:
        tables: The attributes of `Tables` that make it.
        fields: Its standard fields.
        at: JSON pointer of the standard fields below the table's body.
        custom: JSON pointer of custom fields below the table's body; None where there are none.
        queried: Whether rows of it are read from Zuora and compared.
    """

    tables: tuple[str, ...]
    fields: Targets = field(default_factory=dict)
    at: str = ""
    custom: str | None = None
    queried: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A Salesforce object and the Zuora object that it is mapped to.

    Attributes:
        name: As in the settings.
        object: API name of the Salesforce object.
        zuora: The Zuora object, for messages.
        root: Path in `Context.roots` of the record.
        bodies: What it writes into.
        protected: Fields that a mapping must not write, with the reason.
        leaving: Protected fields that a mapping may leave out all the same, with where the guide writes them.
    """

    name: str
    object: str
    zuora: str
    root: str
    bodies: tuple[Body, ...]
    protected: Protected
    leaving: Mapping[str, Place] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The root, split."""
        return tuple(self.root.split("."))

    @property
    def tables(self) -> Iterator[str]:
        """The attributes of `Tables` that it writes into; one may come twice."""
        return (table for body in self.bodies for table in body.tables)

    def standard(self) -> Iterator[Target]:
        """Yield each standard target once."""
        found = {name: target for body in self.bodies for name, target in body.fields.items()}
        yield from found.values()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target is written: the attribute of `Tables`, the JSON pointer below that table's body, the target."""

    table: str
    pointer: str
    target: Target


class UnknownTargetError(ValueError):
    """A pair has no such target, or must not write it; the text says why."""


def places(pair: Pair, name: str, *, off: bool = False) -> tuple[Place, ...]:
    """Return where a target is written.

    Args:
        pair: The pair.
        name: The target as the user spells it.
        off: Whether it is to be left out.

    Raises:
        UnknownTargetError: There is no such target, or it is protected.
    """
    reason = next((why for one, why in pair.protected.items() if folded(one) == folded(name)), None)
    if off and (left := pair.leaving.get(folded(name))):
        return (left,)
    if reason:
        raise UnknownTargetError(f"`{name}` cannot be mapped: {reason}")
    found = tuple(place for body in pair.bodies for place in _places(body, name))
    if not found:
        raise UnknownTargetError(_unknown(pair, name))
    return found


def _places(body: Body, name: str) -> Iterator[Place]:
    standard = body.fields.get(folded(name))
    for table in body.tables:
        if standard is not None:
            yield Place(table, f"{body.at}/{standard.name}", standard)
        elif body.custom is not None and custom(name):
            yield Place(table, f"{body.custom}/{name}", custom_target(name, queried=body.queried))


def _unknown(pair: Pair, name: str) -> str:
    known = {folded(target.name): target.name for target in pair.standard()}
    ends = {key.rpartition("/")[2]: spelling for key, spelling in known.items() if "/" in key}
    near = difflib.get_close_matches(folded(name), [*known, *ends], 1, cutoff=0.75)
    if near:
        return f"Zuora's {pair.zuora} has no field `{name}`; did you mean `{(known | ends)[near[0]]}`?"
    what = ", ".join(sorted(known.values(), key=str.lower)) or "none of its standard fields"
    return f"Zuora's {pair.zuora} has no field `{name}`; a mapping may write custom fields (…__c) and {what}"


_KEY = "it is the key by which cpqbridge finds the record again"
_PLANNED = "cpqbridge works it out from the whole order"
_LINK = "cpqbridge puts the id of the record it belongs to there"
_CONTACTS = "cpqbridge finds or makes the contact"
_OWNER = "cpqbridge finds or makes the owner's account"


def _all(names: str, reason: str) -> Mapping[str, str]:
    return dict.fromkeys(names.split(), reason)


_SUBSCRIPTION_PROTECTED = {
    **_all("subscriptionNumber", _KEY),
    **_all("currency terms orderActions triggerDates renewalSetting autoRenew", _PLANNED),
    **_all("subscriptionOwnerAccountNumber invoiceOwnerAccountNumber", _OWNER),
    **_all("billToContactId soldToContactId shipToContactId billToContact soldToContact", _CONTACTS),
    **_all("subscribeToRatePlans", "rate plans are made from order products"),
}
_PLAN_PROTECTED = {
    **_all("externallyManagedPlanId externalCatalogPlanId subscriptionRatePlanNumber uniqueToken", _KEY),
    **_all("productRatePlanId productRatePlanNumber chargeOverrides", _PLANNED),
}
_CHARGE_PROTECTED = {
    **_all("productRatePlanChargeId productRatePlanChargeNumber chargeNumber uniqueToken", _KEY),
    **_all("pricing startDate endDate chargeModel chargeType tiers", _PLANNED),
    **_all("billing/billCycleType", _PLANNED),
    **_all("billing/billingPeriod", "write `billingPeriod`, from which cpqbridge works out the price too"),
    **_all("listPrice quantity", "write `price`; quantities come from the order product"),
}
_ITEM_PROTECTED = {
    **_all("itemNumber productRatePlanChargeId", _KEY),
    **_all("quantity itemCategory originalOrderLineItemNumber originalOrderNumber currency", _PLANNED),
    **_all("ownerAccountNumber", _OWNER),
    **_all("billTo soldTo shipTo", _CONTACTS),
}
_ORDER_PROTECTED = {
    **_all("orderNumber existingAccountNumber", _KEY),
    **_all("category status schedulingOptions processingOptions subscriptions orderLineItems newAccount", _PLANNED),
}

_SUBSCRIBED = Body(
    ("rate_plan_subscribed", "usage_plan_subscribed"), targets.SUBSCRIPTION_RATE_PLAN, custom="/customFields"
)

PAIRS: Mapping[str, Pair] = {
    pair.name: pair
    for pair in (
        Pair(
            "account",
            "Account",
            "Account",
            "Account",
            (Body(("account",), targets.ACCOUNT, custom="", queried=True),),
            {
                **_all("crmId", _KEY),
                **_all("parentId parentAccountNumber", _LINK),
                **_all("billToContact soldToContact shipToContact", _CONTACTS),
            },
        ),
        Pair(
            "contact",
            "Contact",
            "Contact",
            "Contact",
            (Body(("contact",), targets.CONTACT, custom="", queried=True),),
            {**_all("crmId__c crmOrderId__c", _KEY), **_all("accountId accountNumber", _LINK)},
        ),
        Pair(
            "product",
            "Product2",
            "Product",
            "Product2",
            (Body(("product",), targets.PRODUCT, custom="", queried=True),),
            _all("SKU", _KEY),
        ),
        Pair(
            "product_rate_plan",
            "Product2",
            "Product Rate Plan",
            "Product2",
            (Body(("product_rate_plan", "usage_rate_plan"), targets.RATE_PLAN, custom="", queried=True),),
            {
                **_all("ExternalRatePlanIds externallyManagedPlanIds", _KEY),
                **_all("ProductId", _LINK),
                **_all("ActiveCurrencies", "they are those of the product's price book entries"),
            },
        ),
        Pair(
            "product_rate_plan_charge",
            "Product2",
            "Product Rate Plan Charge",
            "Product2",
            (Body(("product_charge", "usage_charge"), targets.CHARGE, custom="", queried=True),),
            {
                **_all("ProductRatePlanId", _LINK),
                **_all("ProductRatePlanChargeTierData tiers", "prices are those of the product's price book entries"),
            },
        ),
        Pair(
            "order",
            "Order",
            "Order",
            "Order",
            (Body(("order",), targets.ORDER, custom="/customFields"),),
            _ORDER_PROTECTED,
        ),
        Pair(
            "opportunity",
            "Opportunity",
            "Order",
            "Opportunity",
            (Body(("order",), targets.ORDER, custom="/customFields"),),
            _ORDER_PROTECTED,
        ),
        Pair(
            "order_item_consumption_schedule",
            "SBQQ__OrderItemConsumptionSchedule__c",
            "Subscription Rate Plan",
            SCHEDULE,
            (Body(("usage_plan_subscribed",), targets.SUBSCRIPTION_RATE_PLAN, custom="/customFields"),),
            _PLAN_PROTECTED,
        ),
        Pair(
            "order_item",
            "OrderItem",
            "Order Line Item",
            "OrderItem",
            (Body(("line_item",), targets.LINE_ITEM, custom="/customFields"), _SUBSCRIBED),
            {**_PLAN_PROTECTED, **_ITEM_PROTECTED},
        ),
        Pair(
            "subscription",
            "SBQQ__Subscription__c",
            "Subscription",
            S,
            (
                Body(("subscription",), targets.SUBSCRIPTION, at=CREATE),
                Body(("subscription",), targets.QUOTE, custom="/customFields"),
            ),
            _SUBSCRIPTION_PROTECTED,
            {
                folded(name): Place("subscription", f"{CREATE}/{name}", Target(name, "text"))
                for name in ("billToContactId", "soldToContactId")
            },
        ),
        Pair(
            "subscription_rate_plan_charge",
            "SBQQ__Subscription__c",
            "Subscription Rate Plan Charge",
            S,
            (
                Body(("price",), targets.PRICE),
                Body(("billing_period",), targets.BILLING_PERIOD),
                Body(("charge_override", "usage_override"), targets.SUBSCRIPTION_CHARGE, custom="/customFields"),
            ),
            _CHARGE_PROTECTED,
        ),
    )
}
"""Pair name to the pair; of two that write into one body the earlier goes first."""


def standard_targets(pair: str) -> Mapping[str, Target]:
    """Return the standard targets of a pair by the name in Zuora's own spelling."""
    return {target.name: target for target in PAIRS[pair].standard()}
