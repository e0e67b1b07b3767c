"""Proves what begins with an order: new subscriptions, what it adds to others, order line items.

What Zuora will bill is worked out from the body of the request itself, so that the user's own mapping counts too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.terms import Charge as Billed
from cpqbridge.money.reconciliation.waterfall import Explained, explain, explain_once
from cpqbridge.planning.chain import piece
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.billing import (
    Life,
    Unknown,
    account_day,
    charge_of,
    end_of_charge,
    rounding_of,
    term_of,
)
from cpqbridge.planning.proof.gate import judge
from cpqbridge.planning.proof.override import Body, price_in, pricing_in, segments_in, sent_override, value_in
from cpqbridge.planning.proof.quote import is_usage_product, quoted_item
from cpqbridge.planning.proof.sent import as_sent
from cpqbridge.planning.state import CONTRACT_EFFECTIVE, Charge, Row

Facts = dict[str, Any]

_EVENTS = (CONTRACT_EFFECTIVE, "ServiceActivation", "CustomerAcceptance")
_SPECIFIC = "SpecificDate"
WHOLE_TERM = "Per_Specific_Months"
"""List price base of a price for the whole term."""
_OVERRIDDEN = ("billing", "startDate", "endDate")
"""Where a charge override says how the charge is billed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all charges of a subscription share, as far as their days and billing periods go.

    Attributes:
        events: The day of each trigger event.
        start: First day of the subscription.
        term_start: First day of its term.
        end: First day after its term; None for evergreen.
        account_day: Bill cycle day of the account that is invoiced; None where it is not known.
        currency: ISO code.
        order: Number of the order.
    """

    events: Mapping[str, date]
    start: date
    term_start: date
    end: date | None
    account_day: int | None
    currency: str
    order: str

    def life(self, attributes: Body) -> Life:
        """Return the days of a charge.

        Raises:
            Unknown: It has no end.
        """
        start = self.events[CONTRACT_EFFECTIVE]
        event = attributes.get("triggerEvent") or CONTRACT_EFFECTIVE
        if event == _SPECIFIC:
            start = dates.parse(attributes["specificTriggerDate"])
        elif event in self.events:
            start = self.events[event]
        end = end_of_charge(attributes, start, self.end)
        if end is None or self.end is None:
            raise Unknown("an evergreen subscription has no total")
        return Life(start, end, self.start, (self.term_start, self.end), self.account_day)


def frame_of_new(draft: Draft, order: Record, entry: Body, account_day: int | None) -> Frame:
    """Return the frame of a subscription that an entry of `/subscriptions` begins."""
    action = entry["orderActions"][0]
    create = action["createSubscription"]
    term = create["terms"]["initialTerm"]
    start, end = dates.parse(term["startDate"]), None
    if term.get("endDate"):
        end = dates.parse(term["endDate"])
    elif term.get("period"):
        length = int(term["period"])
        end = dates.add_months(start, length) if term["periodType"] == "Month" else start + dates.ONE_DAY * length
    currency = create.get("currency") or currency_of(draft, order)
    return Frame(_events(order, action), start, start, end, account_day, currency, order["OrderNumber"])


def frame_of_held(draft: Draft, order: Record, item: Record, subscription: Row, on: date) -> Frame:
    """Return the frame of a subscription to which an action adds the rate plan of an order product on a day.

    Since the order was sent, the subscription may have been renewed.
    """
    begin = subscription.get("subscriptionStartDate")
    start = dates.parse(begin) if begin else on
    term_end = subscription.get("termEndDate")
    end = dates.parse(term_end) if term_end else None
    term_start, _ = term_of(subscription, start, start)
    if order["OrderNumber"] in draft.state.orders:
        end = piece(item).end
    currency = subscription.get("currency") or currency_of(draft, order)
    day = account_day(draft, str(subscription.get("invoiceOwnerAccountNumber") or ""))
    return Frame(dict.fromkeys(_EVENTS, on), start, term_start, end, day, currency, order["OrderNumber"])


def currency_of(draft: Draft, order: Record) -> str:
    """Return the currency of an order."""
    return str(order.get("CurrencyIsoCode") or draft.options.default_currency)


def _events(order: Record, action: Body) -> dict[str, date]:
    """Return the days of the trigger events; each defaults to the one before it, the first to the order date."""
    given = {one["name"]: dates.parse(one["triggerDate"]) for one in action.get("triggerDates") or ()}
    last = dates.parse(order["EffectiveDate"]) if order.get("EffectiveDate") else date.min
    found = {}
    for name in _EVENTS:
        last = found[name] = given.get(name, last)
    return found


@dataclass(frozen=True, slots=True)
class NewCharge:
    """The charge of an order product that begins, before it is sent.

    Attributes:
        draft: The plan being made.
        items: The order product, then the later segments of the same product.
        charge: The catalog charge.
        frame: What it shares with others of its subscription.
    """

    draft: Draft
    items: Sequence[Record]
    charge: Charge
    frame: Frame
    _known: list[tuple[Body, Billed]] = field(default_factory=list, init=False, compare=False, repr=False)

    @property
    def first(self) -> NewCharge:
        """The same as if it ended with its first segment."""
        if len(self.items) == 1:
            return self
        end = piece(self.items[0]).end
        return NewCharge(self.draft, self.items[:1], self.charge, replace(self.frame, end=end))

    def best(
        self, vendors: Mapped, made_by: Callable[[Facts], Mapped], others: Callable[..., Iterator[Facts]]
    ) -> Mapped:
        """Return the charge override by which Zuora bills what CPQ quoted; the vendor's where none does, or no other.

        Args:
            vendors: The override that the vendor's connector would send.
            made_by: Makes another one.
            others: The other ways to give its price.
        """
        sent = sent_override(self.draft, self.frame.order, self.items[0])
        if sent is not None:
            return as_sent(self, vendors, made_by, others, sent)
        if self.draft.options.pricing_mode == "vendor" or not is_proved(self.draft):
            return vendors
        if self.charge.type != "Recurring" or is_usage_product(self.items[0]):
            return vendors
        try:
            per_period = self.draft.options.pricing_mode == "per_period"
            if not (per_period and price_in(vendors.body)[1] == WHOLE_TERM) and self._fits(vendors.body):
                return vendors
            for facts in others(billed=lambda facts: self._months_sold(made_by(facts).body)):
                made = made_by(facts)
                if not made.problems and self._fits(made.body):
                    return made
        except Unknown:
            return vendors
        return vendors

    def months(self, override: Body) -> Decimal:
        """Return the months that Zuora bills all its days as.

        Raises:
            Unknown: It cannot be worked out.
        """
        months = self._billed_as(override).months
        return Decimal(months.numerator) / months.denominator

    def _months_sold(self, override: Body) -> Decimal:
        """Return the same, but none where Zuora bills other days than were sold: no price shall make up for these."""
        terms = self._billed_as(override).terms
        sold = [quoted_item(item, terms.start, flat=False) for item in self.items]
        same = min(one.start for one in sold) == terms.start and max(one.end for one in sold) == terms.end
        return self.months(override) if same else Decimal(0)

    @property
    def _sold(self) -> Decimal:
        """What CPQ sold it for."""
        return sum((sold_for(item) for item in self.items), Decimal(0))

    def _fits(self, override: Body) -> bool:
        """Return whether nothing but rounding lies between what was quoted and what is billed."""
        charge = self._billed_as(override)
        return charge.terms.rounding.joins(charge.exact, self._sold)

    def explained(self, override: Body, later: Sequence[Body] = ()) -> Explained:
        """Return what was quoted and what will be billed.

        Args:
            override: `chargeOverrides/0` of the request.
            later: The further actions of the same subscription, which change the charge.

        Raises:
            Unknown: It cannot be worked out.
        """
        if self.charge.type == "Usage" or any(is_usage_product(item) for item in self.items):
            raise Unknown("what is billed by usage has no total")
        if self.charge.type == "OneTime":
            price, quantity = value_in(override)
            billed = price * (1 if quantity is None else quantity)
            return explain_once(self._sold, billed, rounding_of(self.draft, self.frame.currency))
        flat, charge = value_in(override)[1] is None, self._billed_as(override, later)
        return explain([quoted_item(item, charge.terms.start, flat=flat) for item in self.items], charge)

    def _billed_as(self, override: Body, later: Sequence[Body] = ()) -> Billed:
        """Return how an override is billed; the last one is asked for again when it has been chosen."""
        for known, billed in self._known:
            if known is override and not later:
                return billed
        billed = self._work_out(override, later)
        self._known[:] = [] if later else [(override, billed)]
        return billed

    def _work_out(self, override: Body, later: Sequence[Body]) -> Billed:
        pricing, (price, quantity) = pricing_in(override), value_in(override)
        attributes: Facts = {"billingPeriod": self.charge.period, **self.charge.attributes}
        for name in _OVERRIDDEN:
            attributes |= override.get(name) or {}
        if override.get("prorationOption"):
            attributes["prorationOption"] = override["prorationOption"]
        attributes |= {name: pricing[name] for name in ("listPriceBase", "specificListPriceBase") if name in pricing}
        life = self.frame.life(attributes)
        segments = list(segments_in(life, price, quantity, later))
        return charge_of(self.draft, attributes, life, segments, self.frame.currency)


def prove_new(new: NewCharge, plan: Body, later: Sequence[Body] = ()) -> None:
    """Prove a charge that begins, and refuse the order where it must not go so; not one that Zuora has already.

    Args:
        new: The charge.
        plan: The body of its rate plan.
        later: The further order actions of its subscription, which change it.
    """
    there = new.frame.order in new.draft.state.orders
    if there or new.draft.options.amount_proof == "off":
        return
    work = partial(new.explained, plan["chargeOverrides"][0], later) if is_proved(new.draft) else per_billing_period
    prove(new.draft, new.items[0], new.frame.currency, work)


def per_billing_period() -> Explained:
    """Say why nothing is compared where net prices are for one billing period, of whatever number."""
    raise Unknown("net prices are for one billing period (option sfdc_use_list_price_base), so there is no total")


def prove_usage(draft: Draft, order: Record, item: Record) -> None:
    """Say that what an order product's consumption schedules come to is not known beforehand."""

    def work() -> Explained:
        raise Unknown("what is billed by usage has no total")

    if is_proved(draft) and order["OrderNumber"] not in draft.state.orders:
        prove(draft, item, currency_of(draft, order), work)


