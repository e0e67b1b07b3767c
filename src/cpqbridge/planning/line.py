"""One rate plan of a chain: what its charge bills on which days, by Salesforce and by Zuora.

The days are those of the order products, quantities the sums of what has begun, prices converted to the list price base
with which Zuora made the charge. Source: decisions 5 and 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.transforms import Number, plain
from cpqbridge.money.charge_segments import ChargeSegment, segments_of
from cpqbridge.money.cpq.precision import Precision, charged_months, precision_of
from cpqbridge.money.reconciliation.waterfall import CLOSE
from cpqbridge.planning.chain import SEGMENT_KEY, Chain, Piece, Sale, Stretch, stretches
from cpqbridge.planning.charges import ItemCharges, UsageCharge, charges_of
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.link import link_operation
from cpqbridge.planning.plan import Operation
from cpqbridge.planning.pricing import PriceBase, base_held, price_as_billed, price_at
from cpqbridge.planning.proof.billing import Life, Unknown, account_day, attributes_held, charge_of
from cpqbridge.planning.rate_plan import price_of
from cpqbridge.planning.standing import Standing, standing
from cpqbridge.planning.state import Charge, Row
from cpqbridge.planning.term import read_term
from cpqbridge.planning.usage import map_usage_plan

_SAME = Decimal("0.000001")
"""Prices that differ by less are the same: they have been rounded to nine decimals on the way."""
_ROUNDED_TWICE = Decimal("0.011")
"""Both prices are rounded to cents."""
_WHOLE_PRICES = ("Block", "Percent Of Total")


@dataclass(frozen=True, slots=True)
class Value:
    """What a charge bills: quantity and list price, or tiers for usage."""

    quantity: Number | None = None
    price: Number | None = None
    tiers: tuple[Any, ...] = ()

    def changes(self, other: Value | None) -> dict[str, Any]:
        """Return what the mapping needs to know to make this of another value."""
        return {
            "quantity": self.quantity,
            "list_price": self.price,
            "quantity_changes": other is None or self.quantity != other.quantity,
            "price_changes": other is None or self.price != other.price,
            "tiers": list(self.tiers) if self.tiers and (other is None or self.tiers != other.tiers) else None,
            "quantity_before": other and other.quantity,
            "list_price_before": other and other.price,
            "tiers_before": list(other.tiers) if other and other.tiers else None,
        }

    def __str__(self) -> str:
        """Return it as an operator says it."""
        if self.tiers:
            return f"{len(self.tiers)} tiers"
        price = f"a price of {self.price}"
        return price if self.quantity is None else f"{self.quantity} at {price}"


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which a charge bills the same; `end` is the first day after them, a value of None is nothing at all."""

    start: date
    end: date | None
    value: Value | None
    item: Record = field(compare=False)

    @property
    def active(self) -> bool:
        """Whether anything is billed."""
        return self.value is not None

    def covers(self, day: date) -> bool:
        """Return whether a day is one of them."""
        return self.start <= day and (self.end is None or day < self.end)


def value_on(spans: Sequence[Span], day: date) -> Value | None:
    """Return what is billed on a day; None for nothing."""
    return next((span.value for span in spans if span.covers(day)), None)


