"""Bodies of the CPQ verbs: what a person decides in the quote, and how far the package is to take it.

The same shapes serve Python callers; over HTTP the members' names are in lowerCamel, but for
`delay_ms` and `fail_after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, ValidationError, convert, field

from cpqbridge.sandbox.salesforce.cpq.usage import Rate
from cpqbridge.sandbox.salesforce.errors import SalesforceError

Count = Annotated[int, Meta(ge=0)]
Rates = dict[str, list[Rate]]
"""Rates agreed for a deal, by name of the consumption schedule: `[lower, upper, price, method]`."""


class Body(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Anything that takes lowerCamel members and no others."""


Shape = TypeVar("Shape", bound=Body)


class Background(Body, frozen=True, kw_only=True):
    """How the background job of contracting goes.

    Attributes:
        wait: Run it before the answer.
        polls: API calls that pass before it runs.
        delay_ms: Milliseconds that pass before it runs.
        fail_after: It breaks down after so many order products.
    """

    wait: bool = False
    polls: Count = 1
    delay_ms: Count = field(default=0, name="delay_ms")
    fail_after: Count | None = field(default=None, name="fail_after")


class ContractingBody(Background, frozen=True, kw_only=True):
    """What `contract` takes: an order, by id or number, and how the background job goes."""

    order_id: str | None = None
    order_number: str | None = None


class Undoing(Body, frozen=True, kw_only=True):
    """What `undo` takes.

    Attributes:
        order_id: Id of the order.
        order_number: Its number, instead.
        delete: Delete the order in the end.
    """

    order_id: str | None = None
    order_number: str | None = None
    delete: bool = False


class Moving(Body, frozen=True, kw_only=True):
    """What `move` takes: a contract, by id or number.

    Attributes:
        contract_id: Id of the contract.
        contract_number: Its number, instead.
        account: Id of the account that it goes to.
        orders: Its orders go too.
    """

    contract_id: str | None = None
    contract_number: str | None = None
    account: str
    orders: bool = False


class ActivateBody(Body, frozen=True, kw_only=True):
    """What `activate` takes: an order or a contract, by id or number."""

    order_id: str | None = None
    order_number: str | None = None
    contract_id: str | None = None
    contract_number: str | None = None


class Price(Body, frozen=True, kw_only=True):
    """A price; all blank leaves it as it is (the price book's for what is new).

    Attributes:
        net_price: Net price for the line's own term, per unit (in all with block pricing).
        list_price: List price for the product's whole term; prorated.
        discount: Percent off the list price.
        rates: Rates of usage.
    """

    net_price: Decimal | None = None
    list_price: Decimal | None = None
    discount: Decimal | None = None
    rates: Rates = {}

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return bool(self.rates) or any(one is not None for one in (self.net_price, self.list_price, self.discount))


class Addition(Price, frozen=True, kw_only=True):
    """A new line.

    Attributes:
        product: Id, code or name of the product.
        quantity: Units.
        start_date: First day; by default that of the quote.
        end_date: Last day; by default that of the quote.
        under: Its bundle: number or id of a subscription, or the product of an earlier addition.
        fields: Further fields of the quote line.
    """

    product: str
    quantity: Decimal = Decimal(1)
    start_date: date | None = None
    end_date: date | None = None
    under: str | None = None
    fields: dict[str, Any] = {}


class Change(Price, frozen=True, kw_only=True):
    """What becomes of something sold earlier, which one of the first four members names.

    Attributes:
        subscription_id: Any subscription of its chain.
        subscription_number: Any subscription of its chain.
        asset_id: Any asset of its chain.
        product: Id, code or name; all segments of it together, unless `segment` says which.
        segment: Number of the segment of the product.
        quantity: The new quantity, all revisions together; zero cancels.
        uplift: Percent on top of its price; at renewals only.
        swap: What takes its place.
    """

    subscription_id: str | None = None
    subscription_number: str | None = None
    asset_id: str | None = None
    product: str | None = None
    segment: int | None = None
    quantity: Decimal | None = None
    uplift: Decimal | None = None
    swap: Addition | None = None


class Steps(Background, frozen=True, kw_only=True):
    """How far the package takes a quote: order, activate, contract; none without the one before.

    Attributes:
        order: Order the quote.
        activate: Activate the order.
        contract: Contract the order.
        order_fields: Further fields of the order, such as its invoice owner.
    """

    order: bool = True
    activate: bool = True
    contract: bool = True
    order_fields: dict[str, Any] = {}


class ContractSteps(Steps, frozen=True, kw_only=True):
    """A contract, by id or number, and how far to take what is done to it."""

    contract_id: str | None = None
    contract_number: str | None = None


class Amendment(ContractSteps, frozen=True, kw_only=True):
    """What `amend` takes.

    Attributes:
        effective_date: First day of the changes.
        changes: What becomes of what was sold.
        add: What is new.
    """

    effective_date: date
    changes: list[Change] = []
    add: list[Addition] = []


class Renewal(ContractSteps, frozen=True, kw_only=True):
    """What `renew` takes.

    Attributes:
        effective_date: First day of the new term; by default the day after the old one, earlier renews early.
        term: Months; by default the contract's renewal term.
        end_date: Last day; overrides `term`.
        uplift: Percent on top of every renewed price; by default the contract's, where the account renews by uplift.
        include_assets: Renew assets too.
        changes: What is not renewed as it was; quantity zero drops it.
        add: What is new.
    """

    effective_date: date | None = None
    term: Annotated[int, Meta(ge=1)] | None = None
    end_date: date | None = None
    uplift: Decimal | None = None
    include_assets: bool = False
    changes: list[Change] = []
    add: list[Addition] = []


class Cancellation(ContractSteps, frozen=True, kw_only=True):
    """What `cancel` takes.

    Attributes:
        effective_date: First day without.
        subscriptions: Numbers or ids of what is cancelled; all by default.
    """

    effective_date: date
    subscriptions: list[str] | None = None


def read(body: Mapping[str, Any], shape: type[Shape]) -> Shape:
    """Check a request body.

    Raises:
        SalesforceError: 400 `INVALID_INPUT` for an unknown member or a value of the wrong type.
    """
    try:
        return convert(body, shape)
    except ValidationError as error:
        raise SalesforceError(400, "INVALID_INPUT", str(error)) from error
