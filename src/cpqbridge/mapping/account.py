"""Guide "Account": Salesforce `Account` to the body of `POST /v1/accounts` and `PUT /v1/accounts/{key}`."""

from __future__ import annotations

from cpqbridge.mapping.conditions import given
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import at_most, from_given, shortened


def default_currency(context: Context) -> str:
    """Option `default_currency`."""
    return context.options.default_currency


def own_key(context: Context) -> bool:
    """Option `account_key_field` names a custom field."""
    return context.options.account_key_field != "crmId"


ACCOUNT = Table(
    name="Account",
    about="`POST /v1/accounts`, `PUT /v1/accounts/{key}`",
    rules=(
        Rule("Account Name", "/name", "Account.Name", at_most(255), required="CPQ-401", column="Name"),
        Rule("CRM Account ID", "/crmId", "Account.Id", on="create", note="the look-up key"),
        Rule(
            "CRM Account ID",
            "/{account_key}",
            "Account.Id",
            on="create",
            when=own_key,
            note="the custom field that the option names is the look-up key then",
        ),
        Rule(
            "Currency",
            "/currency",
            "Account.CurrencyIsoCode",
            default=default_currency,
            on="create",
            note="Zuora cannot change it: a difference later is held",
        ),
        Rule("Bill Cycle Day", "/billCycleDay", default=1, on="create"),
        Rule(
            "Description",
            "/notes",
            "Account.{account_description_source}",
            column="Notes",
            note='the guide\'s "Note" is no field of Account',
        ),
        Rule("Sales Rep", "/salesRep", "Account.OwnerId", shortened(50), column="SalesRepName"),
        Rule("Auto-Pay", "/autoPay", default=False, on="create"),
        Rule(
            "Parent",
            "/parentId",
            "Account.ParentId",
            from_given("parent"),
            when=given("parent", "the account has a parent"),
            column="ParentId",
            note="the Zuora id of the account whose CRM id is the parent's; created first, without its orders",
        ),
    ),
)
"""`/billToContact` and `/soldToContact` come from the tables of `cpqbridge.mapping.contact`."""
