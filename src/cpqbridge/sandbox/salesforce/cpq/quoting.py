"""Writes what amending and renewing begin with: the opportunity, the quote and its lines; then takes it further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.catalogue.columns import BadValue
from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.bodies import ContractSteps, Steps
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line
from cpqbridge.sandbox.salesforce.cpq.ordering import orders_of_quote
from cpqbridge.sandbox.salesforce.cpq.records import add, copied, named_contract
from cpqbridge.sandbox.salesforce.cpq.usage import QUOTE_LINE, SUBSCRIPTION, agree_rates, carry
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.store import NotWritable

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_ADDRESS: Final = tuple(
    f"SBQQ__{role}{part}__c"
    for role in ("Billing", "Shipping")
    for part in ("Name", "Street", "City", "State", "PostalCode", "Country")
)
_FROM_QUOTE: Final = (
    "SBQQ__PrimaryContact__c", "SBQQ__SalesRep__c", "SBQQ__PaymentTerms__c", "SBQQ__BillingFrequency__c",
    "SBQQ__ContractingMethod__c", "CurrencyIsoCode", *_ADDRESS,
)  # fmt: skip
"""An amendment or renewal quote takes these from the quote that the contract came from."""


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity and a quote to be written.

    Attributes:
        contract: The contract it is about.
        kind: `Amendment` or `Renewal`.
        head: What its lines have in common.
        lines: Its lines, bundles before their parts.
        opportunity: Further fields of the opportunity.
        quote: Further fields of the quote.
        changed: Fields of the contract that this sets.
        back: Field of the contract that links the opportunity.
        begun: The opportunity, where there is one already.
        beside: Other contracts that it is about in the same way.
    """

    contract: Row
    kind: str
    head: Head
    lines: tuple[Line, ...]
    opportunity: Mapping[str, Any]
    quote: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)
    back: str | None = None
    begun: str | None = None
    beside: tuple[Row, ...] = ()


def contract_of(org: Org, body: ContractSteps) -> dict[str, Any]:
    """Return the contract that a body names; it must be activated.

    Raises:
        SalesforceError: 400 `INVALID_INPUT` when not named once, 404 `NOT_FOUND`, or 400 when it is not activated.
    """
    row = named_contract(org, body.contract_id, body.contract_number)
    if row["StatusCode"] != "Activated":
        raise refusal(f"Contract {row['ContractNumber']} must be activated before it can be amended or renewed.")
    return row


def head_of(org: Org, row: Row, start: date, end: date | None) -> Head:
    """Return what the lines of a quote about a contract have in common."""
    quote = source_quote(org, row)
    currency = quote.get("CurrencyIsoCode") or row.get("CurrencyIsoCode")
    return Head(org, str(row.get("Pricebook2Id") or quote.get("SBQQ__PriceBook__c")), currency, start, end)


def source_quote(org: Org, contract_row: Row) -> dict[str, Any]:
    """Return the quote that a contract came from; empty when there is none."""
    return org.store.get("SBQQ__Quote__c", contract_row.get("SBQQ__Quote__c") or "") or {}


def press_on(org: Org, deal: Deal, steps: Steps) -> dict[str, Any]:
    """Write a deal, and order, activate and contract it as far as the steps say.

    Returns:
        `{"status": "Quoted"|"Ordered"|"Activated"|"Queued"|"Completed"|"Failed", "contractNumber", "opportunityId",
        "quoteId", "quoteNumber"}`, and once ordered what `contract` reports.

    Raises:
        SalesforceError: A step is refused; an order that is refused leaves nothing behind.
    """
    with org.store.transaction():
        opportunity, quote = write(org, deal)
        order = order_ticked(org, quote, steps.order_fields)[0] if steps.order else None
    number = (org.store.get("SBQQ__Quote__c", quote) or {})["Name"]
    answer = {"contractNumber": deal.contract["ContractNumber"], "opportunityId": opportunity, "quoteId": quote}
    return {"status": "Quoted", **answer, "quoteNumber": number} | (_advance(org, order, steps) if order else {})


