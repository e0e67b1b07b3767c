"""The table of what is compared: where it stands in both systems, when the two are equal, and what to do when not.

A field whose value a rule of the mapping makes (`target`) needs no more than its line here: the rule gives Salesforce's
side, and the column is read with the others. The other values are worked out by the modules that `drift` has for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cpqbridge.mapping import dates

Same = Callable[[Any, Any], bool]
"""Whether Salesforce's value and Zuora's mean the same."""


class Kind(StrEnum):
    """What a difference is about."""

    ACCOUNT = "account"
    SUBSCRIPTION = "subscription"
    RATE_PLAN = "rate plan"
    LINE_ITEM = "order line item"


MISSING = "missing"
"""The field of what only one of the two systems has."""

LINK = "link"
"""The field of a rate plan whose id of the order product is lost, or is there twice."""

UNKNOWN = "unknown"
"""The field of what cannot be compared; Salesforce's value says why."""


def same_text(sold: Any, held: Any) -> bool:
    """Return whether two texts are the same; an empty one is nothing."""
    return ("" if sold is None else str(sold)) == ("" if held is None else str(held))


def same_day(sold: date | None, held: str | date | None) -> bool:
    """Return whether two days are the same; None is no end."""
    return sold == (dates.parse(held) if held else None)


def same_number(sold: Any, held: Any) -> bool:
    """Return whether two numbers are the same."""
    return sold is held if sold is None or held is None else Decimal(sold) == Decimal(held)