def prove(draft: Draft, item: Record, currency: str, work: Callable[[], Explained]) -> None:
    """Prove a line, and refuse the order where it must not go so.

    Args:
        draft: The plan being made.
        item: The order product.
        currency: ISO code.
        work: Works the amounts out, or raises `Unknown`.
    """
    name = str((item.get("Product2") or {}).get("Name") or "")
    own = item["Id"] in draft.own_prices
    line = partial(Proof, item["Id"], str(item.get("OrderItemNumber") or item["Id"]), name, currency, own_price=own)
    try:
        judge(draft, line(explained=work()))
    except Unknown as reason:
        judge(draft, line(unknown=str(reason)), mendable=reason.mendable)


def prove_line_item(draft: Draft, order: Record, item: Record, body: Body) -> None:
    """Prove an order line item."""
    if draft.options.amount_proof == "off" or order["OrderNumber"] in draft.state.orders:
        return
    currency = currency_of(draft, order)

    def work() -> Explained:
        amount = Decimal(body.get("amountPerUnit") or 0) * Decimal(body.get("quantity") or 0)
        billed = -amount if body.get("itemCategory") == "Return" else amount
        return explain_once(sold_for(item), billed, rounding_of(draft, currency))

    prove(draft, item, currency, work)


def is_proved(draft: Draft) -> bool:
    """Return whether amounts are looked at: not where net prices are for one billing period, of whatever number."""
    return draft.options.amount_proof != "off" and (
        draft.options.sfdc_use_list_price_base or bool(draft.tables.price.owned)
    )
