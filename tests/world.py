"""A small world in the sandbox's org: customers, products and contracted orders, made as the CPQ package makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.cpq import usage
from cpqbridge.sandbox.salesforce.cpq.activate import activate, activate_contract
from cpqbridge.sandbox.salesforce.cpq.amend import amend, cancel
from cpqbridge.sandbox.salesforce.cpq.bodies import Amendment, Cancellation, Moving, Renewal, Undoing, read
from cpqbridge.sandbox.salesforce.cpq.chains import Holding, active
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.cotermination import end_of_addon
from cpqbridge.sandbox.salesforce.cpq.move import move
from cpqbridge.sandbox.salesforce.cpq.ordering import orders_of_quote
from cpqbridge.sandbox.salesforce.cpq.records import add
from cpqbridge.sandbox.salesforce.cpq.renew import renew
from cpqbridge.sandbox.salesforce.cpq.undo import undo
from cpqbridge.sandbox.salesforce.cpq.usage import agree_rates, make_schedule, sell_by
from cpqbridge.sandbox.salesforce.deletion import restore
from cpqbridge.sandbox.salesforce.merging import merge
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import standard_price_book

ADDRESS = {
    "BillingStreet": "1 Main Street",
    "BillingCity": "San Francisco",
    "BillingState": "California",
    "BillingPostalCode": "94105",
    "BillingCountry": "United States",
}

RECURRING = {
    "SBQQ__SubscriptionPricing__c": "Fixed Price",
    "SBQQ__SubscriptionType__c": "Renewable",
    "SBQQ__SubscriptionTerm__c": 12,
    "SBQQ__ChargeType__c": "Recurring",
    "SBQQ__BillingFrequency__c": "Monthly",
}
"""What a product is sold as unless told otherwise."""

CHARGE_MODELS: Mapping[str, Mapping[str, Any]] = {
    "one-time flat": {"SBQQ__ChargeType__c": "One-Time", "SBQQ__PricingMethod__c": "Block"},
    "one-time per unit": {"SBQQ__ChargeType__c": "One-Time", "SBQQ__PricingMethod__c": "List"},
    "recurring flat": {**RECURRING, "SBQQ__PricingMethod__c": "Block"},
    "recurring per unit": {**RECURRING, "SBQQ__PricingMethod__c": "List"},
    "usage per unit": {**RECURRING, "SBQQ__ChargeType__c": "Usage", "SBQQ__PricingMethod__c": "List"},
}
"""Product fields of each row of the charge model matrix that needs no schedule; tiered and volume are `schedule`s."""

Rate = tuple[int, int | None, Decimal | str | int, str]
"""A tier: lower bound, upper bound (exclusive; None leaves it open), price, `PerUnit` or `FlatFee`."""


@dataclass(frozen=True)
class Line:
    """What is sold: a product, how many, and the net price of one for the term.

    Attributes:
        product: Id of the product.
        quantity: Units.
        price: Net price of one for the term.
        rates: Rates agreed for this deal instead of the schedules' own, by schedule name.
        more: Further fields of the quote line.
    """

    product: str
    quantity: int = 1
    price: Decimal = Decimal("120.00")
    rates: Mapping[str, Sequence[Rate]] | None = None
    more: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Group:
    """A quote line group.

    Attributes:
        start: First day, `YYYY-MM-DD`.
        end: Last day.
        lines: What is sold in it.
    """

    start: str
    end: str
    lines: Sequence[Line]


Segment = tuple[str, str, int, Decimal | str | int]
"""A segment: first day, last day, quantity, net price of one for it."""


def segmented(product: str, *segments: Segment, dimension: str = "Year", key: str = "") -> list[Line]:
    """Return the lines of a multi-dimensional product, one for each segment.

    Args:
        product: Id of the product.
        segments: Its segments, from the first to the last.
        dimension: `Year`, `Quarter`, `Month`, `Custom` or `One-time`.
        key: Segment key; by default made of the product and the first day.
    """
    key = key or f"{product}-{segments[0][0]}"
    return [
        Line(product, quantity, Decimal(price), more={
            "SBQQ__SegmentKey__c": key, "SBQQ__SegmentIndex__c": number, "SBQQ__DimensionType__c": dimension,
            "SBQQ__SegmentLabel__c": f"{dimension} {number}",
            "SBQQ__StartDate__c": start, "SBQQ__EndDate__c": end,
        })
        for number, (start, end, quantity, price) in enumerate(segments, 1)
    ]  # fmt: skip


class World:
    """Makes records in an org that has the foundation (seed `empty`)."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.book = standard_price_book(org)

    def account(self, name: str = "Acme", **values: Any) -> str:
        """Return the id of a new account with a billing address."""
        base = {"Name": name, "SBQQ__RenewalModel__c": "Contract Based", "CurrencyIsoCode": "USD", **ADDRESS}
        return add(self.org, "Account", base | values)

    def contact(self, account: str, last_name: str = "Buyer", **values: Any) -> str:
        """Return the id of a new contact of an account, with the address that accounts have."""
        mailing = {name.replace("Billing", "Mailing"): value for name, value in ADDRESS.items()}
        base = {"AccountId": account, "LastName": last_name, "CurrencyIsoCode": "USD", **mailing}
        return add(self.org, "Contact", base | values)

    def product(self, name: str = "Seat", *, subscription: bool = True, **values: Any) -> str:
        """Return the id of a new product with a price in US dollars."""
        base = {
            "Name": name,
            "ProductCode": name.upper().replace(" ", "-"),
            "IsActive": True,
            "SBQQ__PricingMethod__c": "List",
            **(RECURRING if subscription else {"SBQQ__ChargeType__c": "One-Time"}),
        }
        product = add(self.org, "Product2", base | values)
        self.price(product, "USD", Decimal(10))
        return product

    def product_of_model(self, model: str, name: str = "", **values: Any) -> str:
        """Return the id of a new product that is sold as a row of `CHARGE_MODELS` says."""
        return self.product(name or model.title(), subscription=False, **{**CHARGE_MODELS[model], **values})

    def price(self, product: str, currency: str, amount: Decimal | str | int, **more: Any) -> str:
        """Give a product a price in one more currency; returns the id of the price book entry."""
        entry = {"Pricebook2Id": self.book, "Product2Id": product, "UnitPrice": Decimal(amount), "IsActive": True}
        return add(self.org, "PricebookEntry", {**entry, "CurrencyIsoCode": currency, **more})

    # Usage

    def usage_product(self, name: str = "Traffic", **values: Any) -> str:
        """Return the id of a new product that is sold by usage; `schedule` says at which rates."""
        sold_as = {"SBQQ__ChargeType__c": "Usage", "SBQQ__BillingType__c": "Arrears"}
        return self.product(name, **{**sold_as, **values})

    def schedule(
        self,
        product: str,
        name: str = "Data",
        *,
        type: str = "Slab",  # noqa: A002 - the field's own name, as the callers know it
        unit: str = "GB",
        rates: Sequence[Rate] = ((0, 100, "0.10", "PerUnit"), (100, None, "0.05", "PerUnit")),
        currency: str = "USD",
        **more: Any,
    ) -> str:
        """Give a product a consumption schedule; returns the id of the product consumption schedule.

        Args:
            product: Id of the product.
            name: Name of the schedule.
            type: `Slab` (tiered) or `Range` (volume).
            unit: Unit of measure.
            rates: Its tiers, in processing order.
            currency: ISO code of the schedule and its rates.
            more: Further fields of the schedule.
        """
        head = {"Name": name, "Type": type, "UnitOfMeasure": unit, "CurrencyIsoCode": currency}
        return self.use_schedule(product, make_schedule(self.org, {**head, **more}, _rates(rates)))

    def use_schedule(self, product: str, schedule: str) -> str:
        """Give a product a schedule that is there already; returns the id of the product consumption schedule."""
        return sell_by(self.org, product, schedule)

    def schedule_of(self, product_schedule: str) -> str:
        """Return the id of the consumption schedule that a product consumption schedule links."""
        row = self.org.store.get("ProductConsumptionSchedule", product_schedule)
        assert row is not None
        return str(row["ConsumptionScheduleId"])

    # Prices by quantity

    def block_prices(self, product: str, blocks: Sequence[tuple[int, int | None, Decimal | str | int]]) -> list[str]:
        """Give a product block prices: lower bound, upper bound (None leaves it open), price; returns their ids."""
        ids = []
        for number, (lower, upper, price) in enumerate(blocks, 1):
            block: dict[str, Any] = {
                "Name": f"Block {number}",
                "SBQQ__Product__c": product,
                "SBQQ__PriceBook__c": self.book,
            }
            block |= {"SBQQ__LowerBound__c": lower, "SBQQ__UpperBound__c": upper, "SBQQ__Price__c": Decimal(price)}
            ids.append(add(self.org, "SBQQ__BlockPrice__c", block))
        return ids

    def discount_schedule(
        self,
        product: str,
        tiers: Sequence[tuple[int, int | None, Decimal | str | int]],
        *,
        type: str = "Range",  # noqa: A002 - the field's own name, as the callers know it
        unit: str = "Percent",
    ) -> str:
        """Give a product a discount schedule; returns its id.

        Args:
            product: Id of the product.
            tiers: Lower bound, upper bound (None leaves it open), discount in `unit`.
            type: `Range` (by the whole quantity) or `Slab` (each part by its own tier).
            unit: `Percent`, `Amount` or `Price`.
        """
        field = {"Percent": "SBQQ__Discount__c", "Amount": "SBQQ__DiscountAmount__c", "Price": "SBQQ__Price__c"}[unit]
        head = {"Name": "Volume discount", "SBQQ__Type__c": type, "SBQQ__DiscountUnit__c": unit}
        schedule = add(self.org, "SBQQ__DiscountSchedule__c", head)
        for number, (lower, upper, discount) in enumerate(tiers, 1):
            tier = {"Name": f"Tier {number}", "SBQQ__Schedule__c": schedule, "SBQQ__Number__c": number}
            tier |= {"SBQQ__LowerBound__c": lower, "SBQQ__UpperBound__c": upper, field: Decimal(discount)}
            add(self.org, "SBQQ__DiscountTier__c", tier)
        self.org.store.update("Product2", product, {"SBQQ__DiscountSchedule__c": schedule}, system=True)
        return schedule

    # Orders

    def record_type(self, sobject: str, developer_name: str) -> str:
        """Return the id of a record type of an object, made when it is missing."""
        for row in self.org.store.find("RecordType", "DeveloperName", developer_name):
            if row["SobjectType"] == sobject:
                return str(row["Id"])
        values = {"SobjectType": sobject, "DeveloperName": developer_name, "Name": developer_name.replace("_", " ")}
        return add(self.org, "RecordType", values)

    def opportunity(self, account: str, name: str = "New business", **values: Any) -> str:
        """Return the id of a new won opportunity; give it to `order` as `opportunity`."""
        base = {"AccountId": account, "Name": name, "StageName": "Closed Won", "CloseDate": "2026-01-15"}
        return add(self.org, "Opportunity", {**base, "CurrencyIsoCode": "USD", **values})

    def order(
        self,
        account: str,
        lines: Iterable[Line],
        *,
        start: str = "2026-02-01",
        end: str = "2027-01-31",
        contracted: bool = True,
        currency: str = "USD",
        opportunity: str | None = None,
        **more: Any,
    ) -> str:
        """Return the number of a new order, activated and (unless told otherwise) contracted.

        It ends with the account's contracts where the account co-terminates add-ons always.
        """
        last = end_of_addon(self.org, account, date.fromisoformat(start))
        end = last.isoformat() if last else end
        quote_id = self._quote(account, start, end, currency, opportunity)
        self._quote_lines(quote_id, lines, start, end, currency)
        [number] = self._ordered(quote_id, more, contracted=contracted)
        return number

    def ramp(
        self,
        account: str,
        *groups: Group,
        method: str = "Single Contract",
        contracted: bool = True,
        currency: str = "USD",
        **more: Any,
    ) -> list[str]:
        """Return the numbers of the orders of a quote with groups, one order for each, in their order.

        Args:
            account: Id of the account.
            groups: Groups with a term each, from the first to the last.
            method: Contracting method; with `Single Contract` all orders share one contract.
            contracted: Contract the orders, too.
            currency: ISO code.
            more: Further fields of each order.
        """
        by_group: dict[str, Any] = {"SBQQ__OrderBy__c": "Quote Line Group", "SBQQ__LineItemsGrouped__c": True}
        first, last = groups[0].start, groups[-1].end
        quote_id = self._quote(account, first, last, currency, SBQQ__ContractingMethod__c=method, **by_group)
        count = 0
        for number, group in enumerate(groups, 1):
            dates = {"SBQQ__StartDate__c": group.start, "SBQQ__EndDate__c": group.end}
            row = {"Name": f"Group {number}", "SBQQ__Quote__c": quote_id, "SBQQ__Number__c": number, **dates}
            group_id = add(self.org, "SBQQ__QuoteLineGroup__c", row)
            place = {"SBQQ__Group__c": group_id, "SBQQ__StartDate__c": None, "SBQQ__EndDate__c": None}
            self._quote_lines(quote_id, group.lines, group.start, group.end, currency, after=count, **place)
            count += len(group.lines)
        return self._ordered(quote_id, more, contracted=contracted)

    def _quote(
        self, account: str, start: str, end: str, currency: str, opportunity: str | None = None, **more: Any
    ) -> str:
        quote = {
            "SBQQ__Account__c": account,
            "SBQQ__Opportunity2__c": opportunity,
            "SBQQ__Primary__c": opportunity is not None,
            "SBQQ__PriceBook__c": self.book,
            "SBQQ__Type__c": "Quote",
            "SBQQ__StartDate__c": start,
            "SBQQ__EndDate__c": end,
            "SBQQ__PaymentTerms__c": "Net 30",
            "SBQQ__ContractingMethod__c": "By Subscription End Date",
            "CurrencyIsoCode": currency,
            **more,
        }
        quote_id = add(self.org, "SBQQ__Quote__c", quote)
        if opportunity:
            self.org.store.update("Opportunity", opportunity, {"SBQQ__PrimaryQuote__c": quote_id}, system=True)
        return quote_id

    def _quote_lines(
        self,
        quote_id: str,
        lines: Iterable[Line],
        start: str,
        end: str,
        currency: str,
        *,
        after: int = 0,
        **more: Any,
    ) -> None:
        for number, line in enumerate(lines, after + 1):
            values = self._quote_line(line, start, end)
            base = {"SBQQ__Quote__c": quote_id, "SBQQ__Number__c": number, "CurrencyIsoCode": currency}
            line_id = add(self.org, "SBQQ__QuoteLine__c", {**values, **base, **more})
            for schedule, rates in (line.rates or {}).items():
                agree_rates(self.org, line_id, schedule, _rates(rates))

    def _ordered(self, quote_id: str, more: Mapping[str, Any], *, contracted: bool) -> list[str]:
        """Order a quote, activate its orders and perhaps contract them; returns their numbers."""
        numbers = []
        for order_id in orders_of_quote(self.org, quote_id, more):
            activate(self.org, order_id)
            if contracted:
                contract(self.org, order_id, wait=True)
            row = self.org.store.get("Order", order_id)
            assert row is not None
            numbers.append(str(row["OrderNumber"]))
        return numbers

    # What becomes of a contract

    def contract(self, order: str, number: int = 0) -> str:
        """Return the number of a contract that an order (by number) made, activated, so that it can be amended."""
        [row] = self.org.store.find("Order", "OrderNumber", order)
        made = self.org.store.find("Contract", "SBQQ__Order__c", row["Id"])[number]
        activate_contract(self.org, made["Id"])
        return str(made["ContractNumber"])

    def amend(self, contract: str, effective: str, /, *changes: dict[str, Any], **more: Any) -> str:
        """Return the number of the order that amends a contract (by number), contracted unless told otherwise.

        Args:
            contract: Number of the contract.
            effective: First day of the changes.
            changes: What `changes` of the CPQ verb `amend` takes.
            more: Its further members, such as `add` or `contract=False`.
        """
        body = {"contractNumber": contract, "effectiveDate": effective, "changes": list(changes), "wait": True, **more}
        return str(amend(self.org, read(body, Amendment))["orderNumber"])

    def cancel(self, contract: str, effective: str, /, *subscriptions: str, **more: Any) -> str:
        """Return the number of the order that ends a contract's subscriptions, or those named, on a day."""
        body = {"contractNumber": contract, "effectiveDate": effective, "wait": True, **more}
        named = {"subscriptions": list(subscriptions)} if subscriptions else {}
        return str(cancel(self.org, read(body | named, Cancellation))["orderNumber"])

    def renew(self, contract: str, /, *changes: dict[str, Any], **more: Any) -> str:
        """Return the number of the order that renews a contract; `more` is what the CPQ verb `renew` takes."""
        body = {"contractNumber": contract, "changes": list(changes), "wait": True, **more}
        return str(renew(self.org, read(body, Renewal))["orderNumber"])

    def undo(self, order: str, *, delete: bool = False) -> None:
        """Take an order (by number) back wholly, as an administrator does, and perhaps delete it."""
        undo(self.org, Undoing(order_number=order, delete=delete))

    def undelete(self, order: str) -> None:
        """Bring a deleted order (by number) back from the recycle bin: a draft, with its products."""
        rows = self.org.store.query("SELECT Id, OrderNumber FROM Order WHERE IsDeleted = true", all_rows=True).records
        [deleted] = [row["Id"] for row in rows if row["OrderNumber"] == order]
        restore(self.org, "Order", deleted)

    def move(self, contract: str, account: str, *, orders: bool = False) -> None:
        """Give a contract (by number) to another account (by id), its orders too when wanted."""
        move(self.org, Moving(contract_number=contract, account=account, orders=orders))

    def merge(self, master: str, *duplicates: str, sobject: str = "Account") -> None:
        """Merge accounts, or contacts, by id: the duplicates' records go to the master."""
        merge(self.org, sobject, master, duplicates)

    def active(self, contract: str, day: str) -> dict[str, Holding]:
        """Return what a contract (by number) holds on a day, by the number of the original subscription."""
        [row] = self.org.store.find("Contract", "ContractNumber", contract)
        return active(self.org, row["Id"], date.fromisoformat(day))

    def _quote_line(self, line: Line, start: str, end: str) -> dict[str, Any]:
        product = self.org.store.get("Product2", line.product)
        assert product is not None
        sold_as = ("SubscriptionPricing", "SubscriptionType", "ChargeType", "BillingFrequency", "PricingMethod")
        by_usage = product["SBQQ__HasConsumptionSchedule__c"]
        price = Decimal(0) if by_usage and line.price == Line(line.product).price else line.price
        return {
            "SBQQ__Product__c": line.product,
            "SBQQ__Quantity__c": Decimal(line.quantity),
            "SBQQ__NetPrice__c": price,
            "SBQQ__CustomerPrice__c": price,
            "SBQQ__StartDate__c": start,
            "SBQQ__EndDate__c": end if product["SBQQ__SubscriptionPricing__c"] else None,
            "SBQQ__DefaultSubscriptionTerm__c": 12,
            **{f"SBQQ__{name}__c": product[f"SBQQ__{name}__c"] for name in sold_as},
            **(line.more or {}),
        }


def _rates(rates: Iterable[Rate]) -> list[usage.Rate]:
    return [usage.Rate(lower, upper, Decimal(price), method) for lower, upper, price, method in rates]