@dataclass(slots=True)
class Line:
    """A rate plan of a chain with its one charge.

    Attributes:
        external_id: What its rate plan carries.
        what: The order product that began it, for messages.
        standing: The rate plan in Zuora.
        charge: The catalog charge.
        held: The charge in Zuora.
        schedule: Id of its consumption schedule; None where it is not billed by usage.
        model: Key under `pricing`, once a value has been worked out.
    """

    external_id: str
    what: str
    standing: Standing
    charge: Charge
    held: Row
    schedule: str | None = None
    model: str = ""
    _bases: dict[str, PriceBase | None] = field(default_factory=dict)
    _billed: list[ChargeSegment] | None = None

    def link(self) -> Operation:
        """Return the write of the id that its rate plan has lost."""
        return link_operation(str(self.standing.plan["id"]), self.external_id, usage=self.schedule is not None)

    @property
    def billed(self) -> list[ChargeSegment]:
        """What Zuora bills."""
        if self._billed is None:
            begun = (one for one in segments_of(self.held) if one.start is not None)
            self._billed = [one for one in begun if not one.is_empty]
        return self._billed

    def billed_on(self, day: date) -> ChargeSegment | None:
        """Return what Zuora bills on a day."""
        return next((one for one in self.billed if one.covers(day)), None)

    def bills(self, held: ChargeSegment | None, expected: Value | None) -> bool:
        """Return whether Zuora bills what is expected; tiers are not compared."""
        if expected is None:
            return held is None or (not self.schedule and 0 in (held.quantity, held.price))
        if held is None:
            return False
        if self.schedule:
            return True
        quantity = expected.quantity is None or held.quantity == expected.quantity
        return quantity and abs((held.price or Decimal(0)) - Decimal(expected.price or 0)) <= _SAME

    def shown(self, held: ChargeSegment | None) -> str:
        """Return what Zuora bills as an operator says it."""
        if held is None:
            return "nothing"
        per_unit = self.charge.model == "Per Unit Pricing" and held.quantity is not None
        return str(Value(plain(held.quantity) if per_unit else None, None if held.price is None else plain(held.price)))

    def spans(self, draft: Draft, chain: Chain, since: date | None = None) -> list[Span] | None:
        """Return what a chain comes to, or None with the reason in the draft.

        Args:
            draft: The plan being made.
            chain: The chain.
            since: Leave out what ended until this day, as `stretches` does: nothing of it changes any more.
        """
        found: list[Span] = []
        for stretch in stretches(chain, since):
            problems = len(draft.problems)
            value = self._value(draft, stretch) if stretch.quantity > 0 else None
            if len(draft.problems) > problems:
                return None
            newest = max(stretch.pieces, key=lambda one: one.start, default=stretch.sale.pieces[0]).item
            found.append(Span(stretch.start, stretch.end, value, newest))
        return found

    def _value(self, draft: Draft, stretch: Stretch) -> Value | None:
        item = {**priced_days(stretch.sale.item), "Quantity": stretch.quantity}
        roots = {"Order": stretch.sale.item["Order"], "OrderItem": item}
        if self.schedule:
            return self._tiers(draft, stretch.sale, roots)
        priced = price_of(draft, roots, self.charge, {})
        term = read_term(draft, draft.context(roots), item)
        if priced is None or term is None:
            return None
        key = stretch.sale.item["Id"]
        if key not in self._bases:
            self._bases[key] = base_held(draft, self.held, priced.charge, term)
        base = self._bases[key]
        if base is None:
            return None
        self.model = priced.model
        own_price = "price" in priced.own.body
        sold = priced.item if own_price else whole_priced(draft, priced.item, stretch)
        price = None if sold is None else price_at(draft, sold, priced.charge, term, base)
        if sold is not None and price is not None and stretch.sale.end is not None and base.months is not None:
            price = self._price_as_billed(draft, sold, priced.charge, base, stretch, price)
        per_unit = priced.charge.model == "Per Unit Pricing"
        return None if price is None else Value(plain(stretch.quantity) if per_unit else None, price)

    def _price_as_billed(
        self, draft: Draft, sold: Record, charge: Charge, base: PriceBase, stretch: Stretch, price: Number
    ) -> Number:
        """Return the price by which Zuora bills the net price, where the charge was made so; else the given one.

        Of days that are billed already, Zuora's price says how it was made. What begins anew has the price by which
        Zuora bills what was quoted, as new charges have. Source: decision 28.
        """
        held, sale = self.billed_on(stretch.start), stretch.sale
        if held is not None and held.price is not None and abs(held.price - Decimal(price)) <= _SAME:
            return price
        months = self.months_billed(draft, sale.start, sale.end or sale.start)
        other = price_as_billed(draft, sold, charge, base, months) if months else None
        if other is None or months is None:
            return price
        if held is not None and held.price is not None and abs(held.price - Decimal(other)) <= _SAME:
            return other
        if draft.options.pricing_mode == "vendor" or draft.options.amount_proof == "off" or base.months is None:
            return price
        apart = abs(Fraction(price) - Fraction(other)) * months / Fraction(base.months)
        return price if apart <= CLOSE else other

    def life(self, draft: Draft, start: date, end: date, term: tuple[date, date]) -> Life:
        """Return what decides where the billing periods of the charge begin, when it bills some days.

        Args:
            draft: The plan being made, which knows the bill cycle days of accounts.
            start: First day of them; the charge itself may have begun earlier.
            end: First day after them.
            term: First day of the term in which they lie, and first day after it.
        """
        subscription, first = self.standing.subscription, self.billed[0].start if self.billed else None
        begin, number = subscription.get("subscriptionStartDate"), subscription.get("invoiceOwnerAccountNumber")
        own_start = dates.parse(begin) if begin else start
        return Life(min(start, first or start), end, own_start, term, account_day(draft, str(number or "")))

    def months_billed(self, draft: Draft, start: date, end: date) -> Fraction | None:
        """Return the months that Zuora bills some days of the charge as, or None where that is not known."""
        life = self.life(draft, start, end, (start, end))
        currency = str(self.standing.subscription.get("currency") or draft.options.default_currency)
        try:
            return charge_of(draft, attributes_held(self.held), life, (), currency).terms.clock(start, end)
        except Unknown:
            return None

    def _tiers(self, draft: Draft, sale: Sale, roots: dict[str, Record]) -> Value | None:
        charges = charges_of(draft, sale.item["Order"], sale.item)
        used = _of_schedule(charges, self.schedule) if charges else None
        if used is None:
            message = f"{self.what} has no consumption schedule {self.schedule} any more"
            draft.refuse("CPQ-427", "OrderItem.SBQQ__OrderItems__r", message)
            return None
        made = map_usage_plan(draft, roots, used, {"charge_place": 0, "own_start": False}, "", Mapped())
        if made is None:
            return None
        [(self.model, pricing)] = made["chargeOverrides"][0]["pricing"].items()
        return Value(tiers=tuple(pricing["tiers"]))


