"""The fields that mapping tables name: where a path leads in the org, and which custom fields Zuora needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from cpqbridge.mapping.rule import Rule
from cpqbridge.mapping.tables import Tables
from cpqbridge.mapping.targets import custom
from cpqbridge.salesforce.describe import Describe, FieldDescribe
from cpqbridge.salesforce.select import ANY_NAME, DEEPEST_PATH, Describer
from cpqbridge.settings.options import Options

ID_LENGTH = 18
"""Characters of a Salesforce id."""

_NEARER = "Take a field that is nearer, such as a formula field of {} that holds the value."

ZUORA_OBJECTS: Mapping[str, str] = {
    "account": "Account",
    **dict.fromkeys(("account_bill_to", "account_sold_to", "order_bill_to", "order_sold_to", "contact"), "Contact"),
    "order": "Order",
    "subscription": "Subscription",
    **dict.fromkeys(("rate_plan_subscribed", "usage_plan_subscribed"), "RatePlan"),
    **dict.fromkeys(("charge_override", "usage_override"), "RatePlanCharge"),
    "line_item": "OrderLineItem",
    "product": "Product",
    **dict.fromkeys(("product_rate_plan", "usage_rate_plan"), "ProductRatePlan"),
    **dict.fromkeys(("product_charge", "usage_charge"), "ProductRatePlanCharge"),
}
"""Attribute of `Tables` to the object in Zuora's describe that has its custom fields."""


@dataclass(frozen=True, slots=True)
class OrgField:
    """Where a path of a mapping leads; `field` is None for a name behind a reference to one of several objects."""

    object: str
    field: FieldDescribe | None


class AbsentFieldError(LookupError):
    """The org has no such path, or hides it from the user.

    Args:
        text: Why, in words.
        object: The object where the path ends.
        name: What that object lacks.
        near: The name that may be meant.
        instead: What to do, where making the field or giving access to it does not help.
    """

    def __init__(
        self,
        text: str,
        object: str,  # noqa: A002
        name: str,
        near: str | None = None,
        instead: str | None = None,
    ) -> None:
        super().__init__(text)
        self.object, self.name, self.near, self.instead = object, name, near, instead


async def org_field(client: Describer, sobject: str, path: str, *, above: int = 0) -> OrgField:
    """Return where a path below an object leads.

    Args:
        client: Gives the describes.
        sobject: The object at which the path begins.
        path: Such as `SBQQ__Contract__r.Region__c`.
        above: Parents that stand before the path when it is read.

    Raises:
        AbsentFieldError: Nowhere.
    """
    *parents, last = path.split(".")
    describe = await _described(client, sobject, last)
    if above + len(parents) > DEEPEST_PATH:
        text = f"{path} goes over {above + len(parents)} parents; Salesforce takes {DEEPEST_PATH}"
        raise AbsentFieldError(text, sobject, path, instead=_NEARER.format(sobject))
    for place, name in enumerate(parents):
        link = describe.parents.get(name.lower())
        if link is None:
            raise _absent(describe, name, "relationship", [one.relationship_name for one in describe.parents.values()])
        if len(link.reference_to) != 1:
            if last.lower() in ANY_NAME and place == len(parents) - 1:
                return OrgField(describe.name, None)
            owners = ", ".join(link.reference_to)
            text = f"{describe.name}.{name} is one of {owners}: only its Name, Email, Type and the like can be read"
            raise AbsentFieldError(text, describe.name, name, instead=_NEARER.format(sobject))
        describe = await _described(client, link.reference_to[0], last)
    field = describe.field(last)
    if field is None:
        raise _absent(describe, last, "field", [one.name for one in describe.fields.values()])
    return OrgField(describe.name, field)


async def _described(client: Describer, sobject: str, name: str) -> Describe:
    describe = (await client.describe_many([sobject]))[sobject]
    if describe is None or not describe.queryable:
        raise AbsentFieldError(f"Salesforce shows no object {sobject}", sobject, name)
    return describe


def _absent(describe: Describe, name: str, what: str, known: list[str | None]) -> AbsentFieldError:
    names = {one.lower(): one for one in known if one}
    found = difflib.get_close_matches(name.lower(), names, 1, cutoff=0.75)
    near = names[found[0]] if found else None
    return AbsentFieldError(f"{describe.name} shows no {what} {name}", describe.name, name, near)


def custom_fields(tables: Tables, options: Options) -> Iterator[tuple[str, str, Rule]]:
    """Yield each custom field that tables write: Zuora object, field name and the first rule that writes it."""
    seen: set[tuple[str, str]] = set()
    for part in fields(Tables):
        for rule in getattr(tables, part.name).rules if part.name in ZUORA_OBJECTS else ():
            name = (
                rule.keys[-1].format_map({"account_key": options.account_key_field})
                if rule.templated
                else rule.keys[-1]
            )
            key = (ZUORA_OBJECTS[part.name], name.lower())
            if custom(name) and key not in seen:
                seen.add(key)
                yield ZUORA_OBJECTS[part.name], name, rule