def write(org: Org, deal: Deal) -> tuple[str, str]:
    """Write the opportunity (unless there is one already), the quote and its lines; returns the first two's ids."""
    row, head = deal.contract, deal.head
    currency = {"CurrencyIsoCode": head.currency} if head.currency else {}
    opportunity = deal.begun or open_opportunity(org, deal)
    values = {
        **copied(source_quote(org, row), _FROM_QUOTE),
        **currency,
        "SBQQ__Account__c": row["AccountId"],
        "SBQQ__Opportunity2__c": opportunity,
        "SBQQ__Primary__c": True,
        "SBQQ__PriceBook__c": head.book,
        "SBQQ__Type__c": deal.kind,
        "SBQQ__StartDate__c": head.start.isoformat(),
        "SBQQ__EndDate__c": head.end.isoformat() if head.end else None,
        **deal.quote,
    }
    quote = add(org, "SBQQ__Quote__c", values)
    org.store.update("Opportunity", opportunity, {"SBQQ__PrimaryQuote__c": quote}, system=True)
    _write_lines(org, quote, deal.lines, currency)
    for one in (row, *deal.beside):
        link = {deal.back: opportunity} if deal.back else {}
        org.store.update("Contract", one["Id"], {**deal.changed, **link}, system=True)
    return opportunity, quote


def open_opportunity(org: Org, deal: Deal) -> str:
    """Write the opportunity of a deal, and link it from the contract where that has a field for it."""
    row, head = deal.contract, deal.head
    base = {
        "AccountId": row["AccountId"],
        "Name": f"{deal.kind} for contract #{row['ContractNumber']}",
        "StageName": "Proposal/Price Quote",
        "CloseDate": head.start.isoformat(),
        "Pricebook2Id": head.book,
        "CurrencyIsoCode": head.currency,
    }
    made = add(org, "Opportunity", {**copied(base, base), **deal.opportunity})
    if deal.back:
        org.store.update("Contract", row["Id"], {deal.back: made}, system=True)
    return made


def refusal(message: str, *fields: str) -> SalesforceError:
    """Return the package's refusal of what cannot be amended or renewed."""
    return SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields)


def _write_lines(org: Org, quote: str, lines: Iterable[Line], currency: Mapping[str, Any]) -> None:
    written: dict[str | None, str] = {}
    for number, line in enumerate(lines, 1):
        place = {"SBQQ__Quote__c": quote, "SBQQ__Number__c": number}
        if line.under in written:
            place["SBQQ__RequiredBy__c"] = written[line.under]
        with _telling_bad_fields():
            identifier = add(org, "SBQQ__QuoteLine__c", {**line.values, **currency, **place})
        written[line.key] = identifier
        if line.chain and not line.chain.is_asset:
            carry(org, SUBSCRIPTION, line.chain.id, QUOTE_LINE, identifier)
        for schedule, rates in line.rates.items():
            try:
                agree_rates(org, identifier, schedule, rates)
            except LookupError as error:
                raise refusal(str(error)) from error


def order_ticked(org: Org, quote: str, more: Mapping[str, Any] | None = None) -> list[str]:
    """Order a quote, close its opportunity as won, and return the ids of the draft orders.

    Args:
        org: The org.
        quote: Id of the quote.
        more: Further fields of each order.

    Raises:
        SalesforceError: A product has no price, a quantity is negative and may not be, or a field is none of an order.
    """
    try:
        with _telling_bad_fields():
            orders = orders_of_quote(org, quote, more)
    except LookupError as error:
        raise refusal(str(error), "PricebookEntryId") from error
    opportunity = (org.store.get("SBQQ__Quote__c", quote) or {}).get("SBQQ__Opportunity2__c")
    if opportunity:
        won = {"SBQQ__Ordered__c": True, "StageName": "Closed Won"}
        org.store.update("Opportunity", opportunity, won, system=True)
    return orders


@contextmanager
def _telling_bad_fields() -> Iterator[None]:
    """Refuse further fields that the object does not have, or cannot hold."""
    try:
        yield
    except (NotWritable, BadValue) as error:
        raise SalesforceError(400, "INVALID_FIELD", str(error)) from error


def _advance(org: Org, order: str, steps: Steps) -> dict[str, Any]:
    row = org.store.get("Order", order) or {}
    answer = {"status": "Ordered", "orderId": order, "orderNumber": row["OrderNumber"]}
    if not steps.activate:
        return answer
    answer |= activate(org, order)
    if not steps.contract:
        return answer
    delay = timedelta(milliseconds=steps.delay_ms)
    return answer | contract(org, order, wait=steps.wait, polls=steps.polls, delay=delay, fail_after=steps.fail_after)
