"""Guide "Contact": a Salesforce `Contact`, or an address of an account or order, to a Zuora contact.

The same fields are written by `POST /v1/contacts` and `PUT /v1/contacts/{id}` and inside the bill-to and sold-to
contacts of `POST /v1/accounts`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from cpqbridge.mapping.conditions import given
from cpqbridge.mapping.countries import country_name, nearest_country, nearest_state, state_name
from cpqbridge.mapping.rule import Context, Rule, Table, Transform, UnmappableError
from cpqbridge.mapping.transforms import at_most, first_line, from_given, further_lines, shortened

Role = Literal["billTo", "soldTo"]

ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode")
"""The parts of a Salesforce address; the codes exist only with state and country picklists."""


def known_country(value: Any, context: Context) -> str:
    """The country's name in Zuora; names or codes that Zuora does not know are refused with the nearest one."""
    own: str | None = context.given.get("values", {}).get("countries", {}).get(value)
    found = own or country_name(str(value))
    if found is None:
        near = nearest_country(str(value))
        raise UnmappableError(f"Zuora knows no country {value!r}" + (f"; did you mean {near!r}?" if near else ""))
    return found


def known_state(place: str) -> Transform:
    """Return the transform of a state that stands beside the country of the address at `place`."""

    def named(value: Any, context: Context) -> str:
        own: str | None = context.given.get("values", {}).get("states", {}).get(value)
        text = own or str(value)
        written = context.get(f"{place}Country") or context.get(f"{place}CountryCode")
        country = country_name(str(written)) if written else None
        found = state_name(text, country)
        if found is None and country is not None:
            near = nearest_state(text, country)
            raise UnmappableError(f"{country} has no state {text!r}" + (f"; did you mean {near!r}?" if near else ""))
        return (found or text)[:100]

    named.__doc__ = "in the United States and Canada Zuora's name of the state, elsewhere as it is written"
    return named


def name_of_address(role: Role) -> Any:
    """Return a transform to `<account name>_billTo` or `_soldTo`, within 100 characters: the name gives way."""
    suffix = f"_{role}"

    def named(value: Any, _context: Context) -> str:
        return str(value)[: 100 - len(suffix)] + suffix

    named.__doc__ = f"`<account name>{suffix}`, 100 characters at most (the name is shortened, not the suffix)"
    return named


def address_rules(root: str, part: str, *, needed: Collection[str] = ()) -> tuple[Rule, ...]:
    """Return the rules of one address: `Account.Billing*`, `Order.Shipping*`, `Contact.Mailing*`.

    Args:
        root: The object's name.
        part: `Billing`, `Shipping` or `Mailing`.
        needed: Which of `state` and `country` must be there: of a billing address the guide wants both.
    """
    place = f"{root}.{part}"
    missing = dict.fromkeys(needed, "CPQ-404")
    return (
        Rule("Address 1", "/address1", f"{place}Street", first_line, column="Address1"),
        Rule("Address 2", "/address2", f"{place}Street", further_lines, column="Address2"),
        Rule("City", "/city", f"{place}City", shortened(100), column="City"),
        Rule(
            "State/Province",
            "/state",
            (f"{place}State", f"{place}StateCode"),
            known_state(place),
            required=missing.get("state"),
            column="State",
        ),
        Rule("Postal Code", "/zipCode", f"{place}PostalCode", at_most(20), column="PostalCode"),
        Rule(
            "Country",
            "/country",
            (f"{place}Country", f"{place}CountryCode"),
            known_country,
            required=missing.get("country"),
            column="Country",
        ),
    )


def _in_account(source: str) -> Rule:
    return Rule(
        "Account",
        "/accountId",
        source,
        from_given("account"),
        when=given("account", "not inside an account's own body"),
        on="create",
    )


def address_table(name: str, root: str, part: str, role: Role, *, needed: Collection[str]) -> Table:
    """Return the table of a contact that is made from an address.

    Its `crmId__c` is the account's id (`Order.AccountId` for an order's address), its role the suffix of its name.
    """
    account = "Account" if root == "Account" else "Order.Account"
    account_id = "Account.Id" if root == "Account" else "Order.AccountId"
    named = name_of_address(role)
    return Table(
        name=name,
        about=f"made from `{root}.{part}*`",
        rules=(
            _in_account(account_id),
            Rule("First Name", "/firstName", f"{account}.Name", named, required="CPQ-401", column="FirstName"),
            Rule("Last Name", "/lastName", f"{account}.Name", named, required="CPQ-401", column="LastName"),
            Rule("CRM ID", "/crmId__c", account_id, column="CrmId__c", note="a custom field of Zuora's Contact"),
            *((Rule("CRM Order ID", "/crmOrderId__c", "Order.Id", column="CrmOrderId__c"),) if root == "Order" else ()),
            *address_rules(root, part, needed=needed),
        ),
    )


BILL_TO = address_table("Account Bill To Contact", "Account", "Billing", "billTo", needed=("state", "country"))
SOLD_TO = address_table("Account Sold To Contact", "Account", "Shipping", "soldTo", needed=("country",))
ORDER_BILL_TO = address_table("Order Billing Address", "Order", "Billing", "billTo", needed=("state", "country"))
ORDER_SOLD_TO = address_table("Order Shipping Address", "Order", "Shipping", "soldTo", needed=("country",))

CONTACT = Table(
    name="Contact",
    about="`POST /v1/contacts`, `PUT /v1/contacts/{id}`",
    rules=(
        _in_account("Contact.AccountId"),
        Rule(
            "First Name",
            "/firstName",
            ("Contact.FirstName", "Contact.LastName"),
            shortened(100),
            required="CPQ-401",
            column="FirstName",
        ),
        Rule(
            "Last Name",
            "/lastName",
            "Contact.LastName",
            shortened(100),
            required="CPQ-401",
            column="LastName",
        ),
        Rule("CRM ID", "/crmId__c", "Contact.Id", column="CrmId__c", note="a custom field of Zuora's Contact"),
        *address_rules("Contact", "Mailing"),
        Rule("Work Email", "/workEmail", "Contact.Email", at_most(80), column="WorkEmail"),
        Rule("Mobile Phone", "/mobilePhone", "Contact.MobilePhone", at_most(40), column="MobilePhone"),
    ),
)


def has_address(record: Any, part: str) -> bool:
    """Return whether any part of the record's `Billing`, `Shipping` or `Mailing` address is filled."""
    return record is not None and any(record.get(part + name) for name in ADDRESS_PARTS)