def priced_days(item: Record) -> Record:
    """Return an order product whose subscription has the days that its price is for: a segment has its own."""
    subscription = item["SBQQ__Subscription__r"]
    if not item.get(SEGMENT_KEY) or not subscription.get("SBQQ__SegmentStartDate__c"):
        return item
    days = {f"SBQQ__{name}__c": subscription[f"SBQQ__Segment{name}__c"] for name in ("StartDate", "EndDate")}
    return {**item, "SBQQ__Subscription__r": {**subscription, **days}}


def lines_of(draft: Draft, chain: Chain) -> list[Line] | None:
    """Return the rate plans of a chain, or None with the reason in the draft."""
    first, problems = chain.first, len(draft.problems)
    charges = charges_of(draft, first["Order"], first)
    if charges is None:
        return None
    number = f"order product {first.get('OrderItemNumber')}"
    lines: list[Line] = []
    product = first["Product2Id"]
    wanted = [(first["Id"], product, number, charges.base, None, "CPQ-426")] if charges.base else []
    for used in charges.usage:
        what = f"consumption schedule {used.schedule.get('Name') or used.schedule['Id']} of {number}"
        schedule = used.schedule["SBQQ__ConsumptionSchedule__c"]
        wanted.append((used.schedule["Id"], used.link["Id"], what, used.charge, schedule, "CPQ-427"))
    for external_id, catalog_id, what, charge, schedule, code in wanted:
        found = standing(draft, chain, external_id, catalog_id, what, code)
        held = found.charge(charge, first["Product2"].get("ProductCode")) if found else None
        if found is not None and held is None:
            draft.refuse("CPQ-436", "OrderItem.Product2Id", f"The rate plan of {what} has no charge of its product")
        elif found is not None and held is not None:
            lines.append(Line(external_id, what, found, charge, held, schedule))
    return lines if len(draft.problems) == problems else None


def _of_schedule(charges: ItemCharges, schedule: str | None) -> UsageCharge | None:
    found = (one for one in charges.usage if one.schedule.get("SBQQ__ConsumptionSchedule__c") == schedule)
    return next(found, None)


def whole_priced(draft: Draft, item: Record, stretch: Stretch) -> Record | None:
    """Return an order product with the price of all units, where CPQ prices them as a whole.

    A revision then holds the difference of the two prices, for the days that were left. It is brought to the days of
    the sale by the proration with which CPQ came to it. None, with the reason in the draft, where that is not known.
    """
    subscription = item["SBQQ__Subscription__r"]
    original = stretch.sale.pieces[0]
    revisions = [piece for piece in stretch.pieces if piece is not original]
    if not _is_whole_priced(item) or not revisions:
        return item
    net = Decimal(subscription.get("SBQQ__NetPrice__c") or 0)
    for piece in revisions:
        difference = Decimal(piece.item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c") or 0)
        if original.end is None or piece.end is None:
            net += difference
            continue
        precision = _precision(draft, piece.item, piece.start, piece.end)
        if precision is None:
            return None
        whole = charged_months(precision, original.start, original.end - dates.ONE_DAY)
        part = charged_months(precision, piece.start, piece.end - dates.ONE_DAY)
        net += difference * whole / part
    rounded = net.quantize(Decimal("0.01"))
    return {
        **item,
        "SBQQ__Subscription__r": {**subscription, "SBQQ__NetPrice__c": rounded},
        "SBQQ__UnproratedNetPrice__c": None,
    }


def keeps_price(sale: Sale, revision: Piece) -> bool:
    """Return whether a revision has the price of what it revises, for the days that were left by any proration.

    CPQ keeps it; a quote that was customized may not, and a charge in Zuora has one price for all its units.
    """
    original, item = sale.pieces[0], revision.item
    was = sale.item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c")
    now = item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c")
    if was is None or now is None or revision.quantity <= 0 or _is_whole_priced(sale.item):
        return True
    if original.end is None or revision.end is None:
        return Decimal(was) == Decimal(now)
    for precision in Precision:
        whole = charged_months(precision, original.start, original.end - dates.ONE_DAY)
        part = charged_months(precision, revision.start, revision.end - dates.ONE_DAY)
        if abs(Decimal(was) * part / whole - Decimal(now)) <= _ROUNDED_TWICE:
            return True
    return False


def _is_whole_priced(item: Record) -> bool:
    method = item["SBQQ__Subscription__r"].get("SBQQ__PricingMethod__c")
    return (method or (item.get("Product2") or {}).get("SBQQ__PricingMethod__c")) in _WHOLE_PRICES


def _precision(draft: Draft, item: Record, start: date, end: date) -> Precision | None:
    multiplier, default = item.get("SBQQ__ProrateMultiplier__c"), item.get("SBQQ__DefaultSubscriptionTerm__c") or 12
    found = multiplier and precision_of(Decimal(multiplier), start, end - dates.ONE_DAY, Decimal(default))
    if not found:
        message = (
            f"Order product {item.get('OrderItemNumber')} changes a price for the whole quantity by a proration "
            f"({multiplier or 'no multiplier'}) that cannot be undone"
        )
        draft.refuse("CPQ-434", "OrderItem.SBQQ__ProrateMultiplier__c", message)
        return None
    return found
