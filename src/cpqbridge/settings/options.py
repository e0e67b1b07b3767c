"""The options: the vendor's, under all spellings seen, and cpqbridge's own. The one place where they are defined."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.amounts import AmountOptions, Currency
from cpqbridge.settings.mail import Recipients
from cpqbridge.settings.section import Form

API_NAME = "[A-Za-z][A-Za-z0-9_]*"
"""The form of a field's name in both systems."""

FIELD_PATH = rf"{API_NAME}(\.{API_NAME})*"
"""The form of a path from a record of Salesforce to a field."""

FieldPath = Annotated[str, Form(FIELD_PATH, "a field of Salesforce, such as Parent.Name")]


class Options(AmountOptions):
    """How orders are carried over. Defaults are the decisions of the design where the vendor states none."""

    sync_opportunity_fields: bool = False
    """Query the opportunity too, so that its mapped fields can be written to the Zuora order."""
    sfdc_use_list_price_base: bool = True
    """CPQ's net price is for the whole term: list price base Per Specific Months, bill cycle type Charge Trigger Day;
    off: it is for one billing period, and is billed anew in each."""
    use_subscription_start_date: bool = True
    """Start the Zuora subscription with the Salesforce subscription; off: with the contract."""
    amend_subscriptions: bool = True
    """Turn amendment orders into order actions on existing subscriptions; off: such lines are held."""
    customer_alert_email: Recipients | None = None
    """Who is told by e-mail of records that failed or are held: an address, or several with commas between them."""
    increment_tier_upper_bound: bool = False
    """Keep each tier's upper bound and raise the next lower one by the smallest unit; off: lower the upper bound."""
    subscription_term_in_days: bool = False
    """Terms in days instead of months; needs `sfdc_use_list_price_base: false`, so net prices per billing period."""
    trigger_dates_on_orders: bool = False
    """Set all three trigger dates from the order's dates; off: only the contract effective date."""

    allow_per_period_price: bool = True
    """Where a term is not whole months, give the price per billing period; off: refuse the line, as the vendor does."""
    price_changes: Literal["cancel_and_new", "in_place"] = "cancel_and_new"
    """A product cancelled and sold again by one amendment: cancel its subscription and create a new one, or change the
    price of the one there is."""
    added_products: Literal["new_subscription", "existing_subscription"] = "new_subscription"
    """A product that an amendment adds: a subscription of its own, or a rate plan on one of the same contract."""
    moved_subscriptions: Literal["amend", "hold"] = "amend"
    """A subscription that belongs to another account in Zuora than its order says: amend it where it is, or hold."""
    one_time_refunds: Literal["hold", "keep"] = "hold"
    """A one-time charge that an amendment takes back: hold, or keep it as it was billed; Zuora cannot credit it."""
    changed_orders: Literal["hold", "update"] = "hold"
    """An order that has other content in Salesforce than in Zuora: hold it, or update what Zuora lets be updated."""
    deleted_orders: Literal["hold", "cancel", "revert", "delete"] = "hold"
    """An order deleted in Salesforce: hold it for a person, cancel its subscriptions, revert or delete it in Zuora."""
    deleted_invoiced_orders: Literal["hold", "cancel"] = "hold"
    """The same where something of it is invoiced: hold it for a person, or cancel its subscriptions."""
    auto_renew: bool = False
    """Renew termed subscriptions automatically."""
    default_currency: Currency = "USD"
    """The currency of orders in an org that has only one."""
    account_key_field: Annotated[
        str, Form(r"crmId|[A-Za-z]\w*__c", "crmId or a custom field such as CRMAccountId__c")
    ] = "crmId"
    """The field of the Zuora account by which it is found: crmId, or an indexed custom field."""
    tier_cap_field: FieldPath | None = None
    """The custom field of `SBQQ__OrderItemConsumptionRate__c` that caps a usage tier; needs the tenant's capping."""
    account_description_source: FieldPath = "Description"
    """The field of the Salesforce account that becomes the notes of the Zuora account."""
    purchase_order_source: FieldPath = "Id"
    """The field of the Salesforce order that becomes the purchase order number of order line items."""

    @model_validator(mode="after")
    def _agree(self) -> Options:
        if self.subscription_term_in_days and self.sfdc_use_list_price_base:
            raise PydanticCustomError(
                "exclusive",
                "has `subscription_term_in_days: true`, which excludes whole-term prices: "
                "set `sfdc_use_list_price_base: false` too",
            )
        return self


SPELLINGS: dict[str, tuple[str, ...]] = {
    "sync_opportunity_fields": ("Sync opportunity fields", "sfdc_order_query_opportunity"),
    "sfdc_use_list_price_base": ("useListPriceBase",),
    "use_subscription_start_date": (),
    "amend_subscriptions": (),
    "customer_alert_email": (),
    "increment_tier_upper_bound": ("Increment tier upper bound for decimal point",),
    "subscription_term_in_days": ("Subscription_term_in_days",),
    "trigger_dates_on_orders": ("Trigger_dates_on_order",),
}
"""The vendor's spellings of each of its options; blanks, underscores and capitals never matter."""

CONNECTION_SPELLINGS: dict[str, tuple[str, str]] = {
    "SFDC Host": ("salesforce", "login_url"),
    "zuora REST endpoint": ("zuora", "base_url"),
    "environment": ("zuora", "base_url"),
    "Zuora tenant ID": ("zuora", "tenant_id"),
    "zuora_customer_name": ("zuora", "customer_name"),
}
"""Options of the vendor's that belong to a connection here: they may stand among the options and are moved."""
