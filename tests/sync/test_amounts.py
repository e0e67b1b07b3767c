"""What was quoted arrives on invoices, to the cent: rounding and its line item, and prices that are made for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.billing.run import bill
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import carry, held, sell, sync
from tests.world import Line

FAR = "2031-12-31"


def invoiced(both: Both) -> Decimal:
    """Return what a bill run over everything has put on invoices, less credit memos."""
    tenant = both.sandbox.tenant
    bill(tenant, None, target=FAR)
    rows = [*tenant.store.rows("invoiceItem")]
    credits_ = tenant.store.rows("creditMemoItem")
    return sum((row["chargeAmount"] for row in rows), Decimal(0)) - sum((row["amount"] for row in credits_), Decimal(0))


def yearly(both: Both, *prices: str, **more: Any) -> str:
    """Return the number of an order of one unit each at prices for the whole term, billed by the month."""
    products = [both.world.product(f"Plan {price}", SBQQ__BillingFrequency__c="Monthly") for price in prices]
    lines = [Line(product, 1, Decimal(price)) for product, price in zip(products, prices, strict=True)]
    return both.world.order(both.world.account(), lines, **more)


def test_rounding_is_accepted_and_said(both: Both) -> None:
    number = yearly(both, "1000")
    [result] = carry(both, number)
    assert result.note is not None
    assert "Zuora bills 0.04 USD less than was quoted" in result.note
    [amount] = result.as_dict()["amounts"]
    assert (amount["quoted"], amount["billed"], amount["difference"]) == ("1000.00", "999.96", "-0.04")
    assert [(one["cause"], one["amount"]) for one in amount["causes"]] == [("rounding", "-0.04")]
    assert invoiced(both) == Decimal("999.96")


def test_rounding_is_billed_with_a_line_item(both: Both) -> None:
    carry(both, yearly(both, "1000"), rounding_residual="order_line_item")
    [line] = both.sandbox.tenant.store.rows("orderLineItem")
    assert (line["itemName"], line["amountPerUnit"]) == ("Rounding of the order", Decimal("0.04"))
    assert invoiced(both) == 1000


def test_rounding_too_much_is_credited(both: Both) -> None:
    carry(both, yearly(both, "1000.08", "500.95"), rounding_residual="order_line_item")
    [line] = both.sandbox.tenant.store.rows("orderLineItem")
    assert line["amountPerUnit"] == Decimal("-0.05")
    assert invoiced(both) == Decimal("1501.03")


def test_rounding_is_held_when_wanted(both: Both) -> None:
    code, message = held(sync(both, yearly(both, "1000"), rounding_residual="hold")[0])
    assert code == "CPQ-451"
    assert "quoted 1,000.00 USD, and Zuora would bill 999.96" in message
    assert both.writes() == []


def test_rounding_beyond_its_tolerance_is_held(both: Both) -> None:
    number = yearly(both, "1000")
    assert held(sync(both, number, rounding_tolerance={"USD": Decimal("0.03")})[0])[0] == "CPQ-451"
    carry(both, number, rounding_tolerance={"USD": Decimal("0.04")})


def test_incomplete_months_get_a_price_that_comes_to_the_quote(both: Both) -> None:
    """The org counts days over 365, the tenant calendar months: only the price made for it comes to the quote."""
    both.sandbox.org.settings.prorate_precision = "Day"
    number = yearly(both, "4306.85", start="2026-05-23", end="2026-09-30")
    [result] = carry(both, number)
    [amount] = result.as_dict()["amounts"]
    assert (amount["quoted"], amount["difference"]) == ("4306.85", "-0.01")
    assert [one["cause"] for one in amount["causes"]] == ["rounding"]
    assert invoiced(both) == Decimal("4306.84")
    operation = result.operations[-1]
    [line] = [one for one in operation.lineage if one.target.endswith("/listPrice")]
    assert line.rule.endswith("from the net price and Zuora's billing periods")
    [again] = sync(both, number, pricing_mode="vendor")
    assert again.outcome is Outcome.UNCHANGED
    other = yearly(both, "4306.86", start="2026-05-23", end="2026-09-30")
    assert held(sync(both, other, pricing_mode="vendor")[0])[0] == "CPQ-451"


def test_amendments_of_a_contract_that_begins_in_mid_month(both: Both) -> None:
    """The price for the whole term is billed from the 15th: no amendment from the first of a month agrees with it."""
    number, contract = sell(both, start="2026-01-15", end="2027-01-14")
    more = both.world.amend(contract, "2026-03-01", {"product": "Seat", "quantity": 20})
    code, message = held(sync(both, number, more)[1])
    assert code == "CPQ-451"
    assert "bill cycle day 15" in message


def test_amendments_agree_with_prices_per_billing_period(both: Both) -> None:
    number, contract = sell(both, start="2026-01-15", end="2027-01-14")
    more = both.world.amend(contract, "2026-03-01", {"product": "Seat", "quantity": 20})
    results = carry(both, number, more, pricing_mode="per_period")
    amounts = [amount for one in results for amount in one.as_dict()["amounts"]]
    assert [one["difference"] for one in amounts if abs(Decimal(one["difference"])) > Decimal("0.05")] == []
    assert invoiced(both) == sum(Decimal(one["billed"]) for one in amounts)
