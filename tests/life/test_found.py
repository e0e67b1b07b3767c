"""Lives that random ones found to go wrong once, each with what went wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.life.machine import Life
from tests.life.reckoning import reckon
from tests.life.sales import Sales
from tests.life.stage import Stage


class Played(Sales):
    """A life that is played by hand: what is sold is named by its product."""

    def __init__(self, stage: Stage) -> None:
        stage.begin(**Life.options)
        super().__init__(stage.world)
        self.stage = stage

    def change(self, product: str, quantity: int | None = None, **more: object) -> dict[str, object]:
        """Return a change of the first subscription of a product."""
        number = next(one.number for one in self.sold.values() if one.product == product)
        return {"subscriptionNumber": number, **({} if quantity is None else {"quantity": quantity}), **more}

    def sync(self) -> dict[str, str]:
        """Sync all orders; return outcome and codes of each."""
        results = self.stage.sync([*self.taken_back, *self.orders])
        return {one.record: " ".join([str(one.outcome), *(reason.code for reason in one.reasons)]) for one in results}

    def ends_as_sold(self) -> None:
        """Check that Zuora bills what was sold, now that all is said and done."""
        wrong = reckon(self.stage, self)
        assert not wrong, "\n".join(wrong)


@pytest.fixture
def life(stage: Stage) -> Played:
    return Played(stage)


# An amendment that changes nothing that is billed is no update that a later one could come before


def test_a_flat_fee_is_cancelled_before_a_day_on_which_only_its_quantity_changes(life: Played) -> None:
    """Was: `specificUpdateDate … the charge has no update after that date`."""
    life.new([("Access", 5, Decimal(1200))], "2026-01-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2026-09-01", life.change("Access", 9))
    life.amend(contract, "2026-04-01", life.change("Access", netPrice=Decimal(1300)))
    life.ends_as_sold()


def test_a_block_price_changes_before_an_amendment_within_the_same_block(life: Played) -> None:
    life.new([("Storage", 35, Decimal(900))], "2026-01-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2026-09-01", life.change("Storage", 28))
    life.amend(contract, "2026-04-01", life.change("Storage", 55))
    life.ends_as_sold()


def test_a_quantity_changes_in_the_term_before_a_renewal_that_changes_nothing(life: Played) -> None:
    """Was: `specificUpdateDate … the charge has no update after that date`, with a block price."""
    life.new([("Storage", 9, Decimal("99.99")), ("Seat", 9, Decimal(120))], "2025-07-01", 12)
    [contract] = life.contracts
    life.renew(contract)
    life.amend(contract, "2025-10-20", life.change("Storage", 27))
    life.amend(contract, "2025-11-20", life.change("Seat", 12))
    life.ends_as_sold()


def test_what_changes_before_a_renewal_that_changes_nothing_ends_with_the_old_term(life: Played) -> None:
    """Was: what changed in the old term went on in the new one, until the next change there."""
    life.new([("Seat", 18, Decimal(120))], "2026-01-01", 12)
    [contract] = life.contracts
    life.renew(contract)
    renewed = life.contracts[1]
    later = next(iter(life.open(renewed)))
    life.amend(renewed, "2027-09-01", {"subscriptionNumber": later, "quantity": 3})
    life.amend(contract, "2026-06-01", life.change("Seat", 2))
    life.ends_as_sold()


# A cancellation ends everything, whatever begins later


@pytest.mark.parametrize(
    ("product", "quantity"),
    [("Seat", 15), ("Seat", 5), ("Storage", 55), ("Storage", 5), ("Access", 5), ("Tap", 6), ("Traffic", 7)],
)
def test_a_cancellation_ends_what_a_later_amendment_would_have_changed(
    life: Played, product: str, quantity: int
) -> None:
    """Was: what the later amendment takes away was billed until then."""
    life.new([(product, 10, Decimal(120))], "2026-01-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2026-08-01", life.change(product, quantity))
    life.cancel(contract, "2026-03-01")
    life.ends_as_sold()


def test_a_price_change_ends_what_a_later_amendment_would_have_changed(life: Played) -> None:
    """Was: held, as if nothing were left for a while and something again later."""
    life.new([("Storage", 9, Decimal(120))], "2025-07-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2025-09-08", life.change("Storage", 27))
    life.amend(contract, "2025-11-28", life.change("Storage", 21))
    life.amend(contract, "2025-08-29", life.change("Storage", 21, netPrice=Decimal("99.99")))
    life.ends_as_sold()


@pytest.mark.parametrize("product", ["Seat", "Access"])
def test_more_is_taken_away_than_there_was_at_first(life: Played, product: str) -> None:
    """Was: synced again after the cancellation, held with CPQ-436, as if nothing had been sold at first."""
    life.new([(product, 20, Decimal("99.99"))], "2025-07-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2025-08-06", life.change(product, 49))
    life.amend(contract, "2026-06-23", life.change(product, 3))
    life.sync()
    life.cancel(contract, "2026-02-17")
    life.ends_as_sold()


# Renewals


@pytest.mark.parametrize("product", ["Seat", "Storage", "Traffic"])
def test_a_contract_is_renewed_before_one_of_its_products_begins(life: Played, product: str) -> None:
    """Was: a fault in cpqbridge (ValueError, IndexError); Zuora cannot renew what has not begun."""
    life.new([("Desk", 3, Decimal(120))], "2026-01-15", 12)
    [contract] = life.contracts
    life.amend(contract, "2026-12-15", add=[life.addition(product, 12, Decimal(120))])
    life.renew(contract, effectiveDate="2026-11-26", uplift=10)
    life.ends_as_sold()


def test_what_is_charged_once_is_charged_again_with_a_renewal(life: Played) -> None:
    """Was: held as not being in Zuora as it was sold (CPQ-436)."""
    life.new([("Setup", 17, Decimal("99.99")), ("Access", 1, Decimal(120))], "2025-07-01", 12)
    life.renew(life.contracts[0])
    life.ends_as_sold()


def test_a_renewed_contract_is_changed_after_its_renewal_was_cancelled(life: Played) -> None:
    """Was: held with CPQ-436, and the untruth that no order of Salesforce had cancelled it."""
    life.new([("Access", 5, Decimal("99.99"))], "2026-01-01", 24)
    [contract] = life.contracts
    life.renew(contract)
    life.cancel(life.contracts[1], "2028-06-30")
    late = life.cancel(contract, "2026-05-05")
    assert life.sync()[str(late)] == "held CPQ-434"
    life.ends_as_sold()


# Owners


def test_owners_change_by_an_amendment_from_before_a_product_begins(life: Played) -> None:
    """Was: `OwnerTransfer: the ContractEffective date … lies before the start of the subscription`."""
    life.new([("Desk", 3, Decimal(120))], "2026-03-01", 12)
    [contract] = life.contracts
    life.amend(contract, "2026-06-01", add=[life.addition("Seat", 5, Decimal(120))])
    owners = {"SubscriptionOwner__c": life.accounts[3], "InvoiceOwner__c": life.accounts[2]}
    life.amend(contract, "2026-04-01", life.change("Seat", 8), orderFields=owners)
    life.ends_as_sold()


# Orders taken back


@pytest.mark.parametrize("product", ["Seat", "Storage"])
def test_a_cancellation_is_taken_back(life: Played, product: str) -> None:
    """Was: unchanged, as if the cancelled subscription had been cancelled by somebody else."""
    life.new([(product, 27, Decimal(120))], "2026-01-01", 6)
    life.cancel(life.contracts[0], "2026-04-03")
    life.sync()
    life.take_back(delete=True)
    life.ends_as_sold()