def among(sold: Collection[str], held: str | None) -> bool:
    """Return whether Zuora's value is one of those that are right."""
    return held in sold


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is compared.

    Attributes:
        kind: What it belongs to.
        name: What people call it; `--only` takes it.
        salesforce: Where it stands in Salesforce.
        zuora: Where it stands in Zuora: table and column of Data Query.
        same: When the two are equal.
        next: What to do where they are not; `{order}`, `{subscription}` and `{account}` stand for what it is about.
        target: Pointer of the mapping's rule that makes Salesforce's value; empty where it is worked out otherwise.
        lacking: What to do where it is Salesforce that has nothing.
        is_end: Whether it is the first day after an end.
    """

    kind: Kind
    name: str
    salesforce: str
    zuora: str
    same: Same
    next: str
    target: str = ""
    lacking: str = ""
    is_end: bool = False

    @property
    def column(self) -> str:
        """The name of its column in rows that were read."""
        return alias(self.zuora)


def alias(column: str) -> str:
    """Return the name under which a column of a table is read: `account.crmid` as `account_crmid`."""
    return column.replace(".", "_")


_SYNC_ACCOUNT = "cpqbridge sync account {account}"
_SYNC_ORDER = "cpqbridge sync order {order}"
_LOOK = "cpqbridge timeline {subscription} --as subscription, then undo the change in Zuora or make it in Salesforce"
_ADOPT = "cpqbridge adopt order {order}"
_UNDONE = "cpqbridge sync deleted, if its order was deleted; else end it in Zuora"
_ITEM = "compare order {order} in both systems"
_S = "SBQQ__Subscription__c"
_START = f"{_S}.SBQQ__StartDate__c"
_CREATE = "/orderActions/0/createSubscription"

FIELDS: tuple[Field, ...] = (
    Field(
        Kind.ACCOUNT, MISSING, "Account.Id", "account.crmid", same_text, _SYNC_ACCOUNT,
        lacking="clear the CRM id of the account in Zuora, or restore the account in Salesforce",
    ),
    Field(
        Kind.ACCOUNT, LINK, "Account.Id", "account.crmid", same_text,
        "leave the CRM id on the account that is billed, and clear it on the others",
    ),
    Field(Kind.ACCOUNT, "name", "Account.Name", "account.name", same_text, _SYNC_ACCOUNT, "/name"),
    Field(Kind.ACCOUNT, "parent", "Account.ParentId", "account.parentid", same_text, _SYNC_ACCOUNT, "/parentId"),
    Field(Kind.ACCOUNT, "sales rep", "Account.OwnerId", "account.salesrepname", same_text, _SYNC_ACCOUNT, "/salesRep"),
    Field(
        Kind.ACCOUNT, "currency", "Account.CurrencyIsoCode", "account.currency", same_text,
        "Zuora cannot change it: use another account", "/currency",
    ),
    Field(Kind.SUBSCRIPTION, MISSING, f"{_S}.Name", "subscription.name", same_text, _SYNC_ORDER, lacking=_UNDONE),
    Field(Kind.SUBSCRIPTION, "status", f"{_S}.SBQQ__TerminatedDate__c", "subscription.status", among, _LOOK),
    Field(Kind.SUBSCRIPTION, "start", _START, "subscription.subscriptionstartdate", same_day, _LOOK),
    Field(Kind.SUBSCRIPTION, "term start", _START, "subscription.termstartdate", same_day, _LOOK),
    Field(Kind.SUBSCRIPTION, "term end", f"{_S}.SBQQ__EndDate__c", "subscription.termenddate", same_day, _LOOK,
          is_end=True),
    Field(Kind.SUBSCRIPTION, "owner", "Order.SubscriptionOwner__c", "owner.crmid", same_text, _LOOK),
    Field(Kind.SUBSCRIPTION, "invoice owner", "Order.InvoiceOwner__c", "payer.crmid", same_text, _LOOK),
    Field(Kind.RATE_PLAN, MISSING, "OrderItem.Id", "rateplan.externallymanagedplanid", same_text, _SYNC_ORDER,
          lacking=_UNDONE),
    Field(Kind.RATE_PLAN, LINK, "OrderItem.Id", "rateplan.externallymanagedplanid", same_text, _ADOPT),
    Field(Kind.RATE_PLAN, UNKNOWN, "OrderItem", "rateplancharge", same_text, "cpqbridge plan order {order}"),
    Field(Kind.RATE_PLAN, "start", _START, "rateplancharge.effectivestartdate", same_day, _LOOK),
    Field(Kind.RATE_PLAN, "end", f"{_S}.SBQQ__EndDate__c", "rateplancharge.effectiveenddate", same_day, _LOOK,
          is_end=True),
    Field(Kind.RATE_PLAN, "quantity", "OrderItem.Quantity", "rateplancharge.quantity", same_number, _LOOK),
    Field(Kind.RATE_PLAN, "price", f"{_S}.SBQQ__NetPrice__c", "rateplanchargetier.price", same_text, _LOOK),
    Field(Kind.LINE_ITEM, MISSING, "OrderItem.Id", "orderlineitem.id", same_text, _SYNC_ORDER, lacking=_ITEM),
    Field(Kind.LINE_ITEM, "quantity", "OrderItem.Quantity", "orderlineitem.quantity", same_number, _ITEM, "/quantity"),
    Field(
        Kind.LINE_ITEM, "price", "OrderItem.UnitPrice", "orderlineitem.amountperunit", same_number, _ITEM,
        "/amountPerUnit",
    ),
    Field(
        Kind.LINE_ITEM, "start", "Order.EffectiveDate", "orderlineitem.transactionstartdate", same_day, _ITEM,
        "/transactionStartDate",
    ),
)  # fmt: skip
"""What is compared, in the order in which it is told."""

NAMES = tuple(dict.fromkeys(field.name for field in FIELDS))
"""What `--only` takes."""

_OF_KIND = {kind: [field for field in FIELDS if field.kind is kind] for kind in Kind}
_BY_NAME = {(field.kind, field.name): field for field in FIELDS}


def named(kind: Kind, name: str) -> Field:
    """Return a line of the table."""
    return _BY_NAME[kind, name]


def of_kind(kind: Kind) -> list[Field]:
    """Return the lines about one kind of thing."""
    return _OF_KIND[kind]


def mapped(kind: Kind) -> list[Field]:
    """Return the lines whose value a rule of the mapping makes."""
    return [field for field in of_kind(kind) if field.target]


def differing(kind: Kind, sold: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Field]:
    """Yield the fields that Salesforce knows and Zuora has otherwise.

    Args:
        kind: What is compared.
        sold: Name of a field to Salesforce's value; what is not in it is not compared.
        held: Name of a field to Zuora's value.
    """
    for field in of_kind(kind):
        if field.name in sold and not field.same(sold[field.name], held.get(field.name)):
            yield field
